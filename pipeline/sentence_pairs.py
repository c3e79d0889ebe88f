"""A text and its translation → which sentences belong together.

Sentences are laid side by side in order, one to one where that fits, so that their lengths agree
and words that both languages share (numbers, names) meet. The trap: a translation may join, split
or drop sentences, so two may stand for one and one for none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from pipeline.lexicon.phrases import tokens_of

Span = tuple[int, int]
"""First and past-the-last character of a stretch of text."""
_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+[\"'”’)\]]*(?=\s|\Z)|[。！？]|\Z)", re.DOTALL)
_STEPS = {(1, 1): 0.0, (1, 2): 0.6, (2, 1): 0.6, (2, 2): 1.0, (1, 0): 1.6, (0, 1): 1.6}
"""How many sentences of each side are laid together, and what that costs."""
_SHARED, _MOST_SHARED = 0.8, 2
_LEAST_LETTERS = 4
_LEAST_OVERLAP = 3
_MOST_PAIRS = 10_000
"""Longer turns are not laid side by side: it would take too long."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Sentences that say the same: their places in the original and in the translation."""

    original: Span
    english: Span


def cut_sentences(text: str) -> list[Span]:
    """Where the sentences of a text stand; "2.5" is no end of one."""
    return [match.span() for match in _SENTENCE.finditer(text)]


@lru_cache(maxsize=256)
def pair_sentences(original: str, english: str) -> tuple[Pair, ...]:
    """The sentences of both texts laid side by side, in order; a side may be empty."""
    ours, theirs = cut_sentences(original), cut_sentences(english)
    if len(ours) * len(theirs) > _MOST_PAIRS:
        return (Pair(_whole(ours), _whole(theirs)),)
    ratio = max(len(original), 1) / max(len(english), 1)
    best: dict[Span, tuple[float, Span]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(ours) + 1):
        for j in range(len(theirs) + 1):
            for (a, b), price in _STEPS.items():
                if (i - a, j - b) not in best:
                    continue
                one, two = _text(original, ours[i - a : i]), _text(english, theirs[j - b : j])
                cost = best[i - a, j - b][0] + price + _unlike(one, two, ratio)
                if (i, j) not in best or cost < best[i, j][0]:
                    best[i, j] = (cost, (a, b))
    pairs, i, j = [], len(ours), len(theirs)
    while i or j:
        a, b = best[i, j][1]
        pairs.append(Pair(_whole(ours[i - a : i]), _whole(theirs[j - b : j])))
        i, j = i - a, j - b
    return tuple(pairs[::-1])


def original_span(original: str, english: str, start: int, end: int) -> Span:
    """The sentences of the original that characters `start` to `end` of its English stand for."""
    least = min(_LEAST_OVERLAP, end - start)
    near = [
        pair.original
        for pair in pair_sentences(original, english)
        if min(end, pair.english[1]) - max(start, pair.english[0]) >= least
        and pair.original[1] > pair.original[0]
    ]
    return _whole(near) if near else (0, len(original))


def _text(text: str, spans: Sequence[Span]) -> str:
    first, last = _whole(spans)
    return text[first:last]


def _whole(spans: Sequence[Span]) -> Span:
    return (spans[0][0], spans[-1][1]) if spans else (0, 0)


def _unlike(original: str, english: str, ratio: float) -> float:
    """How badly two stretches fit: by length, less for each number or name that both have."""
    if not original or not english:
        return 0.0
    lengths = abs(log((len(original) + 5) / (len(english) * ratio + 5)))
    shared = len(_marks(original) & _marks(english))
    return lengths - _SHARED * min(shared, _MOST_SHARED)


def _marks(text: str) -> set[str]:
    """What stays the same in translation: numbers, and words that may be names."""
    return {
        token.folded
        for token in tokens_of(text)
        if token.text.isdigit() or (token.text[0].isupper() and len(token.text) >= _LEAST_LETTERS)
    }
