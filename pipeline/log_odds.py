"""Confidences as evidence that adds up: log-odds, from what is likely before anybody spoke.

A confidence of `START` says nothing (+0.0), 0.5 says +2.2, 0.9 says +4.4; independent evidence adds
up, evidence of long ago counts for less. Trap: what says nothing must not speak against, so no
weight is below zero; the other side has weights of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

START = 0.1
"""How likely a position is while nobody has taken it."""
SURE = 0.99
REPEATED = 0.5
"""Who says a thing again, or a reader that reads it again, is no second witness: half counts."""


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)) of a probability, which is kept within 0.001 and `SURE`."""
    kept = min(max(probability, 0.001), SURE)
    return math.log(kept / (1 - kept))


def weight_of(confidence: float) -> float:
    """What evidence of this confidence adds to the log-odds; never negative."""
    return max(0.0, log_odds(confidence) - log_odds(START))


def probability_of(weights: Iterable[float]) -> float:
    """The probability that evidence of these weights makes, 0 without any."""
    total = sum(weights)
    return 1 / (1 + math.exp(-(log_odds(START) + total))) if total > 0 else 0.0


def faded(confidence: float, days: float, half_life: float) -> float:
    """A confidence whose weight has halved every `half_life` days; 0 days of half-life: as it is.

    What is below `START` says nothing and stays as it is.
    """
    if half_life <= 0 or days <= 0 or confidence <= START:
        return confidence
    weight = (log_odds(confidence) - log_odds(START)) * 0.5 ** (days / half_life)
    return 1 / (1 + math.exp(-(log_odds(START) + weight)))
