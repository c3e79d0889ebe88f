"""How often the machine is right, from people's verdicts; and the thresholds that follow.

A confirmed signal was right; a rejected or corrected one was not. Trap: people judge what they see,
so nothing is known of what lies below the threshold that is in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.insights.intervals import Share, share_of

WANTED = 0.8
LEAST_VERDICTS = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A signal that somebody judged: its dimension, its confidence, the rules it decided."""

    dimension: str
    confidence: float
    right: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the judged signals were right, and the threshold that people's verdicts ask for.

    `threshold` is None while there are too few verdicts, or where none is needed.
    """

    about: str
    share: Share
    threshold: float | None


def by_dimension(judged: Iterable[Judged], wanted: float = WANTED) -> tuple[Precision, ...]:
    """Precision per dimension."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(one.dimension, []).append(one)
    return _precisions(groups, wanted)


def by_rule(judged: Iterable[Judged], wanted: float = WANTED) -> tuple[Precision, ...]:
    """Precision per rule of a profile, of the signals that decided it."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        for rule in one.rules:
            groups.setdefault(rule, []).append(one)
    return _precisions(groups, wanted)


def _precisions(groups: Mapping[str, Sequence[Judged]], wanted: float) -> tuple[Precision, ...]:
    found = []
    for about, judged in sorted(groups.items()):
        share = share_of(sum(one.right for one in judged), len(judged))
        if share is not None:
            found.append(Precision(about, share, learn_threshold(judged, wanted)))
    return tuple(found)


def learn_threshold(judged: Sequence[Judged], wanted: float = WANTED) -> float | None:
    """The lowest confidence from which on the share that is right is at least the wanted one.

    None with too few verdicts, when all signals together are good enough, or when none would be.
    """
    if len(judged) < LEAST_VERDICTS:
        return None
    ranked = sorted(judged, key=lambda one: -one.confidence)
    right, best = 0, None
    for count, one in enumerate(ranked, 1):
        right += one.right
        last_of_its_kind = count == len(ranked) or ranked[count].confidence < one.confidence
        if last_of_its_kind and count >= LEAST_VERDICTS // 2 and right / count >= wanted:
            best = one.confidence
    return None if best is None or best <= ranked[-1].confidence else best
