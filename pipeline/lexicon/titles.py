"""Job titles: finds them in speech, names them usually, and says what function they lead.

A title is fixed ("CFO", "managing director"), or put together from a level and an area ("VP of
Sales", "ops manager"). The trap: written forms follow the text ("CFO" stays "CFO", "head of
finance" becomes "Head of Finance"), since people compare titles as they are said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.lexicon.functions import FunctionIndex
from pipeline.lexicon.phrases import (
    DATA,
    PhraseTable,
    Token,
    key_of,
    read_yaml,
    tokens_of,
    word_set,
)

_SMALL = word_set("of and for the in at to")
_UPPER = word_set("it hr hse ehs qa sheq ict wfm fp cx ai bi vp svp evp avp gm r d l")
_LONGEST_AREA = 4


@dataclass(frozen=True, slots=True)
class _Title:
    name: str
    function: str | None
    leader: bool


@dataclass(frozen=True, slots=True)
class _Level:
    name: str
    leader: bool


class TitleIndex:
    """Fixed titles, levels and areas, and the titles that they form."""

    def __init__(self, path: Path = DATA / "titles.yaml") -> None:
        content = read_yaml(path)
        self._functions = FunctionIndex.load()
        self._fixed: PhraseTable[_Title] = PhraseTable(plurals=False)
        for name, entry in content["fixed"].items():
            title = _Title(name, entry.get("function"), bool(entry["leader"]))
            for said in (name, *entry["names"]):
                self._fixed.add(str(said), title)
        self._before = _levels(content["before"])
        self._after = _levels(content["after"])
        self._modifiers = frozenset(content["modifiers"])
        self._written = {key_of(str(k)): str(v) for k, v in content["written"].items()}
        self._areas: dict[str, tuple[str, str | None]] = {
            key_of(str(area)): (str(area), str(function) or None)
            for area, function in content["areas"].items()
        }

    @classmethod
    def load(cls) -> TitleIndex:
        """The titles that come with the package, read once."""
        return _packaged()

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, usual title) of every title in a text, from left to right."""
        spans = [
            (a.start, b.end, _as_said(text, a, b, title)) for a, b, title in self._fixed.find(text)
        ]
        tokens = tokens_of(text)
        for first, last, title in self._built(text, tokens):
            spans.append((tokens[first].start, tokens[last].end, title.name))
        found: list[tuple[int, int, str]] = []
        for span in sorted(spans, key=lambda s: (s[0], -s[1])):
            if not found or span[0] >= found[-1][1]:
                found.append(span)
        return found

    def canonical(self, title: str) -> str:
        """The usual way to write a title: "m d" → Managing Director, "vp sales" → VP of Sales."""
        known = self._parse(title)
        if known is not None:
            return known.name
        return _shown(title) if title.islower() else title.strip()

    def function_of(self, title: str) -> str | None:
        """The function a title works in: "head of RevOps" → revenue operations."""
        known = self._parse(title)
        if known is not None and known.function:
            return known.function
        found = self._functions.find(title)
        return found[-1][2] if found else None

    def is_leader(self, title: str) -> bool:
        """Whether the title leads people or a function."""
        known = self._parse(title)
        return known is not None and known.leader

    def _parse(self, text: str) -> _Title | None:
        clean = text.strip().removeprefix("the ").removeprefix("our ")
        fixed = self._fixed.get(clean)
        if fixed is not None:
            return fixed
        built = next(self._built(clean, tokens_of(clean)), None)
        if built is not None:
            return built[2]
        found = next(iter(self._fixed.find(clean)), None)
        return found[2] if found is not None else None

    def _built(self, text: str, tokens: list[Token]) -> Iterator[tuple[int, int, _Title]]:
        """First token, last token and title of all that a level and an area form."""
        for index, token in enumerate(tokens):
            if self._before.begins(token.folded):
                made = self._level_first(text, tokens, index)
                if made is not None:
                    yield index, *made
            if index and self._after.begins(token.folded):
                yield from self._area_first(text, tokens, index)

    def _level_first(self, text: str, tokens: list[Token], index: int) -> tuple[int, _Title] | None:
        match = _match(text, tokens, index, self._before)
        if match is None:
            return None
        at, level = match
        for last in range(min(at + _LONGEST_AREA, len(tokens) - 1), at, -1):
            area = self._area(text, tokens, at + 1, last)
            if area is not None:
                last, area = self._joined(text, tokens, last, area)
                joint = level.name if level.name.endswith((" of", " for")) else f"{level.name} of"
                return last, _Title(f"{joint} {area[0]}", area[1], level.leader)
        return None

    def _joined(
        self, text: str, tokens: list[Token], last: int, area: tuple[str, str | None]
    ) -> tuple[int, tuple[str, str | None]]:
        """The area with a second one after "and": "sales and marketing"."""
        if last + 2 < len(tokens) and tokens[last + 1].folded == "and":
            more = self._area(text, tokens, last + 2, last + 2)
            if more is not None and _adjoins(text, tokens, last):
                return last + 2, (f"{area[0]} and {more[0]}", area[1])
        return last, area

    def _area_first(
        self, text: str, tokens: list[Token], at: int
    ) -> Iterator[tuple[int, int, _Title]]:
        """The title whose level stands at this token, behind its area."""
        match = _match(text, tokens, at, self._after)
        if match is None or not _adjoins(text, tokens, at - 1):
            return
        end, level = match
        for first in range(max(0, at - _LONGEST_AREA), at):
            area = self._area(text, tokens, first, at - 1)
            if area is None:
                continue
            prefix: list[str] = []
            while first and tokens[first - 1].folded in self._modifiers:
                first -= 1
                prefix.insert(0, _shown(tokens[first].text))
            name = " ".join([*prefix, area[0], level.name])
            yield first, end, _Title(name, area[1], level.leader)
            return

    def _area(
        self, text: str, tokens: list[Token], first: int, last: int
    ) -> tuple[str, str | None] | None:
        """The area that exactly these tokens name: how it is shown, and its function."""
        if not all(_adjoins(text, tokens, i) for i in range(first, last)):
            return None
        written = text[tokens[first].start : tokens[last].end]
        key = key_of(written)
        if key in self._areas:
            name, function = self._areas[key]
            return self._written.get(key, name), function
        label = self._functions.exact(key)
        if label is None or (len(key) < 3 and written.islower()):
            return None
        return self._written.get(key) or _shown(written), label


@lru_cache(maxsize=1)
def _packaged() -> TitleIndex:
    return TitleIndex()


def _levels(entries: Mapping[str, Mapping[str, object]]) -> PhraseTable[_Level]:
    table: PhraseTable[_Level] = PhraseTable(plurals=False)
    for name, entry in entries.items():
        names = entry["names"]
        for said in names if isinstance(names, list) else ():
            table.add(str(said), _Level(name, bool(entry["leader"])))
    return table


def _match(
    text: str, tokens: list[Token], index: int, table: PhraseTable[_Level]
) -> tuple[int, _Level] | None:
    """The longest level from this token on, and its last token."""
    for last in range(min(index + 4, len(tokens)) - 1, index - 1, -1):
        level = table.get(text[tokens[index].start : tokens[last].end])
        if level is not None:
            return last, level
    return None


def _as_said(text: str, first: Token, last: Token, title: _Title) -> str:
    """The usual title, but "chief revenue officer" is not cut down to letters."""
    said = text[first.start : last.end]
    return _shown(said.lower()) if key_of(said).startswith("chief ") else title.name


def _adjoins(text: str, tokens: list[Token], index: int) -> bool:
    """Whether the token after this one follows in the same phrase."""
    if index + 1 >= len(tokens):
        return False
    gap = text[tokens[index].end : tokens[index + 1].start]
    return gap.strip() in ("", "&", "-", "/", "'", "’")


def _shown(words: str) -> str:
    """A title as it is written: small words small, abbreviations in capitals."""
    parts = []
    for position, word in enumerate(words.split()):
        folded = word.lower()
        if folded in _SMALL and position:
            parts.append(folded)
        elif folded in _UPPER and len(folded) > 1:
            parts.append(folded.upper())
        else:
            parts.append(word if not word.islower() else word[:1].upper() + word[1:])
    return " ".join(parts)
