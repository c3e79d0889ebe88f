"""`/v1/batches`: an archive on its way through the service, and how far it is.

A batch is made first; its files are then uploaded to `/v1/calls` with `batch=<id>`, and wait behind
fresh uploads. Trap: a batch has no end of its own, so it is done when all calls that it has are.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import CallerDep, ServiceDep
from api.schemas import ErrorOut, refusals
from api.security import NotFound
from api.store import batches, profiles
from api.store.batches import Batch
from api.store.engine import Connection
from api.store.records import ENDED, now
from api.texts import check_text
from pipeline.errors import InputError

router = APIRouter(prefix="/v1", tags=["batches"], responses=refusals(403, 404))
_STATUSES = ("queued", "running", "done", "failed", "cancelled")


class BatchIn(BaseModel):
    """A batch to make; without profiles its calls are held against all in use."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    profiles: list[str] = Field(default_factory=list, max_length=50)


class BatchOut(BaseModel):
    """A batch and how far it is. `seconds_left` is known once some of its calls are done."""

    id: str
    name: str
    profiles: list[str]
    team: str | None
    created_at: datetime
    calls: int
    counts: dict[str, int]
    progress: float
    seconds_left: float | None
    upload: str


class FailedOut(BaseModel):
    """A call of the batch that failed."""

    call_id: str
    title: str | None
    error: ErrorOut
    retryable: bool


class BatchDetails(BatchOut):
    """A batch with the calls that failed (at most 200)."""

    failures: list[FailedOut]


class BatchList(BaseModel):
    """The latest batches."""

    items: list[BatchOut]


@router.post("/batches", status_code=201)
def add_batch(body: BatchIn, service: ServiceDep, caller: CallerDep) -> BatchOut:
    """Make a batch; then upload its files with `batch=<id>`."""
    caller.must_be("admin", "manager")
    check_text(body.name, "name")
    for place, wanted in enumerate(body.profiles):
        check_text(wanted, f"profiles.{place}", most=200)
    with service.database.unit_of_work() as connection:
        for wanted in body.profiles:
            if profiles.active(connection, wanted) is None:
                raise InputError(f"there is no profile {wanted[:60]!r}", field="profiles")
        batch = batches.add(
            connection, f"b_{secrets.token_hex(10)}", body.name, profiles=body.profiles,
            team=caller.key.team, author=caller.key.id,
        )  # fmt: skip
        return _out(connection, batch)


@router.get("/batches")
def list_batches(
    service: ServiceDep, caller: CallerDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> BatchList:
    """The latest batches."""
    caller.must_be("admin", "manager")
    with service.database.reading() as connection:
        found = batches.find(connection, caller.scope, limit=limit)
        return BatchList(items=[_out(connection, batch) for batch in found])


@router.get("/batches/{batch_id}")
def get_batch(batch_id: str, service: ServiceDep, caller: CallerDep) -> BatchDetails:
    """How far a batch is, and what failed in it."""
    caller.must_be("admin", "manager")
    with service.database.reading() as connection:
        batch = batches.get(connection, batch_id, caller.scope)
        if batch is None:
            raise NotFound(f"there is no batch {batch_id[:60]!r}")
        failed = [
            FailedOut(
                call_id=call.call_id, title=call.title, retryable=call.failure.retryable,
                error=ErrorOut(code=call.failure.code, message=call.failure.text),
            )
            for call in batches.failures(connection, batch.id)
        ]  # fmt: skip
        return BatchDetails(**_out(connection, batch).model_dump(), failures=failed)


def _out(connection: Connection, batch: Batch) -> BatchOut:
    counts = batches.counts(connection, batch.id)
    total = sum(counts.values())
    ended = sum(counts.get(status, 0) for status in ENDED)
    spent = now() - batch.created_at
    return BatchOut(
        id=batch.id, name=batch.name, profiles=list(batch.profiles), team=batch.team,
        created_at=datetime.fromtimestamp(batch.created_at, UTC), calls=total,
        counts={status: counts.get(status, 0) for status in _STATUSES},
        progress=round(ended / total, 4) if total else 0.0,
        seconds_left=round(spent / ended * (total - ended), 1) if ended else None,
        upload=f"POST /v1/calls with batch={batch.id}",
    )  # fmt: skip
