"""Webhooks, and what is on its way to them.

A delivery is written in the transaction that makes the event true, so none is lost and none
invented; `key` tells a receiver that it has seen one before. Trap: sending is at least once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.records import Delivery, Json, Webhook, now
from api.store.tables import deliveries, webhooks


def add(connection: Connection, url: str, events: Sequence[str]) -> Webhook:
    """Add an address that is told of these events; its secret signs what is sent."""
    hook = Webhook(
        id=f"hook_{secrets.token_hex(8)}", url=url, secret=secrets.token_urlsafe(32),
        events=tuple(events), active=True, created_at=now(),
    )  # fmt: skip
    values = {name: getattr(hook, name) for name in Webhook.__dataclass_fields__}
    connection.execute(sa.insert(webhooks).values(**{**values, "events": list(events)}))
    return hook


def listed(connection: Connection) -> tuple[Webhook, ...]:
    """All addresses, the oldest first."""
    statement = sa.select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
    return tuple(_hook(row) for row in connection.execute(statement).mappings())


def get(connection: Connection, webhook_id: str) -> Webhook | None:
    """The address with this id."""
    statement = sa.select(webhooks).where(webhooks.c.id == webhook_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _hook(row)


def remove(connection: Connection, webhook_id: str) -> bool:
    """Forget an address and what was on its way there."""
    statement = sa.delete(webhooks).where(webhooks.c.id == webhook_id)
    return connection.execute(statement).rowcount == 1


def announce(connection: Connection, event: str, key: str, body: Json) -> int:
    """Put an event on its way to everybody who asked for it; to how many it is new."""
    new = 0
    for hook in listed(connection):
        if hook.active and event in hook.events:
            new += insert_new(
                connection, deliveries,
                {
                    "webhook_id": hook.id, "key": key, "event": event, "body": dict(body),
                    "state": "waiting", "next_at": now(), "at": now(),
                },
            )  # fmt: skip
    return new


def due(connection: Connection, *, limit: int = 50) -> tuple[Delivery, ...]:
    """Deliveries whose time has come, the oldest first."""
    statement = (
        sa.select(deliveries)
        .where(deliveries.c.state == "waiting", deliveries.c.next_at <= now())
        .order_by(deliveries.c.next_at)
        .limit(limit)
    )
    return tuple(_delivery(row) for row in connection.execute(statement).mappings())


def record(
    connection: Connection,
    delivery: Delivery,
    *,
    state: str,
    next_at: float | None = None,
    error: str | None = None,
) -> None:
    """Write down how a try ended: `sent`, `waiting` for the next one, or `dead`."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.n == delivery.n, deliveries.c.tries == delivery.tries)
        .values(
            state=state, tries=delivery.tries + 1, error=error,
            next_at=delivery.next_at if next_at is None else next_at,
        )
    )  # fmt: skip


def dead(connection: Connection, *, limit: int = 200) -> tuple[Delivery, ...]:
    """Deliveries that were given up, the latest first."""
    statement = (
        sa.select(deliveries)
        .where(deliveries.c.state == "dead")
        .order_by(deliveries.c.n.desc())
        .limit(limit)
    )
    return tuple(_delivery(row) for row in connection.execute(statement).mappings())


def _hook(row: Row) -> Webhook:
    fields = dict(row)
    fields["events"] = tuple(fields["events"])
    return Webhook(**fields)


def _delivery(row: Row) -> Delivery:
    return Delivery(**dict(row))
