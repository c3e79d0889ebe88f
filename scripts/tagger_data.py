"""Labelled excerpts → words with labels, for the training of the signal tagger.

A label marks the words that carry the value (the product, the place, the number) where they can be
found in the quote, and the whole quote elsewhere. Augmentation works on words, so labels never
slip.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rapidfuzz import fuzz

from models.tagger_text import ATTRIBUTES, DIMENSIONS, FUNCTION, word_spans
from pipeline.domain import Role
from pipeline.lexicon.numbers import find_quantities

NUMERIC = {"headcount", "team_size", "revenue", "growth_rate", "budget"}
NAMED = {"tech_stack", "geography", "persona"}
TITLE_WORDS = {
    "ceo": "chief executive officer",
    "cfo": "chief financial officer",
    "coo": "chief operating officer",
    "cto": "chief technology officer",
    "cio": "chief information officer",
    "ciso": "chief information security officer",
    "cmo": "chief marketing officer",
    "cro": "chief revenue officer",
    "md": "managing director",
    "gm": "general manager",
    "vp": "vice president",
    "hr": "human resources",
    "it": "i t",
}


@dataclass(frozen=True)
class Mark:
    """Words `first` to `last` (inclusive) of a turn are evidence for `dimension` (with
    `attribute`).
    """

    dimension: str
    attribute: str | None
    first: int
    last: int
    value: str = ""


@dataclass(frozen=True)
class LabelledTurn:
    words: tuple[str, ...]
    role: Role
    speaker: int
    marks: tuple[Mark, ...] = ()
    true_role: Role = Role.UNKNOWN


@dataclass
class Excerpt:
    id: str
    turns: list[LabelledTurn] = field(default_factory=list)


def read_excerpts(folder: Path) -> list[Excerpt]:
    """Every labelled excerpt of the folder's *.jsonl files."""
    lines = (
        line for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")
    )
    return [_excerpt(json.loads(line)) for line in lines]


def _excerpt(row: dict) -> Excerpt:
    order = list(dict.fromkeys(t["speaker"] for t in row["turns"]))
    excerpt = Excerpt(row["id"])
    for turn in row["turns"]:
        text = turn["text"]
        role = Role(turn["role"])
        marks = [
            mark
            for signal in row["signals"]
            if signal["quote"] in text and turn["index"] in signal["turns"]
            for mark in _marks(text, signal)
        ]
        marks += [
            mark
            for signal in row["signals"]
            if signal["dimension"] == "team_size" and turn["index"] in signal["turns"]
            for mark in _function_marks(text, signal["function"])
        ]
        excerpt.turns.append(
            LabelledTurn(
                tuple(text[a:b] for a, b in word_spans(text)),
                role,
                order.index(turn["speaker"]),
                tuple(marks),
                Role(turn.get("true_role", role)),
            )
        )
    return excerpt


def _marks(text: str, signal: dict) -> list[Mark]:
    dimension = signal["dimension"]
    attribute = None
    if dimension in ("business_model", "growth_stage"):
        attribute = signal["value"]
    elif dimension in ATTRIBUTES:
        attribute = signal.get("status") or signal.get("kind")
    begin = text.index(signal["quote"])
    end = begin + len(signal["quote"])
    if dimension in NUMERIC and isinstance(signal["value"], dict):
        begin, end = _number_span(text, begin, end, signal["value"])
    spans = word_spans(text)
    first = max(i for i, (a, _) in enumerate(spans) if a <= begin)
    last = max(i for i, (a, _) in enumerate(spans) if a < end)
    if dimension in NAMED:
        first, last = _name_words([text[a:b] for a, b in spans], first, last, str(signal["value"]))
    value = str(signal["value"]) if dimension in NAMED else ""
    return [Mark(dimension, attribute, first, last, value)]


def _number_span(text: str, begin: int, end: int, value: dict) -> tuple[int, int]:
    inside = [q for q in find_quantities(text) if q.start < end and q.end > begin]
    for quantity in reversed(inside):
        if (quantity.low, quantity.high) == (value.get("min"), value.get("max")):
            return quantity.start, quantity.end
    for quantity in reversed(inside):
        if {quantity.low, quantity.high} & {value.get("min"), value.get("max")} - {None}:
            return quantity.start, quantity.end
    return begin, end


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _name_words(words: Sequence[str], first: int, last: int, value: str) -> tuple[int, int]:
    """The words of the quote that spell the value best; the whole quote when none comes near."""
    wanted = {_squash(value)}
    if _squash(value) in TITLE_WORDS:
        wanted.add(_squash(TITLE_WORDS[_squash(value)]))
    wanted |= {short for short, long in TITLE_WORDS.items() if _squash(long) == _squash(value)}
    best, place = 0.0, (first, last)
    for a in range(first, last + 1):
        for b in range(a, min(a + 6, last + 1)):
            said = _squash("".join(words[a : b + 1]))
            score = max((fuzz.ratio(said, name) for name in wanted), default=0.0)
            if score > best:
                best, place = score, (a, b)
    return place if best >= 55 else (first, last)


def _function_marks(text: str, function: str) -> list[Mark]:
    stems = {w[:4] for w in re.findall(r"[a-z]+", function.lower()) if len(w) > 2}
    short = {w for w in re.findall(r"[a-z]+", function.lower()) if len(w) <= 2}
    words = [text[a:b] for a, b in word_spans(text)]
    hits = [i for i, w in enumerate(words) if _squash(w)[:4] in stems or _squash(w) in short]
    return [Mark(FUNCTION, None, i, i) for i in hits]


class Augmenter:
    """Makes an excerpt look like another call: rough recognition, hidden roles, other names."""

    def __init__(self, excerpts: Iterable[Excerpt], products: Sequence[str], places: Sequence[str]):
        said: dict[str, list[str]] = {"tech_stack": list(products), "geography": list(places)}
        for excerpt in excerpts:
            for turn in excerpt.turns:
                for mark in turn.marks:
                    if mark.dimension in said:
                        said[mark.dimension].append(
                            " ".join(turn.words[mark.first : mark.last + 1])
                        )
        self._said = {d: [n for n in names if len(n.split()) <= 4] for d, names in said.items()}

    def __call__(self, excerpt: Excerpt, rng: random.Random) -> Excerpt:
        turns = list(excerpt.turns)
        for dimension, chance in (("tech_stack", 0.4), ("geography", 0.3)):
            if rng.random() < chance:
                turns = self._rename(turns, dimension, rng)
        if rng.random() < 0.3:
            turns = [_roughen(t) for t in turns]
        if rng.random() < 0.25:
            turns = [replace(t, role=Role.UNKNOWN) for t in turns]
        return Excerpt(excerpt.id, turns)

    def _rename(
        self, turns: list[LabelledTurn], dimension: str, rng: random.Random
    ) -> list[LabelledTurn]:
        names: dict[str, str] = {}
        out = []
        for turn in turns:
            for mark in sorted(turn.marks, key=lambda m: -m.first):
                narrow = mark.dimension == dimension and mark.last - mark.first < 4
                if narrow and not any(
                    _overlap(mark, o) and o.dimension == dimension
                    for o in turn.marks
                    if o is not mark
                ):
                    name = names.setdefault(mark.value, rng.choice(self._said[dimension]))
                    turn = _replace_words(turn, mark, name)
            out.append(turn)
        return out


def _overlap(a: Mark, b: Mark) -> bool:
    return a.first <= b.last and b.first <= a.last


def _replace_words(turn: LabelledTurn, mark: Mark, name: str) -> LabelledTurn:
    old = turn.words[mark.first : mark.last + 1]
    tail = re.search(r"[^\w]*$", old[-1])
    new = name.strip(" .,?!").split()
    new[-1] += tail.group() if tail else ""
    shift = len(new) - len(old)

    def moved(m: Mark) -> Mark:
        first = m.first if m.first <= mark.first else max(mark.first, m.first + shift)
        last = m.last if m.last < mark.last else m.last + shift
        return replace(m, first=first, last=max(first, last))

    words = (*turn.words[: mark.first], *new, *turn.words[mark.last + 1 :])
    return replace(turn, words=words, marks=tuple(moved(m) for m in turn.marks))


def _roughen(turn: LabelledTurn) -> LabelledTurn:
    """Without case and punctuation, as raw recognition writes it; words that vanish give up their
    place.
    """
    kept, where = [], {}
    for i, word in enumerate(turn.words):
        bare = re.sub(r"[^\w\s'%€$£]+", " ", word.lower()).replace("'", "").split()
        where[i] = (len(kept), len(kept) + len(bare) - 1)
        kept += bare
    marks = []
    for mark in turn.marks:
        first, last = (
            where[mark.first][0],
            max(where[i][1] for i in range(mark.first, mark.last + 1)),
        )
        if first <= last:
            marks.append(replace(mark, first=first, last=last))
    return replace(turn, words=tuple(kept), marks=tuple(marks))


def known_dimensions(excerpts: Iterable[Excerpt]) -> dict[str, int]:
    """How many labels each dimension has (all of `DIMENSIONS`, zero included)."""
    counts = dict.fromkeys(DIMENSIONS, 0)
    for excerpt in excerpts:
        for turn in excerpt.turns:
            for mark in turn.marks:
                counts[mark.dimension] += 1
    return counts
