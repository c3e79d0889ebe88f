"""Administration of what is under way: the queue, webhooks and their deliveries, the audit log.

Trap: a failed job may have been followed by another one of the same call; only the one that makes
the call's state can be tried again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response

from api.jobs import intake
from api.jobs.addresses import check_url
from api.jobs.intake import NotNow
from api.jobs.service import Service
from api.pages.admin import AdminDep, back
from api.pages.frame import Visitor
from api.security import NotFound
from api.store import audit, boards, calls, jobs, keys, users, webhooks, workers
from api.store.engine import Connection
from api.store.jobs import BATCH
from api.store.records import ACTIVE, Job
from pipeline.errors import IcpError

router = APIRouter()
STATES = ("failed", "running", "queued", "done", "cancelled")
KINDS = {"call": "analysis", "text": "reading again", "recheck": "recheck of all calls"}
DELIVERY_STATES = ("dead", "waiting", "sent")
MOST_RETRIED = 200
SILENT_BEATS = 4
Cursor = Annotated[str | None, Query(max_length=100)]
Name = Annotated[str, Query(max_length=200)]
Id = Annotated[str, Form(max_length=200)]


@router.get("/admin/queue")
def show_queue(admin: AdminDep, state: Name = "", cursor: Cursor = None) -> Response:
    """Jobs, those touched last first."""
    service = admin.service
    wanted = state if state in STATES else None
    with service.database.reading() as connection:
        page = boards.queue(connection, state=wanted, cursor=cursor)
        counts = jobs.counts(connection)
        alive = workers.count(connection, silence=SILENT_BEATS * service.settings.heartbeat)
    return admin.page(
        "admin_queue.html", page=page, counts=counts, alive=alive, states=STATES, kinds=KINDS,
        state=wanted or "", cursor=cursor, more=_more("/admin/queue", page.next, state=wanted),
        can_retry=_can_retry,
    )  # fmt: skip


@router.post("/admin/queue/retry")
def retry_job(admin: AdminDep, id: Id) -> Response:
    """Do a failed or cancelled job again."""
    with admin.service.database.reading() as connection:
        job = jobs.get(connection, id)
    if job is None:
        raise NotFound("there is no such job")
    _retry(admin.service, job)
    return back("/admin/queue")


@router.post("/admin/queue/retry-failed")
def retry_failed(admin: AdminDep) -> Response:
    """Do every failed analysis again, the latest ones first, as far as one page goes."""
    with admin.service.database.reading() as connection:
        page = boards.queue(connection, state="failed", limit=MOST_RETRIED)
    for row in page.items:
        if _can_retry(row):
            with suppress(NotNow, NotFound):  # its recording, or its call, was deleted
                _retry(admin.service, row.job)
    return back("/admin/queue")


@router.post("/admin/queue/cancel")
def cancel_job(admin: AdminDep, id: Id) -> Response:
    """Stop a job that waits or runs."""
    with admin.service.database.reading() as connection:
        job = jobs.get(connection, id)
    if job is None:
        raise NotFound("there is no such job")
    if not admin.service.queue.cancel(admin.service.database, job):
        raise NotNow(f"the job is {job.state}", remedy="only what waits or runs can be stopped")
    return back("/admin/queue")


@router.get("/admin/webhooks")
def show_webhooks(admin: AdminDep, state: Name = "", cursor: Cursor = None) -> Response:
    """Addresses that are told of events, and what was sent to them."""
    return _webhooks(admin, state=state, cursor=cursor)


@router.post("/admin/webhooks")
def add_webhook(
    admin: AdminDep,
    url: Annotated[str, Form(max_length=2000)] = "",
    events: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> Response:
    """Tell an address of events; the page that answers shows its secret, once."""
    wanted = [event for event in webhooks.EVENTS if event in (events or ())]
    try:
        _check(admin.service, url)
    except IcpError as error:
        problem = f"{error.problem}{f' ({error.remedy})' if error.remedy else ''}."
        return _webhooks(admin, problem=f"The address {problem}", given=url, status=422)
    if not wanted:
        return _webhooks(admin, problem="Choose at least one event.", given=url, status=422)
    with admin.service.database.unit_of_work() as connection:
        hook = webhooks.add(connection, url.strip(), wanted)
        audit.note(connection, admin.caller.key.id, "webhook.create", "webhook", hook.id)
    return _webhooks(admin, secret=hook.secret, made=hook.url)


@router.post("/admin/webhooks/change")
def change_webhook(
    admin: AdminDep,
    id: Id,
    act: Annotated[str, Form(pattern="^(pause|resume|test|secret|delete)$")],
) -> Response:
    """Pause, resume, test or forget an address, or give it a new secret."""
    secret, hook = "", None
    with admin.service.database.unit_of_work() as connection:
        hook = webhooks.get(connection, id)
        if hook is None:
            raise NotFound("there is no such webhook")
        actor = admin.caller.key.id
        if act == "test":
            webhooks.ping(connection, id)
        elif act == "delete":
            webhooks.remove(connection, id)
            audit.note(connection, actor, "webhook.delete", "webhook", id)
        else:
            secret = webhooks.new_secret() if act == "secret" else ""
            fields: dict[str, object] = {"active": act == "resume"}
            if secret:
                fields = {"secret": secret}
            webhooks.change(connection, id, fields)
            details = {"changed": sorted(fields)}
            audit.note(connection, actor, "webhook.change", "webhook", id, details)
    return _webhooks(admin, secret=secret, made=hook.url) if secret else back("/admin/webhooks")


@router.post("/admin/deliveries/resend")
def resend(admin: AdminDep, id: Annotated[int, Form(ge=1, lt=2**63)]) -> Response:
    """Send a dead delivery again, with the same key."""
    with admin.service.database.unit_of_work() as connection:
        known = webhooks.get_delivery(connection, id)
        if known is None:
            raise NotFound("there is no such delivery")
        if not webhooks.revive(connection, id):
            raise NotNow(f"the delivery is {known.state}", remedy="only dead ones are sent again")
        actor = admin.caller.key.id
        audit.note(connection, actor, "delivery.retry", "webhook", known.webhook_id)
    return back("/admin/webhooks#deliveries")


@router.get("/admin/audit")
def show_audit(
    admin: AdminDep,
    actor: Name = "",
    action: Name = "",
    subject: Name = "",
    cursor: Cursor = None,
) -> Response:
    """Who did what to what, the latest first."""
    wanted = {name: text.strip() for name, text in (("actor", actor), ("action", action))}
    with admin.service.database.reading() as connection:
        names = _names(connection)
        ids = {name: key for key, name in names.items()}
        page = audit.find(
            connection, actor=ids.get(wanted["actor"], wanted["actor"]) or None,
            action=wanted["action"] or None, subject_id=subject.strip() or None, cursor=cursor,
        )  # fmt: skip
    return admin.page(
        "admin_audit.html", page=page, names=names, actor=actor, action=action, subject=subject,
        cursor=cursor,
        more=_more("/admin/audit", page.next, actor=actor, action=action, subject=subject),
    )  # fmt: skip


def _webhooks(
    admin: Visitor,
    *,
    state: str = "",
    cursor: str | None = None,
    problem: str = "",
    secret: str = "",
    made: str = "",
    given: str = "",
    status: int = 200,
) -> Response:
    wanted = state if state in DELIVERY_STATES else None
    with admin.service.database.reading() as connection:
        hooks = webhooks.listed(connection)
        page = webhooks.find(connection, state=wanted, cursor=cursor)
    return admin.page(
        "admin_webhooks.html", status, hooks=hooks, page=page, events=webhooks.EVENTS,
        urls={hook.id: hook.url for hook in hooks}, problem=problem, secret=secret, made=made,
        given=given, state=wanted or "", states=DELIVERY_STATES, cursor=cursor,
        more=_more("/admin/webhooks", page.next, state=wanted),
    )  # fmt: skip


def _can_retry(row: boards.QueueRow) -> bool:
    job = row.job
    if job.state not in ("failed", "cancelled"):
        return False
    return job.kind != "call" or row.current


def _retry(service: Service, job: Job) -> None:
    if job.state in ACTIVE:
        raise NotNow(f"the job is {job.state}", remedy="wait, or cancel it first")
    if job.kind == "recheck":
        service.queue.submit(
            service.database, "recheck", job_id=f"recheck.{secrets.token_hex(8)}", body=job.body,
            priority=BATCH,
        )  # fmt: skip
        return
    with service.database.reading() as connection:
        call = calls.get(connection, job.call_id or "")
    if call is None:
        raise NotFound("its call was erased")
    intake.retry(service, call, kind=job.kind)


def _check(service: Service, url: str) -> None:
    settings = service.settings
    check_url(url.strip(), http=settings.webhook_http, private=settings.webhook_private)


def _names(connection: Connection) -> Mapping[str, str]:
    """What keys and accounts are called, by id."""
    found = {key.id: key.name for key in keys.listed(connection)}
    return {**found, **{user.id: user.login for user in users.listed(connection)}}


def _more(path: str, cursor: str | None, **asked: str | None) -> str:
    if cursor is None:
        return ""
    given = {name: text for name, text in asked.items() if text}
    return f"{path}?{urlencode({**given, 'cursor': cursor})}"
