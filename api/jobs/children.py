"""The worker's side of its child processes: ask one, follow it, kill it when nobody wants it.

A child is kept for the next request, so models are loaded once. It is killed when its job was
cancelled or went to another worker, and replaced when it died. Trap: a dying worker cannot kill
anything; the child notices by itself that its input has ended.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from api.store.jobs import Superseded
from pipeline.errors import IcpError
from pipeline.json_fields import Json

COMMAND = (sys.executable, "-m", "api.jobs.child")
Listener = Callable[[str, list[object]], None]
"""Told of `progress` [stage, share] and `saved` [kind, key] while a child works."""


class ChildDied(IcpError):
    """The process ended in the middle of its work: out of memory, or a library crashed."""

    code = "child_died"
    retryable = True


class StageFailed(IcpError):
    """What the child could not do, with the code that it gave."""

    def __init__(self, code: str, problem: str, retryable: bool) -> None:
        super().__init__(problem)
        self.code, self.retryable = code, retryable


class Children:
    """The children of one worker."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        poll: float = 0.5,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._poll, self._environment = tuple(command), poll, environment
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._lock = threading.Lock()

    def ask(
        self, request: Mapping[str, object], *, wanted: Callable[[], bool], tell: Listener
    ) -> Json:
        """A child's answer; raises Superseded, with the child killed, once nobody wants it."""
        with self._child() as child:
            child.send(request)
            look = time.monotonic() + self._poll
            while True:
                message = child.receive(self._poll)
                if time.monotonic() >= look:
                    look = time.monotonic() + self._poll
                    if not wanted():
                        raise Superseded("nobody waits for this job any more")
                for kind, value in (message or {}).items():
                    if kind == "result":
                        return dict(value)  # type: ignore[call-overload, no-any-return]
                    if kind == "error":
                        raise StageFailed(*value)  # type: ignore[misc]
                    tell(kind, value)  # type: ignore[arg-type]

    def close(self) -> None:
        """Kill them all."""
        with self._lock:
            for child in self._all:
                child.kill()
            self._all.clear()
            self._idle.clear()

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        with self._lock:
            while self._idle and not self._idle[-1].lives():
                self._all.discard(self._idle.pop())
            child = self._idle.pop() if self._idle else _Child(self._command, self._environment)
            self._all.add(child)
        try:
            yield child
        except StageFailed:
            self._keep(child)
            raise
        except BaseException:
            child.kill()
            with self._lock:
                self._all.discard(child)
            raise
        self._keep(child)

    def _keep(self, child: _Child) -> None:
        with self._lock:
            if child in self._all:
                self._idle.append(child)


class _Child:
    """One process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=None if environment is None else dict(environment),
        )  # fmt: skip
        self._messages: queue.Queue[Mapping[str, object] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, request: Mapping[str, object]) -> None:
        """Ask for something."""
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ChildDied("the analysis process is gone") from error

    def receive(self, seconds: float) -> Mapping[str, object] | None:
        """The next message, or None after so many seconds; raises ChildDied."""
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            return None
        if message is None:
            code = self._process.wait()
            raise ChildDied(f"the analysis process ended with status {code}")
        return message

    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._messages.put(json.loads(line))
        except ValueError:  # closed by kill, or half a line of a killed process
            pass
        self._messages.put(None)
