"""Accounts of people who sign in with a password. The password's hash is made in `accounts.py`.

A person's role, name and team are those of an API key. Trap: a login is compared in lower case, so
it is stored so.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.records import User, now
from api.store.tables import sessions, users

_FIELDS = [users.c[name] for name in User.__dataclass_fields__]


def add(
    connection: Connection,
    *,
    login: str,
    name: str,
    password_hash: str,
    role: str,
    person: str | None = None,
    team: str | None = None,
) -> User | None:
    """Make an account; None when the login is taken."""
    user = User(
        id=f"usr_{secrets.token_hex(8)}", login=login.lower(), name=name, role=role, person=person,
        team=team, created_at=now(), used_at=None, disabled_at=None,
    )  # fmt: skip
    values = {field: getattr(user, field) for field in User.__dataclass_fields__}
    return user if insert_new(connection, users, {**values, "hash": password_hash}) else None


def find(connection: Connection, login: str) -> tuple[User, str] | None:
    """The account with this login, if it may be used, and its password's hash."""
    statement = sa.select(users).where(
        users.c.login == login.lower(), users.c.disabled_at.is_(None)
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else (_user(row), str(row["hash"]))


def get(connection: Connection, user_id: str) -> User | None:
    """The account with this id, if it may be used."""
    statement = sa.select(*_FIELDS).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _user(row)


def listed(connection: Connection) -> tuple[User, ...]:
    """All accounts by login, those out of use too."""
    statement = sa.select(*_FIELDS).order_by(users.c.login)
    return tuple(_user(row) for row in connection.execute(statement).mappings())


def used(connection: Connection, user_id: str) -> None:
    """Note that somebody signed in."""
    connection.execute(sa.update(users).where(users.c.id == user_id).values(used_at=now()))


def set_password(connection: Connection, user_id: str, password_hash: str) -> None:
    """Change the password; every session of the account ends."""
    connection.execute(
        sa.update(users).where(users.c.id == user_id).values(hash=password_hash, disabled_at=None)
    )
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))


def disable(connection: Connection, user_id: str) -> bool:
    """Take an account out of use and end its sessions; false when there is none in use."""
    statement = (
        sa.update(users)
        .where(users.c.id == user_id, users.c.disabled_at.is_(None))
        .values(disabled_at=now())
    )
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
    return connection.execute(statement).rowcount == 1


def _user(row: Row) -> User:
    return User(**{name: row[name] for name in User.__dataclass_fields__})
