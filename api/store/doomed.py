"""Blobs that are to go once nothing refers to them: what keeps killed servers from leaving any.

An upload dooms its key before the blob is written and saves it in the transaction that adds the
call; erasing a call dooms its keys in the transaction that deletes the rows. A sweep then deletes;
`collect` finds what a crash left behind.
Trap: a doomed key that a row still names is saved, not deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from api.store import search
from api.store.engine import Connection, Database, upsert
from api.store.files import Files
from api.store.records import now
from api.store.tables import call_files, doomed_files, meta

GRACE_SECONDS = 3600.0
_WORDS = "words_erased_at"


def doom(connection: Connection, keys: Iterable[str], *, at: float | None = None) -> None:
    """Note that these blobs are to go (from `at` on), unless a row names them by then."""
    for key in keys:
        upsert(connection, doomed_files, {"key": key, "at": now() if at is None else at}, ("key",))


def save(connection: Connection, key: str) -> None:
    """A row names this blob now."""
    connection.execute(sa.delete(doomed_files).where(doomed_files.c.key == key))


def sweep(database: Database, files: Files, *, limit: int = 500) -> int:
    """Delete the blobs whose time has come; how many."""
    with database.reading() as connection:
        due = sa.select(doomed_files.c.key).where(doomed_files.c.at <= now()).limit(limit)
        keys = connection.execute(due).scalars().all()
    return sum(_delete(database, files, key) for key in keys)


def collect(database: Database, files: Files) -> int:
    """Doom the blobs that no row names, such as a killed worker leaves behind; how many.

    They go a while later, so that work which is about to name one can save it.
    """
    found = 0
    for keys in files.keys(older_than=now() - GRACE_SECONDS):
        with database.unit_of_work() as connection:
            named = sa.select(call_files.c.key).where(call_files.c.key.in_(keys))
            known = set(connection.execute(named).scalars())
            waiting = sa.select(doomed_files.c.key).where(doomed_files.c.key.in_(keys))
            known.update(connection.execute(waiting).scalars())
            lost = [key for key in keys if key not in known]
            doom(connection, lost, at=now() + GRACE_SECONDS)
            found += len(lost)
    return found


def _delete(database: Database, files: Files, key: str) -> bool:
    """Delete one blob while its row is held, so that an upload of the same content waits."""
    with database.unit_of_work() as connection:
        due = sa.delete(doomed_files).where(doomed_files.c.key == key, doomed_files.c.at <= now())
        if connection.execute(due).rowcount == 0:
            return False
        named = sa.select(call_files.c.key).where(call_files.c.key == key).limit(1)
        if connection.execute(named).first() is not None:
            return False
        files.delete(key)
    return True


def leave_no_words(connection: Connection) -> None:
    """Note that words were erased which the search index may still hold."""
    upsert(connection, meta, {"key": _WORDS, "value": str(now())}, ("key",))


def purge_words(database: Database) -> bool:
    """Rewrite the search index if words were erased since it was last done; whether it was."""
    with database.unit_of_work() as connection:
        if connection.execute(sa.delete(meta).where(meta.c.key == _WORDS)).rowcount == 0:
            return False
        search.purge(connection)
    if not database.empty_journal():  # somebody reads: again at the next turn
        with database.unit_of_work() as connection:
            leave_no_words(connection)
    return True
