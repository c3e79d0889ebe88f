"""Webhooks: addresses that are told of events, what was sent to them, and what did not arrive.

Only admins. Trap: a secret is shown in the answer that makes it and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import CallerDep, ServiceDep
from api.jobs.addresses import check_url
from api.jobs.intake import NotNow
from api.jobs.service import Service
from api.schemas import Problem
from api.security import NotFound
from api.store import audit, webhooks
from api.store.records import Delivery, Webhook


def _admin(caller: CallerDep) -> None:
    caller.must_be("admin")


router = APIRouter(
    prefix="/v1",
    tags=["webhooks"],
    dependencies=[Depends(_admin)],
    responses={status: {"model": Problem} for status in (401, 403, 404, 422, 503)},
)
Event = Literal["call.done", "call.failed", "call.erased", "tier.changed", "disqualifier.raised"]
State = Literal["waiting", "sent", "dead"]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]


class WebhookIn(BaseModel):
    """An address, and the events that it is told of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://crm.example.com/calls", "events": ["call.done"]}]
        },
    )

    url: Url
    events: Events


class WebhookChange(BaseModel):
    """What is to change; fields that are left out stay. While it is not active, events wait."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    events: Events | None = None
    active: bool | None = None
    new_secret: bool = False


class WebhookOut(BaseModel):
    """A webhook; its secret only in the answer that makes it."""

    id: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    secret: str | None = None


class DeliveryOut(BaseModel):
    """One event on its way to one address. `key` is its `Idempotency-Key`."""

    id: int
    webhook_id: str
    key: str
    event: str
    state: State
    tries: int
    error: str | None
    at: datetime
    next_at: datetime | None
    data: dict[str, object]


class DeliveryPage(BaseModel):
    """A page of deliveries, the latest first."""

    items: list[DeliveryOut]
    next: str | None


@router.get("/webhooks")
def list_webhooks(service: ServiceDep) -> list[WebhookOut]:
    """All webhooks, without their secrets."""
    with service.database.reading() as connection:
        return [_hook(hook) for hook in webhooks.listed(connection)]


@router.post("/webhooks", status_code=201)
def add_webhook(body: WebhookIn, service: ServiceDep, caller: CallerDep) -> WebhookOut:
    """Tell an address of events from now on; the secret in the answer signs what is sent."""
    _check(service, body.url)
    with service.database.unit_of_work() as connection:
        hook = webhooks.add(connection, body.url, list(dict.fromkeys(body.events)))
        audit.note(connection, caller.key.id, "webhook.create", "webhook", hook.id)
    return _hook(hook).model_copy(update={"secret": hook.secret})


@router.get("/webhooks/{webhook_id}")
def get_webhook(webhook_id: str, service: ServiceDep) -> WebhookOut:
    """One webhook, without its secret."""
    with service.database.reading() as connection:
        return _hook(_found(webhooks.get(connection, webhook_id), webhook_id))


@router.patch("/webhooks/{webhook_id}")
def change_webhook(
    webhook_id: str, body: WebhookChange, service: ServiceDep, caller: CallerDep
) -> WebhookOut:
    """Change the address or the events, pause it, or make a new secret (shown in the answer)."""
    fields: dict[str, object] = {
        name: value
        for name, value in (("url", body.url), ("active", body.active))
        if value is not None
    }
    if body.url is not None:
        _check(service, body.url)
    if body.events is not None:
        fields["events"] = list(dict.fromkeys(body.events))
    if body.new_secret:
        fields["secret"] = webhooks.new_secret()
    with service.database.unit_of_work() as connection:
        _found(webhooks.get(connection, webhook_id), webhook_id)
        if fields:
            webhooks.change(connection, webhook_id, fields)
            details = {"changed": sorted(fields)}
            audit.note(connection, caller.key.id, "webhook.change", "webhook", webhook_id, details)
        hook = _found(webhooks.get(connection, webhook_id), webhook_id)
    return _hook(hook).model_copy(update={"secret": hook.secret if body.new_secret else None})


@router.delete("/webhooks/{webhook_id}", status_code=204)
def remove_webhook(webhook_id: str, service: ServiceDep, caller: CallerDep) -> Response:
    """Forget an address and what was on its way there."""
    with service.database.unit_of_work() as connection:
        if not webhooks.remove(connection, webhook_id):
            raise NotFound(f"there is no webhook {webhook_id[:60]!r}")
        audit.note(connection, caller.key.id, "webhook.delete", "webhook", webhook_id)
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/test", status_code=202)
def test_webhook(webhook_id: str, service: ServiceDep) -> DeliveryOut:
    """Send the event `ping`; how it went stands in the deliveries a moment later."""
    with service.database.unit_of_work() as connection:
        _found(webhooks.get(connection, webhook_id), webhook_id)
        return _delivery(webhooks.ping(connection, webhook_id))


@router.get("/deliveries")
def list_deliveries(
    service: ServiceDep,
    webhook: Annotated[str | None, Query(max_length=200)] = None,
    state: State | None = None,
    event: Annotated[str | None, Query(max_length=60)] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveryPage:
    """A page of deliveries, the latest first; `state=dead` lists what was given up."""
    with service.database.reading() as connection:
        page = webhooks.find(
            connection, webhook_id=webhook, state=state, event=event, cursor=cursor, limit=limit
        )
    return DeliveryPage(items=[_delivery(item) for item in page.items], next=page.next)


@router.post(
    "/deliveries/{delivery_id}/retry", status_code=202, responses={409: {"model": Problem}}
)
def retry_delivery(delivery_id: int, service: ServiceDep, caller: CallerDep) -> DeliveryOut:
    """Send a dead delivery again, with the same idempotency key."""
    with service.database.unit_of_work() as connection:
        known = 0 < delivery_id < 2**63 and webhooks.get_delivery(connection, delivery_id)
        if not known:
            raise NotFound(f"there is no delivery {delivery_id}")
        if not webhooks.revive(connection, delivery_id):
            raise NotNow(f"the delivery is {known.state}", remedy="only dead ones are sent again")
        audit.note(connection, caller.key.id, "delivery.retry", "webhook", known.webhook_id)
        again = webhooks.get_delivery(connection, delivery_id)
    return _delivery(again or known)


def _check(service: Service, url: str) -> None:
    settings = service.settings
    check_url(url, http=settings.webhook_http, private=settings.webhook_private)


def _found(hook: Webhook | None, webhook_id: str) -> Webhook:
    if hook is None:
        raise NotFound(f"there is no webhook {webhook_id[:60]!r}")
    return hook


def _hook(hook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=hook.id, url=hook.url, events=list(hook.events), active=hook.active,
        created_at=datetime.fromtimestamp(hook.created_at, UTC),
    )  # fmt: skip


def _delivery(found: Delivery) -> DeliveryOut:
    waits = found.state == "waiting"
    return DeliveryOut(
        id=found.n, webhook_id=found.webhook_id, key=found.key, event=found.event,
        state=found.state,  # type: ignore[arg-type]
        tries=found.tries, error=found.error, at=datetime.fromtimestamp(found.at, UTC),
        next_at=datetime.fromtimestamp(found.next_at, UTC) if waits else None,
        data=dict(found.body),
    )  # fmt: skip
