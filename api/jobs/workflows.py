"""What a job does, from its claim to its end. The durable engine only calls `run`.

A job may be begun many times, by several workers: each begin claims it, the latest claim counts,
and stages that were kept are not done again. So no step of it is saved in the engine. Trap: a
failure is an end like any other and is written to the row; an exception out of here is our fault.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.jobs.children import Children
from api.jobs.failures import MOST_TRIES, delay_after, failure_of
from api.jobs.queue import Queue
from api.jobs.rechecking import recheck_calls
from api.jobs.settling import Task, read_task, settle_call
from api.store import calls, doomed, jobs, webhooks
from api.store.engine import Database, patiently
from api.store.files import Files
from api.store.jobs import Superseded
from api.store.records import Failure, Job
from pipeline.json_fields import Json

_log = logging.getLogger(__name__)
_REPORT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs for one worker."""

    worker: str
    database: Database
    files: Files
    queue: Queue
    children: Children

    def run(self, job_id: str) -> str:
        """Run a job to an end, or leave it to whoever has it now; how it ended."""
        try:
            job = patiently(lambda: self._claim(job_id))
        except Superseded:
            return "over"
        try:
            self._do(job)
            return "done"
        except Superseded as error:
            _log.info("job %s: %s", job.id, error.problem)
            return "superseded"
        except Exception as error:
            failure = failure_of(error)
            _log.warning("job %s failed: %s", job.id, failure.code)
            _log.debug("job %s", job.id, exc_info=error)
            return patiently(lambda: self._failed(job, failure))

    def _claim(self, job_id: str) -> Job:
        with self.database.unit_of_work() as connection:
            return jobs.claim(connection, job_id, self.worker)

    def _do(self, job: Job) -> None:
        if job.kind == "recheck":
            recheck_calls(self.database, job, lambda request: self._ask(job, request))
            return
        task = patiently(lambda: self._task(str(job.call_id)))
        if task is None:
            raise Superseded(f"the call of job {job.id} was erased")
        answer = self._ask(job, task.request(job.kind))

        def check_again(latest: Task, key: str) -> Mapping[str, object]:
            return self._ask(job, {**latest.request("check"), "result": key})

        patiently(lambda: settle_call(self.database, self.files, job, task, answer, check_again))

    def _task(self, call_id: str) -> Task | None:
        with self.database.reading() as connection:
            return read_task(connection, call_id)

    def _ask(self, job: Job, request: Json) -> Json:
        return self.children.ask(request, wanted=self._wanted(job), tell=self._listener(job))

    def _wanted(self, job: Job) -> Callable[[], bool]:
        def wanted() -> bool:
            with self.database.reading() as connection:
                return jobs.holds(connection, job)

        return lambda: patiently(wanted)

    def _listener(self, job: Job) -> Callable[[str, list[object]], None]:
        last: list[object] = ["", 0.0]

        def tell(kind: str, value: list[object]) -> None:
            name, what = value
            if job.call_id is None:
                return
            if kind == "saved":
                patiently(lambda: self._keep(job, str(name), str(what)))
            elif name != last[0] or time.monotonic() - float(str(last[1])) > _REPORT_SECONDS:
                last[:] = [name, time.monotonic()]
                patiently(lambda: self._report(job, str(name), float(str(what))))

        return tell

    def _keep(self, job: Job, kind: str, key: str) -> None:
        with self.database.unit_of_work() as connection:
            jobs.hold(connection, job)
            calls.set_file(connection, str(job.call_id), kind, key, n_bytes=0)
            doomed.save(connection, key)

    def _report(self, job: Job, stage: str, progress: float) -> None:
        with self.database.unit_of_work() as connection:
            jobs.report(connection, job, stage, progress)

    def _failed(self, job: Job, failure: Failure) -> str:
        try:
            if failure.retryable and job.failures + 1 < MOST_TRIES:
                with self.database.unit_of_work() as connection:
                    run_at = time.time() + delay_after(job.failures + 1)
                    again = jobs.postpone(connection, job, failure, run_at)
                self.queue.send(self.database, again)
                return "postponed"
            with self.database.unit_of_work() as connection:
                jobs.fail(connection, job, failure)
                if job.kind == "call":
                    told = {"call_id": job.call_id, "status": "failed", "code": failure.code}
                    webhooks.announce(connection, "call.failed", f"failed:{job.id}", told)
            return "failed"
        except Superseded:
            return "superseded"
