"""Numbers against limits: is "about two hundred" within 200 to 1,000, and what does a text ask for?

Ranges may be open ("over 500") and may overlap the limits in part; then a point that people mostly
mean decides, with less certainty. The trap: `more than 20` of people is 21, of money it is 20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.domain import Dimension, Range
from pipeline.lexicon.numbers import find_quantities

COUNTED = frozenset({Dimension.HEADCOUNT, Dimension.TEAM_SIZE})
MONEY = frozenset({Dimension.REVENUE, Dimension.BUDGET})
NUMERIC = COUNTED | MONEY | {Dimension.GROWTH_RATE}


_DENIED = re.compile(r"\b(?:not|never|no longer|n't)\b", re.IGNORECASE)
_BEYOND = re.compile(r"(?:more|greater|larger|bigger) than|over|above|exceeding", re.IGNORECASE)
_SHORT_OF = re.compile(r"(?:fewer|less|smaller) than|under|below", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number must be: at least `low`, at most `high`; `rest`: what else the text says."""

    low: float | None
    high: float | None
    currency: str | None = None
    rest: str = ""


def compare(value: Range, limits: Limits) -> tuple[bool, float]:
    """Whether a spoken range keeps the limits, and how certain that is (0.5..1)."""
    low, high = value.low, value.high
    floor = limits.low if limits.low is not None else float("-inf")
    ceiling = limits.high if limits.high is not None else float("inf")
    if low is None and high is None:
        return False, 0.0
    if low is None or high is None:
        return _compare_open(low, high, floor, ceiling)
    if floor <= low and high <= ceiling:
        return True, 1.0
    if high < floor or low > ceiling:
        return False, 1.0
    inside = (min(high, ceiling) - max(low, floor)) / (high - low)
    holds = floor <= (low + high) / 2 <= ceiling
    return holds, max(0.5, inside if holds else 1 - inside)


def _compare_open(
    low: float | None, high: float | None, floor: float, ceiling: float
) -> tuple[bool, float]:
    """ "Over N" means a little more than N, "under N" a little less."""
    if high is None and low is not None:
        if low >= ceiling:
            return False, 1.0
        if low >= floor:
            return True, 1.0 if ceiling == float("inf") else 0.8
        return False, 0.7
    if high is not None:
        if high <= floor:
            return False, 1.0
        if high <= ceiling:
            return True, 1.0 if floor == float("-inf") else 0.8
    return False, 0.7


@lru_cache(maxsize=4096)
def read_limits(text: str, dimension: Dimension | None) -> Limits | None:
    """The limit that a text clearly states for a numeric dimension, or None.

    "At least 20 people work in customer support" gives 20 and "people work in customer support".
    """
    if dimension not in NUMERIC:
        return None
    unit = "count" if dimension in COUNTED else "money" if dimension in MONEY else "percent"
    said = [q for q in find_quantities(text) if q.unit == unit and not q.superseded]
    if len(said) != 1 or _DENIED.search(text[: said[0].start]):
        return None
    number = said[0]
    low, high = number.low, number.high
    if low == high or (low is None and high is None):
        return None
    step = 1.0 if dimension in COUNTED else 0.0
    if low is not None and high is None and _BEYOND.match(number.surface):
        low += step
    if high is not None and low is None and _SHORT_OF.match(number.surface):
        high -= step
    rest = f"{text[: number.start]} {text[number.end :]}"
    return Limits(low, high, number.currency, " ".join(rest.split()).strip(" .,;"))
