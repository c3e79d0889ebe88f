"""Connections, and the one place that commits: `Database.unit_of_work()`.

What differs between the two databases stays here and in `search.py`. SQLite gets WAL, foreign keys,
a generous busy timeout, and write transactions that take the lock at once. Trap: a SQLite
transaction that reads first and writes later fails at once when another wrote between, whatever the
timeout; so what may write begins in `unit_of_work`, never in `reading`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection as Connection
from sqlalchemy import RowMapping
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from pipeline.errors import IcpError, InputError

BUSY_SECONDS = 30.0
_log = logging.getLogger(__name__)
T = TypeVar("T")
Row = RowMapping


class DatabaseAway(IcpError):
    """The database cannot be reached, or is out of space; the same again later may do."""

    code = "database_away"
    retryable = True


class Database:
    """One database: where it is, and how to read and write it."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(
                parsed,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
                hide_parameters=True,
            )
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
        else:
            self._engine = sa.create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                # errors would else carry the words of calls into the log
                hide_parameters=True,
                pool_size=pool_size,
                connect_args={"connect_timeout": 5, "application_name": "icp"},
            )
        self._writing = self._engine.execution_options(icp_write=True)

    @contextmanager
    def unit_of_work(self) -> Iterator[Connection]:
        """A transaction that may write: all of it happens, or nothing."""
        with _away_is_named(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: one consistent view."""
        with _away_is_named(), self._engine.begin() as connection:
            yield connection

    def empty_journal(self) -> bool:
        """Empty SQLite's journal into its file, for it holds what was erased; false: not now."""
        if not self.is_sqlite:
            return True
        with _away_is_named(), self._engine.connect() as connection:
            raw = connection.connection.cursor()
            busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.close()
        return not busy

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("icp_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _away_is_named() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseAway(
            f"the database did not answer: {type(cause).__name__}", remedy="try again later"
        ) from error
    except sa.exc.DataError as error:
        raise InputError(
            "the database cannot hold this", remedy="leave out NUL characters and huge numbers"
        ) from error


def patiently(work: Callable[[], T], *, seconds: float = 300.0, pause: float = 0.5) -> T:
    """Do `work`, again and again while the database is away, for at most so many seconds."""
    until = time.monotonic() + seconds
    while True:
        try:
            return work()
        except DatabaseAway as error:
            if time.monotonic() + pause > until:
                raise
            _log.warning("waiting for the database: %s", error.problem)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def upsert(
    connection: Connection, table: sa.Table, values: Mapping[str, object], keys: Sequence[str]
) -> None:
    """Insert a row, or write over the one with the same keys."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(table).values(**values)
    rest = {name: row.excluded[name] for name in values if name not in keys}
    if rest:
        connection.execute(row.on_conflict_do_update(index_elements=list(keys), set_=rest))
    else:
        connection.execute(row.on_conflict_do_nothing(index_elements=list(keys)))


def insert_new(connection: Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one of its unique fields is taken; whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(row.returning(*table.primary_key)).first() is not None


def database_time(connection: Connection) -> float:
    """Seconds since 1970 by the clock that all workers share: the database's, on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        clock = sa.text("select extract(epoch from clock_timestamp())::float8")
        return float(connection.scalar(clock) or 0.0)
    return time.time()
