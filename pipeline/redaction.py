"""Personal data taken out of an analysis: `[NAME]`, `[PHONE]` … in place of what was said.

Text, words, quotes and values change together, so that a quote still stands literally in its turn
and word times still fit. What is personal, a finder says (`models/personal.py`). Trap: a name that
is recognised in one turn is taken out of all of them, for recognition finds it in some only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.domain import (
    CallAnalysis,
    Dimension,
    Signal,
    StatementEvidence,
    Transcript,
    Turn,
    Word,
)
from pipeline.lexicon.languages import ENGLISH, code_of, guess_language

MADE_BY = "personal-1"
LABELS = ("NAME", "EMAIL", "PHONE", "CARD", "IBAN", "NUMBER", "ADDRESS")
_LABEL = re.compile(rf"\[(?:{'|'.join(LABELS)})\]")
_SHORTEST = 3
_THINGS = (Dimension.GEOGRAPHY, Dimension.TECH_STACK)
_WORDS = (
    "will mark may grace hope art bill rich chase drew rob sue pat frank grant miles max dean"
    " jack joy faith june april august summer rose iris dawn penny ray gene guy chip skip page"
    " stone young long short brown green white black gray king price bush wood woods field"
    " fields banks park parks hall hill lake rivers day church cook baker van von der den la le"
    " de san santa new north south east west jean general major the and"
)
_COMMON = frozenset(_WORDS.split())
"""Parts of names that are words as well."""


@dataclass(frozen=True, slots=True, order=True)
class Personal:
    """Characters `start` to `end` of a text are personal data of the kind `label`."""

    start: int
    end: int
    label: str


Finder = Callable[[Sequence[str], Sequence[bool]], Sequence[Sequence[Personal]]]
"""Finds what is personal in texts; told of each whether it is English, where names are tagged."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with what is personal in it, in order and without overlaps."""

    text: str
    found: tuple[Personal, ...]

    def part(self, start: int, end: int) -> str:
        """What stands for these characters: a label where one begins or goes on."""
        pieces, at = [], start
        for each in self.found:
            if each.end <= start or each.start >= end:
                continue
            pieces += [self.text[at : max(at, each.start)], f"[{each.label}]"]
            at = max(at, each.end)
        return "".join((*pieces, self.text[at:end] if at < end else ""))

    @property
    def whole(self) -> str:
        """The text without personal data."""
        return self.part(0, len(self.text))


def redact(analysis: CallAnalysis, find: Finder) -> CallAnalysis:
    """The analysis without personal data; its speakers lose their names."""
    said = analysis.transcript
    known = [speaker.name for speaker in said.speakers if speaker.name]
    texts = _texts(analysis)
    marks = dict(zip(texts, find(list(texts), list(texts.values())), strict=True))
    things = _things_of(analysis.signals)
    found = _without(things, marks)
    everywhere = _pattern(known, _names_in(found), _COMMON | things)
    marked = {text: _marked(text, found[text], everywhere) for text in texts}
    turns = tuple(_turn(turn, marked) for turn in said.turns)
    transcript = replace(
        said,
        turns=turns,
        speakers=tuple(replace(speaker, name=None) for speaker in said.speakers),
        title=said.title and marked[said.title].whole,
    )
    before = {turn.index: turn for turn in said.turns}
    return replace(
        analysis,
        transcript=transcript,
        signals=tuple(_signal(signal, before, marked) for signal in analysis.signals),
        statements=tuple(_evidence(each, before, marked) for each in analysis.statements),
        made_by={**analysis.made_by, "redaction": MADE_BY},
    )


def silent_seconds(transcript: Transcript) -> tuple[tuple[float, float], ...]:
    """When the redacted words of a transcript were said, from and to, in order."""
    words = (word for turn in transcript.turns for word in turn.words)
    return tuple(sorted((w.start, w.end) for w in words if _LABEL.search(w.text)))


def _texts(analysis: CallAnalysis) -> dict[str, bool]:
    """Every text of an analysis, and whether it is whole and English, so that names are found."""
    said = analysis.transcript
    language = code_of(said.language) or guess_language(" ".join(t.text for t in said.turns))
    native = language in (None, ENGLISH)
    found: dict[str, bool] = {}
    for turn in said.turns:
        found.setdefault(turn.text, native and turn.english is None)
        if turn.english is not None:
            found[turn.english] = True
    if said.title:
        found.setdefault(said.title, native)
    evidence: list[Signal | StatementEvidence] = [*analysis.signals, *analysis.statements]
    pieces = [text for each in evidence for text in (each.quote, each.quote_en)]
    pieces += [
        t for s in analysis.signals for t in (s.value, s.when, s.heard) if isinstance(t, str)
    ]
    for text in pieces:
        if text is not None:
            found.setdefault(text, False)  # out of its sentence, much looks like a name
    return found


def _things_of(signals: Iterable[Signal]) -> frozenset[str]:
    """What the analysis knows as places and tools: no people, whatever the finder says."""
    values = (s.value for s in signals if s.dimension in _THINGS and isinstance(s.value, str))
    return frozenset(value.casefold() for value in values)


def _without(
    things: frozenset[str], found: Mapping[str, Sequence[Personal]]
) -> dict[str, list[Personal]]:
    """What was found, without names of things."""
    return {
        text: [
            s for s in spans if s.label != "NAME" or text[s.start : s.end].casefold() not in things
        ]
        for text, spans in found.items()
    }


def _names_in(found: Mapping[str, Sequence[Personal]]) -> Iterable[str]:
    for text, spans in found.items():
        yield from (text[s.start : s.end] for s in spans if s.label == "NAME")


def _pattern(
    known: Iterable[str], recognised: Iterable[str], words: frozenset[str]
) -> re.Pattern[str] | None:
    """Names as whole words, with their parts; a part that is one of these words only with the
    rest, unless a speaker is known to be called so.
    """
    wanted: set[str] = set()
    for name in known:
        wanted |= {name.strip(), *(part for part in name.split() if part[:1].isupper())}
    for name in recognised:
        parts = (name.strip(), *(part for part in name.split() if part[:1].isupper()))
        wanted |= {part for part in parts if part.casefold() not in words}
    longest_first = sorted((w for w in wanted if len(w) >= _SHORTEST), key=lambda w: (-len(w), w))
    if not longest_first:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _marked(text: str, found: Sequence[Personal], names: re.Pattern[str] | None) -> _Text:
    everywhere = [] if names is None else [
        Personal(*match.span(), "NAME") for match in names.finditer(text)
    ]  # fmt: skip
    kept: list[Personal] = []
    for each in sorted([*found, *everywhere], key=lambda s: (s.start, -s.end)):
        if each.start >= each.end:
            continue
        if kept and each.start < kept[-1].end:
            kept[-1] = replace(kept[-1], end=max(kept[-1].end, each.end))
        else:
            kept.append(each)
    return _Text(text, tuple(kept))


def _turn(turn: Turn, marked: Mapping[str, _Text]) -> Turn:
    text = marked[turn.text]
    english = None if turn.english is None else marked[turn.english].whole
    words = tuple(_words(turn.words, text)) if text.found else turn.words
    return replace(turn, text=text.whole, english=english, words=words)


def _words(words: Sequence[Word], text: _Text) -> list[Word]:
    """The words of a text; those of one piece of personal data become one word with its label."""
    kept: list[Word] = []
    at, last = 0, None
    for word in words:
        stripped = word.text.strip()
        start = text.text.find(stripped, at)
        if start < 0:  # not as it stands in the text: judged by itself
            kept.append(word)
            continue
        end = at = start + len(stripped)
        inside = [s for s in text.found if s.start < end and s.end > start]
        if not inside:
            kept.append(word)
        elif inside[0] == last:  # goes on: only what follows it is new
            new = text.part(start, end).removeprefix(f"[{inside[0].label}]")
            kept[-1] = replace(kept[-1], text=kept[-1].text + new, end=word.end)
        else:
            kept.append(replace(word, text=text.part(start, end)))
        last = inside[-1] if inside else None
    return kept


def _signal(signal: Signal, turns: Mapping[int, Turn], marked: Mapping[str, _Text]) -> Signal:
    value = marked[signal.value].whole if isinstance(signal.value, str) else signal.value
    return replace(
        signal,
        value=signal.value if signal.dimension in _THINGS else value,
        quote=_quote(signal.quote, signal.turns, turns, marked),
        quote_en=_optional(signal.quote_en, signal.turns, turns, marked),
        when=signal.when and marked[signal.when].whole,
        heard=signal.heard and marked[signal.heard].whole,
    )


def _evidence(
    found: StatementEvidence, turns: Mapping[int, Turn], marked: Mapping[str, _Text]
) -> StatementEvidence:
    return replace(
        found,
        quote=_quote(found.quote, found.turns, turns, marked),
        quote_en=_optional(found.quote_en, found.turns, turns, marked),
    )


def _optional(
    quote: str | None,
    indices: Sequence[int],
    turns: Mapping[int, Turn],
    marked: Mapping[str, _Text],
) -> str | None:
    return None if quote is None else _quote(quote, indices, turns, marked)


def _quote(
    quote: str, indices: Sequence[int], turns: Mapping[int, Turn], marked: Mapping[str, _Text]
) -> str:
    """The quote as its turn has it now."""
    for index in indices:
        turn = turns.get(index)
        for text in (turn.text, turn.english) if turn else ():
            start = text.find(quote) if text else -1
            if text and start >= 0:
                return marked[text].part(start, start + len(quote))
    return marked[quote].whole
