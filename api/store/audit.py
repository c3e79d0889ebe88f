"""The audit log: who did what to what, and when. It is only ever added to.

Ids, counts and reasons by code go in; the words of a call and people's names do not, for the log
outlives what was erased.
"""

from __future__ import annotations

import sqlalchemy as sa

from api.store.engine import Connection
from api.store.paging import Page, page_of, read_cursor
from api.store.records import AuditEntry, Json, now
from api.store.tables import audit


def note(
    connection: Connection,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    details: Json | None = None,
) -> None:
    """Write down that `actor` did `action`, in the transaction that does it."""
    connection.execute(
        sa.insert(audit).values(
            at=now(), actor=actor, action=action, subject_kind=subject_kind,
            subject_id=subject_id, details=dict(details or {}),
        )
    )  # fmt: skip


def noted(
    connection: Connection, actor: str, action: str, subject_kind: str, subject_id: str,
    *, since: float,
) -> bool:  # fmt: skip
    """Whether the same was written down since then."""
    statement = sa.select(audit.c.n).where(
        audit.c.subject_kind == subject_kind, audit.c.subject_id == subject_id,
        audit.c.action == action, audit.c.actor == actor, audit.c.at >= since,
    )  # fmt: skip
    return connection.execute(statement.limit(1)).first() is not None


def find(
    connection: Connection,
    *,
    subject_id: str | None = None,
    subject_kind: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: float | None = None,
    until: float | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditEntry]:
    """A page of the log, the latest first."""
    statement = sa.select(audit)
    wanted = {
        "subject_kind": subject_kind, "subject_id": subject_id, "actor": actor, "action": action,
    }  # fmt: skip
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(audit.c[name] == value)
    if since is not None:
        statement = statement.where(audit.c.at >= since)
    if until is not None:
        statement = statement.where(audit.c.at < until)
    before = read_cursor(cursor)
    if before is not None:
        statement = statement.where(audit.c.n < before)
    statement = statement.order_by(audit.c.n.desc()).limit(limit + 1)
    found = [AuditEntry(**dict(row)) for row in connection.execute(statement).mappings()]
    return page_of(found, limit, [entry.n for entry in found])
