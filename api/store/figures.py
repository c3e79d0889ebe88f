"""Figures of the queue for `/metrics`, read from the jobs' rows.

Trap: jobs of calls that were erased are gone, so these are figures of what is there, no counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from api.store.engine import Connection
from api.store.records import now
from api.store.tables import calls, jobs

RECENT_SECONDS = 3600.0
MOST_RECENT = 500


@dataclass(frozen=True, slots=True)
class Recent:
    """Calls whose analysis ended within the last hour: sums of seconds."""

    calls: int
    sound: float
    """Seconds of recordings."""
    work: float
    """Seconds from the first claim to the end, for these recordings."""
    waiting: float
    """Seconds from the upload to the first claim, of all."""
    stages: Mapping[str, float]


def depth(connection: Connection) -> Mapping[tuple[str, str], int]:
    """(kind, state) → how many jobs."""
    statement = sa.select(jobs.c.kind, jobs.c.state, sa.func.count().label("number"))
    rows = connection.execute(statement.group_by(jobs.c.kind, jobs.c.state))
    return {(row.kind, row.state): row.number for row in rows}


def oldest_waiting(connection: Connection) -> float:
    """Seconds that the oldest job has waited which may run now; 0 when none waits."""
    at = now()
    first = sa.select(sa.func.min(jobs.c.run_at)).where(
        jobs.c.state == "queued", jobs.c.run_at <= at
    )
    found = connection.execute(first).scalar_one()
    return 0.0 if found is None else at - float(found)


def failures(connection: Connection) -> Mapping[str, int]:
    """Error code → how many jobs ended with it."""
    statement = (
        sa.select(jobs.c.error_code, sa.func.count().label("number"))
        .where(jobs.c.state == "failed")
        .group_by(jobs.c.error_code)
    )
    return {row.error_code or "unknown": row.number for row in connection.execute(statement)}


def recent(connection: Connection) -> Recent:
    """What the calls of the last hour took."""
    statement = (
        sa.select(
            jobs.c.created_at, jobs.c.started_at, jobs.c.ended_at, jobs.c.summary,
            calls.c.duration, calls.c.kind,
        )
        .join(calls, calls.c.id == jobs.c.call_id)
        .where(
            jobs.c.state == "done", jobs.c.kind == "call",
            jobs.c.touched_at >= now() - RECENT_SECONDS,
        )
        .order_by(jobs.c.touched_at.desc())
        .limit(MOST_RECENT)
    )  # fmt: skip
    rows = connection.execute(statement).all()
    stages: dict[str, float] = {}
    for row in rows:
        for name, seconds in row.summary.get("seconds", {}).items():
            stages[name] = stages.get(name, 0.0) + float(seconds)
    heard = [row for row in rows if row.kind == "recording"]
    return Recent(
        calls=len(rows),
        sound=sum(row.duration or 0.0 for row in heard),
        work=sum(row.ended_at - row.started_at for row in heard),
        waiting=sum(row.started_at - row.created_at for row in rows),
        stages=stages,
    )
