"""Requests to a CRM: never too many a second, and again after 429, a server's error or silence.

Only what may be done twice is sent through here: reads, updates by id, upserts. Trap: a CRM may ask
to wait for hours (a day's limit); that is an answer, not a pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

AGAIN = frozenset({429, 500, 502, 503, 504})
TRIES = 5
LONGEST_WAIT = 120.0
T = TypeVar("T")


class NoAnswer(Exception):
    """The connection failed or took too long; the text says how, without any secret."""


class Pace:
    """At most so many requests a second, each tried up to five times."""

    def __init__(
        self,
        per_second: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 1.0 / per_second
        self._sleep, self._clock = sleep, clock
        self._next = 0.0

    def send(
        self,
        attempt: Callable[[], T],
        look: Callable[[T], tuple[int, Mapping[str, str]]],
        is_final: Callable[[T], bool] = lambda _answer: False,
    ) -> T:
        """The answer to `attempt`, the last one when none is good; raises NoAnswer."""
        for tried in range(1, TRIES + 1):
            self._wait_for_turn()
            pause = 2.0 ** (tried - 1)
            try:
                answer = attempt()
            except NoAnswer:
                if tried == TRIES:
                    raise
            else:
                status, headers = look(answer)
                if status not in AGAIN or tried == TRIES or is_final(answer):
                    return answer
                asked = retry_after(headers)
                pause = pause if asked is None else asked
                if pause > LONGEST_WAIT:
                    return answer
            self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _wait_for_turn(self) -> None:
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for (a number or a date), if it is there and makes sense."""
    text = next((v for name, v in headers.items() if name.lower() == "retry-after"), "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
