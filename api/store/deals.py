"""Deals: what the CRM says of them, and their assessments.

A deal comes into being with its first call. `rev` counts every change of what its calls say; an
assessment is current while it carries the deal's revision. Trap: an assessment is never changed,
only followed by a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.paging import Page, page_of, read_text_cursor
from api.store.records import Deal, Json, now
from api.store.scope import EVERYTHING, Scope, visible
from api.store.tables import assessments, deals

FIELDS = ("account", "facts", "stage", "outcome", "amount", "currency", "closed_at", "rep", "team")


def ensure(
    connection: Connection,
    deal_id: str,
    *,
    account: str | None = None,
    rep: str | None = None,
    team: str | None = None,
) -> None:
    """There is a deal with this id; one that is there stays as it is."""
    at = now()
    given: dict[str, object] = {"account": account, "rep": rep, "team": team, "facts": {}}
    insert_new(connection, deals, {"id": deal_id, **given, "created_at": at, "updated_at": at})


def get(connection: Connection, deal_id: str, scope: Scope = EVERYTHING) -> Deal | None:
    """The deal with this id, if it lies in the scope."""
    statement = sa.select(deals).where(deals.c.id == deal_id, visible(deals, scope))
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _deal(row)


def update(connection: Connection, deal_id: str, fields: Mapping[str, object]) -> None:
    """Change what is known of a deal."""
    values = {name: value for name, value in fields.items() if name in FIELDS}
    connection.execute(
        sa.update(deals).where(deals.c.id == deal_id).values(**values, updated_at=now())
    )


def touch(connection: Connection, deal_id: str) -> None:
    """What the deal's calls say has changed: its assessments are out of date."""
    connection.execute(
        sa.update(deals).where(deals.c.id == deal_id).values(rev=deals.c.rev + 1, updated_at=now())
    )


def find(
    connection: Connection,
    scope: Scope,
    *,
    outcome: str | None = None,
    rep: str | None = None,
    stage: str | None = None,
    account: str | None = None,
    tier: tuple[str, str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Deal]:
    """A page of deals by id. An outcome `open` is none; `tier` is that of a profile's id and tier,
    in the latest assessment.
    """
    statement = sa.select(deals).where(visible(deals, scope))
    if outcome is not None:
        wanted = deals.c.outcome.is_(None) if outcome == "open" else deals.c.outcome == outcome
        statement = statement.where(wanted)
    if rep is not None:
        statement = statement.where(deals.c.rep == rep)
    if stage is not None:
        statement = statement.where(deals.c.stage == stage)
    if account is not None:
        statement = statement.where(deals.c.account.icontains(account, autoescape=True))
    if tier is not None:
        latest = (
            sa.select(assessments.c.tier)
            .where(assessments.c.deal_id == deals.c.id, assessments.c.profile_id == tier[0])
            .order_by(assessments.c.n.desc())
            .limit(1)
            .scalar_subquery()
        )
        statement = statement.where(latest == tier[1])
    after = read_text_cursor(cursor)
    if after is not None:
        statement = statement.where(deals.c.id > after)
    statement = statement.order_by(deals.c.id).limit(limit + 1)
    found = [_deal(row) for row in connection.execute(statement).mappings()]
    return page_of(found, limit, [deal.id for deal in found])


def add_assessment(
    connection: Connection, deal: Deal, profile_id: str, version: int, body: Json
) -> bool:
    """Store an assessment that was made of the deal as it is in this record.

    False when the deal is not as it was any more: a call that it quotes may be erased.
    """
    held = sa.select(deals.c.rev).where(deals.c.id == deal.id).with_for_update()
    if connection.execute(held).scalar_one_or_none() != deal.rev:
        return False
    connection.execute(
        sa.insert(assessments).values(
            deal_id=deal.id, profile_id=profile_id, version=version, deal_rev=deal.rev,
            tier=body.get("tier"), body=dict(body), at=now(),
        )
    )  # fmt: skip
    return True


def current_assessment(
    connection: Connection, deal: Deal, profile_id: str, version: int
) -> Json | None:
    """The assessment that holds for the deal as it is in this record, if it was made."""
    statement = (
        sa.select(assessments.c.body)
        .where(
            assessments.c.deal_id == deal.id,
            assessments.c.profile_id == profile_id,
            assessments.c.version == version,
            assessments.c.deal_rev == deal.rev,
        )
        .order_by(assessments.c.n.desc())
        .limit(1)
    )
    found: Json | None = connection.execute(statement).scalar_one_or_none()
    return found


def forget_assessments(connection: Connection, deal_id: str) -> None:
    """Delete a deal's assessments: they quote its calls."""
    connection.execute(sa.delete(assessments).where(assessments.c.deal_id == deal_id))


def erase(connection: Connection, deal_id: str) -> None:
    """Delete a deal with its assessments; its calls are deleted one by one by the caller."""
    connection.execute(sa.delete(deals).where(deals.c.id == deal_id))


def _deal(row: Row) -> Deal:
    return Deal(**dict(row))
