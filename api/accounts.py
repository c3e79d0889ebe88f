"""People sign in: with an account and its password, or with an API key, for a session in a browser.

A session's secret is in a cookie that scripts cannot read. What changes something carries a token
made from that secret, so another site cannot send it. Failed tries make the next ones wait. Trap:
an unknown login takes as long as a wrong password, so nobody learns which logins there are.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.security import Caller, Forbidden, NotSignedIn
from api.store import audit, keys, sessions, users
from api.store.engine import Connection, Database
from api.store.records import ApiKey, User, now
from api.store.scope import ROLES
from pipeline.errors import BadUsage, IcpError

COOKIE = "icp_session"
CSRF_HEADER = "X-CSRF-Token"
LEAST_PASSWORD = 10
MOST_PASSWORD = 1000
FREE_TRIES = {"login": 5, "address": 20}
LONGEST_WAIT = 60.0
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(4)
"""A look at a password takes 64 MiB for a moment, and anybody may ask for one."""
_SALT_LENGTH = 16


class SlowDown(IcpError):
    """Signing in failed too often; a while later it may be tried again."""

    code = "too_many_attempts"
    retryable = True


def add_user(
    connection: Connection,
    *,
    login: str,
    password: str,
    role: str,
    name: str | None = None,
    person: str | None = None,
    team: str | None = None,
    actor: str,
) -> User:
    """Make an account; raises BadUsage for what cannot be one. A rep's person is the login."""
    login = login.strip().lower()
    if not login or len(login) > 200 or any(c.isspace() or not c.isprintable() for c in login):
        raise BadUsage("is no login: letters, digits and marks, at most 200", field="login")
    if role not in ROLES:
        raise BadUsage(f"is none of {', '.join(ROLES)}", field="role")
    if role == "manager" and not team:
        raise BadUsage("is missing", field="team", remedy="a manager sees the calls of a team")
    user = users.add(
        connection, login=login, name=(name or login).strip()[:200],
        password_hash=hash_password(password), role=role,
        person=person or (login if role == "rep" else None), team=team,
    )  # fmt: skip
    if user is None:
        raise BadUsage(f"{login!r} is taken", field="login")
    audit.note(connection, actor, "user.create", "user", user.id, {"role": role})
    return user


def hash_password(password: str) -> str:
    """The hash that is stored (argon2id); raises BadUsage for a password too short or long."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise BadUsage(
            f"must have {LEAST_PASSWORD} to {MOST_PASSWORD:,} characters", field="password"
        )
    return _hasher.hash(password)


def open_session(database: Database, login: str, password: str, address: str) -> str:
    """The secret of a new session of an account, or of a key where `login` is empty.

    Raises NotSignedIn, and SlowDown after too many failures.
    """
    subjects = {"address": f"address {address}"}
    if login:
        subjects["login"] = f"login {login.strip().lower()[:200]}"
    with database.reading() as connection:
        _wait(connection, subjects)
        # PostgreSQL refuses NUL
        found = users.find(connection, login.strip()) if login and "\0" not in login else None
        key = None if login else keys.find(connection, password.strip())
    user = _checked(found, password) if login else None
    with database.unit_of_work() as connection:
        if user is None and key is None:
            for subject in subjects.values():
                sessions.failed(connection, subject)
        else:
            sessions.forgive(connection, subjects.get("login", ""))
            if user is not None:
                users.used(connection, user.id)
            who = user.id if user else key.id if key else ""
            audit.note(connection, who, "session.begin", "user" if user else "key", who)
            return sessions.begin(
                connection, user_id=user.id if user else None, key_id=key.id if key else None
            )[1]
    wrong = "the login or the password is wrong" if login else "the API key is unknown or not valid"
    raise NotSignedIn(wrong)


def caller_of_session(database: Database, secret: str) -> Caller | None:
    """Whose session this is; None when it has ended, or its account or key has."""
    with database.reading() as connection:
        session = sessions.find(connection, secret)
        if session is None:
            return None
        if session.user_id is not None:
            user = users.get(connection, session.user_id)
            key = _key_of(user) if user else None
        else:
            key = keys.in_use(connection, session.key_id or "")
    if key is not None and sessions.is_due(session):
        with database.unit_of_work() as connection:
            sessions.seen(connection, session)
    return Caller(key) if key is not None else None


def caller_of_request(
    database: Database, secret: str | None, *, unsafe: bool, token: str | None
) -> Caller:
    """Whose session a request carries; one that changes something needs the token as well."""
    caller = caller_of_session(database, secret) if secret else None
    if caller is None or secret is None:
        raise NotSignedIn("no API key", remedy="send `Authorization: Bearer icp_…`")
    if unsafe:
        check_token(secret, token)
    return caller


def make_token(secret: str) -> str:
    """A token for forms of this session; another one each time, so compression betrays nothing."""
    salt = secrets.token_hex(_SALT_LENGTH // 2)
    return salt + _sign(secret, salt)


def check_token(secret: str, token: str | None) -> None:
    """Raise Forbidden unless the token was made for this session."""
    salt, signed = (token or "")[:_SALT_LENGTH], (token or "")[_SALT_LENGTH:]
    if not secret or not hmac.compare_digest(signed.encode(), _sign(secret, salt).encode()):
        raise Forbidden("this form is out of date", remedy="reload the page and try again")


def _sign(secret: str, salt: str) -> str:
    return hmac.new(secret.encode(), f"csrf {salt}".encode(), hashlib.sha256).hexdigest()


def _checked(found: tuple[User, str] | None, password: str) -> User | None:
    try:
        with _hashing:
            _hasher.verify(found[1] if found else _decoy(), password[:MOST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    return found[0] if found else None


_decoys: list[str] = []


def _decoy() -> str:
    if not _decoys:
        _decoys.append(_hasher.hash(secrets.token_hex(16)))
    return _decoys[0]


def _wait(connection: Connection, subjects: dict[str, str]) -> None:
    for kind, subject in subjects.items():
        count, at = sessions.failures(connection, subject)
        over = count - FREE_TRIES[kind]
        if over >= 0:
            left = at + min(2.0 ** min(over, 16), LONGEST_WAIT) - now()
            if left > 0:
                raise SlowDown(
                    "signing in failed too often", remedy=f"try again in {int(left) + 1} seconds"
                )


def _key_of(user: User) -> ApiKey:
    """An account as the key that the rest of the service knows."""
    return ApiKey(
        id=user.id, prefix="", name=user.name, role=user.role, person=user.person, team=user.team,
        created_at=user.created_at, expires_at=None, used_at=user.used_at, revoked_at=None,
    )  # fmt: skip
