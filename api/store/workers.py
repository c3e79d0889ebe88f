"""Which workers are alive: each writes a heartbeat, and those that fall silent are taken for dead.

On the same machine a worker whose process is gone is dead at once. Trap: the clock is the
database's on PostgreSQL, so that machines need not agree on the time.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from api.store.engine import Connection, database_time, upsert
from api.store.tables import workers

FORGET_SECONDS = 86_400.0


def beat(connection: Connection, worker: str, *, host: str, pid: int, started_at: float) -> None:
    """This worker is alive now."""
    row = {"id": worker, "host": host, "pid": pid, "started_at": started_at}
    upsert(connection, workers, {**row, "beat_at": database_time(connection)}, ("id",))


def leave(connection: Connection, worker: str) -> None:
    """This worker stops; what it holds may be given to others at once."""
    connection.execute(sa.delete(workers).where(workers.c.id == worker))


def alive(
    connection: Connection, *, silence: float, host: str, runs: Callable[[int], bool]
) -> frozenset[str]:
    """The workers that are not dead; `runs` tells of a process on this `host` whether it is."""
    at = database_time(connection)
    connection.execute(sa.delete(workers).where(workers.c.beat_at < at - FORGET_SECONDS))
    beating = sa.select(workers).where(workers.c.beat_at > at - silence)
    return frozenset(
        row.id for row in connection.execute(beating) if row.host != host or runs(row.pid)
    )


def count(connection: Connection, *, silence: float) -> int:
    """How many workers have a fresh heartbeat."""
    at = database_time(connection)
    fresh = sa.select(sa.func.count()).where(workers.c.beat_at > at - silence)
    return int(connection.execute(fresh).scalar_one())
