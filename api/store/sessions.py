"""Sessions in the browser, and failed sign-ins. Only a hash of a session's secret is stored.

A session belongs to an account or to an API key, and ends with it. Trap: the last use is written at
most once a minute, or every page would be a write.
"""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from api.store.engine import Connection, upsert
from api.store.records import Session, now
from api.store.tables import sessions, sign_in_failures

LONGEST = 7 * 24 * 3600.0
IDLE = 12 * 3600.0
_SEEN_EVERY = 60.0
_FORGET_FAILURES = 3600.0


def begin(
    connection: Connection, *, user_id: str | None = None, key_id: str | None = None
) -> tuple[Session, str]:
    """Begin a session; the record, and the secret for the cookie."""
    secret, at = secrets.token_urlsafe(32), now()
    session = Session(_hash(secret), user_id, key_id, at, at, at + LONGEST)
    values = {name: getattr(session, name) for name in Session.__dataclass_fields__}
    connection.execute(sa.insert(sessions).values(**values))
    connection.execute(sa.delete(sessions).where(sessions.c.expires_at < at))
    return session, secret


def find(connection: Connection, secret: str) -> Session | None:
    """The session with this secret, unless it has ended or lain idle."""
    statement = sa.select(sessions).where(
        sessions.c.hash == _hash(secret),
        sessions.c.expires_at > now(),
        sessions.c.seen_at > now() - IDLE,
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else Session(**dict(row))


def is_due(session: Session) -> bool:
    """Whether the last use should be written again."""
    return session.seen_at < now() - _SEEN_EVERY


def seen(connection: Connection, session: Session) -> None:
    """Note that a session is in use."""
    connection.execute(
        sa.update(sessions).where(sessions.c.hash == session.hash).values(seen_at=now())
    )


def end(connection: Connection, secret: str) -> None:
    """End a session."""
    connection.execute(sa.delete(sessions).where(sessions.c.hash == _hash(secret)))


def failures(connection: Connection, subject: str) -> tuple[int, float]:
    """How often signing in failed for a login or an address lately, and when it last did."""
    statement = sa.select(sign_in_failures).where(
        sign_in_failures.c.subject == _hash(subject),
        sign_in_failures.c.at > now() - _FORGET_FAILURES,
    )
    row = connection.execute(statement).mappings().one_or_none()
    return (int(row["failures"]), float(row["at"])) if row else (0, 0.0)


def failed(connection: Connection, subject: str) -> None:
    """Count a failed sign-in."""
    count, at = failures(connection, subject)[0] + 1, now()
    row = {"subject": _hash(subject), "failures": count, "at": at}
    upsert(connection, sign_in_failures, row, ("subject",))
    old = sign_in_failures.c.at < at - _FORGET_FAILURES
    connection.execute(sa.delete(sign_in_failures).where(old))


def forgive(connection: Connection, subject: str) -> None:
    """Forget failed sign-ins."""
    gone = sign_in_failures.c.subject == _hash(subject)
    connection.execute(sa.delete(sign_in_failures).where(gone))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
