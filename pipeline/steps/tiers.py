"""From fit to a tier and a quadrant: what a sales manager reads first.

A tier needs enough that is known; something hard that is raised gives D whatever else fits; a
required criterion that is not met caps the tier at C. The trap: `unknown` caps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

LEAST_COVERAGE = 0.25
HIGH_ENGAGEMENT = 0.5


def choose_tier(
    fit: float | None,
    coverage: float,
    tiers: Mapping[str, float],
    *,
    required_missed: bool = False,
    disqualified: bool = False,
) -> str | None:
    """A, B, C or D; None while less than a quarter of the criteria's weight is known."""
    if disqualified:
        return "D"
    if fit is None or coverage < LEAST_COVERAGE:
        return None
    ranked = sorted(tiers.items(), key=lambda item: -item[1])
    tier = next((name for name, least in ranked if round_half_up(fit) >= least), "D")
    return "C" if required_missed and tier in ("A", "B") else tier


def choose_quadrant(
    fit: float | None,
    engagement: float,
    tiers: Mapping[str, float],
    *,
    disqualified: bool = False,
) -> str:
    """pursue, warm_up, distraction or drop; empty when there is no fit to speak of.

    Fit is high from tier B on; a disqualified account is never a high fit.
    """
    if fit is None and not disqualified:
        return ""
    least = tiers.get("B", 0.5)
    high = not disqualified and fit is not None and round_half_up(fit) >= least
    if engagement >= HIGH_ENGAGEMENT:
        return "pursue" if high else "distraction"
    return "warm_up" if high else "drop"


def is_capped(statuses: Iterable[tuple[bool, str]]) -> bool:
    """Whether any (required, status) pair is a required criterion that is not met."""
    return any(required and status == "not_met" for required, status in statuses)


def round_half_up(number: float, places: int = 2) -> float:
    """Round as people do: 0.745 to 0.75, where binary floats would give 0.74."""
    step = Decimal(1).scaleb(-places)
    return float(Decimal(repr(round(number, 9))).quantize(step, rounding=ROUND_HALF_UP))
