"""What a person has opened, and so what is new to them; counts for the head of the list.

New is what ended within the last two weeks and this person has not opened since. Trap: a viewer is
the id of an account or of a key; two keys of one person are two viewers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from api.store.engine import Connection, upsert
from api.store.records import now
from api.store.scope import Scope, visible
from api.store.tables import call_views, calls

NEW_SECONDS = 14 * 24 * 3600.0


def opened(connection: Connection, viewer: str, call_id: str) -> None:
    """Note that somebody looked at a call."""
    row = {"viewer": viewer, "call_id": call_id, "at": now()}
    upsert(connection, call_views, row, ("viewer", "call_id"))


def is_new(viewer: str) -> sa.ColumnElement[bool]:
    """The condition on calls that are new to somebody."""
    seen = sa.select(call_views.c.call_id).where(call_views.c.viewer == viewer)
    return sa.and_(
        calls.c.status.in_(("done", "failed")),
        calls.c.created_at > now() - NEW_SECONDS,
        calls.c.id.not_in(seen),
    )


def new_among(connection: Connection, viewer: str, call_ids: Sequence[str]) -> frozenset[str]:
    """Which of these calls are new to somebody."""
    statement = sa.select(calls.c.id).where(calls.c.id.in_(call_ids), is_new(viewer))
    return frozenset(connection.execute(statement).scalars())


def counts(connection: Connection, viewer: str, scope: Scope) -> Mapping[str, int]:
    """How many calls somebody may see wait, run or failed (by status), and how many are `new`."""
    mine = visible(calls, scope)
    by_status = (
        sa.select(calls.c.status, sa.func.count().label("number"))
        .where(mine, calls.c.status.in_(("queued", "running", "failed")))
        .group_by(calls.c.status)
    )
    found = {row.status: int(row.number) for row in connection.execute(by_status)}
    new = sa.select(sa.func.count()).select_from(calls).where(mine, is_new(viewer))
    return {**found, "new": int(connection.execute(new).scalar_one())}
