"""Who is on a call: names of speakers, the rep, and what the uploader's metadata say.

Names are kept as they compare (`key_of`), and go with their call. Trap: a name that redaction took
out of the transcript is not kept here either, so such a call is found by its rep and metadata only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from api.store.engine import Connection, insert_new
from api.store.tables import call_people

LONGEST = 200
MOST_METADATA = 200


def key_of(name: str) -> str:
    """A name as it compares: neither case nor spacing matters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def replace(connection: Connection, call_id: str, source: str, names: Iterable[str]) -> None:
    """What this source (`speaker`, `rep`, `metadata`) says of who is on a call."""
    mine = (call_people.c.call_id == call_id, call_people.c.source == source)
    connection.execute(sa.delete(call_people).where(*mine))
    for who in sorted({key_of(name) for name in names if 0 < len(name) <= LONGEST} - {""}):
        add(connection, call_id, source, who)


def add(connection: Connection, call_id: str, source: str, name: str) -> None:
    """One more name on a call."""
    who = key_of(name)
    if who:
        insert_new(connection, call_people, {"call_id": call_id, "source": source, "who": who})


def calls_with(connection: Connection, person: str) -> dict[str, list[str]]:
    """Call id → the sources that name this person, the oldest id first."""
    statement = (
        sa.select(call_people.c.call_id, call_people.c.source)
        .where(call_people.c.who == key_of(person))
        .order_by(call_people.c.call_id, call_people.c.source)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.call_id, []).append(row.source)
    return found


def names_in(metadata: Mapping[str, object]) -> list[str]:
    """The texts in an uploader's metadata, however deep: any may be a name or an address."""
    found: list[str] = []
    for text in _texts(metadata):
        found.append(text)
        if len(found) == MOST_METADATA:
            break
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
