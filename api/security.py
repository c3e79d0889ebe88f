"""Who asks: an API key, its role, and the calls and deals that it may see.

A key comes as `Authorization: Bearer icp_…` or `X-API-Key`. What somebody may not see is not found
for them; what they may see but not do is forbidden. Trap: a key is never logged, only its id.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.store import keys
from api.store.engine import Database
from api.store.records import ApiKey
from api.store.scope import Scope
from pipeline.errors import IcpError


class NotSignedIn(IcpError):
    """No key, or one that is unknown, expired or revoked."""

    code = "unauthorized"


class Forbidden(IcpError):
    """The key's role may not do this."""

    code = "forbidden"


class NotFound(IcpError):
    """There is no such thing, or the key may not see it."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    key: ApiKey

    @property
    def scope(self) -> Scope:
        """What they may see."""
        return Scope(self.key.role, self.key.person, self.key.team)

    def must_be(self, *roles: str) -> None:
        """Raise Forbidden unless the key has one of these roles."""
        if self.key.role not in roles:
            raise Forbidden(f"a {self.key.role} may not do this", remedy=f"ask: {', '.join(roles)}")


def sign_in(database: Database, authorization: str | None, api_key: str | None) -> Caller:
    """The caller that a request's headers name."""
    scheme, _, token = (authorization or "").partition(" ")
    secret = token.strip() if scheme.lower() == "bearer" else (api_key or "").strip()
    if not secret:
        raise NotSignedIn("no API key", remedy="send `Authorization: Bearer icp_…`")
    with database.reading() as connection:
        key = keys.find(connection, secret)
    if key is None:
        raise NotSignedIn("the API key is unknown, expired or revoked")
    if keys.is_due(key):
        with database.unit_of_work() as connection:
            keys.used(connection, key.id)
    return Caller(key)


def first_key(database: Database) -> str | None:
    """The admin key of a service that has no key yet; shown once, so print it."""
    with database.unit_of_work() as connection:
        return keys.create_first(connection)
