"""Dates as other tools write them: ISO texts with up to nanoseconds, or milliseconds since 1970.

A moment without a zone is taken as UTC, as everywhere in the product. Trap: Python reads at most
six digits of a second.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pipeline.json_fields import Fields, name_of

_FRACTION = re.compile(r"([.,]\d{6})\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MS, _MOST_MS = 1e11, 1e13
"""Milliseconds of the years 1973 to 2286; smaller numbers are seconds."""


def moment_of(fields: Fields, key: str) -> datetime | None:
    """A date and time; None when missing or blank. Raises when it is none."""
    value = fields.data.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) > 9:
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if _LEAST_MS <= value <= _MOST_MS else value
        if 1e8 < seconds < 1e10:
            return _EPOCH + timedelta(seconds=seconds)
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
    fields.fail(key, f"{name_of(value)} is no date", "write it as 2026-03-04T15:00:00Z")
