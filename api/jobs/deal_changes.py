"""What the CRM says of deals, taken over: one deal, or a table of them in one transaction.

Whatever changes a fact makes the deal's assessments stale. Trap: a deal that the caller may not see
is, for them, not there; in a table it is a problem of its row, and nothing of the table is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.deal_rows import DealRow, Problem
from api.store import audit, deals
from api.store.engine import Connection
from api.store.records import Deal
from api.store.scope import EVERYTHING, Scope


@dataclass(slots=True)
class Imported:
    """How many deals a table made and changed, and the rows that were not taken over."""

    created: int = 0
    updated: int = 0
    problems: list[Problem] = field(default_factory=list)


def change_deal(
    connection: Connection,
    deal_id: str,
    fields: Mapping[str, object],
    scope: Scope,
    author: str,
    *,
    facts: Mapping[str, object] | None = None,
) -> tuple[Deal | None, bool]:
    """The deal as it is now, and whether it is new; None when it is somebody else's.

    `facts` are added to those that are known; one that is None is taken away.
    """
    known = deals.get(connection, deal_id)
    if known is None:
        own = {"rep": scope.person if scope.role == "rep" else None, "team": scope.team}
        deals.ensure(connection, deal_id, rep=own["rep"], team=own["team"])
    if deals.get(connection, deal_id, scope) is None:  # also if somebody just made it
        return None, False
    values = dict(fields)
    if facts is not None:
        merged = {**(known.facts if known else {}), **facts}
        values["facts"] = {name: value for name, value in merged.items() if value is not None}
    changed = [
        name for name, value in values.items() if known is None or getattr(known, name) != value
    ]
    if changed:
        deals.update(connection, deal_id, {name: values[name] for name in changed})
        deals.touch(connection, deal_id)
        details = {"fields": sorted(changed)}
        audit.note(connection, author, "deal.change", "deal", deal_id, details)
    return deals.get(connection, deal_id), known is None


def import_rows(
    connection: Connection, rows: tuple[DealRow, ...], author: str, scope: Scope = EVERYTHING
) -> Imported:
    """Take over rows of a CRM's table; what a cell leaves empty stays as it is."""
    done = Imported()
    for row in rows:
        fields = dict(row.fields)
        if scope.role != "admin" and fields.get("team", scope.team) != scope.team:
            done.problems.append(Problem(row.line, "team", "is another team"))
            continue
        deal, new = change_deal(
            connection, row.deal_id, fields, scope, author, facts=row.facts or None
        )
        if deal is None:
            done.problems.append(Problem(row.line, "deal_id", "is another team's deal"))
        elif new:
            done.created += 1
        else:
            done.updated += 1
    return done
