"""Finding listed phrases in spoken text: folding, tokens, and a table of phrases.

Every gazetteer stands on this. A text is cut into tokens of letters and digits; a phrase is a run
of tokens, so case, accents, hyphens and apostrophes do not matter, and a possessive 's stays
outside. The trap: tokens join only across a blank or one joining sign, never across a full stop.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

DATA = Path(__file__).resolve().parent.parent / "data" / "gazetteers"
T = TypeVar("T")
_TOKEN = re.compile(r"[^\W_]+")
_JOIN = re.compile(r"\s*[-–&/+]?\s*|[.'’·]")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits: its place in the text, as written and folded."""

    start: int
    end: int
    text: str
    folded: str


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set: how short lists stand in the code."""
    return frozenset(words.split())


def fold(text: str) -> str:
    """The text in lower case and without accents (its length may change)."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered.translate(_LETTERS))
    return "".join(c for c in parts if not unicodedata.combining(c))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [Token(m.start(), m.end(), m.group(), fold(m.group())) for m in _TOKEN.finditer(text)]


def key_of(text: str) -> str:
    """How a phrase is looked up: its folded tokens, joined by one blank."""
    return " ".join(fold(m) for m in _TOKEN.findall(text))


def capitalised(text: str, first: Token, last: Token) -> bool:
    """Whether the tokens stand capitalised where nothing but a name asks for a capital.

    False at the start of a sentence and in a text that is all capitals.
    """
    if not first.text[0].isupper() or not last.text[0].isupper():
        return False
    before = text[: first.start].rstrip(" \"'“”‘’(-–—…")
    if not before or before[-1] in ".?!:\n":
        return False
    return not (len(text) > len(first.text) + 8 and text.isupper())


class PhraseTable(Generic[T]):
    """Phrases with what each stands for; `find` gives the longest ones, from left to right."""

    def __init__(self, *, plurals: bool = True) -> None:
        self._plurals = plurals
        self._by_key: dict[str, T] = {}
        self._longest: dict[str, int] = {}

    def add(self, phrase: str, payload: T, *, replace: bool = True) -> None:
        """Enter a phrase; with `replace` false an entry that is there already stays."""
        key = key_of(phrase)
        if not key or (not replace and key in self._by_key):
            return
        self.add_key(key, payload)

    def add_key(self, key: str, payload: T) -> None:
        """Enter a phrase that is folded already, as `key_of` does it."""
        self._by_key[key] = payload
        first, n_tokens = key.split(" ", 1)[0], key.count(" ") + 1
        self._longest[first] = max(self._longest.get(first, 0), n_tokens)

    def add_keys(self, entries: Mapping[str, T]) -> None:
        """Enter many folded phrases at once."""
        self._by_key.update(entries)
        longest = self._longest
        for key in entries:
            first, n_tokens = key.split(" ", 1)[0], key.count(" ") + 1
            if longest.get(first, 0) < n_tokens:
                longest[first] = n_tokens

    def get(self, phrase: str) -> T | None:
        """What this very phrase stands for."""
        return self._by_key.get(key_of(phrase))

    def begins(self, folded: str) -> bool:
        """Whether any phrase begins with this folded token."""
        return folded in self._longest

    def __contains__(self, phrase: str) -> bool:
        return key_of(phrase) in self._by_key

    def __len__(self) -> int:
        return len(self._by_key)

    def keys(self) -> Iterable[str]:
        """All phrases, folded."""
        return self._by_key.keys()

    def find(self, text: str) -> Iterator[tuple[Token, Token, T]]:
        """First token, last token and payload of each longest phrase, without overlap."""
        tokens = tokens_of(text)
        index = 0
        while index < len(tokens):
            match = None
            if tokens[index].start == 0 or text[tokens[index].start - 1] not in "'’":
                match = self._longest_at(text, tokens, index)
            if match is None:
                index += 1
                continue
            last, payload = match
            yield tokens[index], tokens[last], payload
            index = last + 1

    def _longest_at(self, text: str, tokens: list[Token], index: int) -> tuple[int, T] | None:
        reach = self._longest.get(tokens[index].folded)
        if reach is None:
            plural = tokens[index].folded
            if not (self._plurals and plural.endswith("s") and plural[:-1] in self._longest):
                return None
            reach = 1
        words = [tokens[index].folded]
        for at in range(index + 1, min(index + reach, len(tokens))):
            if not _JOIN.fullmatch(text, tokens[at - 1].end, tokens[at].start):
                break
            words.append(tokens[at].folded)
        while words:
            key = " ".join(words)
            payload = self._by_key.get(key)
            if payload is None and self._plurals and len(key) > 7 and key.endswith("s"):
                payload = self._by_key.get(key[:-1])
            if payload is not None:
                return index + len(words) - 1, payload
            words.pop()
        return None


@lru_cache(maxsize=1)
def common_words() -> dict[str, int]:
    """Ordinary English words, each with its rank (0 the most common)."""
    lines = (DATA / "words.txt").read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {word: rank for rank, word in enumerate(words)}


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """Names of people, folded, that are names of products or places too."""
    text = (DATA / "first_names.txt").read_text(encoding="utf-8")
    rows = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(fold(name) for row in rows for name in row.split())


def read_yaml(path: Path) -> dict[str, Any]:
    """One of the product's own YAML files (read fast where the C parser is there)."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))
