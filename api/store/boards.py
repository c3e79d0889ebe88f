"""What the boards show: deals with the assessment that holds now, what was asked, the queue.

Only figures are taken out of the stored JSON, so that hundreds of deals are one quick read. Trap:
an assessment is of all calls of a deal; who sees fewer (`seen` below `calls`) must not be shown it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from api.store.engine import Connection, Row
from api.store.paging import Page, page_of, read_cursor
from api.store.records import Deal, Job, Json
from api.store.scope import Scope, visible
from api.store.tables import assessments, calls, checks, deals, jobs


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A deal, its analysed calls, and the figures of its assessment where one holds."""

    deal: Deal
    calls: int
    """Those that are seen, and all others: a stored assessment may quote them whatever their state.
    """
    seen: int
    held_at: float | None
    """When the last call that is seen was held."""
    assessed: bool
    tier: str | None
    fit: float | None
    coverage: float
    engagement: float
    quadrant: str
    disqualified: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A job with what its call is called; `current` when it makes the call's state."""

    job: Job
    title: str | None
    current: bool


def rows(
    connection: Connection,
    scope: Scope,
    profile_id: str,
    version: int,
    *,
    text: str | None = None,
    rep: str | None = None,
    outcome: str | None = None,
    stage: str | None = None,
    limit: int = 300,
) -> list[BoardRow]:
    """Deals in the scope, those changed last first; an outcome `open` is none."""
    done, mine = calls.c.status == "done", visible(calls, scope)
    when = sa.func.coalesce(calls.c.recorded_at, calls.c.created_at)
    counted = (
        sa.select(
            calls.c.deal_id,
            sa.func.sum(sa.case((done, 1), (mine, 0), else_=1)).label("calls"),
            sa.func.sum(sa.case((sa.and_(done, mine), 1), else_=0)).label("seen"),
            sa.func.max(sa.case((sa.and_(done, mine), when))).label("held_at"),
        )
        .where(calls.c.deal_id.is_not(None))
        .group_by(calls.c.deal_id)
        .subquery()
    )
    latest = (
        sa.select(assessments.c.deal_id, sa.func.max(assessments.c.n).label("n"))
        .where(assessments.c.profile_id == profile_id, assessments.c.version == version)
        .group_by(assessments.c.deal_id)
        .subquery()
    )
    body = assessments.c.body
    statement = (
        sa.select(
            *deals.c, assessments.c.n.label("assessment"), assessments.c.tier,
            counted.c.calls, counted.c.seen, counted.c.held_at,
            body["fit"].as_float().label("fit"),
            body["coverage"].as_float().label("coverage"),
            body["engagement"].as_float().label("engagement"),
            body["quadrant"].as_string().label("quadrant"),
            body["disqualified"].as_boolean().label("disqualified"),
        )
        .join(counted, counted.c.deal_id == deals.c.id, isouter=True)
        .join(latest, latest.c.deal_id == deals.c.id, isouter=True)
        .join(
            assessments,
            sa.and_(assessments.c.n == latest.c.n, assessments.c.deal_rev == deals.c.rev),
            isouter=True,
        )
        .where(visible(deals, scope))
    )  # fmt: skip
    if text:
        named = (c.icontains(text, autoescape=True) for c in (deals.c.account, deals.c.id))
        statement = statement.where(sa.or_(*named))
    if rep is not None:
        statement = statement.where(deals.c.rep == rep)
    if stage is not None:
        statement = statement.where(deals.c.stage == stage)
    if outcome is not None:
        wanted = deals.c.outcome.is_(None) if outcome == "open" else deals.c.outcome == outcome
        statement = statement.where(wanted)
    statement = statement.order_by(deals.c.updated_at.desc(), deals.c.id).limit(limit)
    return [_row(row) for row in connection.execute(statement).mappings()]


def values_of(connection: Connection, scope: Scope, name: str) -> tuple[str, ...]:
    """What deals in the scope have in `rep` or `stage`, for a filter."""
    column = {"rep": deals.c.rep, "stage": deals.c.stage}[name]
    statement = sa.select(column).where(visible(deals, scope), column.is_not(None)).distinct()
    return tuple(connection.execute(statement.order_by(column).limit(200)).scalars())


def checks_by_rep(
    connection: Connection, scope: Scope, profile_id: str, version: int
) -> Iterator[tuple[str, Json]]:
    """(rep, check) of every call in the scope that was held against the profile.

    The check is that of this version, or of the latest one where there is none.
    """
    rank = sa.case((checks.c.version == version, sa.literal(2**31 - 1)), else_=checks.c.version)
    best = (
        sa.select(checks.c.call_id, sa.func.max(rank).label("rank"))
        .where(checks.c.profile_id == profile_id)
        .group_by(checks.c.call_id)
        .subquery()
    )
    statement = (
        sa.select(calls.c.rep, checks.c.body)
        .join(calls, calls.c.id == checks.c.call_id)
        .join(best, sa.and_(best.c.call_id == checks.c.call_id, best.c.rank == rank))
        .where(checks.c.profile_id == profile_id, visible(calls, scope))
    )
    for row in connection.execute(statement):
        yield row.rep or "", row.body


def queue(
    connection: Connection,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[QueueRow]:
    """A page of jobs, those touched last first; the cursor counts pages over a moving list."""
    statement = sa.select(*jobs.c, calls.c.title, calls.c.account, calls.c.job_id).join(
        calls, calls.c.id == jobs.c.call_id, isouter=True
    )
    if state is not None:
        statement = statement.where(jobs.c.state == state)
    start = read_cursor(cursor) or 0
    statement = statement.order_by(jobs.c.touched_at.desc(), jobs.c.id)
    statement = statement.offset(start).limit(limit + 1)
    found = [_queued(row) for row in connection.execute(statement).mappings()]
    return page_of(found, limit, [start + i + 1 for i in range(len(found))])


def _row(row: Row) -> BoardRow:
    deal = Deal(**{name: row[name] for name in Deal.__dataclass_fields__})
    return BoardRow(
        deal=deal, calls=row["calls"] or 0, seen=int(row["seen"] or 0), held_at=row["held_at"],
        assessed=row["assessment"] is not None, tier=row["tier"], fit=row["fit"],
        coverage=row["coverage"] or 0.0, engagement=row["engagement"] or 0.0,
        quadrant=row["quadrant"] or "", disqualified=bool(row["disqualified"]),
    )  # fmt: skip


def _queued(row: Row) -> QueueRow:
    job = Job(**{name: row[name] for name in Job.__dataclass_fields__})
    return QueueRow(job, row["title"] or row["account"], row["job_id"] == job.id)
