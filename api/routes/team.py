"""What a team sets up: profiles with their versions, and API keys.

Reps read profiles; managers write them; only admins make keys. Trap: a key's secret is in the
answer that makes it and nowhere else.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.deps import CallerDep, ServiceDep
from api.schemas import Status, refusals
from api.security import NotFound
from api.store import audit, jobs, keys, profiles
from api.store.jobs import BATCH
from api.store.records import ApiKey, Job, ProfileHead, ProfileVersion
from pipeline.lint import lint_loaded
from pipeline.profile import profile_from_mapping

router = APIRouter(
    prefix="/v1",
    tags=["team"],
    responses=refusals(403, 404),
)


PROFILE = {
    "id": "midmarket",
    "name": "Mid-market software",
    "seller": {"company": "Northwind"},
    "criteria": [
        {"id": "size", "dimension": "headcount", "min": 200, "max": 1000, "required": True},
        {"id": "crm", "dimension": "tech_stack", "any_of": ["Salesforce", "HubSpot"]},
    ],
}
"""A small profile, for the API's description."""


class ProfileOut(BaseModel):
    """A profile, and the version that counts now."""

    id: str
    name: str
    active: int | None


class VersionOut(BaseModel):
    """One version of a profile as it was written (contract, section 3)."""

    profile_id: str
    version: int
    new: bool = False
    at: datetime
    note: str | None
    advice: list[str] = []
    body: dict[str, object]


class JobOut(BaseModel):
    """Work on many calls, and what came of it."""

    id: str
    kind: str
    status: Status
    error_code: str | None
    summary: dict[str, object]


class KeyIn(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "Dana's laptop", "role": "rep", "person": "dana", "team": "north"}
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    role: Literal["admin", "manager", "rep"]
    person: str | None = Field(default=None, max_length=200)
    team: str | None = Field(default=None, max_length=200)
    expires_at: datetime | None = None

    @model_validator(mode="after")
    def _belongs_to_somebody(self) -> KeyIn:
        """A rep is a person and a manager has a team: else they could not see what they send."""
        if self.role == "rep" and not (self.person or "").strip():
            raise ValueError("a key with the role rep needs a person")
        if self.role == "manager" and not (self.team or "").strip():
            raise ValueError("a key with the role manager needs a team")
        return self


class KeyOut(BaseModel):
    """A key; its secret only in the answer that makes it."""

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
    secret: str | None = None


@router.get("/profiles")
def list_profiles(service: ServiceDep, caller: CallerDep) -> list[ProfileOut]:
    """All profiles in use."""
    with service.database.reading() as connection:
        return [_head(head) for head in profiles.in_use(connection)]


@router.post("/profiles", status_code=201, responses={200: {"model": VersionOut}})
def add_profile(
    service: ServiceDep,
    caller: CallerDep,
    response: Response,
    body: Annotated[dict[str, object], Body(examples=[PROFILE])],
    note: str | None = None,
) -> VersionOut:
    """Add a profile, or a version of one; the same text again adds nothing."""
    caller.must_be("admin", "manager")
    profile = profile_from_mapping(body)
    with service.database.unit_of_work() as connection:
        version, new = profiles.add_version(connection, body, author=caller.key.id, note=note)
        if new:
            audit.note(
                connection, caller.key.id, "profile.add", "profile", profile.id,
                {"version": version.version},
            )  # fmt: skip
    response.status_code = 201 if new else 200
    advice = [finding.message for finding in lint_loaded(profile)]
    return _version(version).model_copy(update={"new": new, "advice": advice})


@router.get("/profiles/{profile_id}/versions")
def list_versions(profile_id: str, service: ServiceDep, caller: CallerDep) -> list[VersionOut]:
    """Every version of a profile, the oldest first."""
    with service.database.reading() as connection:
        found = profiles.versions(connection, profile_id)
    if not found:
        raise NotFound(f"there is no profile {profile_id[:60]!r}")
    return [_version(version) for version in found]


@router.post("/profiles/{profile_id}/versions/{version}/activate")
def activate(profile_id: str, version: int, service: ServiceDep, caller: CallerDep) -> ProfileOut:
    """From now on this version counts for calls that come in."""
    caller.must_be("admin", "manager")
    with service.database.unit_of_work() as connection:
        if not 0 < version < 2**31 or not profiles.get_version(connection, profile_id, version):
            raise NotFound(f"there is no version {version} of {profile_id[:60]!r}")
        profiles.activate(connection, profile_id, version)
        audit.note(
            connection, caller.key.id, "profile.activate", "profile", profile_id,
            {"version": version},
        )  # fmt: skip
        head = profiles.get(connection, profile_id)
    assert head is not None
    return _head(head)


@router.post("/profiles/{profile_id}/versions/{version}/recheck", status_code=202)
def recheck(profile_id: str, version: int, service: ServiceDep, caller: CallerDep) -> JobOut:
    """Hold all stored calls against a version; its summary says what would change."""
    caller.must_be("admin")
    with service.database.reading() as connection:
        known = 0 < version < 2**31 and profiles.get_version(connection, profile_id, version)
    if not known:
        raise NotFound(f"there is no version {version} of {profile_id[:60]!r}")
    job = service.queue.submit(
        service.database, "recheck", job_id=f"recheck.{secrets.token_hex(8)}",
        body={"profile_id": profile_id, "version": version}, priority=BATCH,
    )  # fmt: skip
    return _job(job)


@router.get("/jobs/{job_id}")
def get_job(job_id: str, service: ServiceDep, caller: CallerDep) -> JobOut:
    """How a recheck stands, and what it changed."""
    caller.must_be("admin")
    with service.database.reading() as connection:
        job = jobs.get(connection, job_id)
    if job is None or job.kind != "recheck":
        raise NotFound(f"there is no job {job_id[:60]!r}")
    return _job(job)


@router.get("/keys")
def list_keys(service: ServiceDep, caller: CallerDep) -> list[KeyOut]:
    """All API keys, without their secrets."""
    caller.must_be("admin")
    with service.database.reading() as connection:
        return [_key(key) for key in keys.listed(connection)]


@router.post("/keys", status_code=201)
def make_key(body: KeyIn, service: ServiceDep, caller: CallerDep) -> KeyOut:
    """Make an API key; its secret is in this answer and nowhere else."""
    caller.must_be("admin")
    moment = body.expires_at
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    with service.database.unit_of_work() as connection:
        key, secret = keys.create(
            connection, name=body.name, role=body.role, person=body.person, team=body.team,
            expires_at=moment.timestamp() if moment else None,
        )  # fmt: skip
        audit.note(connection, caller.key.id, "key.create", "key", key.id, {"role": key.role})
    return _key(key).model_copy(update={"secret": secret})


@router.delete("/keys/{key_id}", status_code=204)
def revoke_key(key_id: str, service: ServiceDep, caller: CallerDep) -> Response:
    """Take an API key out of use."""
    caller.must_be("admin")
    with service.database.unit_of_work() as connection:
        if not keys.revoke(connection, key_id):
            raise NotFound(f"there is no key {key_id[:60]!r} in use")
        audit.note(connection, caller.key.id, "key.revoke", "key", key_id)
    return Response(status_code=204)


def _head(head: ProfileHead) -> ProfileOut:
    return ProfileOut(id=head.id, name=head.name, active=head.active)


def _version(version: ProfileVersion) -> VersionOut:
    return VersionOut(
        profile_id=version.profile_id,
        version=version.version,
        at=datetime.fromtimestamp(version.at, UTC),
        note=version.note,
        body=dict(version.body),
    )


def _job(job: Job) -> JobOut:
    return JobOut(
        id=job.id, kind=job.kind, status=job.state, error_code=job.error_code,  # type: ignore[arg-type]
        summary=dict(job.summary),
    )  # fmt: skip


def _key(key: ApiKey) -> KeyOut:
    return KeyOut(**{name: getattr(key, name) for name in ApiKey.__dataclass_fields__})
