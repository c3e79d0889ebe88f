"""Time the API while fifty clients read and upload and a worker analyses what comes in.

`python scripts/bench_service.py` uses the worker with stand-ins for the models (a call takes
50 ms); `--worker real --weights DATA/weights` the real one, on the sample call. Each client asks,
gets its answer, and waits `--pause` seconds on average (0: not at all). Afterwards a recording of
ten minutes is uploaded while the server's memory is watched. Trap: clients, server and worker
share the machine, so on two cores a part of each time is waiting for the others.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from scripts.hostile_cases import form
from scripts.hostile_content import wav
from tests.api.jobs.conftest import PROFILE
from tests.stand_in import talk

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample" / "discovery.ogg"
TYPE = {"Content-Type": "multipart/form-data; boundary=X"}
READS = ("list", "search", "call", "transcript", "signals", "check")
Times = dict[str, list[float]]


class Client:
    """One connection with a key."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._key = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        self._connection.request(method, path, body, {**self._key, **headers})  # type: ignore[arg-type]
        with self._connection.getresponse() as answer:
            return answer.status, answer.read()

    def upload(self, content: bytes) -> tuple[int, bytes]:
        """Upload a recording."""
        return self.ask("POST", "/v1/calls", form(content), **TYPE)


def main() -> int:
    """Run and print; 1 when a request failed."""
    options = read_options()
    with tempfile.TemporaryDirectory(prefix="bench-service-") as name:
        folder = Path(name)
        if options.weights:
            (folder / "weights").symlink_to(options.weights.resolve())
        environment = {
            **os.environ, "ICP_DATA_DIR": name, "ICP_RATE_LIMIT": "0",
            "ICP_UPLOADS_PER_KEY": "1000", "ICP_UPLOADS_AT_ONCE": "1000",
            **({"ICP_DATABASE_URL": options.database} if options.database else {}),
            "ICP_AUTO_MIGRATE": "true",
        }  # fmt: skip
        command = [sys.executable, "-m", "api.cli", "serve", "--no-worker", "--port", "8765"]
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        key = server.stdout.readline().split()[-1]
        worker = start_worker(options.worker, environment)
        try:
            return measure(options, key, psutil.Process(server.pid))
        finally:
            for process in (worker, server):
                if process is not None:
                    process.terminate()
                    process.wait()


def read_options() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--uploads", type=float, default=0.1, help="share of requests")
    parser.add_argument("--calls", type=int, default=100, help="analysed calls to read from")
    parser.add_argument("--worker", choices=("stand-in", "real", "none"), default="stand-in")
    parser.add_argument("--weights", type=Path, help="the models' folder, for the real worker")
    parser.add_argument("--database", help="postgresql://…; SQLite when not given")
    return parser.parse_args()


def start_worker(kind: str, environment: dict[str, str]) -> subprocess.Popen[bytes] | None:
    """A worker beside the server."""
    if kind == "none":
        return None
    module = ["tests.stand_in", "worker"] if kind == "stand-in" else ["api.cli", "worker"]
    return subprocess.Popen(
        [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdin=subprocess.PIPE
    )


def measure(options: argparse.Namespace, key: str, server: psutil.Process) -> int:
    """Fill the store, let the clients loose, then upload ten minutes."""
    first = wait_until_up(key)
    first.ask("POST", "/v1/profiles", json.dumps(PROFILE), **{"Content-Type": "application/json"})
    ids = fill(options, first)
    times: Times = collections.defaultdict(list)
    failed: collections.Counter[str] = collections.Counter()
    until = time.monotonic() + options.seconds
    before = sum(server.cpu_times()[:2])
    clients = [
        threading.Thread(target=use, args=(i, options, key, ids, until, times, failed))
        for i in range(options.clients)
    ]
    begun = time.monotonic()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    report(times, failed, time.monotonic() - begun)
    spent = (sum(server.cpu_times()[:2]) - before) / max(1, sum(map(len, times.values())))
    print(f"CPU of the server: {spent * 1000:.1f} ms a request")
    large_upload(Client(8765, key), server)  # the first one was idle, and closed
    return 1 if failed else 0


def wait_until_up(key: str) -> Client:
    """A client of the server, once that answers."""
    until = time.monotonic() + 60
    while True:
        try:
            client = Client(8765, key)
            client.ask("GET", "/readyz")
            return client
        except (OSError, HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def fill(options: argparse.Namespace, client: Client) -> list[str]:
    """Upload calls and wait until they are analysed; their ids."""
    if options.worker == "real":
        contents = [SAMPLE.read_bytes()]
    else:
        contents = [b"RIFF\0\0\n" + talk(i) for i in range(options.calls)]
    ids = [json.loads(client.upload(content)[1])["id"] for content in contents]
    waiting = set(ids) if options.worker != "none" else set()
    while waiting:
        for call_id in list(waiting):
            status = json.loads(client.ask("GET", f"/v1/calls/{call_id}")[1])["status"]
            if status in ("done", "failed"):
                waiting.discard(call_id)
        time.sleep(0.5)
    return ids


def use(
    number: int,
    options: argparse.Namespace,
    key: str,
    ids: list[str],
    until: float,
    times: Times,
    failed: collections.Counter[str],
) -> None:
    """What one client does until the time is up."""
    chance, client = random.Random(number), Client(8765, key)
    count = 0
    time.sleep(chance.uniform(0, options.pause))
    while time.monotonic() < until:
        count += 1
        call = f"/v1/calls/{chance.choice(ids)}"
        kind = chance.choice(READS) if chance.random() > options.uploads else "upload"
        paths = {"list": "/v1/calls", "search": "/v1/calls?q=Salesforce", "call": call}
        begun = time.monotonic()
        try:
            if kind == "upload":
                content = b"RIFF\0\0\n" + talk(number * 10**6 + count + 10**9)
                status, _ = client.upload(content)
            else:
                status, _ = client.ask("GET", paths.get(kind, f"{call}/{kind}"))
        except (OSError, HTTPException) as error:
            failed[f"{kind}: {type(error).__name__}"] += 1
            client = Client(8765, key)
            continue
        times[kind].append(time.monotonic() - begun)
        if status >= 400:
            failed[f"{kind}: {status}"] += 1
        if options.pause:
            time.sleep(chance.expovariate(1 / options.pause))


def report(times: Times, failed: collections.Counter[str], seconds: float) -> None:
    """Print the table."""
    reads = [taken for kind in READS for taken in times[kind]]
    total = len(reads) + len(times["upload"])
    print(f"{total} requests in {seconds:.1f} s: {total / seconds:.0f}/s, {failed.total()} errors")
    print(f"{'what':12} {'number':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}")
    for kind, found in (*((k, times[k]) for k in READS), ("all reads", reads),
                        ("upload", times["upload"])):  # fmt: skip
        if len(found) > 1:
            at = statistics.quantiles(found, n=100, method="inclusive")
            shown = " ".join(f"{at[i] * 1000:8.1f}" for i in (49, 94, 98))
            print(f"{kind:12} {len(found):7} {shown}")
    for what, number in failed.items():
        print(f"ERROR {what}: {number}")


def large_upload(client: Client, server: psutil.Process) -> None:
    """Upload ten minutes of stereo at 48 kHz, and say how the server's memory grew."""
    content = wav(600 * 48_000 * 4, rate=48_000, channels=2)[:44] + bytes(600 * 48_000 * 4)
    before = peak = server.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.01):
            peak = max(peak, server.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    status, _ = client.upload(content)
    seconds = time.monotonic() - begun
    done.set()
    watcher.join()
    print(
        f"10 minutes of wav ({len(content) / 2**20:.0f} MiB): status {status}, {seconds:.1f} s, "
        f"memory {before / 2**20:.0f} MiB before, {peak / 2**20:.0f} MiB at most"
    )


if __name__ == "__main__":
    sys.exit(main())
