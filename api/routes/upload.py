"""`POST /v1/calls`: a recording or a transcript comes in, and waits for its analysis.

What it is, its content says. The body is streamed to the disk while it is hashed. Trap: a rep's
upload is always the rep's own, whatever the form says.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial

import anyio
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from api.deps import CallerDep, ServiceDep
from api.gate import MIB, is_json
from api.inputs import looks_like_call, read_input
from api.jobs import intake
from api.jobs.service import Service
from api.schemas import Accepted, refusals
from api.security import Caller
from api.store import batches, profiles
from api.store.batches import Batch
from api.store.files import Spooled, TooLarge
from api.store.jobs import BATCH, FRESH
from api.texts import check_moment, check_text, check_transcript, read_json
from api.uploads import FILE_FIELD, Upload
from pipeline.domain import Recording, Transcript
from pipeline.errors import InputError
from pipeline.json_fields import Fields

router = APIRouter(prefix="/v1", tags=["calls"])
MOST_CHARACTERS = {"title": 500, "metadata": 64 * 1024, "profiles": 2000}
"""Of a form's field; of any other, 200."""
_READING = threading.BoundedSemaphore(2)
"""Transcripts are read two at a time: each may take some hundred megabytes for a moment."""
_TAKING = anyio.CapacityLimiter(8)
"""Threads that take in uploads: their own, or those that wait would keep every other route out."""
_YES = ("1", "true", "yes")
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
            "application/json": {
                "schema": {"type": "object", "required": ["turns"]},
                "example": {"turns": [{"speaker": "S1", "text": "We are forty people."}]},
            },
        },
    }
}


@router.post(
    "/calls",
    status_code=202,
    openapi_extra=BODY,
    responses={
        200: {"model": Accepted, "description": "The same content was there already."},
        **refusals(409, 415),
    },
)
async def upload_call(
    request: Request, response: Response, service: ServiceDep, caller: CallerDep
) -> Accepted:
    """Take in a recording (multipart) or a transcript (JSON, or multipart)."""
    settings = service.settings
    content_type = request.headers.get("content-type")
    most = settings.max_transcript_mb if is_json(content_type) else settings.max_upload_mb
    try:
        with service.files.spooling(most_bytes=most * MIB) as spool:
            fields: Mapping[str, str] = {}
            if is_json(content_type):
                async for chunk in request.stream():
                    spool.write(chunk)
            else:
                upload = Upload(spool)
                await upload.read(content_type, request.stream())
                fields = upload.fields
            done = spool.finish()
            work = partial(_take_in, service, caller, done, fields)
            accepted = await anyio.to_thread.run_sync(work, limiter=_TAKING)
    except ClientDisconnect as error:
        raise InputError("the client went away") from error
    response.status_code = 202 if accepted.new else 200
    return accepted


def _take_in(
    service: Service, caller: Caller, upload: Spooled, given: Mapping[str, str]
) -> Accepted:
    fields = Fields({k: v for k, v in given.items() if v.strip()}, "form")
    facts = _facts(service, caller, fields)
    found = _read(service, upload)
    kind = "recording"
    if isinstance(found, Transcript):
        kind = "transcript"
        facts = {"title": found.title, "deal_id": found.deal_id, **_known(facts)}
    batch = _batch(service, caller, fields)
    if batch is not None and not facts.get("profiles"):
        facts["profiles"] = batch.profiles
    later = batch is not None or given.get("batch", "").lower() in _YES
    call, new = intake.take_in(
        service, upload, kind, facts, scope=caller.scope, priority=BATCH if later else FRESH
    )
    if batch is not None:
        with service.database.unit_of_work() as connection:
            batches.link(connection, batch.id, call.id)
    return Accepted(id=call.id, status=call.status, status_url=f"/v1/calls/{call.id}", new=new)  # type: ignore[arg-type]


def _batch(service: Service, caller: Caller, fields: Fields) -> Batch | None:
    """The batch that the form names; `yes` only asks for a late place in the queue."""
    wanted = fields.text("batch")
    if wanted is None or wanted.lower() in (*_YES, "0", "false", "no"):
        return None
    with service.database.reading() as connection:
        found = batches.get(connection, wanted, caller.scope)
    if found is None:
        fields.fail("batch", f"there is no batch {wanted[:60]!r}", "make one: POST /v1/batches")
    return found


def _read(service: Service, upload: Spooled) -> Recording | Transcript:
    """What the upload is, by its content."""
    most = service.settings.max_transcript_mb * MIB
    try:
        if upload.n_bytes > most and looks_like_call(upload.path) is not None:
            raise TooLarge(f"a transcript has at most {most:,} bytes", field=FILE_FIELD)
        with _READING:
            found = read_input(upload.path)
            if isinstance(found, Transcript):
                check_transcript(found)
    except InputError as error:
        raise type(error)(error.problem, field=error.field, remedy=error.remedy) from error
    return found


def _facts(service: Service, caller: Caller, fields: Fields) -> dict[str, object]:
    for name, value in fields.data.items():
        check_text(str(value), name[:60], most=MOST_CHARACTERS.get(name, 200))
    moment = fields.moment("recorded_at")
    check_moment(moment, "recorded_at")
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
    found = read_json(text, "metadata")
    if not isinstance(found, dict):
        raise InputError("is no JSON object", field="metadata")
    return found


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}
