"""The worker process: launches the engine, shows that it lives, and takes over from the dead.

Every worker beats, reaps and mends; any number may do so at once. Reaping gives back what dead
executors held; mending sends jobs whose sender died, and ends those that no worker can end. Trap:
two live processes with one executor id would run a call twice, so each has an id of its own.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dbos import DBOS, DBOSConfig

from api.jobs.children import COMMAND, Children
from api.jobs.queue import APP, QUEUE, SERIALIZER, VERSION, WORKFLOW
from api.jobs.sending import Sender
from api.jobs.service import Service
from api.jobs.upkeep import Upkeep
from api.jobs.workflows import Runner
from api.store import jobs, workers
from api.store.engine import DatabaseAway
from api.store.records import Failure, now

MOST_RECOVERIES = 50
"""Begins of one try of a job. The analysis runs in a child, so a job that kills workers is rare."""
DEAD_AFTER_BEATS = 4
_MEND_AFTER, _LOST_AFTER = 5.0, 30.0
_UNDER_WAY = ("PENDING", "ENQUEUED", "DELAYED")
_log = logging.getLogger(__name__)
_runner: Runner | None = None


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MOST_RECOVERIES)
def run_job(job_id: str) -> str:
    """The one durable workflow: run a job."""
    if _runner is None:
        raise RuntimeError("this process runs no jobs")
    return _runner.run(job_id)


@dataclass
class Worker:
    """One worker process; `run` returns when `stop` is set."""

    service: Service
    command: Sequence[str] = COMMAND
    stop: threading.Event = field(default_factory=threading.Event)
    host: str = field(default_factory=lambda: host_name())
    started_at: float = field(default_factory=now)

    def __post_init__(self) -> None:
        self.id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._looked = float("-inf")

    def run(self) -> None:
        """Work until told to stop; what is under way then goes to the others."""
        global _runner
        service, settings = self.service, self.service.settings
        children = Children(self.command, poll=min(0.5, settings.heartbeat))
        _runner = Runner(self.id, service.database, service.files, service.queue, children)
        self._beat()  # before the launch: never taken for dead while starting
        DBOS(config=self._config())
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=settings.worker_calls, polling_interval_sec=0.2
        )
        beside = [
            threading.Thread(target=run, args=(self.stop,))
            for run in (Sender.of(service.database, settings).run, Upkeep(service).run)
        ]
        for thread in beside:
            thread.start()
        _log.info("worker %s is up", self.id)
        try:
            while not self.stop.wait(settings.heartbeat):
                self._turn()
        finally:
            self.stop.set()
            children.close()
            DBOS.destroy(workflow_completion_timeout_sec=2)
            for thread in beside:
                thread.join()
            with suppress(DatabaseAway), service.database.unit_of_work() as connection:
                workers.leave(connection, self.id)
            _runner = None

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name=APP,
            system_database_url=self.service.queue.url,
            executor_id=self.id,
            application_version=VERSION,
            log_level="ERROR",
            run_migrations=False,
            serializer=SERIALIZER,
        )

    def _turn(self) -> None:
        """One beat, and what is done with it; an error is the next beat's chance."""
        try:
            self._beat()
            self._reap()
            self._mend()
            if time.monotonic() - self._looked > _LOST_AFTER:
                self._looked = time.monotonic()
                self._find_lost()
        except Exception as error:
            _log.warning("heartbeat: %s", type(error).__name__)
            _log.debug("heartbeat", exc_info=error)

    def _beat(self) -> None:
        with self.service.database.unit_of_work() as connection:
            workers.beat(
                connection, self.id, host=self.host, pid=os.getpid(), started_at=self.started_at
            )

    def _reap(self) -> None:
        """Give back what dead workers held; DBOS changes only what is still theirs."""
        held = self.service.queue.holders()
        silence = DEAD_AFTER_BEATS * self.service.settings.heartbeat
        with self.service.database.unit_of_work() as connection:
            alive = workers.alive(connection, silence=silence, host=self.host, runs=_runs)
        dead = sorted(held - alive - {self.id})
        if dead:
            DBOS._recover_pending_workflows(dead)
            _log.warning("took over from %d dead workers", len(dead))

    def _find_lost(self) -> None:
        """Send again what waits but is not in the queue, as after a restored backup."""
        database, queue = self.service.database, self.service.queue
        with database.reading() as connection:
            waiting = jobs.waiting(connection, sent_before=now() - _LOST_AFTER)
        states = queue.states(waiting)
        for job in waiting:
            state, _ = states.get(job.id, ("GONE", None))
            if state not in _UNDER_WAY:
                with database.unit_of_work() as connection:
                    again = jobs.send_anew(connection, job)
                if again is not None:
                    queue.send(database, again)

    def _mend(self) -> None:
        """Send what was never sent; end what no worker can end."""
        database, queue = self.service.database, self.service.queue
        with database.reading() as connection:
            unsent = jobs.unsent(connection, older_than=now() - _MEND_AFTER)
            silent = jobs.silent(connection, older_than=now() - _MEND_AFTER)
        for job in unsent:
            queue.send(database, job)
        for job in silent:
            state, _ = queue.states([job]).get(job.id, ("GONE", None))
            if state in _UNDER_WAY:
                continue
            code = "crashed_workers" if state.startswith("MAX") else "lost"
            with database.unit_of_work() as connection:
                jobs.give_up(connection, job.id, Failure(code, "no worker could end it", True))


def host_name() -> str:
    """This machine as process ids see it: two containers are two machines."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return "/".join(parts)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
