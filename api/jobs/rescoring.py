"""A person corrects a call: stored, and counted at once, without hearing or reading anything again.

The correction, the call's new revision and its new checks are one transaction; what was read before
it is compared by revision, so two people who correct at once both count. Trap: an edit of speakers
also sends a job that reads the text again with the sides as they are now; until then, signals only
change sides.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from api.jobs.intake import NotNow
from api.jobs.service import Service
from api.jobs.settling import read_task, store_checks
from api.results import Result, result_from_json
from api.scores import Corrections, counted, profile_of, score
from api.store import audit, calls, corrections, people
from api.store.engine import Connection
from api.store.records import Call, CheckRow
from api.wiring import Services
from pipeline.corrections import SpeakerEdit, Verdict, edit_speakers, make_verdict
from pipeline.domain import Signal
from pipeline.errors import IcpError, InputError
from pipeline.json_fields import Json

MOST_TRIES = 10


class Busy(IcpError):
    """Others correct the same call all the time."""

    code = "busy"
    retryable = True


class _Raced(Exception):
    """Somebody else changed the call since it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """What counts after a correction."""

    signals: tuple[Signal, ...]
    checks: tuple[CheckRow, ...]


def judge_signal(
    service: Service, services: Services, call: Call, signal_id: str, given: Json, author: str
) -> Rescored:
    """Store a person's verdict on a signal (`verdict`, `change`, `reason`), and count it."""
    result = _result(service, call)
    signal = next((s for s in result.analysis.signals if s.id == signal_id), None)
    if signal is None:
        raise InputError(f"the call has no signal {signal_id[:60]!r}", field="id")
    change, reason = given.get("change") or {}, given.get("reason")
    if not isinstance(change, dict):
        raise InputError("is no object", field="change")
    verdict = make_verdict(
        signal, str(given.get("verdict")), change, None if reason is None else str(reason)
    )

    def add(connection: Connection) -> None:
        corrections.add_verdict(connection, call.id, verdict, author)
        details = {"verdict": verdict.verdict, "signal": signal_id}
        audit.note(connection, author, "signal.verdict", "call", call.id, details)

    return _correct(service, services, call, add, verdict=verdict)


def edit_call_speakers(
    service: Service, services: Services, call: Call, edit: SpeakerEdit, author: str
) -> Rescored:
    """Store an edit of a call's speakers, count it, and let the text be read again."""
    result = _result(service, call)
    with service.database.reading() as connection:
        known = corrections.edits_of(connection, call.id)
    edit_speakers(result.analysis.transcript, (*known[result.edits :], edit))

    def add(connection: Connection) -> None:
        corrections.add_edit(connection, call.id, edit, author)
        people.add(connection, call.id, "speaker", edit.name or "")
        audit.note(connection, author, "speakers.edit", "call", call.id, {"kind": edit.kind})

    done = _correct(service, services, call, add, edit=edit)
    if edit.kind != "name":
        service.queue.submit(service.database, "text", call_id=call.id)
    return done


def _correct(
    service: Service,
    services: Services,
    call: Call,
    add: Callable[[Connection], None],
    *,
    verdict: Verdict | None = None,
    edit: SpeakerEdit | None = None,
) -> Rescored:
    """Score with the correction, then store both, unless somebody else was quicker."""
    for _ in range(MOST_TRIES):
        with service.database.reading() as connection:
            task = read_task(connection, call.id)
        if task is None or "result" not in task.files:
            raise NotNow("the call is not analysed", remedy="wait until it is done")
        key, said = task.files["result"], task.corrections
        result = result_from_json(service.files.get_json(key))
        new = Corrections(
            (*said.edits, edit) if edit else said.edits,
            (*said.verdicts, verdict) if verdict else said.verdicts,
        )
        rows = score(services, result, new, [profile_of(v) for v in task.versions])
        with suppress(_Raced), service.database.unit_of_work() as connection:
            rev = calls.bump(connection, call.id)
            if rev != said.rev + 1 or calls.files(connection, call.id).get("result") != key:
                raise _Raced
            add(connection)
            store_checks(connection, task.call, rows, rev)
            return Rescored(counted(result, new).signals, rows)
    raise Busy("others are correcting this call", remedy="try again")


def _result(service: Service, call: Call) -> Result:
    with service.database.reading() as connection:
        key = calls.files(connection, call.id).get("result")
    if key is None:
        raise NotNow(f"the call is {call.status}", remedy="wait until it is done")
    return result_from_json(service.files.get_json(key))
