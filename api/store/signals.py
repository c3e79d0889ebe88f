"""What the machine found in a call, one row a signal, and the checks that were made of it.

The rows are replaced as a whole by an analysis; what people say of them is in `corrections.py` and
stays. Trap: `body` is the machine's signal; what counts is made by `pipeline/corrections.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from api.store.engine import Connection, Row, upsert
from api.store.records import CheckRow, Json, now
from api.store.tables import checks, signals


def replace(connection: Connection, call_id: str, bodies: Sequence[Json]) -> None:
    """The signals of a call are now these, in this order (contract, section 2)."""
    connection.execute(sa.delete(signals).where(signals.c.call_id == call_id))
    rows = [
        {
            "id": body["id"],
            "call_id": call_id,
            "position": position,
            "dimension": body["dimension"],
            "value": body["value"] if isinstance(body["value"], str) else None,
            "confidence": body["confidence"],
            "body": dict(body),
        }
        for position, body in enumerate(bodies)
    ]
    if rows:
        connection.execute(sa.insert(signals), rows)


def of_call(connection: Connection, call_id: str) -> tuple[Json, ...]:
    """The machine's signals of a call, in order."""
    statement = (
        sa.select(signals.c.body).where(signals.c.call_id == call_id).order_by(signals.c.position)
    )
    return tuple(connection.execute(statement).scalars())


def get(connection: Connection, signal_id: str) -> Json | None:
    """One of the machine's signals; its `call_id` says whose it is."""
    statement = sa.select(signals.c.body).where(signals.c.id == signal_id)
    found: Json | None = connection.execute(statement).scalar_one_or_none()
    return found


def save_checks(connection: Connection, call_id: str, rows: Iterable[CheckRow], rev: int) -> None:
    """Store checks of a call, made when it had this revision, over those of the same versions."""
    for row in rows:
        values = {name: getattr(row, name) for name in CheckRow.__dataclass_fields__}
        values.update(call_id=call_id, rev=rev, at=now(), body=dict(row.body))
        upsert(connection, checks, values, ("call_id", "profile_id", "version"))


def get_check(
    connection: Connection, call_id: str, profile_id: str, version: int | None = None
) -> CheckRow | None:
    """A call's check against a version of a profile (None: the latest version it was held to)."""
    statement = sa.select(checks).where(
        checks.c.call_id == call_id, checks.c.profile_id == profile_id
    )
    if version is not None:
        statement = statement.where(checks.c.version == version)
    statement = statement.order_by(checks.c.version.desc()).limit(1)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _check(row)


def checks_of(connection: Connection, call_id: str) -> tuple[CheckRow, ...]:
    """Every check of a call."""
    statement = (
        sa.select(checks)
        .where(checks.c.call_id == call_id)
        .order_by(checks.c.profile_id, checks.c.version)
    )
    return tuple(_check(row) for row in connection.execute(statement).mappings())


def _check(row: Row) -> CheckRow:
    return CheckRow(**{name: row[name] for name in CheckRow.__dataclass_fields__})
