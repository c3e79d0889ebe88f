"""The queue's client side: send a job, take one back, see how it stands. Used by API and CLI.

Sending is idempotent: a workflow is known by its job and how often that failed, so who is not sure
whether a job was sent sends it again. Trap: a process that launches DBOS itself would run work;
only the worker does, everybody else uses this client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from dbos import (
    DBOSClient,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    run_dbos_database_migrations,
)

from api.store import calls, jobs
from api.store.engine import Database
from api.store.jobs import FRESH
from api.store.records import ACTIVE, Job
from pipeline.errors import BadUsage, IcpError

APP, QUEUE, WORKFLOW = "icp-calls", "calls", "run_job"
VERSION = "calls-1"
"""Changed only when work that is under way could not be ended by the new code."""
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
SERIALIZER = DBOSPortableJSONSerializer()


def queue_url(database_url: str | None, data_dir: Path) -> str:
    """Where the queue is: a SQLite file of its own, so that long writes never block it."""
    if database_url is None:
        return f"sqlite:///{data_dir / 'queue.sqlite'}"
    if database_url.startswith("sqlite"):
        head, dot, ending = database_url.rpartition(".")
        return f"{head}.queue{dot}{ending}" if dot else f"{database_url}.queue"
    return database_url


class NotNow(IcpError):
    """The call is in a state in which this cannot be done."""

    code = "wrong_state"


class Queue:
    """The queue of one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Make or upgrade the queue's own tables."""
        run_dbos_database_migrations(system_database_url=self.url)

    def send(self, database: Database, job: Job) -> None:
        """Let a worker run this job, not before its time; safe to do twice."""
        options: EnqueueOptions = {
            "queue_name": QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": workflow_id(job),
            "priority": job.priority,
            "app_version": VERSION,
        }
        wait = job.run_at - time.time()
        if wait > 0:
            options["delay_seconds"] = wait
        self._client.enqueue(options, job.id)
        with database.unit_of_work() as connection:
            jobs.sent(connection, job.id)

    def submit(
        self,
        database: Database,
        kind: str,
        *,
        call_id: str | None = None,
        job_id: str | None = None,
        body: Mapping[str, object] | None = None,
        priority: int = FRESH,
    ) -> Job:
        """Add a job and send it; a crash between the two is mended by the workers.

        Raises NotNow when the call is gone, or is to be analysed and is being so already.
        """
        with database.unit_of_work() as connection:
            if call_id is not None:
                calls.update(connection, call_id)  # others who add a job for this call wait here
                call = calls.get(connection, call_id)
                if call is None:
                    raise NotNow("the call was erased")
                if kind == "call" and call.status in ACTIVE:
                    raise NotNow(f"the call is {call.status}", remedy="cancel it first, or wait")
                job_id = jobs.next_id(connection, call_id)
            if job_id is None:
                raise BadUsage("a job without a call needs an id")
            job = jobs.add(connection, job_id, kind, call_id=call_id, body=body, priority=priority)
        self.send(database, job)
        return job

    def cancel(self, database: Database, job: Job) -> bool:
        """Stop a job; false when it is over. A worker that has it stops within a second."""
        with database.unit_of_work() as connection:
            stopped = jobs.cancel(connection, job.id)
        if stopped:
            self._client.cancel_workflow(workflow_id(job))
        return stopped

    def forget(self, found: Sequence[Job]) -> None:
        """Delete what the queue knows of these jobs."""
        ids = [f"{job.id}:{tries}" for job in found for tries in range(job.failures + 1)]
        if ids:
            self._client.delete_workflows(ids)

    def clean(self, *, before: float, limit: int = 500) -> int:
        """Delete what the queue knows of work that ended before a time; how much."""
        moment = datetime.fromtimestamp(before, UTC).isoformat()
        ended = self._client.list_workflows(
            status=list(ENDED), completed_before=moment, limit=limit,
            load_input=False, load_output=False,
        )  # fmt: skip
        ids = [workflow.workflow_id for workflow in ended]
        if ids:
            self._client.delete_workflows(ids)
        return len(ids)

    def states(self, found: Sequence[Job]) -> dict[str, tuple[str, str | None]]:
        """Job id → (DBOS status, executor) of those that the queue knows."""
        ids = {workflow_id(job): job.id for job in found}
        if not ids:
            return {}
        listed = self._client.list_workflows(
            workflow_ids=list(ids), load_input=False, load_output=False
        )
        return {ids[w.workflow_id]: (w.status, w.executor_id) for w in listed}

    def holders(self) -> set[str]:
        """The executors, dead or alive, that have work."""
        held = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {w.executor_id for w in held if w.executor_id}

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            client = self.__dict__.pop("_client", None)
        if client is not None:
            client.destroy()

    @cached_property
    def _client(self) -> DBOSClient:
        with self._lock:
            return DBOSClient(
                system_database_url=self.url, application_name=APP, serializer=SERIALIZER
            )


def workflow_id(job: Job) -> str:
    """What the queue knows a job's present try by."""
    return f"{job.id}:{job.failures}"
