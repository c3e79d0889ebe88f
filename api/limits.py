"""How much one key may do at once and over time, counted in this process.

Trap: each server process counts for itself, so with several of them a key gets the limit of each;
what must hold over all of them belongs in the proxy before them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import IcpError

_MOST_KEYS = 10_000


class TooSlow(IcpError):
    """The body of a request stopped coming in."""

    code = "too_slow"


class TooMany(IcpError):
    """The key asks too often, or for too much at once."""

    code = "too_many_requests"
    retryable = True

    def __init__(self, problem: str, *, retry_after: float) -> None:
        super().__init__(problem, remedy=f"try again in {max(1, round(retry_after))} s")
        self.retry_after = retry_after


class Full(TooMany):
    """All keys together do as much as the service can take."""

    code = "busy"


class Buckets:
    """A token bucket a key: `per_minute` requests on average, a fifth of them at once."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = per_minute / 60, clock
        self._size = max(20.0, per_minute / 5)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Count one request; raises TooMany when the bucket is empty. A rate of 0 is no limit."""
        if not self._rate:
            return
        at = self._clock()
        left, since = self._left.get(key, (self._size, at))
        left = min(self._size, left + (at - since) * self._rate)
        if left < 1:
            raise TooMany("too many requests with this key", retry_after=(1 - left) / self._rate)
        self._left[key] = (left - 1, at)
        if len(self._left) > _MOST_KEYS:
            full = at - self._size / self._rate
            self._left = {k: v for k, v in self._left.items() if v[1] > full}


class Slots:
    """What may be under way at the same time: so many a key, and so many in all."""

    def __init__(self, what: str, *, per_key: int, total: int) -> None:
        self._what, self._per_key, self._total = what, per_key, total
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are under way."""
        return self._taken.total()

    @contextmanager
    def taking(self, key: str) -> Iterator[None]:
        """Hold a place; raises TooMany or Full when there is none."""
        if self._taken[key] >= self._per_key:
            problem = f"{self._per_key} {self._what} of this key are under way"
            raise TooMany(problem, retry_after=5)
        if self.taken >= self._total:
            raise Full(f"{self._total} {self._what} are under way", retry_after=5)
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
