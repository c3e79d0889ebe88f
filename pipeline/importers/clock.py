"""Times as other tools write them: numbers or texts, clocks, seconds or milliseconds.

People say one to five words a second, so words per unit of time tell seconds from milliseconds.
Trap: a clock such as 1:02.5 is never milliseconds, whatever the other numbers are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from pipeline.json_fields import Fields, name_of

LONGEST_S = 7 * 24 * 3600.0
"""No call lasts longer: a time beyond it is a date or has another unit."""
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})([.,]\d{1,9})?", re.ASCII)
_WORDS_PER_UNIT = 0.08
"""Between speech counted in seconds (about 2.5) and in milliseconds (about 0.0025)."""
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as it stands in a file; `clock` when it was written with colons (then in seconds)."""

    value: float
    clock: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """Turns stamps into seconds."""

    seconds: float = 1.0

    def of(self, stamp: Stamp | None) -> float | None:
        """The time in seconds; None when it is none."""
        if stamp is None:
            return None
        return stamp.value if stamp.clock else round(stamp.value * self.seconds, 6)


SECONDS, MILLISECONDS = Unit(), Unit(0.001)


def clock_seconds(text: str) -> float | None:
    """`1:02:03.5`, `2:03`, `02:24.720` in seconds; None when it is no clock."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds = int(found[1] or 0), int(found[2]), int(found[3])
    if seconds > 59 or (found[1] and minutes > 59):
        return None
    fraction = float((found[4] or ".0").replace(",", "."))
    return round(hours * 3600 + minutes * 60 + seconds + fraction, 6)


def read_stamp(fields: Fields, key: str) -> Stamp | None:
    """A time field: a number, a number as text, or a clock; None when missing, null or blank."""
    value = fields.data.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        clock = clock_seconds(value)
        if clock is not None:
            return Stamp(clock, clock=True)
    found = _number(value)
    if found is None:
        fields.fail(key, f"expected a time, found {name_of(value)}", "give seconds, or h:mm:ss")
    return Stamp(found) if found >= 0 else None


def unit_of(said: Iterable[tuple[Stamp | None, Stamp | None, str]], default: Unit) -> Unit:
    """The unit of these (start, end, text): from how fast people would be speaking."""
    stamped = [(a, b, text) for a, b, text in said if a and b]
    rates = [
        len(text.split()) / (end.value - start.value)
        for start, end, text in stamped
        if end.value > start.value and len(text.split()) >= _FEWEST_WORDS
    ]
    if rates:
        return SECONDS if median(rates) > _WORDS_PER_UNIT else MILLISECONDS
    if any(not stamp.value.is_integer() for pair in stamped for stamp in pair[:2]):
        return SECONDS
    return default


def check_times(times: Iterable[float | None], fields: Fields, key: str) -> None:
    """Refuse times that cannot lie in a call."""
    latest = max((t for t in times if t is not None), default=0.0)
    if latest > LONGEST_S:
        fields.fail(key, f"{latest:,.0f} s is no time within a call", "give seconds from its start")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
