"""Erasing all of a deal or of a person. Only admins; first what would go, then it goes.

Trap: a person is whoever spoke, held or is named in the metadata of a call under exactly this name
or address; see `api/jobs/erasing.py`.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.deps import CallerDep, ServiceDep
from api.jobs import erasing
from api.schemas import Problem

router = APIRouter(
    prefix="/v1",
    tags=["privacy"],
    responses={status: {"model": Problem} for status in (401, 403, 409, 422, 503)},
)


class ErasureIn(BaseModel):
    """What to erase: a deal, or a person. Without `dry_run: false` it is only shown."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"person": "Lee Park", "dry_run": True}]}
    )

    deal_id: str | None = Field(default=None, min_length=1, max_length=200)
    person: str | None = Field(default=None, min_length=1, max_length=200)
    with_mentions: bool = Field(
        default=False, description="Also erase calls that only mention the person."
    )
    dry_run: bool = True
    confirm: str | None = Field(
        default=None, max_length=100, description="`confirm` of the answer that showed this."
    )

    @model_validator(mode="after")
    def _one(self) -> ErasureIn:
        """A deal or a person, not both."""
        if (self.deal_id is None) is (self.person is None):
            raise ValueError("give either deal_id or person")
        return self


class ErasedCall(BaseModel):
    """A call that goes, and why."""

    id: str
    title: str | None
    why: list[Literal["deal", "speaker", "rep", "metadata", "mention"]]


class ErasureOut(BaseModel):
    """What goes, or went. `mentions`: calls that mention the person's name and stay."""

    done: bool
    id: str | None = Field(description="Of the entry in the audit log, once it is done.")
    confirm: str
    deal_id: str | None
    calls: list[ErasedCall]
    mentions: list[str]


@router.post("/erasures")
def erase(body: ErasureIn, service: ServiceDep, caller: CallerDep) -> ErasureOut:
    """Show what erasing a deal or a person deletes; with `dry_run: false` and `confirm`, do it."""
    caller.must_be("admin")
    found = erasing.plan(
        service, deal_id=body.deal_id, person=body.person, with_mentions=body.with_mentions
    )
    erasure_id = None
    if not body.dry_run:
        erasure_id = erasing.carry_out(service, found, body.confirm, caller.key.id)
    return ErasureOut(
        done=erasure_id is not None,
        id=erasure_id,
        confirm=found.mark,
        deal_id=found.deal_id,
        calls=[
            ErasedCall(id=each.call.id, title=each.call.title, why=list(each.why))  # type: ignore[arg-type]
            for each in found.calls
        ],
        mentions=list(found.mentions),
    )
