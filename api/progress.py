"""Shows how far a command is: a bar with time left on a terminal, plain lines elsewhere.

Both are `pipeline.ports.Progress` listeners: `listener(stage, done, total)`, in the stage's own
unit, from whichever thread does the work. All goes to standard error, so reports can be piped.
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
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.words import plain
from pipeline.ports import Progress as Listener

STAGES = {
    "fetch": "downloading",
    "decode": "opening",
    "transcribe": "writing down what is said",
    "diarize": "telling the speakers apart",
    "translate": "putting it into English",
    "read": "reading for signals",
    "tag": "finding names",
    "verify": "making sure of tools",
    "statements": "weighing the profile's statements",
}


def stage_label(stage: str) -> str:
    """A stage's name as a user reads it."""
    return STAGES.get(stage, stage.replace("_", " "))


@contextmanager
def show_progress(name: str, console: Console, *, every: float = 10.0) -> Iterator[Listener]:
    """A listener for the work on one file called `name`; plain lines at most every `every` s."""
    if not console.is_terminal:
        yield PlainProgress(name, console, every=every).update
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    bars = Progress(*columns, console=console, transient=True)
    with bars:
        yield BarProgress(name, bars).update


class BarProgress:
    """One bar a stage; a stage that has ended keeps its bar until the file is done."""

    def __init__(self, name: str, bars: Progress) -> None:
        self._name, self._bars, self._lock = plain(name, 40), bars, threading.Lock()
        self._tasks: dict[str, TaskID] = {}

    def update(self, stage: str, done: float, total: float) -> None:
        with self._lock:
            if stage not in self._tasks:
                label = f"{self._name}: {stage_label(stage)}"
                self._tasks[stage] = self._bars.add_task(label, total=None)
            size = total if total > 0 else None
            done = min(done, size) if size else done
            self._bars.update(self._tasks[stage], completed=done, total=size)


class PlainProgress:
    """A line when a stage begins and ends, and now and then while it lasts."""

    def __init__(
        self,
        name: str,
        console: Console,
        *,
        every: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._console, self._every, self._clock = plain(name, 60), console, every, clock
        self._lock = threading.Lock()
        self._begun: dict[str, float] = {}
        self._said: dict[str, float] = {}
        self._ended: set[str] = set()

    def update(self, stage: str, done: float, total: float) -> None:
        with self._lock:
            now, share = self._clock(), (min(1.0, done / total) if total > 0 else 0.0)
            if stage not in self._begun:
                self._begun[stage] = self._said[stage] = now
                if share < 1.0:
                    self._say(stage, "begins")
            if share >= 1.0:
                if stage not in self._ended:
                    self._ended.add(stage)
                    self._say(stage, f"done in {duration(now - self._begun[stage])}")
            elif now - self._said[stage] >= self._every:
                self._said[stage] = now
                self._say(stage, f"{share:.0%}{self._left(now - self._begun[stage], share)}")

    def _left(self, spent: float, share: float) -> str:
        return f", {duration(spent / share * (1 - share))} left" if share > 0.01 else ""

    def _say(self, stage: str, what: str) -> None:
        line = f"{self._name}: {stage_label(stage)}: {what}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def duration(seconds: float) -> str:
    """`8 s`, `3 min 5 s`, `1 h 4 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
