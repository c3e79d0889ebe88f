"""Send hostile uploads to a real `icp serve`, and count the answers.

`python scripts/hostile_uploads.py --weights DATA/weights` lets the real worker try what is
accepted; `--no-worker` only looks at the answers, `--few` sends a part, `--slow` adds clients that
trickle. It passes when every request is answered below 500 (or was broken off by its client), every
accepted call ends, the server still works, and after erasing all calls no file is left. Trap: some
hostile files are sound that a decoder can read; these are rightly analysed.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from scripts.hostile_cases import Case, all_cases, form, slow_cases
from scripts.hostile_content import wav

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90.0


class Server:
    """A real server on a folder of its own."""

    def __init__(self, folder: Path, *, worker: bool, weights: Path | None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if weights is not None:
            (folder / "weights").symlink_to(weights.resolve())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "api.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command if worker else [*command, "--no-worker"], cwd=ROOT, text=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "ICP_DATA_DIR": str(folder), "ICP_RATE_LIMIT": "0"},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.key = self.process.stdout.readline().split()[-1]
        self.peak = 0
        threading.Thread(target=self._watch, daemon=True).start()
        until = time.monotonic() + 60
        while self._ready() != 200:
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.1)

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> Any:
        """Status and body of a well-behaved request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.key}", **more}
        connection.request(method, path, body, headers)
        with connection.getresponse() as answer:
            content = answer.read()
        connection.close()
        return answer.status, json.loads(content) if content else None

    def calls(self) -> list[dict[str, Any]]:
        """All calls."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            _, page = self.ask("GET", f"/v1/calls?limit=200{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def files(self) -> list[str]:
        """Blobs and spooled uploads on the disk."""
        places = (self.folder / "files", self.folder / "incoming")
        return [str(p) for place in places for p in place.rglob("*") if p.is_file()]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _ready(self) -> int:
        with contextlib.suppress(OSError, HTTPException):
            return int(self.ask("GET", "/readyz")[0])
        return 0

    def _watch(self) -> None:
        with contextlib.suppress(psutil.Error):
            while True:
                self.peak = max(self.peak, psutil.Process(self.process.pid).memory_info().rss)
                time.sleep(0.05)


def send(server: Server, case: Case) -> tuple[str, str | None]:
    """The answer in a few words, and the id of the call if there is one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        try:
            for piece in case.pieces:
                wire.sendall(piece)
                if case.pause and select.select([wire], [], [], case.pause)[0]:
                    break
        except OSError:
            pass  # the server has closed; its answer may still be there
        if case.ending == "reset":
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if case.ending != "wait":
            return "client left", None
        try:
            answer = HTTPResponse(wire)
            answer.begin()
            content = answer.read()
        except TimeoutError:
            return "NO ANSWER", None
        except (OSError, HTTPException):
            return "closed", None
    try:
        found = json.loads(content)
    except ValueError:
        return f"{answer.status} {content[:40]!r}", None
    if "error" in found:
        return f"{answer.status} {found['error']['code']}", None
    return f"{answer.status} accepted", found.get("id")


def wait_for_ends(server: Server, seconds: float) -> list[dict[str, Any]]:
    """All calls, once they have ended or the time is up."""
    until = time.monotonic() + seconds
    while True:
        found = server.calls()
        waiting = sum(call["status"] in ("queued", "running") for call in found)
        if not waiting or time.monotonic() > until:
            return found
        time.sleep(2)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Send everything; what came of it."""
    worker = not options.no_worker
    server = Server(folder, worker=worker, weights=options.weights)
    answers: collections.Counter[tuple[str, str]] = collections.Counter()
    groups: dict[str, str] = {}
    bad: list[str] = []

    def one(case: Case) -> None:
        told, call_id = send(server, case)
        answers[case.group, told] += 1
        if call_id:
            groups.setdefault(call_id, case.group)
        if told.startswith("5") or told == "NO ANSWER":
            bad.append(f"{case.group}: {case.name}: {told}")

    try:
        slow = slow_cases(server.key) if options.slow else ()
        threads = [threading.Thread(target=one, args=(case,)) for case in slow]
        for thread in threads:
            thread.start()
        for case in all_cases(server.key, few=options.few):
            one(case)
        for thread in threads:
            thread.join()
        calls = wait_for_ends(server, options.patience) if worker else server.calls()
        ends = collections.Counter(
            (groups.get(c["id"], "?"), c["status"], (c["error"] or {}).get("code", "-"))
            for c in calls
        )
        if worker:
            bad += [f"{c['id']}: {c['status']}" for c in calls if c["status"] in ACTIVE]
        kind = {"Content-Type": "multipart/form-data; boundary=X"}
        status, _ = server.ask("POST", "/v1/calls", form(wav(16_000) + b"good"), **kind)
        alive = server.process.poll() is None and status == 202
        for call in server.calls():
            server.ask("DELETE", f"/v1/calls/{call['id']}")
        time.sleep(0.5)
        left = server.files()
        known = {"files", "incoming", "weights", "cache"}
        strange = [
            p.name for p in folder.iterdir() if p.name not in known and "sqlite" not in p.name
        ]
    finally:
        server.stop()
    return {
        "answers": answers, "ends": ends, "bad": bad, "alive": alive, "left": left + strange,
        "peak_mib": server.peak / 2**20,
    }  # fmt: skip


ACTIVE = ("queued", "running")


def main() -> int:
    """Run and print; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="the models' folder, for the real worker")
    parser.add_argument("--no-worker", action="store_true")
    parser.add_argument("--few", action="store_true", help="a part, without long recordings")
    parser.add_argument("--slow", action="store_true", help="also clients that trickle (2 min)")
    parser.add_argument("--patience", type=float, default=1800, help="seconds for the worker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        found = run(options, Path(folder) / "data")
    print(f"{'group':10} {'answer':34} {'number':>6}")
    for (group, told), number in sorted(found["answers"].items()):
        print(f"{group:10} {told:34} {number:6}")
    print(f"\n{sum(found['answers'].values())} uploads. What was accepted ended as:")
    for (group, status, code), number in sorted(found["ends"].items()):
        print(f"{group:10} {status:10} {code:24} {number:6}")
    print(f"\nserver alive: {found['alive']}; peak memory {found['peak_mib']:.0f} MiB")
    print(f"files left after erasing all calls: {found['left'] or 'none'}")
    for line in found["bad"]:
        print("WRONG", line)
    return 0 if found["alive"] and not found["left"] and not found["bad"] else 1


if __name__ == "__main__":
    sys.exit(main())
