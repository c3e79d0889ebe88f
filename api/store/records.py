"""Plain records that the store gives out and takes in, one class a noun; no rows, no SQL.

Times are seconds since 1970 (UTC). Trap: `Call` is what the service knows of a call; the words and
signals are domain types and come from the stored result.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

Json = Mapping[str, object]
ACTIVE = ("queued", "running")
ENDED = ("done", "failed", "cancelled")


def now() -> float:
    """Seconds since 1970."""
    return time.time()


@dataclass(frozen=True, slots=True)
class NewCall:
    """What an uploader brings."""

    id: str
    sha256: str
    kind: str
    n_bytes: int
    media_type: str | None = None
    title: str | None = None
    language: str | None = None
    recorded_at: float | None = None
    deal_id: str | None = None
    account: str | None = None
    rep: str | None = None
    team: str | None = None
    seller_hint: str | None = None
    consent: str | None = None
    metadata: Json = field(default_factory=dict)
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the service knows it: where it is on its way, and how it came out."""

    n: int
    id: str
    sha256: str
    kind: str
    media_type: str | None
    n_bytes: int
    title: str | None
    language: str | None
    recorded_at: float | None
    duration: float | None
    deal_id: str | None
    account: str | None
    rep: str | None
    team: str | None
    seller_hint: str | None
    consent: str | None
    metadata: Json
    profiles: tuple[str, ...]
    status: str
    stage: str | None
    progress: float
    error_code: str | None
    error_text: str | None
    retryable: bool
    job_id: str | None
    rev: int
    tier: str | None
    fit: float | None
    disqualified: bool | None
    made_by: Json
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of durable work. `fence` counts its claims: only the last claimant may settle it."""

    id: str
    kind: str
    call_id: str | None
    body: Json
    state: str
    stage: str | None
    progress: float
    priority: int
    fence: int
    worker: str | None
    failures: int
    run_at: float
    sent_at: float | None
    error_code: str | None
    error_text: str | None
    retryable: bool
    summary: Json
    created_at: float
    started_at: float | None
    ended_at: float | None
    touched_at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job did not come to its end, by code; `retryable` says whether to try it again."""

    code: str
    text: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One call held against one version of a profile: the figures for lists, and the whole."""

    profile_id: str
    version: int
    tier: str | None
    fit: float | None
    coverage: float
    disqualified: bool
    quadrant: str | None
    engagement: float
    body: Json


@dataclass(frozen=True, slots=True)
class Deal:
    """One sale with an account, with what the CRM says of it."""

    id: str
    account: str | None
    facts: Json
    stage: str | None
    outcome: str | None
    amount: float | None
    currency: str | None
    closed_at: float | None
    rep: str | None
    team: str | None
    rev: int
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of a profile as it was written."""

    profile_id: str
    version: int
    body: Json
    sha256: str
    note: str | None
    author: str
    at: float


@dataclass(frozen=True, slots=True)
class ProfileHead:
    """A profile, with the version that counts now."""

    id: str
    name: str
    active: int | None
    created_at: float
    archived_at: float | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret."""

    id: str
    prefix: str
    name: str
    role: str
    person: str | None
    team: str | None
    created_at: float
    expires_at: float | None
    used_at: float | None
    revoked_at: float | None


@dataclass(frozen=True, slots=True)
class User:
    """An account of a person, without its password."""

    id: str
    login: str
    name: str
    role: str
    person: str | None
    team: str | None
    created_at: float
    used_at: float | None
    disabled_at: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """A person's or a key's session in a browser, until `expires_at`."""

    hash: str
    user_id: str | None
    key_id: str | None
    created_at: float
    seen_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Somebody did something to something."""

    n: int
    at: float
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: Json


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events."""

    id: str
    url: str
    secret: str
    events: tuple[str, ...]
    active: bool
    created_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one address."""

    n: int
    webhook_id: str
    key: str
    event: str
    body: Json
    state: str
    tries: int
    next_at: float
    error: str | None
    at: float
