"""Shares and odds with how far they can be believed: small numbers give wide intervals.

Wilson (1927) for a share, Haldane (1955) for odds: half a deal is added to each cell, so that no
cell is empty. `z` is the normal quantile: 1.96 for 95 in 100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count` as a share (0..1) with its interval."""

    hits: int
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Odds:
    """A log-odds ratio with its interval: above 0 the two go together."""

    log_odds: float
    low: float
    high: float


def share_of(hits: int, count: int, z: float = Z95) -> Share | None:
    """A share with its Wilson interval; None of nothing."""
    if count <= 0:
        return None
    p = hits / count
    spread = z * z / count
    centre = (p + spread / 2) / (1 + spread)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + spread)
    return Share(hits, count, p, max(0.0, centre - half), min(1.0, centre + half))


def odds_ratio(both: int, only_a: int, only_b: int, neither: int, z: float = Z95) -> Odds:
    """How far A and B go together, from the four counts."""
    cells = [cell + 0.5 for cell in (both, only_a, only_b, neither)]
    value = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    half = z * math.sqrt(sum(1 / cell for cell in cells))
    return Odds(value, value - half, value + half)


def z_for(comparisons: int, error: float = 0.05) -> float:
    """The quantile that keeps all of so many comparisons right 95 times in 100 (Bonferroni)."""
    return NormalDist().inv_cdf(1 - error / 2 / max(1, comparisons))
