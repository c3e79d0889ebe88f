"""The taxonomy of industries: labels, the ways people name them, and which lies in which.

Values that no list holds are matched by meaning elsewhere, from `texts_for_embedding`. The trap:
an industry may have two parents (insurtech is insurance and software), and "not in that branch"
is only said when both labels are known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import IcpError
from pipeline.lexicon.phrases import DATA, PhraseTable, Token, common_words, key_of, read_yaml

_WEAK_BELOW = 1500
"""A single word this common ("media", "stores") is no industry by itself in running text."""
_SUFFIXES = (
    " company", " companies", " industry", " sector", " business", " services", " provider",
    " group", " firm", " manufacturing", " manufacturer",
)  # fmt: skip
_COMPANY = re.compile(
    r"['\u2019]?s? (?:company|business|industry|sector|group|firm|chain|provider)\b"
)
_OURSELVES = re.compile(
    r"\b(?:we(?:['\u2019 ]?re)?|we are|were|i['\u2019]?m|you(?:['\u2019 ]?re)|are you) "
    r"(?:[\w-]+ ){0,4}$|\b(?:company|business|industry|sector)(?:['\u2019]s| is| it['\u2019]?s)? "
    r"(?:[\w-]+ ){0,2}$",
    re.IGNORECASE,
)


class IndustryTaxonomy:
    """Industry labels with their parents, names and spoken phrases."""

    def __init__(self, path: Path = DATA / "industries.yaml") -> None:
        entries: dict[str, dict[str, Any]] = read_yaml(path)["industries"]
        self._entries = entries
        self._names: PhraseTable[str] = PhraseTable()
        self._phrases: PhraseTable[str] = PhraseTable()
        known = set(entries) | _aliases(entries)
        for label, entry in entries.items():
            self._names.add(label, label)
            for parent in (entry.get("parent"), *entry.get("also_in", ())):
                if parent is not None and parent not in known:
                    raise IcpError(
                        f"unknown parent {parent!r}",
                        file=path.name,
                        field=label,
                        remedy="write a label of this file",
                    )
        for label, entry in entries.items():
            for name in entry.get("names", ()):
                self._names.add(str(name), label, replace=False)
            for phrase in entry.get("phrases", ()):
                self._phrases.add(phrase, label)
        for key in self._names.keys():  # noqa: SIM118 - a table, not a dict
            if _may_stand_alone(key):
                self._phrases.add(key, self._names.get(key) or "", replace=False)

    @classmethod
    def load(cls) -> IndustryTaxonomy:
        """The taxonomy that comes with the package, read once."""
        return _packaged()

    def labels(self) -> tuple[str, ...]:
        """All labels, in the order of the file."""
        return tuple(self._entries)

    def phrases(self, label: str) -> tuple[str, ...]:
        """Names and spoken phrases of a label, the label first."""
        entry = self._entries.get(label, {})
        return (label, *map(str, entry.get("names", ())), *entry.get("phrases", ()))

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, label) of what a text says of industries, by listed phrases only."""
        return [(a.start, b.end, label) for a, b, label in self._phrases.find(text)]

    def find_stated(self, text: str) -> list[tuple[int, int, str]]:
        """As `find`, but a single word counts only where the speaker's own company is meant.

        "We're a bank" is found, "the bank called" is not: half as many hits, twice as often right.
        """
        return [
            (a.start, b.end, label)
            for a, b, label in self._phrases.find(text)
            if a is not b or _is_about_us(text, a, b)
        ]

    def normalise(self, text: str) -> str | None:
        """The label that a short text means ("a 3PL" → third-party logistics), or None."""
        key = key_of(text)
        label = self._names.get(key)
        if label is not None:
            return label
        for word in _SUFFIXES:
            label = self._names.get(key.removesuffix(word))
            if label is not None:
                return label
        parts = key.split()
        for start in range(1, len(parts)):
            label = self._names.get(" ".join(parts[start:]))
            if label is not None and (len(parts) - start > 1 or len(parts[-1]) > 5):
                return label
        return None

    def ancestors(self, label: str) -> tuple[str, ...]:
        """Everything a label lies in, the nearest first."""
        found: list[str] = []
        queue = [label]
        while queue:
            entry = self._entries.get(queue.pop(0), {})
            for parent in (entry.get("parent"), *entry.get("also_in", ())):
                usual = self._names.get(parent) if parent else None
                if usual and usual not in found and usual != label:
                    found.append(usual)
                    queue.append(usual)
        return tuple(found)

    def is_a(self, label: str, ancestor: str) -> bool | None:
        """Whether one industry is the other or lies in it; None when either is not known.

        A wider industry than the asked one is None too: a software company may be a fintech.
        """
        one, other = self.normalise(label), self.normalise(ancestor)
        if one is None or other is None:
            return True if key_of(label) == key_of(ancestor) else None
        if one == other or other in self.ancestors(one):
            return True
        return None if one in self.ancestors(other) else False

    def texts_for_embedding(self) -> list[tuple[str, str]]:
        """(label, sentence) pairs that say what each industry is, for matching by meaning."""
        pairs: list[tuple[str, str]] = []
        for label, entry in self._entries.items():
            names = [label, *map(str, entry.get("names", ()))]
            pairs.append((label, f"The company is in {label}."))
            pairs.extend((label, f"The company is in {name}.") for name in names[1:9])
            pairs.extend((label, str(phrase)) for phrase in entry.get("phrases", ()))
        return pairs


@lru_cache(maxsize=1)
def _packaged() -> IndustryTaxonomy:
    return IndustryTaxonomy()


def _is_about_us(text: str, first: Token, last: Token) -> bool:
    """Whether a single word that names an industry is said of the speaker's own company."""
    if _COMPANY.match(text, last.end) or len(text) - (last.end - first.start) < 12:
        return True
    return _OURSELVES.search(text[max(0, first.start - 40) : first.start]) is not None


def _aliases(entries: dict[str, dict[str, Any]]) -> set[str]:
    return {str(name) for entry in entries.values() for name in entry.get("names", ())}


def _may_stand_alone(key: str) -> bool:
    """Whether a name says an industry in running text: no short or very common single word."""
    if " " in key:
        return True
    return len(key) > 3 and common_words().get(key, 10**6) >= _WEAK_BELOW
