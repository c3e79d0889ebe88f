"""Calls: list, look at one, its words, its signals, its check; try again, stop, erase.

Trap: a call that is being analysed has no transcript yet; that is 409, not 404.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from api.deps import CallDep, CallerDep, ServiceDep
from api.jobs import intake
from api.jobs.service import Service
from api.jobs.settling import read_corrections
from api.results import Result, result_from_json
from api.schemas import (
    CallOut,
    CallPage,
    CheckOut,
    SignalOut,
    SignalPage,
    Status,
    call_out,
    refusals,
)
from api.scores import counted
from api.security import NotFound
from api.store import calls, profiles, signals
from api.store.calls import CallFilter
from api.store.records import Call
from pipeline.captions import write_srt, write_txt, write_vtt
from pipeline.corrections import match_verdicts
from pipeline.formats import signal_to_json, transcript_to_json

router = APIRouter(
    prefix="/v1",
    tags=["calls"],
    responses=refusals(404, 409, 500),
)
Form = Literal["json", "vtt", "srt", "txt"]
WRITERS = {
    "vtt": (write_vtt, "text/vtt"),
    "srt": (write_srt, "application/x-subrip"),
    "txt": (write_txt, "text/plain"),
}
CAPTIONS = [kind for _, kind in WRITERS.values()]


@router.get("/calls")
def list_calls(
    service: ServiceDep,
    caller: CallerDep,
    deal: Annotated[str | None, Query(max_length=200)] = None,
    status: Status | None = None,
    rep: Annotated[str | None, Query(max_length=200)] = None,
    tier: Annotated[str | None, Query(pattern="^[ABCD]$")] = None,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: Annotated[str | None, Query(max_length=500, description="Words said on the call.")] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CallPage:
    """A page of calls, the latest upload first."""
    wanted = CallFilter(deal, status, rep, tier, profile, _seconds(since), _seconds(until), q)
    with service.database.reading() as connection:
        page = calls.find(connection, wanted, caller.scope, cursor=cursor, limit=limit)
    return CallPage(items=[call_out(call) for call in page.items], next=page.next)


@router.get("/calls/{call_id}")
def get_call(call: CallDep) -> CallOut:
    """One call: what is known of it, and how far it is."""
    return call_out(call)


@router.get(
    "/calls/{call_id}/transcript",
    response_model=dict[str, object],
    responses={200: {"content": {kind: {"schema": {"type": "string"}} for kind in CAPTIONS}}},
)
def get_transcript(
    call: CallDep, service: ServiceDep, format_: Annotated[Form, Query(alias="format")] = "json"
) -> Response:
    """What was said, with the speakers as people corrected them: as JSON (contract, section 1),
    as captions for a player (vtt, srt), or to read (txt).
    """
    result = read_result(service, call)
    with service.database.reading() as connection:
        said = counted(result, read_corrections(connection, call)).transcript
    if format_ == "json":
        return JSONResponse(transcript_to_json(said))
    written, kind = WRITERS[format_]
    headers = {"X-Content-Type-Options": "nosniff"}
    return Response(written(said), media_type=f"{kind}; charset=utf-8", headers=headers)


@router.get("/calls/{call_id}/signals")
def get_signals(call: CallDep, service: ServiceDep) -> SignalPage:
    """What the account said of itself, with the verdicts; rejected signals are shown too."""
    result = read_result(service, call)
    with service.database.reading() as connection:
        corrections = read_corrections(connection, call)
    kept = {signal.id: signal for signal in counted(result, corrections).signals}
    verdicts = match_verdicts(result.analysis.signals, corrections.verdicts)
    shown = []
    for signal in result.analysis.signals:
        verdict = verdicts.get(signal.id)
        if signal.id in kept or verdict is not None:
            body = signal_to_json(kept.get(signal.id, signal))
            shown.append(SignalOut(**body, verdict=verdict.verdict if verdict else None))  # type: ignore[arg-type]
    return SignalPage(items=shown)


@router.get("/calls/{call_id}/check")
def get_check(
    call: CallDep,
    service: ServiceDep,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> CheckOut:
    """The call held against a profile: its first one, when none is named."""
    _must_be_analysed(service, call)
    with service.database.reading() as connection:
        wanted = profile or next(iter(call.profiles), None)
        if wanted is None:
            heads = profiles.in_use(connection)
            wanted = heads[0].id if heads else ""
        row = signals.get_check(connection, call.id, wanted, version)
    if row is None:
        raise NotFound(f"the call was not held against {wanted[:60]!r}")
    return CheckOut(**row.body)  # type: ignore[arg-type]


@router.post("/calls/{call_id}/retry", status_code=202)
def retry_call(call: CallDep, service: ServiceDep) -> CallOut:
    """Analyse again a call that failed, was cancelled, or is done."""
    intake.retry(service, call)
    return _again(service, call)


@router.post("/calls/{call_id}/cancel", status_code=202)
def cancel_call(call: CallDep, service: ServiceDep) -> CallOut:
    """Stop a call that waits or runs."""
    intake.cancel(service, call)
    return _again(service, call)


@router.delete("/calls/{call_id}", status_code=204, responses=refusals(403))
def erase_call(call: CallDep, service: ServiceDep, caller: CallerDep) -> Response:
    """Erase a call with its audio, words, signals and work; the audit log keeps that it was."""
    caller.must_be("admin", "manager")
    intake.erase(service, call, caller.key.id)
    return Response(status_code=204)


def read_result(service: Service, call: Call) -> Result:
    """The stored analysis of a call; raises NotNow while there is none."""
    key = _must_be_analysed(service, call)
    return result_from_json(service.files.get_json(key))


def _must_be_analysed(service: Service, call: Call) -> str:
    with service.database.reading() as connection:
        key = calls.files(connection, call.id).get("result")
    if key is None:
        raise intake.NotNow(f"the call is {call.status}", remedy="wait until it is done")
    return key


def _again(service: Service, call: Call) -> CallOut:
    with service.database.reading() as connection:
        return call_out(calls.get(connection, call.id) or call)


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
