"""Works on the files of an archive with several processes; one bad file stops nothing.

Each thread leads one process: it takes the next file, decides whether anything is to do, asks, and
notes how it ended. Trap: files are taken in their order under one lock, so which of two equal files
counts does not depend on who is faster.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.batch.listing import Item
from api.batch.state import Entry, State, check_key, heard_key
from api.jobs.children import ChildDied, Children, StageFailed
from api.settings import Settings
from api.store.jobs import Superseded
from pipeline.domain import Profile
from pipeline.errors import IcpError, InputError
from pipeline.json_fields import Json, object_of

SILENT_S = 1800.0
"""A process that says nothing for so long is taken to hang."""
_MOST_SILENT_DEATHS = 4
"""When so many die before any has said a word, it is not the files' fault."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run works with: profiles with their texts, and where these were put."""

    profiles: tuple[Profile, ...]
    texts: tuple[bytes, ...]
    places: tuple[Path, ...]
    settings: Settings
    retry_failed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file of the listing came out."""

    item: Item
    sha: str | None
    entry: Entry | None
    new: bool = False
    same_as: str | None = None
    problem: str = ""
    """Why the file could not even be read."""
    code: str = "bad_input"

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.entry is None or not self.entry.done


@dataclass(slots=True)
class _Task:
    item: Item
    sha: str
    n_bytes: int
    heard: str
    key: str
    stored: bool
    kind: str


@dataclass
class Crew:
    """The processes of one run. `run` returns when all files are done or `stop` is set."""

    plan: Plan
    state: State
    children: Children
    tell: Callable[[Outcome], None]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._base = heard_key(self.plan.settings)
        self._first: dict[str, str] = {}
        self._broken: BaseException | None = None
        self._spoke, self._deaths = False, 0

    def run(self, items: Sequence[Item], workers: int) -> None:
        """Work on all files; raises what stops the whole run."""
        waiting = iter(items)
        threads = [
            threading.Thread(target=self._lead, args=(waiting,), daemon=True)
            for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except BaseException:
            self.stop.set()
            raise
        finally:
            self.children.close()
        if self._broken is not None:
            raise self._broken

    def _lead(self, waiting: Iterator[Item]) -> None:
        try:
            while not self.stop.is_set():
                with self._lock:
                    item = next(waiting, None)
                    if item is None:
                        return
                    task = self._look(item)
                if task is not None:
                    self._do(task)
        except BaseException as error:
            self._broken = self._broken or error
            self.stop.set()

    def _look(self, item: Item) -> _Task | None:
        """What is to do for a file; None when its outcome is known."""
        try:
            sha, n_bytes = self.state.sha_of(item.path)
        except InputError as error:
            self._end(Outcome(item, None, None, problem=_without_file(error), code=error.code))
            return None
        if sha in self._first:
            self._end(Outcome(item, sha, None, same_as=self._first[sha]))
            return None
        self._first[sha] = item.name
        heard, key = self._keys(item)
        done = self.state.finished(sha, key)
        if done is not None and (done.done or not self.plan.retry_failed):
            self._end(Outcome(item, sha, done))
            return None
        stored = self.state.heard(sha, heard)
        before = self.state.entries.get(sha)
        return _Task(item, sha, n_bytes, heard, key, stored, before.kind if before else "")

    def _keys(self, item: Item) -> tuple[str, str]:
        facts = item.facts
        shape = f"{facts.get('rep', '')}|{'deal_id' in facts}|{'recorded_at' in facts}"
        heard = f"{self._base}:{shape}"
        return heard, check_key(heard, self.plan.profiles, self.plan.texts, facts)

    def _do(self, task: _Task) -> None:
        entry = self._ask(task)
        if entry is None and task.stored and not self.stop.is_set():
            task.stored = False  # what was stored could not be used: hear it again
            entry = self._ask(task)
        if entry is None:
            return
        self.state.note(entry)
        self._end(Outcome(task.item, task.sha, entry, new=True))

    def _ask(self, task: _Task) -> Entry | None:
        """The entry of one file; None when the run stops, or what was stored is of no use."""
        failed = ("child_died", "the process ended without an answer")
        for _ in range(2):
            heard_of = [time.monotonic()]

            def tell(_kind: str, _value: list[object], heard_of: list[float] = heard_of) -> None:
                heard_of[0], self._spoke = time.monotonic(), True

            def wanted(heard_of: list[float] = heard_of) -> bool:
                return not self.stop.is_set() and time.monotonic() - heard_of[0] < SILENT_S

            try:
                answer = self.children.ask(self._request(task), wanted=wanted, tell=tell)
                self._spoke = True
                return self._entry(task, answer)
            except Superseded:
                if self.stop.is_set():
                    return None
                failed = ("hangs", f"no sign of life for {SILENT_S / 60:.0f} minutes")
            except ChildDied as error:
                if self.stop.is_set():
                    return None
                failed = ("child_died", f"{error.problem}, twice (out of memory, or damaged file)")
                self._deaths += 1
                if not self._spoke and self._deaths >= _MOST_SILENT_DEATHS:
                    raise IcpError("the processes that analyse calls do not start") from error
            except StageFailed as error:
                failed = (error.code, error.problem)
                if not error.retryable:
                    break
        return None if task.stored else self._failure(task, *failed)

    def _entry(self, task: _Task, answer: Json) -> Entry | None:
        fields = object_of(answer, "answer")
        told = fields.items("failed")
        if told:
            code, reason = str(told[0]), str(told[1])
            if code == "weights":
                raise IcpError(reason)
            return None if task.stored else self._failure(task, code, reason)
        seconds = {n: float(str(s)) for n, s in fields.inside("seconds").data.items()}
        return Entry(
            task.sha, task.heard, task.key, True, kind=fields.text("kind") or "",
            n_bytes=task.n_bytes, duration=fields.number("duration"), seconds=seconds,
        )  # fmt: skip

    def _failure(self, task: _Task, code: str, reason: str) -> Entry:
        return Entry(task.sha, task.heard, task.key, False, code, reason, n_bytes=task.n_bytes)

    def _request(self, task: _Task) -> Mapping[str, object]:
        return {
            "path": str(task.item.path.absolute()), "name": task.item.name, "sha": task.sha,
            "target": str(self.state.result(task.sha).absolute()),
            "profiles": [str(place.absolute()) for place in self.plan.places],
            "heard": task.stored, "kind": task.kind,
            "language": self.plan.settings.language,
            **{name: task.item.facts.get(name) for name in ("deal_id", "recorded_at", "rep")},
        }  # fmt: skip

    def _end(self, outcome: Outcome) -> None:
        self.outcomes[outcome.item.name] = outcome
        self.tell(outcome)


def _without_file(error: IcpError) -> str:
    return f"{error.problem} ({error.remedy})" if error.remedy else error.problem
