"""`GET /v1/audit`: who did what to what, for admins. It holds ids and counts, never words.

Trap: times, unlike the cursor, are only a filter; the order is that of writing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.deps import CallerDep, ServiceDep
from api.schemas import refusals
from api.store import audit
from api.store.records import AuditEntry

router = APIRouter(prefix="/v1", tags=["team"], responses=refusals(403))
Name = Annotated[str | None, Query(max_length=200)]


class AuditOut(BaseModel):
    """Somebody (a key's or an account's id) did something to something."""

    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: dict[str, object]


class AuditPage(BaseModel):
    """A page of the log, the latest entry first."""

    items: list[AuditOut]
    next: str | None


@router.get("/audit")
def read_audit(
    service: ServiceDep,
    caller: CallerDep,
    actor: Name = None,
    action: Name = None,
    kind: Annotated[str | None, Query(max_length=200, description="call, key, profile …")] = None,
    subject: Name = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """A page of the audit log: reads of audio, verdicts, deletions, changes of keys …"""
    caller.must_be("admin")
    with service.database.reading() as connection:
        page = audit.find(
            connection, subject_id=subject, subject_kind=kind, actor=actor, action=action,
            since=_seconds(since), until=_seconds(until), cursor=cursor, limit=limit,
        )  # fmt: skip
    return AuditPage(items=[_entry(entry) for entry in page.items], next=page.next)


def _entry(entry: AuditEntry) -> AuditOut:
    names = set(AuditOut.model_fields) - {"at", "details"}
    return AuditOut(
        at=datetime.fromtimestamp(entry.at, UTC),
        details=dict(entry.details),
        **{name: getattr(entry, name) for name in names},
    )


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
