"""One call: its check, its transcript, and what people do to both, effective at once.

Verdicts and edits answer with the pieces of the page that changed, and with what would undo them.
Trap: an edit of speakers also has the text read again; the page asks `state` until that is over.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.jobs import intake
from api.jobs.rescoring import edit_call_speakers, judge_signal
from api.pages import edits
from api.pages.findings import Findings, find_findings
from api.pages.frame import Visitor, VisitorDep, send
from api.pages.reading import CallNow, read_call, warm_up
from api.pages.turns import FIRST_PART, PART, rows_of_turns, speaker_rows, turn_rows
from api.schemas import SpeakerEditIn, VerdictIn
from api.security import NotFound
from api.store import calls, views
from api.store.records import Call
from pipeline.corrections import SpeakerEdit

router = APIRouter()
ProfileName = Annotated[str | None, Query(max_length=200)]


def get_own_call(call_id: Annotated[str, Path(max_length=100)], visitor: VisitorDep) -> Call:
    """The call that the path names, if the visitor may see it."""
    with visitor.service.database.reading() as connection:
        call = calls.get(connection, call_id, visitor.caller.scope)
    if call is None:
        raise NotFound("there is no such call, or you may not see it")
    return call


OwnCall = Annotated[Call, Depends(get_own_call)]


class EditsIn(BaseModel):
    """Edits of speakers that belong together; `from_turn` splits from there on."""

    model_config = ConfigDict(extra="forbid")

    edits: list[SpeakerEditIn] = Field(min_length=1, max_length=4)
    from_turn: bool = False


@router.get("/calls/{call_id}")
def show_call(
    call: OwnCall, visitor: VisitorDep, services: ServicesDep, profile: ProfileName = None
) -> Response:
    """The call; while it is not analysed, how far it is or why it failed."""
    viewer = visitor.caller.key.id
    with visitor.service.database.reading() as connection:
        has_result = "result" in calls.files(connection, call.id)
        is_new = bool(views.new_among(connection, viewer, [call.id]))
    if is_new:
        with visitor.service.database.unit_of_work() as connection:
            views.opened(connection, viewer, call.id)
    if not has_result:
        return visitor.page("call_waiting.html", call=call)
    now = read_call(visitor.service, call)
    warm_up(services, now)
    findings = find_findings(now, profile)
    return visitor.page("call.html", **_values(now, findings), turns_part=PART)


@router.get("/calls/{call_id}/turns")
def get_turns(
    call: OwnCall,
    visitor: VisitorDep,
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    profile: ProfileName = None,
) -> Response:
    """A part of the transcript as HTML."""
    now = read_call(visitor.service, call)
    rows = turn_rows(now, find_findings(now, profile), start, PART)
    return send(visitor.request, visitor.part("call_turns.html", rows=rows), "text/html")


@router.get("/calls/{call_id}/state")
def get_state(call: OwnCall, visitor: VisitorDep) -> dict[str, object]:
    """How far the call is, and a stamp that changes with what the page shows."""
    with visitor.service.database.reading() as connection:
        has_result = "result" in calls.files(connection, call.id)
    now = read_call(visitor.service, call) if has_result else None
    return {
        "status": call.status, "progress": call.progress, "stamp": now.stamp if now else "",
        "reading": now is not None and now.reading,
    }  # fmt: skip


@router.get("/calls/{call_id}/parts")
def get_parts(call: OwnCall, visitor: VisitorDep, profile: ProfileName = None) -> dict[str, object]:
    """The pieces of the page as they are now, after somebody else or the machine changed them."""
    return _changed(visitor, call, profile, message="", all_turns=True)


@router.get("/calls/{call_id}/signals/{signal_id}/form")
def get_form(call: OwnCall, signal_id: str, visitor: VisitorDep) -> Response:
    """The form that corrects a signal."""
    now = read_call(visitor.service, call)
    signal = next((s for s in now.analysis.signals if s.id == signal_id), None)
    if signal is None:
        raise NotFound("the call has no such signal any more")
    fields = edits.fields_of(signal)
    text = visitor.part("call_correct.html", signal=signal, fields=fields, call=call)
    return send(visitor.request, text, "text/html")


@router.post("/calls/{call_id}/signals/{signal_id}")
def judge(
    call: OwnCall,
    signal_id: str,
    body: VerdictIn,
    visitor: VisitorDep,
    services: ServicesDep,
    profile: ProfileName = None,
) -> dict[str, object]:
    """Accept, reject or correct a signal, or take that back."""
    before = read_call(visitor.service, call)
    signal = next((s for s in before.result.analysis.signals if s.id == signal_id), None)
    if signal is None:
        raise NotFound("the call has no such signal any more")
    undo = edits.undo_of_verdict(before, signal_id)
    given = {**body.model_dump(), "change": edits.change_of(signal, body.change)}
    judge_signal(visitor.service, services, call, signal_id, given, visitor.caller.key.id)
    return _changed(
        visitor, call, profile, turns=signal.turns,
        message=edits.VERDICT_MESSAGES[body.verdict],
        undo={"path": f"/calls/{call.id}/signals/{signal_id}", "body": undo},
    )  # fmt: skip


@router.post("/calls/{call_id}/speakers")
def edit_speakers(
    call: OwnCall,
    body: EditsIn,
    visitor: VisitorDep,
    services: ServicesDep,
    profile: ProfileName = None,
) -> dict[str, object]:
    """Name, merge, split or swap speakers; nothing is transcribed again."""
    undo: list[dict[str, object]] = []
    for given in body.edits:
        transcript = read_call(visitor.service, _fresh(visitor, call)).analysis.transcript
        edit = SpeakerEdit.from_json(given.model_dump(), "edit")
        if body.from_turn:
            edit = edits.from_turn_on(transcript, edit)
        undo.insert(0, edits.undo_of_edit(transcript, edit))
        edit_call_speakers(visitor.service, services, call, edit, visitor.caller.key.id)
    return _changed(
        visitor, call, profile, message=edits.EDIT_MESSAGES[body.edits[0].kind], all_turns=True,
        undo={"path": f"/calls/{call.id}/speakers", "body": {"edits": undo}},
    )  # fmt: skip


@router.post("/calls/{call_id}/retry")
def retry(call: OwnCall, visitor: VisitorDep) -> Response:
    """Analyse the call again."""
    intake.retry(visitor.service, call)
    return Response(status_code=303, headers={"Location": f"/calls/{call.id}"})


@router.post("/calls/{call_id}/cancel")
def cancel(call: OwnCall, visitor: VisitorDep) -> Response:
    """Stop the call's analysis."""
    intake.cancel(visitor.service, call)
    return Response(status_code=303, headers={"Location": f"/calls/{call.id}"})


def _changed(
    visitor: Visitor,
    call: Call,
    profile: str | None,
    *,
    message: str,
    turns: tuple[int, ...] = (),
    all_turns: bool = False,
    undo: object = None,
) -> dict[str, object]:
    """The pieces that changed: fragments by id, rows by turn (or from the start)."""
    now = read_call(visitor.service, _fresh(visitor, call))
    findings = find_findings(now, profile)
    values = _values(now, findings)
    parts = ("verdict", "findings", "speakers")
    html = {part: visitor.part(f"call_{part}.html", **values) for part in parts}
    rows = {
        row.index: visitor.part("call_turns.html", rows=[row])
        for row in rows_of_turns(now, findings, turns)
    }
    if all_turns:
        html["turns"] = visitor.part("call_turns.html", rows=values["rows"])
    return {
        "html": html, "rows": rows, "message": message, "undo": undo, "stamp": now.stamp,
        "reading": now.reading, "total": len(now.analysis.transcript.turns),
    }  # fmt: skip


def _values(now: CallNow, findings: Findings | None) -> dict[str, object]:
    transcript = now.analysis.transcript
    return {
        "call": now.call, "now": now, "findings": findings, "total": len(transcript.turns),
        "rows": turn_rows(now, findings, 0, FIRST_PART), "speakers": speaker_rows(transcript),
        "profile_id": findings.profile.id if findings else "",
        "others_known": [s.id for s in transcript.speakers],
    }  # fmt: skip


def _fresh(visitor: Visitor, call: Call) -> Call:
    with visitor.service.database.reading() as connection:
        return calls.get(connection, call.id) or call
