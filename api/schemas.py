"""Bodies of answers, for the API's description. Domain formats (contract) go through as they are.

Times are ISO 8601 in UTC. Trap: signals and checks are the contract's JSON, so their models here
name the stable fields and let more through.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.store.records import Call

Status = Literal["queued", "running", "done", "failed", "cancelled"]


class ErrorOut(BaseModel):
    """What went wrong."""

    code: str
    message: str
    field: str | None = None


class Problem(BaseModel):
    """Every refusal has this shape."""

    error: ErrorOut


REFUSALS = {
    401: "No API key, or one that is unknown, expired or revoked.",
    403: "The key's role may not do this.",
    404: "There is no such thing, or the key may not see it.",
    408: "The body stopped coming in.",
    409: "Not in this state, or somebody else's.",
    413: "The body is too large.",
    415: "Neither a recording nor a transcript.",
    422: "Something in the request is wrong; `field` says what.",
    429: "Too many requests, or uploads at once, with this key; see `Retry-After`.",
    500: "Something went wrong here; stored bytes are damaged, for example.",
    503: "The database, the files or the service cannot take this now; see `Retry-After`.",
}


EVERYWHERE = (401, 408, 413, 422, 429, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route may refuse: as every route may, and with these statuses of its own."""
    wanted = sorted({*EVERYWHERE, *statuses})
    return {status: {"model": Problem, "description": REFUSALS[status]} for status in wanted}


class CallOut(BaseModel):
    """A call: what is known of it, and how far it is."""

    id: str
    status: Status
    stage: str | None
    progress: float
    error: ErrorOut | None
    retryable: bool
    title: str | None
    deal_id: str | None
    account: str | None
    rep: str | None
    team: str | None
    language: str | None
    recorded_at: datetime | None
    duration: float | None
    kind: Literal["recording", "transcript"]
    n_bytes: int
    profiles: list[str]
    tier: str | None
    fit: float | None
    disqualified: bool | None
    made_by: dict[str, str]
    metadata: dict[str, object]
    created_at: datetime
    updated_at: datetime


class Accepted(BaseModel):
    """An upload that was taken in; `new` is false when the same content was there already."""

    id: str
    status: Status
    status_url: str
    new: bool


class CallPage(BaseModel):
    """A page of calls, the latest upload first."""

    items: list[CallOut]
    next: str | None


class SignalOut(BaseModel):
    """A signal (contract, section 2), with what people said of it."""

    model_config = ConfigDict(extra="allow")

    id: str
    call_id: str
    dimension: str
    value: object
    quote: str
    turns: list[int]
    confidence: float
    verdict: Literal["confirmed", "rejected", "corrected"] | None = None


class SignalPage(BaseModel):
    """All signals of a call, in order of time."""

    items: list[SignalOut]


class VerdictIn(BaseModel):
    """A person's answer on a signal. `change` has the right `value`, `status`, `kind` …;
    `withdrawn` takes back what was answered before.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"verdict": "rejected", "reason": "that was about another company"},
                {"verdict": "corrected", "change": {"value": "HubSpot", "status": "past"}},
            ]
        },
    )

    verdict: Literal["confirmed", "rejected", "corrected", "withdrawn"]
    change: dict[str, object] = Field(default_factory=dict)
    reason: str | None = Field(default=None, max_length=2000)


class SpeakerEditIn(BaseModel):
    """One edit of a call's speakers: role, name, merge, split (of turns) or swap."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "role", "speaker": "S1", "role": "rep"},
                {"kind": "swap", "speaker": "S1", "other": "S2"},
            ]
        },
    )

    kind: Literal["role", "name", "merge", "split", "swap"]
    speaker: str = Field(max_length=200)
    other: str | None = Field(default=None, max_length=200)
    role: Literal["rep", "prospect", "other", "unknown"] | None = None
    name: str | None = Field(default=None, max_length=200)
    turns: list[int] = Field(default_factory=list, max_length=10_000)


class Corrected(BaseModel):
    """What counts after a correction."""

    signals: list[SignalOut]
    checks: list[CheckOut]


class CheckOut(BaseModel):
    """A check (contract, section 4)."""

    model_config = ConfigDict(extra="allow")

    call_id: str
    profile: dict[str, object]
    tier: str | None
    fit: float | None
    coverage: float
    disqualified: bool


class Health(BaseModel):
    """Whether the service works."""

    status: Literal["ok"]


def call_out(call: Call) -> CallOut:
    """A call as it is shown."""
    names = set(CallOut.model_fields) - {"error", "profiles", "made_by", "metadata"}
    fields = {name: getattr(call, name) for name in names}
    for name in ("recorded_at", "created_at", "updated_at"):
        moment = fields[name]
        fields[name] = None if moment is None else datetime.fromtimestamp(moment, UTC)
    error = None
    if call.error_code:
        error = ErrorOut(code=call.error_code, message=call.error_text or "")
    return CallOut(
        **fields,
        error=error,
        profiles=list(call.profiles),
        made_by={name: str(value) for name, value in call.made_by.items()},
        metadata=dict(call.metadata),
    )
