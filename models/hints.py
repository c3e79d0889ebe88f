"""Names that may be said → which to offer the recogniser, and which of its answers to believe.

A name in the recogniser's prompt makes it write that name, said or not. So the plain text comes
first; names that sound like something in it are offered for that stretch only; and what the second
decoding writes is taken only where the plain text sounds alike. Nothing but the name is taken over.
The trap: "our sales force" already reads like a name without any prompt; such text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from pipeline.domain import Word

_LONGEST = 3
"""Words of plain text that one name may have been heard as."""
_LEAST_LETTERS = 4
_ARTICLES = frozenset({"a", "an", "the", "my", "his", "her", "this", "that", "every", "some"})
_SOUNDS = (
    (r"^x", "z"), (r"ph", "f"), (r"[cs]h|tch", "j"), (r"ck", "k"), (r"qu?", "k"), (r"x", "ks"),
    (r"c(?=[eiy])", "s"), (r"c", "k"), (r"gh", "g"), (r"[hw]", ""), (r"z", "s"), (r"v", "f"),
    (r"d", "t"), (r"b", "p"), (r"g", "k"), (r"m", "n"), (r"e$", ""), (r"[aeiouy]+", "a"),
    (r"(.)\1+", r"\1"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HintOptions:
    """What sounds alike, 0..100: words less likely than `sure` need `offer`, else `offer_sure`."""

    offer: float = 75.0
    offer_sure: float = 84.0
    sure: float = 0.8
    believe: float = 72.0
    most: int = 8
    """Names offered to one decoding; more of them make the text worse."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Words `first` to before `last` of the plain text, and the name they sound like."""

    first: int
    last: int
    name: str
    score: float


def letters(text: str) -> str:
    """Only letters and digits, in lower case: "Hub spot." → "hubspot"."""
    return re.sub(r"[\W_]+", "", text.casefold())


def sound(text: str) -> str:
    """A rough key of how it sounds: "Biggery" and "BigQuery" have the same."""
    key = letters(text)
    for pattern, to in _SOUNDS:
        key = re.sub(pattern, to, key)
    return key


class HintBook:
    """The names of one recording's hints, ready to be compared with what was heard.

    `ordinary` are words of the language: "the zero" is not heard as "the Xero".
    """

    def __init__(
        self,
        hints: Iterable[str],
        *,
        ordinary: Container[str] = frozenset(),
        options: HintOptions | None = None,
    ) -> None:
        self._options, self._ordinary = options or HintOptions(), ordinary
        named = {letters(hint): hint for hint in reversed(list(hints))}
        self._names = {key: name for key, name in named.items() if len(key) >= _LEAST_LETTERS}
        self._letters = list(self._names)
        self._sounds = [sound(key) for key in self._letters]

    def candidates(self, words: Sequence[Word]) -> list[str]:
        """The names that some words may stand for, best first, at most `most`."""
        best: dict[str, float] = {}
        for place in self._places(words):
            best[place.name] = max(best.get(place.name, 0.0), place.score)
        ranked = sorted(best, key=lambda name: -best[name])
        return ranked[: self._options.most]

    def share(self, wanting: Sequence[int], offers: Mapping[int, Sequence[str]]) -> list[list[int]]:
        """Group chunks that are decoded together, so that few names are offered at a time."""
        groups: list[list[int]] = []
        names: set[str] = set()
        for i in wanting:
            if groups and len(names.union(offers[i])) <= self._options.most:
                groups[-1].append(i)
                names.update(offers[i])
            else:
                groups.append([i])
                names = set(offers[i])
        return groups

    def accept(
        self, plain: Sequence[Word], biased: str, names: Sequence[str], probability: float
    ) -> list[Word]:
        """The plain words, with names of the biased text where the plain text sounds alike.

        `probability` is how sure the biased decoding was; a name has the times of what it replaces.
        """
        offered = {letters(name): name for name in names}
        heard = biased.split()
        ours, theirs = [letters(w.text) for w in plain], [letters(text) for text in heard]
        accepted: list[Word] = []
        for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            stretch = list(plain[a:b])
            for name in _named(heard[c:d], offered) if tag == "replace" else ():
                before = accepted[-1].text if accepted else ""
                stretch = self._replace(stretch, name, before, probability)
            accepted += stretch
        return accepted

    def _replace(self, words: list[Word], name: str, before: str, probability: float) -> list[Word]:
        """Put the name in place of the words that sound most like it, if any do."""
        best: tuple[float, int, int] | None = None
        for a, b in _spans(words):
            score = self._alike(words[a:b], name)
            previous = words[a - 1].text if a else before
            if score < self._options.believe or self._is_phrase(previous, words[a:b]):
                continue
            if best is None or score > best[0]:
                best = (score, a, b)
        if best is None:
            return words
        _, a, b = best
        tail = re.search(r"[.,?!;:]*$", words[b - 1].text)
        text = name + (tail.group() if tail else "")
        named = replace(words[a], text=text, end=words[b - 1].end, probability=probability)
        return [*words[:a], named, *words[b:]]

    def _is_phrase(self, previous: str, words: Sequence[Word]) -> bool:
        """Whether the words are an ordinary noun behind its article, or cross a sentence's end."""
        if any(word.text.endswith((".", "?", "!")) for word in words[:-1]):
            return True
        return letters(previous) in _ARTICLES and letters(words[0].text) in self._ordinary

    def _places(self, words: Sequence[Word]) -> list[_Place]:
        """Stretches that sound like a name without being it."""
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        spans = _spans(words)
        if not self._names or not spans:
            return []
        keys = [letters("".join(w.text for w in words[a:b])) for a, b in spans]
        known = {i for (a, b), key in zip(spans, keys, strict=True) if key in self._names
                 for i in range(a, b)}  # fmt: skip
        alike = Indel.normalized_similarity
        sounds = [sound(key) for key in keys]
        scores = 50.0 * (
            process.cdist(keys, self._letters, scorer=alike)
            + process.cdist(sounds, self._sounds, scorer=alike)
        )
        found: list[_Place] = []
        for row, (a, b) in enumerate(spans):
            column = int(scores[row].argmax())
            score = float(scores[row][column])
            previous = words[a - 1].text if a else ""
            if score < self._least(words[a:b]) or known.intersection(range(a, b)):
                continue
            if not self._is_phrase(previous, words[a:b]):
                found.append(_Place(a, b, self._names[self._letters[column]], score))
        return found

    def _least(self, words: Sequence[Word]) -> float:
        unsure = min(word.probability for word in words) < self._options.sure
        return self._options.offer if unsure else self._options.offer_sure

    def _alike(self, words: Sequence[Word], name: str) -> float:
        """How much the words sound like the name, 0..100."""
        from rapidfuzz.distance import Indel

        heard = letters("".join(word.text for word in words))
        by_letters = Indel.normalized_similarity(heard, letters(name))
        return 50.0 * (by_letters + Indel.normalized_similarity(sound(heard), sound(name)))


def _spans(words: Sequence[Word]) -> list[tuple[int, int]]:
    """First and past-the-last of every one, two and three words in a row."""
    n = len(words)
    return [(a, b) for a in range(n) for b in range(a + 1, min(a + _LONGEST, n) + 1)]


def _named(heard: Sequence[str], offered: Mapping[str, str]) -> Iterator[str]:
    """The offered names in a stretch of text, in order."""
    for a in range(len(heard)):
        for b in range(a + 1, min(a + _LONGEST, len(heard)) + 1):
            key = letters("".join(heard[a:b]))
            if key in offered:
                yield offered[key]
