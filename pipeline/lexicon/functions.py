"""Functions of a company (sales, customer support …): how people name a team or its people.

"SDRs", "b d r's" and "sales development reps" are one label, and that is part of sales. The
trap: many names are plain plurals ("agents", "reps"), so `find` gives candidates, not facts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.lexicon.phrases import DATA, PhraseTable, key_of, read_yaml

_TAIL = re.compile(
    r" (?:team|teams|department|dept|function|org|organisation|organization|people|staff|folks|"
    r"guys|group|unit|division|office|crew|reps|representatives|specialists|managers)$"
)


class FunctionIndex:
    """Function labels with their names, and which function is part of which."""

    def __init__(self, path: Path = DATA / "functions.yaml") -> None:
        self._labels: PhraseTable[str] = PhraseTable()
        self._part_of: dict[str, str] = {}
        self._also: dict[str, str] = {}
        entries: dict[str, dict[str, Any]] = read_yaml(path)["functions"]
        for label, entry in entries.items():
            self._labels.add(label, label)
            if "part_of" in entry:
                self._part_of[label] = entry["part_of"]
        for label, entry in entries.items():
            for name in entry["names"]:
                self._labels.add(str(name), label, replace=False)
            for name in entry.get("also", ()):
                self._also.setdefault(key_of(str(name)), label)

    @classmethod
    def load(cls) -> FunctionIndex:
        """The functions that come with the package, read once."""
        return _packaged()

    def labels(self) -> tuple[str, ...]:
        """All labels, in the order of the file."""
        return tuple(dict.fromkeys(self._labels.get(k) or "" for k in self._labels.keys()))  # noqa: SIM118

    def normalise(self, text: str) -> str | None:
        """The label that a name of a team means ("the AEs" → account executives), or None."""
        key = re.sub(r"^(?:the|our|a|an|my|their|full[- ]time|in[- ]house|\d+) ", "", key_of(text))
        for candidate in (key, _TAIL.sub("", key), key.removesuffix("s"), f"{key}s"):
            label = self._labels.get(candidate) or self._also.get(candidate)
            if label is not None:
                return label
        return None

    def exact(self, name: str) -> str | None:
        """The label of exactly this name, without leaving anything out."""
        return self._labels.get(name)

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, label) of every function named in a text, from left to right."""
        return [(a.start, b.end, label) for a, b, label in self._labels.find(text)]

    def parents(self, label: str) -> tuple[str, ...]:
        """The functions that a label is part of, the nearest first."""
        chain: list[str] = []
        while (label := self._part_of.get(label, "")) and label not in chain:
            chain.append(label)
        return tuple(chain)

    def matches(self, one: str, other: str) -> bool:
        """Whether two names mean one function, or one is part of the other."""
        first, second = self.normalise(one), self.normalise(other)
        if first is None or second is None:
            return key_of(one) == key_of(other)
        return first == second or first in self.parents(second) or second in self.parents(first)


@lru_cache(maxsize=1)
def _packaged() -> FunctionIndex:
    return FunctionIndex()
