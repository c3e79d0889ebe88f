"""Calls: add, find, list, and what an analysis leaves behind. Signals and checks are next door.

A call is known by its id, and by the hash of what was sent: the same content is the same call.
Trap: every read on somebody's behalf takes a `Scope`; only workers use EVERYTHING.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from api.store import search, views
from api.store.engine import Connection, Row, insert_new, upsert
from api.store.paging import Page, page_of, read_cursor
from api.store.records import Call, NewCall, now
from api.store.scope import EVERYTHING, Scope, visible
from api.store.tables import call_files, calls, checks


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls a list holds; a field that is None does not matter. Times are UTC seconds."""

    deal_id: str | None = None
    status: str | None = None
    rep: str | None = None
    tier: str | None = None
    profile_id: str | None = None
    """The profile whose tier is meant; without one, that of the call's first profile."""
    since: float | None = None
    until: float | None = None
    text: str | None = None
    anything: str | None = None
    """Words said, or a part of the title, the account or the deal's id."""
    new_to: str | None = None
    """Only what this viewer has not opened (`views.py`)."""


def add(connection: Connection, call: NewCall) -> bool:
    """Add a call that waits for its analysis; false when its content is there already."""
    at = now()
    row = {**asdict(call), "metadata": dict(call.metadata), "profiles": list(call.profiles)}
    more = {"status": "queued", "made_by": {}, "created_at": at, "updated_at": at}
    return insert_new(connection, calls, {**row, **more})


def get(connection: Connection, call_id: str, scope: Scope = EVERYTHING) -> Call | None:
    """The call with this id, if it lies in the scope."""
    return _one(connection, calls.c.id == call_id, scope)


def by_content(connection: Connection, sha256: str, scope: Scope = EVERYTHING) -> Call | None:
    """The call that was made of this content."""
    return _one(connection, calls.c.sha256 == sha256, scope)


def find(
    connection: Connection,
    wanted: CallFilter,
    scope: Scope,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Call]:
    """A page of the calls that fit, the latest upload first."""
    statement = listing(connection, wanted, scope, cursor=cursor, limit=limit)
    found = [_call(row) for row in connection.execute(statement).mappings()]
    return page_of(found, limit, [call.n for call in found])


def listing(
    connection: Connection,
    wanted: CallFilter,
    scope: Scope,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> sa.Select[tuple[object, ...]]:
    """The statement behind `find`, so that its query plan can be looked at."""
    statement = sa.select(calls).where(visible(calls, scope))
    same = {"deal_id": wanted.deal_id, "status": wanted.status, "rep": wanted.rep}
    for name, value in same.items():
        if value is not None:
            statement = statement.where(calls.c[name] == value)
    if wanted.tier is not None and wanted.profile_id is None:
        statement = statement.where(calls.c.tier == wanted.tier)
    elif wanted.tier is not None:
        in_tier = sa.select(checks.c.call_id).where(
            checks.c.profile_id == wanted.profile_id, checks.c.tier == wanted.tier
        )
        statement = statement.where(calls.c.id.in_(in_tier))
    if wanted.since is not None:
        statement = statement.where(calls.c.recorded_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(calls.c.recorded_at < wanted.until)
    if wanted.text:
        statement = statement.where(search.matching(connection, wanted.text))
    if wanted.anything:
        said = search.matching(connection, wanted.anything)
        names = (calls.c.title, calls.c.account, calls.c.deal_id)
        named = (name.icontains(wanted.anything, autoescape=True) for name in names)
        statement = statement.where(sa.or_(said, *named))
    if wanted.new_to is not None:
        statement = statement.where(views.is_new(wanted.new_to))
    before = read_cursor(cursor)
    if before is not None:
        statement = statement.where(calls.c.n < before)
    return statement.order_by(calls.c.n.desc()).limit(limit + 1)


def among(connection: Connection, call_ids: Sequence[str], scope: Scope) -> tuple[Call, ...]:
    """Those of these calls that lie in the scope."""
    statement = sa.select(calls).where(calls.c.id.in_(call_ids), visible(calls, scope))
    return tuple(_call(row) for row in connection.execute(statement).mappings())


def of_deal(connection: Connection, deal_id: str, scope: Scope = EVERYTHING) -> tuple[Call, ...]:
    """All analysed calls of a deal in the order in which they were held."""
    when = sa.func.coalesce(calls.c.recorded_at, calls.c.created_at)
    statement = (
        sa.select(calls)
        .where(calls.c.deal_id == deal_id, calls.c.status == "done", visible(calls, scope))
        .order_by(when, calls.c.n)
    )
    return tuple(_call(row) for row in connection.execute(statement).mappings())


def sees_deal(connection: Connection, deal_id: str, scope: Scope) -> bool:
    """Whether all calls of a deal lie in the scope, those too that are analysed again now: a
    stored assessment quotes them.
    """
    seen = sa.func.sum(sa.case((visible(calls, scope), 1), else_=0))
    statement = sa.select(sa.func.count() == sa.func.coalesce(seen, 0))
    found = connection.execute(statement.where(calls.c.deal_id == deal_id))
    return bool(found.scalar_one())


def update(connection: Connection, call_id: str, **fields: object) -> None:
    """Change fields of a call."""
    connection.execute(
        sa.update(calls).where(calls.c.id == call_id).values(**fields, updated_at=now())
    )


def bump(connection: Connection, call_id: str) -> int:
    """Count one more correction of a call; its new revision, 0 when the call is gone."""
    statement = (
        sa.update(calls)
        .where(calls.c.id == call_id)
        .values(rev=calls.c.rev + 1, updated_at=now())
        .returning(calls.c.rev)
    )
    return int(connection.execute(statement).scalar_one_or_none() or 0)


def hold(connection: Connection, call_id: str) -> bool:
    """Let others who change this call wait for this transaction; false when it is gone."""
    statement = sa.update(calls).where(calls.c.id == call_id).values(updated_at=now())
    return connection.execute(statement).rowcount == 1


def expired(
    connection: Connection, *, before: float, with_file: str | None = None, limit: int = 100
) -> tuple[Call, ...]:
    """Calls uploaded before a time that are not being analysed, the oldest first.

    With `with_file`, only those that have a blob of that kind.
    """
    statement = sa.select(calls).where(
        calls.c.created_at < before, calls.c.status.not_in(("queued", "running"))
    )
    if with_file is not None:
        has = sa.select(call_files.c.call_id).where(call_files.c.kind == with_file)
        statement = statement.where(calls.c.id.in_(has))
    found = connection.execute(statement.order_by(calls.c.n).limit(limit))
    return tuple(_call(row) for row in found.mappings())


def ids_of_deal(connection: Connection, deal_id: str) -> tuple[str, ...]:
    """The ids of all calls of a deal, analysed or not."""
    statement = sa.select(calls.c.id).where(calls.c.deal_id == deal_id).order_by(calls.c.n)
    return tuple(connection.execute(statement).scalars())


def erase(connection: Connection, call_id: str) -> tuple[str, ...]:
    """Delete a call with all that hangs on it; the keys of the blobs that were its own."""
    call = get(connection, call_id)
    if call is None:
        return ()
    keys = tuple(files(connection, call_id).values())
    search.erase_text(connection, call.n)
    connection.execute(sa.delete(calls).where(calls.c.id == call_id))
    shared = sa.select(call_files.c.key).where(call_files.c.key.in_(keys))
    still = set(connection.execute(shared).scalars())
    return tuple(dict.fromkeys(key for key in keys if key not in still))


def files(connection: Connection, call_id: str) -> Mapping[str, str]:
    """What is stored of a call: kind (`recording`, `result` …) → key of the blob."""
    statement = sa.select(call_files.c.kind, call_files.c.key).where(
        call_files.c.call_id == call_id
    )
    return {row.kind: row.key for row in connection.execute(statement)}


def set_file(
    connection: Connection, call_id: str, kind: str, key: str, *, n_bytes: int, made_by: str = ""
) -> None:
    """Note that a blob belongs to a call."""
    upsert(
        connection,
        call_files,
        {"call_id": call_id, "kind": kind, "key": key, "n_bytes": n_bytes, "made_by": made_by},
        ("call_id", "kind"),
    )


def drop_file(connection: Connection, call_id: str, kind: str) -> None:
    """Forget that a blob belongs to a call."""
    connection.execute(
        sa.delete(call_files).where(call_files.c.call_id == call_id, call_files.c.kind == kind)
    )


def _one(connection: Connection, which: sa.ColumnElement[bool], scope: Scope) -> Call | None:
    statement = sa.select(calls).where(which, visible(calls, scope))
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _call(row)


def _call(row: Row) -> Call:
    fields = dict(row)
    fields["profiles"] = tuple(fields["profiles"])
    return Call(**fields)
