"""API keys: only a hash is stored, so a key is shown once, when it is made.

A key has 256 random bits, so a plain sha256 of it is enough. Trap: the last use is written at most
once a minute, or every read of the API would be a write.
"""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from api.store.engine import Connection, insert_new
from api.store.records import ApiKey, now
from api.store.tables import api_keys, meta

PREFIX_LENGTH = 12
_SEEN_EVERY = 60.0
_FIRST = "first_key"
_SHOWN = [api_keys.c[name] for name in ApiKey.__dataclass_fields__]


def create(
    connection: Connection,
    *,
    name: str,
    role: str,
    person: str | None = None,
    team: str | None = None,
    expires_at: float | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the record, and the secret that is never seen again."""
    secret = f"icp_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=f"key_{secrets.token_hex(8)}", prefix=secret[:PREFIX_LENGTH], name=name, role=role,
        person=person, team=team, created_at=now(), expires_at=expires_at, used_at=None,
        revoked_at=None,
    )  # fmt: skip
    values = {field: getattr(key, field) for field in ApiKey.__dataclass_fields__}
    connection.execute(sa.insert(api_keys).values(**values, hash=_hash(secret)))
    return key, secret


def create_first(connection: Connection) -> str | None:
    """The secret of the admin key of a service that never had a key; None when it had one.

    The row in `meta` lets only one of two first starts make it: the other waits here, then sees it.
    """
    if not insert_new(connection, meta, {"key": _FIRST, "value": str(now())}):
        return None
    if connection.execute(sa.select(api_keys.c.id).limit(1)).first() is not None:
        return None
    return create(connection, name="first start", role="admin")[1]


def find(connection: Connection, secret: str) -> ApiKey | None:
    """The key with this secret, if it may be used now."""
    statement = sa.select(*_SHOWN).where(
        api_keys.c.hash == _hash(secret),
        api_keys.c.revoked_at.is_(None),
        sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now()),
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else ApiKey(**dict(row))


def in_use(connection: Connection, key_id: str) -> ApiKey | None:
    """The key with this id, if it may be used now."""
    statement = sa.select(*_SHOWN).where(
        api_keys.c.id == key_id,
        api_keys.c.revoked_at.is_(None),
        sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now()),
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else ApiKey(**dict(row))


def is_due(key: ApiKey) -> bool:
    """Whether the last use should be written again."""
    return key.used_at is None or key.used_at < now() - _SEEN_EVERY


def used(connection: Connection, key_id: str) -> None:
    """Note that a key is in use."""
    connection.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(used_at=now()))


def revoke(connection: Connection, key_id: str) -> bool:
    """Take a key out of use; false when there is no such key in use."""
    statement = (
        sa.update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    return connection.execute(statement).rowcount == 1


def listed(connection: Connection) -> tuple[ApiKey, ...]:
    """All keys, the oldest first."""
    statement = sa.select(*_SHOWN).order_by(api_keys.c.created_at, api_keys.c.id)
    return tuple(ApiKey(**dict(row)) for row in connection.execute(statement).mappings())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
