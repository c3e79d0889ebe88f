"""Webhooks, and what is on its way to them.

A delivery is written in the transaction that makes the event true, so none is lost and none
invented; `key` tells a receiver that it has seen one before. Trap: sending is at least once, and
a try is counted when it begins, so one that kills its worker is given up as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.paging import Page, page_of, read_cursor
from api.store.records import Delivery, Json, Webhook, now
from api.store.tables import deliveries, webhooks

EVENTS = ("call.done", "call.failed", "call.erased", "tier.changed", "disqualifier.raised")
CALL_KEYS = ("done", "failed", "tier", "out")
"""First parts of the keys of deliveries about a call; its id comes next."""


def add(connection: Connection, url: str, events: Sequence[str]) -> Webhook:
    """Add an address that is told of these events; its secret signs what is sent."""
    hook = Webhook(
        id=f"hook_{secrets.token_hex(8)}", url=url, secret=new_secret(),
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


def change(connection: Connection, webhook_id: str, fields: Mapping[str, object]) -> None:
    """Change an address: its `url`, `events`, `active` or `secret`."""
    connection.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id).values(**fields))


def new_secret() -> str:
    """A secret to sign with."""
    return secrets.token_urlsafe(32)


def ping(connection: Connection, webhook_id: str) -> Delivery:
    """Put a test on its way to one address."""
    row = {
        "webhook_id": webhook_id, "key": f"ping:{secrets.token_hex(8)}", "event": "ping",
        "body": {}, "state": "waiting", "next_at": now(), "at": now(),
    }  # fmt: skip
    added = connection.execute(sa.insert(deliveries).values(**row).returning(*deliveries.c))
    return _delivery(added.mappings().one())


def due(connection: Connection, *, of_each: int = 20) -> tuple[Delivery, ...]:
    """Deliveries whose time has come, the oldest first, at most so many for each active address."""
    found: list[Delivery] = []
    waiting = sa.select(deliveries).where(
        deliveries.c.state == "waiting", deliveries.c.next_at <= now()
    )
    to = waiting.with_only_columns(deliveries.c.webhook_id).distinct()
    for webhook_id in connection.execute(to).scalars().all():
        hook = get(connection, webhook_id)
        if hook is not None and hook.active:
            mine = waiting.where(deliveries.c.webhook_id == webhook_id)
            mine = mine.order_by(deliveries.c.next_at, deliveries.c.n).limit(of_each)
            found += [_delivery(row) for row in connection.execute(mine).mappings()]
    return tuple(found)


def claim(connection: Connection, delivery: Delivery, *, until: float) -> Delivery | None:
    """Take a due delivery for one try; None when another worker was quicker.

    Who dies in the middle of the try leaves it waiting: it is due again at `until`.
    """
    statement = (
        sa.update(deliveries)
        .where(
            deliveries.c.n == delivery.n,
            deliveries.c.tries == delivery.tries,
            deliveries.c.state == "waiting",
        )
        .values(tries=delivery.tries + 1, next_at=until)
        .returning(*deliveries.c)
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _delivery(row)


def record(
    connection: Connection,
    delivery: Delivery,
    *,
    state: str,
    next_at: float | None = None,
    error: str | None = None,
) -> None:
    """Write down how a claimed try ended: `sent`, `waiting` for the next one, or `dead`."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.n == delivery.n, deliveries.c.tries == delivery.tries)
        .values(state=state, error=error, next_at=now() if next_at is None else next_at)
    )


def find(
    connection: Connection,
    *,
    webhook_id: str | None = None,
    state: str | None = None,
    event: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Delivery]:
    """A page of deliveries, the latest first."""
    statement = sa.select(deliveries)
    for name, value in {"webhook_id": webhook_id, "state": state, "event": event}.items():
        if value is not None:
            statement = statement.where(deliveries.c[name] == value)
    before = read_cursor(cursor)
    if before is not None:
        statement = statement.where(deliveries.c.n < before)
    statement = statement.order_by(deliveries.c.n.desc()).limit(limit + 1)
    found = [_delivery(row) for row in connection.execute(statement).mappings()]
    return page_of(found, limit, [delivery.n for delivery in found])


def get_delivery(connection: Connection, n: int) -> Delivery | None:
    """The delivery with this number."""
    statement = sa.select(deliveries).where(deliveries.c.n == n)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _delivery(row)


def revive(connection: Connection, n: int) -> bool:
    """Try a dead delivery again from the start, with the same key; false when it is not dead."""
    statement = (
        sa.update(deliveries)
        .where(deliveries.c.n == n, deliveries.c.state == "dead")
        .values(state="waiting", tries=0, next_at=now(), error=None)
    )
    return connection.execute(statement).rowcount == 1


def forget_call(connection: Connection, call_id: str) -> None:
    """Delete what was told, or was to be told, of a call that is erased."""
    likes = [f"{kind}:{call_id}{mark}%" for kind in CALL_KEYS for mark in (".", ":")]
    named = sa.or_(*(deliveries.c.key.like(like) for like in likes))
    connection.execute(sa.delete(deliveries).where(named))


def clean(connection: Connection, *, before: float) -> int:
    """Delete deliveries that arrived, or were given up, before a time; how many."""
    statement = sa.delete(deliveries).where(
        deliveries.c.state.in_(("sent", "dead")), deliveries.c.next_at < before
    )
    return connection.execute(statement).rowcount


def _hook(row: Row) -> Webhook:
    fields = dict(row)
    fields["events"] = tuple(fields["events"])
    return Webhook(**fields)


def _delivery(row: Row) -> Delivery:
    return Delivery(**dict(row))
