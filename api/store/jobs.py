"""Jobs as people see them; DBOS only delivers them. The fence is here.

queued → running → done | failed | cancelled, and running → queued when a failure may pass. A claim
counts `fence` up, and only who holds the latest fence may change the job: a worker that was frozen
and thaws finds its late result refused. Trap: a claim by a crashed worker is no failure, so a job
that is claimed often is not given up; DBOS counts those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from api.store.engine import Connection, Row
from api.store.records import ACTIVE, Failure, Job, Json, now
from api.store.tables import calls, jobs
from pipeline.errors import IcpError

FRESH, BATCH = 1, 100
"""Priorities: a smaller one runs first."""


class Superseded(IcpError):
    """The job was cancelled, or handed to another worker; this one's result does not count."""

    code = "superseded"


def add(
    connection: Connection,
    job_id: str,
    kind: str,
    *,
    call_id: str | None = None,
    body: Json | None = None,
    priority: int = FRESH,
) -> Job:
    """Add a job that waits to be sent to the queue."""
    at = now()
    row = {"id": job_id, "kind": kind, "call_id": call_id, "body": dict(body or {})}
    times = {"run_at": at, "created_at": at, "touched_at": at}
    connection.execute(
        sa.insert(jobs).values(**row, **times, state="queued", priority=priority, summary={})
    )
    if kind == "call":
        connection.execute(
            sa.update(calls)
            .where(calls.c.id == call_id)
            .values(
                status="queued", job_id=job_id, stage=None, progress=0.0, error_code=None,
                error_text=None, retryable=False, updated_at=at,
            )
        )  # fmt: skip
    found = get(connection, job_id)
    assert found is not None
    return found


def get(connection: Connection, job_id: str) -> Job | None:
    """The job with this id."""
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().one_or_none()
    return None if row is None else _job(row)


def of_call(connection: Connection, call_id: str) -> tuple[Job, ...]:
    """All jobs of a call, the oldest first."""
    statement = (
        sa.select(jobs).where(jobs.c.call_id == call_id).order_by(jobs.c.created_at, jobs.c.id)
    )
    return tuple(_job(row) for row in connection.execute(statement).mappings())


def next_id(connection: Connection, call_id: str) -> str:
    """The id of a call's next job."""
    statement = sa.select(sa.func.count()).where(jobs.c.call_id == call_id)
    return f"{call_id}.{connection.execute(statement).scalar_one() + 1}"


def sent(connection: Connection, job_id: str) -> None:
    """Note that the queue has the job."""
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(sent_at=now()))


def unsent(connection: Connection, *, older_than: float, limit: int = 200) -> tuple[Job, ...]:
    """Jobs that wait but never reached the queue: their sender died between the two writes."""
    statement = (
        sa.select(jobs)
        .where(jobs.c.state == "queued", jobs.c.sent_at.is_(None), jobs.c.touched_at < older_than)
        .order_by(jobs.c.touched_at)
        .limit(limit)
    )
    return tuple(_job(row) for row in connection.execute(statement).mappings())


def silent(connection: Connection, *, older_than: float, limit: int = 200) -> tuple[Job, ...]:
    """Running jobs that nobody has touched for a while."""
    statement = (
        sa.select(jobs)
        .where(jobs.c.state == "running", jobs.c.touched_at < older_than)
        .order_by(jobs.c.touched_at)
        .limit(limit)
    )
    return tuple(_job(row) for row in connection.execute(statement).mappings())


def waiting(connection: Connection, *, sent_before: float, limit: int = 200) -> tuple[Job, ...]:
    """Jobs that wait in the queue, those first that were sent first."""
    statement = (
        sa.select(jobs)
        .where(jobs.c.state == "queued", jobs.c.sent_at < sent_before, jobs.c.run_at < sent_before)
        .order_by(jobs.c.sent_at)
        .limit(limit)
    )
    return tuple(_job(row) for row in connection.execute(statement).mappings())


def send_anew(connection: Connection, job: Job) -> Job | None:
    """Let a waiting job that the queue lost be sent under a new name; None when it has moved on."""
    statement = (
        sa.update(jobs)
        .where(
            jobs.c.id == job.id, jobs.c.state == "queued",
            jobs.c.fence == job.fence, jobs.c.failures == job.failures,
        )
        .values(failures=job.failures + 1, sent_at=None, touched_at=now())
        .returning(*jobs.c)
    )  # fmt: skip
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _job(row)


def claim(connection: Connection, job_id: str, worker: str) -> Job:
    """Take a job: counts its fence up. Raises Superseded when it is over already."""
    at = now()
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
        .values(
            state="running", worker=worker, fence=jobs.c.fence + 1, touched_at=at, stage=None,
            started_at=sa.func.coalesce(jobs.c.started_at, at), summary={"since": at},
        )
        .returning(*jobs.c)
    )  # fmt: skip
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise Superseded(f"the job {job_id} is over, or gone")
    job = _job(row)
    _mirror(connection, job, status="running")
    return job


def holds(connection: Connection, job: Job) -> bool:
    """Whether this claim is still the latest one, and nobody cancelled."""
    statement = sa.select(jobs.c.id).where(*_mine(job))
    return connection.execute(statement).first() is not None


def hold(connection: Connection, job: Job) -> None:
    """Keep the claim for the rest of this transaction; raises Superseded when it is lost."""
    statement = sa.update(jobs).where(*_mine(job)).values(touched_at=now())
    if connection.execute(statement).rowcount != 1:
        raise Superseded(f"the job {job.id} went to another worker, or was cancelled")


def report(connection: Connection, job: Job, stage: str, progress: float) -> None:
    """Say how far a claimed job is."""
    hold(connection, job)
    values = {"stage": stage, "progress": progress, "summary": _timed(connection, job)}
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(**values))
    _mirror(connection, job, stage=stage, progress=progress)


def settle(connection: Connection, job: Job, summary: Json) -> None:
    """The claimed job is done; in the transaction that stores its results."""
    hold(connection, job)
    seconds = _timed(connection, job).get("seconds")
    found = {**summary, "seconds": seconds} if seconds and job.kind != "recheck" else dict(summary)
    _end(connection, job, "done", progress=1.0, summary=found)


def fail(connection: Connection, job: Job, failure: Failure) -> None:
    """The claimed job failed for good."""
    hold(connection, job)
    _end(connection, job, "failed", **_why(failure), failures=job.failures + 1)


def postpone(connection: Connection, job: Job, failure: Failure, run_at: float) -> Job:
    """The claimed job failed in a way that may pass: it waits to be sent again."""
    hold(connection, job)
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == job.id)
        .values(
            state="queued", worker=None, sent_at=None, failures=job.failures + 1, run_at=run_at,
            **_why(failure),
        )
        .returning(*jobs.c)
    )  # fmt: skip
    again = _job(connection.execute(statement).mappings().one())
    _mirror(connection, again, status="queued", stage=None, progress=0.0, **_why(failure))
    return again


def give_up(connection: Connection, job_id: str, failure: Failure) -> bool:
    """End a job that no worker can end: it kills them, or its workflow is gone."""
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
        .values(fence=jobs.c.fence + 1)
        .returning(*jobs.c)
    )
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return False
    _end(connection, _job(row), "failed", **_why(failure))
    return True


def cancel(connection: Connection, job_id: str) -> bool:
    """Stop a job that is not over; false when it is. Who works on it finds its claim lost."""
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(ACTIVE))
        .values(state="cancelled", fence=jobs.c.fence + 1)
        .returning(*jobs.c)
    )
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return False
    _end(connection, _job(row), "cancelled")
    return True


def counts(connection: Connection) -> Mapping[str, int]:
    """How many jobs are in each state."""
    statement = sa.select(jobs.c.state, sa.func.count().label("number")).group_by(jobs.c.state)
    return {row.state: row.number for row in connection.execute(statement)}


def _timed(connection: Connection, job: Job) -> dict[str, object]:
    """The job's summary, with the seconds since the last look added to the stage that it is in."""
    row = connection.execute(
        sa.select(jobs.c.stage, jobs.c.summary).where(jobs.c.id == job.id)
    ).one()
    at, stage = now(), row.stage or "start"
    seconds = dict(row.summary.get("seconds", {}))
    spent = at - float(row.summary.get("since", at))
    seconds[stage] = round(float(seconds.get(stage, 0.0)) + spent, 3)
    return {**row.summary, "seconds": seconds, "since": at}


def _mine(job: Job) -> tuple[sa.ColumnElement[bool], ...]:
    return (jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == "running")


def _end(connection: Connection, job: Job, state: str, **fields: object) -> None:
    at = now()
    values = {"state": state, "ended_at": at, "touched_at": at, "stage": None, **fields}
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(**values))
    names = ("progress", "error_code", "error_text", "retryable")
    shown = {name: fields[name] for name in names if name in fields}
    if state == "done":
        shown.update(error_code=None, error_text=None, retryable=False)
    _mirror(connection, replace(job, state=state), status=state, stage=None, **shown)


def _mirror(connection: Connection, job: Job, **fields: object) -> None:
    """Show on the call what happens to the job that makes its status."""
    if job.kind == "call":
        mine = (calls.c.id == job.call_id, calls.c.job_id == job.id)
        connection.execute(sa.update(calls).where(*mine).values(**fields, updated_at=now()))


def _why(failure: Failure) -> dict[str, object]:
    return {
        "error_code": failure.code, "error_text": failure.text, "retryable": failure.retryable,
    }  # fmt: skip


def _job(row: Row) -> Job:
    return Job(**dict(row))
