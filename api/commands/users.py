"""`icp users`: accounts of the people who sign in to the pages.

Trap: a password is read from the terminal or the standard input, never from an option, for options
show in lists of processes.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from api.accounts import add_user, hash_password
from api.jobs.service import Service, open_service
from api.settings import Settings
from api.store import audit, users
from api.store.engine import Connection
from api.store.records import User
from api.words import plain
from pipeline.errors import BadUsage

ACTOR = "icp users"


def run_add(
    settings: Settings,
    login: str,
    *,
    role: str,
    name: str | None,
    person: str | None,
    team: str | None,
) -> int:
    """Make an account, with a password from the terminal."""
    password = _new_password()
    with _opened(settings) as service, service.database.unit_of_work() as connection:
        user = add_user(
            connection, login=login, password=password, role=role, name=name, person=person,
            team=team, actor=ACTOR,
        )  # fmt: skip
    sys.stderr.write(f"icp: {plain(user.login)} may sign in as {user.role}\n")
    return 0


def run_list(settings: Settings) -> int:
    """Print all accounts."""
    with _opened(settings) as service, service.database.reading() as connection:
        found = users.listed(connection)
    for user in found:
        state = "out of use" if user.disabled_at else ""
        line = (user.login, user.role, user.name, user.person or "", user.team or "", state)
        sys.stdout.write("\t".join(plain(part) for part in line).rstrip() + "\n")
    return 0


def run_password(settings: Settings, login: str) -> int:
    """Give an account a new password; its sessions end, and it is in use again."""
    hashed = hash_password(_new_password())
    with _opened(settings) as service, service.database.unit_of_work() as connection:
        user = _user(connection, login)
        users.set_password(connection, user.id, hashed)
        audit.note(connection, ACTOR, "user.password", "user", user.id)
    return 0


def run_remove(settings: Settings, login: str) -> int:
    """Take an account out of use; its sessions end."""
    with _opened(settings) as service, service.database.unit_of_work() as connection:
        user = _user(connection, login)
        users.disable(connection, user.id)
        audit.note(connection, ACTOR, "user.disable", "user", user.id)
    return 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Service]:
    service = open_service(settings)
    try:
        yield service
    finally:
        service.close()


def _user(connection: Connection, login: str) -> User:
    wanted = login.strip().lower()
    user = next((user for user in users.listed(connection) if user.login == wanted), None)
    if user is None:
        raise BadUsage(f"there is no account {wanted!r}", remedy="see `icp users list`")
    return user


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise BadUsage("the two passwords differ")
    return password
