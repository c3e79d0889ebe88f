"""How an upload becomes a call with a job: nothing is lost, doubled or left behind by a crash.

The blob's key is doomed first, then the blob is stored, then one transaction adds call and job and
saves the key, then the job is sent. A crash anywhere leaves a blob that the sweep takes, or a job
that the workers send. Trap: the same content is the same call, whatever was said about it before.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from api.jobs.queue import NotNow as NotNow
from api.jobs.service import Service
from api.store import audit, calls, deals, doomed, jobs, people, webhooks
from api.store.files import Spooled
from api.store.jobs import FRESH
from api.store.records import Call, NewCall, now
from api.store.scope import EVERYTHING, Scope
from pipeline.errors import IcpError


class SomebodyElses(IcpError):
    """The same content was uploaded by somebody whose calls this one may not see."""

    code = "already_uploaded"


def take_in(
    service: Service,
    upload: Spooled,
    kind: str,
    facts: Mapping[str, object],
    *,
    scope: Scope = EVERYTHING,
    priority: int = FRESH,
) -> tuple[Call, bool]:
    """The call of this content, and whether it is new; `facts` are fields of NewCall."""
    database = service.database
    with database.reading() as connection:
        known = calls.by_content(connection, upload.sha256)
    if known is None:
        with database.unit_of_work() as connection:
            doomed.doom(connection, [upload.key], at=now() + doomed.GRACE_SECONDS)
        service.files.adopt(upload)
    call = NewCall(
        id=f"c_{secrets.token_hex(10)}", sha256=upload.sha256, kind=kind, n_bytes=upload.n_bytes,
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    job = None
    with database.unit_of_work() as connection:
        new = known is None and calls.add(connection, call)
        if new:
            people.replace(connection, call.id, "rep", [call.rep or ""])
            people.replace(connection, call.id, "metadata", people.names_in(call.metadata))
            file_kind = "recording" if kind == "recording" else "source"
            calls.set_file(connection, call.id, file_kind, upload.key, n_bytes=upload.n_bytes)
            doomed.save(connection, upload.key)
            if call.deal_id:
                deals.ensure(
                    connection, call.deal_id, account=call.account, rep=call.rep, team=call.team
                )
            job_id = jobs.next_id(connection, call.id)
            job = jobs.add(connection, job_id, "call", call_id=call.id, priority=priority)
        found = calls.by_content(connection, upload.sha256, scope)
    if found is None:
        raise SomebodyElses("this recording is there already, as somebody else's call")
    if job is not None:
        service.queue.send(database, job)
    return found, job is not None


def retry(service: Service, call: Call, *, kind: str = "call") -> None:
    """Analyse a call again that failed or was cancelled (or read its text again)."""
    with service.database.reading() as connection:
        kept = calls.files(connection, call.id)
    if kind == "call" and not {"recording", "source"} & set(kept):
        raise NotNow("its recording was deleted", remedy="what was found in it is still there")
    service.queue.submit(service.database, kind, call_id=call.id)


def cancel(service: Service, call: Call) -> None:
    """Stop a call's analysis."""
    with service.database.reading() as connection:
        job = jobs.get(connection, call.job_id) if call.job_id else None
    if job is None or not service.queue.cancel(service.database, job):
        raise NotNow(f"the call is {call.status}", remedy="only what waits or runs can be stopped")


def erase(
    service: Service, call: Call, actor: str, *, action: str = "call.erase", sweep: bool = True
) -> bool:
    """Delete a call with everything that was made of it; the audit log keeps that it was.

    False when it is gone already. Its blobs go now, or without `sweep` with the next sweep.
    """
    with service.database.unit_of_work() as connection:
        found = jobs.of_call(connection, call.id)
        for job in found:
            jobs.cancel(connection, job.id)
        if not calls.hold(connection, call.id):
            return False
        doomed.doom(connection, calls.erase(connection, call.id))
        if call.deal_id:
            deals.touch(connection, call.deal_id)
            deals.forget_assessments(connection, call.deal_id)
        details = {"sha256": call.sha256, "n_bytes": call.n_bytes}
        audit.note(connection, actor, action, "call", call.id, details)
        webhooks.forget_call(connection, call.id)
        told = {"call_id": call.id, "deal_id": call.deal_id}
        webhooks.announce(connection, "call.erased", f"erased:{call.id}", told)
        doomed.leave_no_words(connection)
    service.queue.forget(found)
    if sweep:
        doomed.sweep(service.database, service.files)
    return True
