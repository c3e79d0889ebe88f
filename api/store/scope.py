"""Who may see what, as SQL: an admin everything, a manager the team's, a rep their own.

Every list and read of calls and deals takes a `Scope`. What lies outside it is as if it were not
there. Trap: a rep without a person, or a manager without a team, sees nothing rather than all.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

ROLES = ("admin", "manager", "rep")


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the calls and deals that somebody may see."""

    role: str
    person: str | None = None
    team: str | None = None


EVERYTHING = Scope("admin")
"""For workers and commands on the machine itself."""


def visible(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    """The condition on calls or deals that keeps what the scope holds."""
    if scope.role == "admin":
        return sa.true()
    if scope.role == "manager" and scope.team:
        return table.c.team == scope.team
    if scope.role == "rep" and scope.person:
        return table.c.rep == scope.person
    return sa.false()
