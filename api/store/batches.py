"""Batches: calls of an archive that came in together, and how far they are.

A batch only gathers calls; each call keeps its own state, so nothing here has to be kept in step.
Trap: a call may be in several batches, for the same content is the same call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.records import Failure, now
from api.store.scope import EVERYTHING, Scope
from api.store.tables import batch_calls, batches, calls


@dataclass(frozen=True, slots=True)
class Batch:
    """An archive on its way."""

    id: str
    name: str
    profiles: tuple[str, ...]
    team: str | None
    author: str
    created_at: float


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call of a batch that failed."""

    call_id: str
    title: str | None
    failure: Failure


def add(
    connection: Connection,
    batch_id: str,
    name: str,
    *,
    profiles: Sequence[str] = (),
    team: str | None = None,
    author: str = "",
) -> Batch:
    """Add a batch; one that is there stays as it is."""
    row = {
        "id": batch_id, "name": name, "profiles": list(profiles), "team": team, "author": author,
        "created_at": now(),
    }  # fmt: skip
    insert_new(connection, batches, row)
    found = get(connection, batch_id)
    assert found is not None
    return found


def get(connection: Connection, batch_id: str, scope: Scope = EVERYTHING) -> Batch | None:
    """The batch with this id, if it lies in the scope."""
    statement = sa.select(batches).where(batches.c.id == batch_id, _visible(scope))
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _batch(row)


def find(connection: Connection, scope: Scope, *, limit: int = 50) -> tuple[Batch, ...]:
    """The latest batches."""
    statement = (
        sa.select(batches)
        .where(_visible(scope))
        .order_by(batches.c.created_at.desc(), batches.c.id)
        .limit(limit)
    )
    return tuple(_batch(row) for row in connection.execute(statement).mappings())


def link(connection: Connection, batch_id: str, call_id: str) -> None:
    """The call belongs to the batch; fine when it does already."""
    insert_new(connection, batch_calls, {"batch_id": batch_id, "call_id": call_id})


def counts(connection: Connection, batch_id: str) -> Mapping[str, int]:
    """Status → how many of the batch's calls have it."""
    statement = (
        sa.select(calls.c.status, sa.func.count().label("number"))
        .join(batch_calls, batch_calls.c.call_id == calls.c.id)
        .where(batch_calls.c.batch_id == batch_id)
        .group_by(calls.c.status)
    )
    return {row.status: row.number for row in connection.execute(statement)}


def states(connection: Connection, batch_id: str) -> Mapping[str, str]:
    """Call → status, of all calls of the batch."""
    statement = (
        sa.select(calls.c.id, calls.c.status)
        .join(batch_calls, batch_calls.c.call_id == calls.c.id)
        .where(batch_calls.c.batch_id == batch_id)
    )
    return {row.id: row.status for row in connection.execute(statement)}


def failures(connection: Connection, batch_id: str, *, limit: int = 200) -> tuple[FailedCall, ...]:
    """The batch's calls that failed, the first upload first."""
    statement = (
        sa.select(
            calls.c.id, calls.c.title, calls.c.error_code, calls.c.error_text, calls.c.retryable
        )
        .join(batch_calls, batch_calls.c.call_id == calls.c.id)
        .where(batch_calls.c.batch_id == batch_id, calls.c.status == "failed")
        .order_by(calls.c.n)
        .limit(limit)
    )
    return tuple(
        FailedCall(
            row.id, row.title, Failure(row.error_code or "", row.error_text or "", row.retryable)
        )
        for row in connection.execute(statement)
    )


def _visible(scope: Scope) -> sa.ColumnElement[bool]:
    if scope.role == "admin":
        return sa.true()
    if scope.role == "manager" and scope.team:
        return batches.c.team == scope.team
    return sa.false()


def _batch(row: Row) -> Batch:
    return Batch(**{**dict(row), "profiles": tuple(row["profiles"])})
