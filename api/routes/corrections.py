"""A person corrects a call: a verdict on a signal, an edit of its speakers. Both count at once.

Trap: a signal's id is looked up among the machine's signals of all calls, so the caller's scope is
checked on the call that it belongs to.
"""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import CallDep, CallerDep, ServiceDep, ServicesDep
from api.jobs.rescoring import Rescored, edit_call_speakers, judge_signal
from api.schemas import CheckOut, Corrected, SignalOut, SpeakerEditIn, VerdictIn, refusals
from api.security import NotFound
from api.store import calls, signals
from pipeline.corrections import SpeakerEdit
from pipeline.formats import signal_to_json

router = APIRouter(
    prefix="/v1",
    tags=["corrections"],
    responses=refusals(404, 409, 500),
)


@router.patch("/signals/{signal_id}")
def judge(
    signal_id: str,
    body: VerdictIn,
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
) -> Corrected:
    """Confirm, reject or correct a signal; the latest verdict counts, also after a re-analysis."""
    with service.database.reading() as connection:
        found = signals.get(connection, signal_id)
        call = calls.get(connection, str(found["call_id"]), caller.scope) if found else None
    if call is None:
        raise NotFound(f"there is no signal {signal_id[:60]!r}")
    given = body.model_dump()
    return _shown(judge_signal(service, services, call, signal_id, given, caller.key.id))


@router.patch("/calls/{call_id}/speakers")
def edit_speakers(
    call: CallDep,
    body: SpeakerEditIn,
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
) -> Corrected:
    """Say who a speaker is, merge, split or swap speakers; nothing is transcribed again."""
    edit = SpeakerEdit.from_json(body.model_dump(), "body")
    return _shown(edit_call_speakers(service, services, call, edit, caller.key.id))


def _shown(done: Rescored) -> Corrected:
    return Corrected(
        signals=[SignalOut(**signal_to_json(signal)) for signal in done.signals],  # type: ignore[arg-type]
        checks=[CheckOut(**row.body) for row in done.checks],  # type: ignore[arg-type]
    )
