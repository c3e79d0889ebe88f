"""Text search in transcripts: FTS5 on SQLite, a text-search vector on PostgreSQL.

Both index `call_texts` by themselves (triggers, a generated column), so saving and erasing a text
is plain SQL. A query is words that all must occur, and "phrases in quotes". Trap: both engines have
query languages of their own, so only words of letters and digits ever reach them.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from api.store.engine import Connection
from api.store.tables import call_texts, calls

MOST_CHARACTERS = 400_000
"""Of one call; a longer text would not fit PostgreSQL's vector of 1 MB."""
_PART = re.compile(r'"([^"]*)"|(\S+)')


def save_text(connection: Connection, n: int, text: str) -> None:
    """Make the words of a call findable, in place of what was there."""
    connection.execute(sa.delete(call_texts).where(call_texts.c.n == n))
    clean = text[:MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    connection.execute(sa.insert(call_texts).values(n=n, text=clean))


def erase_text(connection: Connection, n: int) -> None:
    """Forget the words of a call."""
    connection.execute(sa.delete(call_texts).where(call_texts.c.n == n))


def matching(connection: Connection, query: str) -> sa.ColumnElement[bool]:
    """The condition on calls that their transcript matches; nothing matches a query of no words."""
    phrases = [" ".join(re.findall(r"\w+", a or b)) for a, b in _PART.findall(query)][:20]
    quoted = " ".join(f'"{phrase}"' for phrase in phrases if phrase)
    if not quoted:
        return sa.false()
    if connection.dialect.name == "postgresql":
        return calls.c.n.in_(
            sa.select(call_texts.c.n).where(
                sa.text("tsv @@ websearch_to_tsquery('simple', :icp_query)").bindparams(
                    icp_query=quoted
                )
            )
        )
    found = sa.text("SELECT rowid FROM call_search WHERE call_search MATCH :icp_query")
    return calls.c.n.in_(found.bindparams(icp_query=quoted).columns(rowid=sa.Integer))


def purge(connection: Connection) -> None:
    """Rewrite the search index, so that words of erased calls are in no file any more.

    PostgreSQL's vacuum does that by itself.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO call_search(call_search) VALUES ('optimize')")
