"""Profiles and their versions. A version never changes; a new text is a new version.

Only the active version counts for calls that come in. Trap: the number of a version is given here,
in the transaction that adds it; what a file says in `version` does not matter.
"""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from api.store.engine import Connection, Row, insert_new
from api.store.records import Json, ProfileHead, ProfileVersion, now
from api.store.tables import profile_versions, profiles


def add_version(
    connection: Connection, body: Json, *, author: str, note: str | None = None
) -> tuple[ProfileVersion, bool]:
    """Add a version (contract, section 3) and whether it is new: the same text again is not.

    The first version of a profile is active at once.
    """
    profile_id, name = str(body["id"]), str(body["name"])
    sha256 = hashlib.sha256(json.dumps(dict(body), sort_keys=True).encode()).hexdigest()
    insert_new(connection, profiles, {"id": profile_id, "name": name, "created_at": now()})
    lock = sa.select(profiles.c.id).where(profiles.c.id == profile_id).with_for_update()
    connection.execute(lock)
    latest = versions(connection, profile_id)
    same = next((v for v in latest if v.sha256 == sha256), None)
    if same is not None:
        return same, False
    added = ProfileVersion(
        profile_id=profile_id,
        version=latest[-1].version + 1 if latest else 1,
        body=body,
        sha256=sha256,
        note=note,
        author=author,
        at=now(),
    )
    values = {n: getattr(added, n) for n in ProfileVersion.__dataclass_fields__}
    connection.execute(sa.insert(profile_versions).values(**{**values, "body": dict(body)}))
    if not latest:
        activate(connection, profile_id, 1)
    return added, True


def activate(connection: Connection, profile_id: str, version: int) -> None:
    """From now on this version counts; the profile's name is the one it has there."""
    named = get_version(connection, profile_id, version)
    name = named.body["name"] if named else profile_id
    connection.execute(
        sa.update(profiles).where(profiles.c.id == profile_id).values(active=version, name=name)
    )


def archive(connection: Connection, profile_id: str) -> None:
    """Take a profile out of use; its versions and checks stay."""
    connection.execute(
        sa.update(profiles).where(profiles.c.id == profile_id).values(archived_at=now())
    )


def get(connection: Connection, profile_id: str) -> ProfileHead | None:
    """The profile with this id."""
    statement = sa.select(profiles).where(profiles.c.id == profile_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _head(row)


def in_use(connection: Connection) -> tuple[ProfileHead, ...]:
    """All profiles that are not archived, by id."""
    statement = sa.select(profiles).where(profiles.c.archived_at.is_(None)).order_by(profiles.c.id)
    return tuple(_head(row) for row in connection.execute(statement).mappings())


def versions(connection: Connection, profile_id: str) -> tuple[ProfileVersion, ...]:
    """Every version of a profile, the oldest first."""
    statement = (
        sa.select(profile_versions)
        .where(profile_versions.c.profile_id == profile_id)
        .order_by(profile_versions.c.version)
    )
    return tuple(_version(row) for row in connection.execute(statement).mappings())


def get_version(connection: Connection, profile_id: str, version: int) -> ProfileVersion | None:
    """One version of a profile."""
    statement = sa.select(profile_versions).where(
        profile_versions.c.profile_id == profile_id, profile_versions.c.version == version
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _version(row)


def active(connection: Connection, profile_id: str) -> ProfileVersion | None:
    """The version of a profile that counts now."""
    head = get(connection, profile_id)
    if head is None or head.active is None:
        return None
    return get_version(connection, profile_id, head.active)


def _head(row: Row) -> ProfileHead:
    return ProfileHead(**dict(row))


def _version(row: Row) -> ProfileVersion:
    return ProfileVersion(**dict(row))
