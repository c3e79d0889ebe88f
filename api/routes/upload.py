"""`POST /v1/calls`: a recording or a transcript comes in, and waits for its analysis.

What it is, its content says. The body is streamed to the disk while it is hashed. Trap: a rep's
upload is always the rep's own, whatever the form says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.deps import CallerDep, ServiceDep
from api.inputs import read_input
from api.jobs import intake
from api.jobs.service import Service
from api.schemas import Accepted, Problem
from api.security import Caller
from api.store import profiles
from api.store.files import Spooled
from api.store.jobs import BATCH, FRESH
from api.uploads import Upload
from pipeline.domain import Transcript
from pipeline.errors import InputError
from pipeline.json_fields import Fields, object_of

router = APIRouter(prefix="/v1", tags=["calls"])
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        **{
            name: {"type": "string"}
            for name in (
                "deal_id", "account", "title", "recorded_at", "rep", "team", "seller", "language",
                "profiles", "consent", "metadata", "batch",
            )
        },
    },
}  # fmt: skip
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": FORM},
            "application/json": {"schema": {"type": "object", "required": ["turns"]}},
        },
    }
}


@router.post(
    "/calls",
    status_code=202,
    openapi_extra=BODY,
    responses={
        200: {"model": Accepted, "description": "The same content was there already."},
        **{status: {"model": Problem} for status in (401, 403, 409, 413, 415, 422, 503)},
    },
)
async def upload_call(
    request: Request, response: Response, service: ServiceDep, caller: CallerDep
) -> Accepted:
    """Take in a recording (multipart) or a transcript (JSON, or multipart)."""
    most = service.settings.max_upload_mb * 1024 * 1024
    content_type = request.headers.get("content-type", "")
    try:
        with service.files.spooling(most_bytes=most) as spool:
            fields: Mapping[str, str] = {}
            if content_type.split(";")[0].strip().lower() == "application/json":
                async for chunk in request.stream():
                    spool.write(chunk)
            else:
                upload = Upload(spool)
                await upload.read(content_type, request.stream())
                fields = upload.fields
            done = spool.finish()
            accepted = await run_in_threadpool(_take_in, service, caller, done, fields)
    except ClientDisconnect as error:
        raise InputError("the client went away") from error
    response.status_code = 202 if accepted.new else 200
    return accepted


def _take_in(
    service: Service, caller: Caller, upload: Spooled, given: Mapping[str, str]
) -> Accepted:
    fields = Fields({k: v for k, v in given.items() if v.strip()}, "form")
    facts = _facts(service, caller, fields)
    try:
        found = read_input(upload.path)
    except InputError as error:
        raise type(error)(error.problem, field=error.field, remedy=error.remedy) from error
    kind = "recording"
    if isinstance(found, Transcript):
        kind = "transcript"
        facts = {"title": found.title, "deal_id": found.deal_id, **_known(facts)}
    call, new = intake.take_in(
        service, upload, kind, facts, scope=caller.scope,
        priority=BATCH if given.get("batch", "").lower() in ("1", "true", "yes") else FRESH,
    )  # fmt: skip
    return Accepted(id=call.id, status=call.status, status_url=f"/v1/calls/{call.id}", new=new)  # type: ignore[arg-type]


def _facts(service: Service, caller: Caller, fields: Fields) -> dict[str, object]:
    moment = fields.moment("recorded_at")
    consent = fields.text("consent")
    if service.settings.require_consent and (consent or "").lower() not in ("yes", "true", "given"):
        raise InputError("is needed", field="consent", remedy="send `consent: yes`")
    rep, team = fields.text("rep"), fields.text("team")
    if caller.key.role == "rep":
        rep, team = caller.key.person, caller.key.team
    elif caller.key.role == "manager":
        team = caller.key.team
    return {
        "deal_id": fields.text("deal_id"), "account": fields.text("account"),
        "title": fields.text("title"), "language": fields.text("language"), "rep": rep,
        "team": team, "seller_hint": fields.text("seller"), "consent": consent,
        "recorded_at": moment.timestamp() if moment else None,
        "profiles": _profiles(service, fields), "metadata": _metadata(fields),
    }  # fmt: skip


def _profiles(service: Service, fields: Fields) -> tuple[str, ...]:
    wanted = tuple(i.strip() for i in (fields.text("profiles") or "").split(",") if i.strip())
    with service.database.reading() as connection:
        for profile_id in wanted:
            if profiles.active(connection, profile_id) is None:
                fields.fail("profiles", f"there is no profile {profile_id[:60]!r}")
    return wanted


def _metadata(fields: Fields) -> Mapping[str, object]:
    text = fields.text("metadata")
    if text is None:
        return {}
    try:
        return object_of(json.loads(text), "metadata").data
    except (ValueError, RecursionError) as error:
        raise InputError("is no JSON object", field="metadata") from error


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}
