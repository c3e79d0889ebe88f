"""How far an archive is: calls done, speed, failures and time left, on standard error.

Time left is told from what files cost: a recording by its size, a transcript by its text. Trap:
files that were done before cost nothing, so they must not count as speed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from api.batch.crew import Outcome
from api.batch.listing import RECORDINGS, Item
from api.progress import duration
from api.words import plain

RECORDING_BYTES, TRANSCRIPT_BYTES = 270_000.0, 9_000.0
"""Bytes that two cores do in a second: 17 times real time at 16 kB/s, and nine kB of transcript."""
EVERY_S = 30.0


def expected_seconds(item: Item, n_bytes: int) -> float:
    """What a file will cost, roughly."""
    rate = RECORDING_BYTES if item.path.suffix.lower() in RECORDINGS else TRANSCRIPT_BYTES
    return 0.2 + n_bytes / rate


@contextmanager
def show_batch(
    items: tuple[Item, ...], console: Console, *, every: float = EVERY_S
) -> Iterator[Callable[[Outcome], None]]:
    """A listener for outcomes: a bar on a terminal, now and then a line elsewhere."""
    costs = {item.name: expected_seconds(item, _size(item)) for item in items}
    if not console.is_terminal:
        yield Counter(costs, console, every=every).count
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        counter = Counter(costs, console, every=float("inf"))
        task = bars.add_task(f"0 of {len(costs)} calls", total=sum(costs.values()) or 1.0)

        def count(outcome: Outcome) -> None:
            counter.count(outcome)
            bars.update(task, completed=counter.cost_done, description=counter.line())

        yield count


class Counter:
    """Counts outcomes, and knows speed and time left."""

    def __init__(
        self,
        costs: dict[str, float],
        console: Console,
        *,
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._costs, self._console, self._every, self._clock = costs, console, every, clock
        self._lock = threading.Lock()
        self._begun = self._said = clock()
        self._total = sum(costs.values())
        self.cost_done = self._cost_new = 0.0
        self.done = self.new = self.failed = 0

    def count(self, outcome: Outcome) -> None:
        """One more file has come to its end."""
        with self._lock:
            cost = self._costs.get(outcome.item.name, 0.0)
            self.done += 1
            self.cost_done += cost
            if outcome.new:
                self.new += 1
                self._cost_new += cost
            if outcome.failed and outcome.same_as is None:
                self.failed += 1
            now = self._clock()
            if now - self._said >= self._every:
                self._said = now
                self._say(self.line())

    def line(self) -> str:
        """`120 of 2,000 calls, 41 a minute, 3 failed, 45 min left`."""
        spent = self._clock() - self._begun
        parts = [f"{self.done:,} of {len(self._costs):,} calls"]
        if self.new and spent > 1:
            parts.append(f"{self.new / spent * 60:.3g} a minute")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self._cost_new > 0 and spent > 1:
            left = (self._total - self.cost_done) / self._cost_new * spent
            parts.append(f"{duration(left)} left")
        return ", ".join(parts)

    def _say(self, line: str) -> None:
        self._console.print(f"icp: {plain(line)}", markup=False, highlight=False, soft_wrap=True)


def _size(item: Item) -> int:
    try:
        return item.path.stat().st_size
    except OSError:
        return 0
