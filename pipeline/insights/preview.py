"""A new statement on stored calls before it counts, and a threshold from marked examples.

Pure: evidence in, hits and a threshold out. Trap: with few examples a threshold says little, so it
moves from the usual one only as far as the examples ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor

from pipeline.domain import StatementEvidence

LEAST_SHOWN = 0.2


@dataclass(frozen=True, slots=True)
class Hit:
    """How one call bears on a statement."""

    call_id: str
    evidence: StatementEvidence

    @property
    def score(self) -> float:
        """How surely the call says it (0..1)."""
        return self.evidence.supports


@dataclass(frozen=True, slots=True)
class Preview:
    """What a statement would find: hits from `threshold` on, and near misses, surest first."""

    calls: int
    threshold: float
    hits: tuple[Hit, ...]
    near: tuple[Hit, ...]
    denied: tuple[Hit, ...]
    wrong: tuple[str, ...]
    """Marked calls that come out otherwise all the same."""


def preview(
    found: Iterable[Hit], marks: Mapping[str, bool], usual: float, denied: float
) -> Preview:
    """The hits of a statement, with the threshold that the marked calls ask for."""
    every = sorted(found, key=lambda hit: (-hit.score, hit.call_id))
    scores = {hit.call_id: hit.score for hit in every}
    threshold = threshold_from(
        [scores[c] for c, yes in marks.items() if yes and c in scores],
        [scores[c] for c, yes in marks.items() if not yes and c in scores],
        usual,
    )
    wrong = tuple(c for c, yes in marks.items() if (scores.get(c, 0.0) >= threshold) is not yes)
    return Preview(
        len(every),
        threshold,
        tuple(hit for hit in every if hit.score >= threshold),
        tuple(hit for hit in every if LEAST_SHOWN <= hit.score < threshold),
        tuple(h for h in every if h.evidence.denies >= denied and h.score < threshold),
        wrong,
    )


def threshold_from(yes: list[float], no: list[float], usual: float) -> float:
    """The threshold nearest to the usual one that gets most marked examples right."""
    if not yes and not no:
        return usual
    edges = sorted({usual, *(floor(s * 1e4) / 1e4 for s in yes), *(round(s + 1e-4, 4) for s in no)})
    usable = [edge for edge in edges if 0.0 < edge <= 1.0] or [usual]

    def errors(edge: float) -> int:
        return sum(score < edge for score in yes) + sum(score >= edge for score in no)

    return min(usable, key=lambda edge: (errors(edge), abs(edge - usual)))
