"""The gazetteer of products and vendors: finds them in spoken text, however recognition spelt them.

The lists are text files in `data/gazetteers/products`; spellings that follow from a name by rule
("HubSpot" → "hub spot", "AWS" → "a w s", "Five9" → "five nine") are made here. The trap: many
names are ordinary words; such a hit has `is_word` set unless it stands capitalised inside a
sentence, and the caller must find proof in the context.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import Indel

from pipeline.errors import IcpError
from pipeline.lexicon.phrases import (
    DATA,
    PhraseTable,
    Token,
    capitalised,
    common_words,
    first_names,
    fold,
    key_of,
    tokens_of,
    word_set,
)
from pipeline.lexicon.spelling import sound_of, spoken_forms

_ORDINARY_PART = 8000
"""A made-up spelling whose parts all rank above this among English words is an ordinary phrase."""
_LEAST, _LEAST_SHORT, _LEAST_ORDINARY = 0.70, 0.78, 0.84
"""Least likeness of letters beside equal sound: any name, a short one, ordinary words."""
_VERY_COMMON = 2000
_CUES = word_set(
    "on in use uses used using called with via into of from through named a an our and or the to "
    "have had has by than onto over against run running evaluating trialing"
)
_TAIL = re.compile(
    r"(?:\s+(?:crm|erp|software|platform|system|app|tool|suite|licen[cs]es?|subscription|account))+$",
    re.IGNORECASE,
)
_DETERMINED = re.compile(r"(?:the|our|an?|this|that|old) ")
_HEAD = re.compile(
    r"^(?:(?:the|our|a|an|this|that|old|microsoft|ms|google|amazon|aws|apache|oracle|sap|ibm|"
    r"adobe|atlassian|cisco)\s+)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A product named in a text. `is_word`: it may be an ordinary word, so context must decide."""

    start: int
    end: int
    name: str
    category: str
    surface: str
    is_word: bool
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """One spelling of a product. `word`: an ordinary word; `always`: capitals prove nothing."""

    name: str
    word: bool = False
    always: bool = False


class ProductGazetteer:
    """Products by name, alias and spoken spelling, with the category of each."""

    def __init__(self, folder: Path = DATA / "products") -> None:
        self._forms: PhraseTable[_Form] = PhraseTable()
        self._category: dict[str, str] = {}
        self._variants: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[tuple[str, str]]] = defaultdict(list)
        entries = [e for path in sorted(folder.glob("*.txt")) for e in _read(path)]
        for entry in entries:
            self._enter_listed(entry)
        for entry in entries:
            self._enter_derived(entry.name)

    @classmethod
    def load(cls) -> ProductGazetteer:
        """The gazetteer that comes with the package, read once."""
        return _packaged()

    def find(self, text: str) -> list[ProductHit]:
        """The products a text names, from left to right, the longest name at each place."""
        hits = []
        for first, last, form in self._forms.find(text):
            surface = text[first.start : last.end]
            doubtful = form.word and (form.always or not _stands_out(text, first, last))
            if form.word and not _may_be_name(text, first, last, form):
                continue
            category = self._category[form.name]
            hits.append(ProductHit(first.start, last.end, form.name, category, surface, doubtful))
        return hits

    def canonical(self, text: str) -> str | None:
        """The usual name of the product that a short text means, by spelling or by sound.

        Meant for a span that is already thought to name a tool; None when no product is near.
        """
        for candidate in _trimmed(text):
            form = self._forms.get(candidate)
            if form is not None and (not form.word or not _DETERMINED.match(text.strip())):
                return form.name
        return self._by_ear(_TAIL.sub("", text.strip()))

    def category(self, name: str) -> str | None:
        """The category of a product: `crm`, `data_warehouse` …"""
        known = self._category.get(name) or self._category.get(self.canonical(name) or "")
        return known

    def names(self) -> tuple[str, ...]:
        """The usual names of all products."""
        return tuple(self._category)

    def same_category(self, one: str, other: str) -> bool:
        """Whether both products are known and do the same work."""
        first, second = self.category(one), self.category(other)
        return first is not None and first == second

    def variants(self, name: str) -> tuple[str, ...]:
        """Every spelling that stands for this product, its usual name first."""
        usual = name if name in self._category else self.canonical(name)
        return tuple(self._variants[usual]) if usual in self._category else ()

    def hint_names(self, limit: int = 100) -> tuple[str, ...]:
        """The products that calls mention most, to bias the recogniser with."""
        lines = (DATA / "hints.txt").read_text(encoding="utf-8").splitlines()
        return tuple(x.strip() for x in lines if x.strip() and not x.startswith("#"))[:limit]

    def _enter_listed(self, entry: _Entry) -> None:
        if entry.name in self._category:
            raise IcpError(
                f"{entry.name!r} is listed twice",
                file=entry.where,
                field=entry.category,
                remedy="keep one of the two lines",
            )
        self._category[entry.name] = entry.category
        for phrase, mark in entry.phrases:
            there = self._forms.get(phrase)
            if there is not None and there.name != entry.name:
                raise IcpError(
                    f"{phrase!r} stands for {there.name!r} and for {entry.name!r}",
                    file=entry.where,
                    field=entry.name,
                    remedy="take it out of one of the two lines",
                )
            if there is None:
                always = mark == "!" or fold(phrase) in first_names()
                word = bool(mark) or key_of(phrase) in common_words() or always
                self._forms.add(phrase, _Form(entry.name, word, always))
                self._variants[entry.name].append(phrase)

    def _enter_derived(self, name: str) -> None:
        words = common_words()
        for phrase in list(self._variants[name]):
            written = self._forms.get(phrase)
            for spoken in spoken_forms(phrase):
                if spoken in self._forms:
                    continue
                parts = key_of(spoken).split()
                ordinary = all(words.get(p, 10**6) < _ORDINARY_PART for p in parts)
                word = (written is not None and written.word) or ordinary
                self._forms.add(spoken, _Form(name, word))
                self._variants[name].append(spoken)

    def _index_sounds(self) -> None:
        """Fill the index of sounds; it appears whole, for another thread may look."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in self._forms.keys():  # noqa: SIM118 - a table, not a dict
            form = self._forms.get(key)
            if form is not None and len(squeezed := key.replace(" ", "")) >= 4:
                found[sound_of(squeezed)].append((squeezed, form.name))
        self._by_sound = found

    def _by_ear(self, text: str) -> str | None:
        if not self._by_sound:
            self._index_sounds()
        parts = key_of(text).split()
        squeezed = "".join(parts)
        if not 4 <= len(squeezed) <= 30 or squeezed in common_words() or squeezed in first_names():
            return None
        sound = sound_of(squeezed)
        ordinary = all(p in common_words() for p in parts)
        least = _LEAST_ORDINARY if ordinary else _LEAST_SHORT if len(sound) < 4 else _LEAST
        if len(sound) < (4 if ordinary else 3) or (ordinary and len(squeezed) < 7):
            return None
        near = [
            (Indel.normalized_similarity(squeezed, form), name)
            for form, name in self._by_sound.get(sound, ())
        ]
        score, name = max(near, default=(0.0, ""))
        return name if score >= least else None


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    category: str
    phrases: tuple[tuple[str, str], ...]
    where: str


@lru_cache(maxsize=1)
def _packaged() -> ProductGazetteer:
    return ProductGazetteer()


def _read(path: Path) -> Iterator[_Entry]:
    """The lines of one list: `[category]`, then `Name = other spelling, another`."""
    category = ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            category = line[1:-1]
            continue
        if not category:
            raise IcpError(
                "a product before the first [category]",
                file=path.name,
                field=f"line {number}",
                remedy="put a line such as [crm] above it",
            )
        head, _, rest = line.partition(" = ")
        phrases = [_marked(head), *(_marked(p) for p in rest.split(",") if p.strip())]
        yield _Entry(phrases[0][0], category, tuple(phrases), f"{path.name}: line {number}")


def _marked(phrase: str) -> tuple[str, str]:
    """A phrase and its mark: `*` an ordinary word, `!` one that is capitalised anyway."""
    clean = phrase.strip()
    if clean in ("Act!", "Aha!"):
        return clean, "*"
    return (clean[:-1].strip(), clean[-1]) if clean[-1] in "*!" else (clean, "")


def _stands_out(text: str, first: Token, last: Token) -> bool:
    """Whether a word stands capitalised on its own: "on Slack", but not "Times Square"."""
    if not capitalised(text, first, last):
        return False
    before, after = text[: first.start], text[last.end :]
    neighbour = re.search(r"(\w+) $", before)
    led = neighbour is not None and capitalised(text, tokens_of(before)[-1], first)
    return not led and not re.match(r" [A-Z][a-z]", after)


def _may_be_name(text: str, first: Token, last: Token, form: _Form) -> bool:
    """Drop what is surely an ordinary word: a plural, or a very common word without any cue."""
    surface = text[first.start : last.end]
    rank = common_words().get(key_of(surface))
    if rank is None:
        return not (surface.endswith("s") and common_words().get(key_of(surface)[:-1]) is not None)
    if rank > _VERY_COMMON and not form.always:
        return True
    if not form.always and _stands_out(text, first, last):
        return True
    before = tokens_of(text[max(0, first.start - 24) : first.start])
    return bool(before) and before[-1].folded in _CUES


def _trimmed(text: str) -> Iterator[str]:
    """The text, then without a closing "CRM" or "software", without a maker's name, singular."""
    clean = text.strip(" .,;:!?\"'")
    clean = re.sub(r"['’]s$", "", clean)
    yield clean
    bare = _TAIL.sub("", clean)
    yield bare
    headless = _HEAD.sub("", bare)
    yield headless
    if headless.endswith("s") and len(headless) > 5:
        yield headless[:-1]
    tokens = tokens_of(bare)
    if tokens and tokens[-1].folded in ("s",):
        yield bare[: tokens[-1].start].rstrip("'’ ")
