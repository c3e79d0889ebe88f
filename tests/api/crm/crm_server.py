"""A stand-in for the parts of HubSpot's and Salesforce's APIs that their client libraries use.

It keeps deals, checks what is written as the real ones do, changes what they change (line ends,
decimals, trailing blanks), and fails as a test wants: `faults` are answers for the next requests
whose path contains a word, `poison` are records that cannot be written.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "pat-s3cret-1234"
Answer = tuple[int, object]


@dataclass
class Fault:
    """An answer instead of the right one; `after` says that the work is done nevertheless."""

    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    seconds: float = 0.0
    after: bool = False


@dataclass
class CrmServer:
    """What both stand-ins share: records by id, what came in, and what is to go wrong."""

    url: str = ""
    deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    poison: dict[str, int] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """The answer to a request that is signed in."""
        raise NotImplementedError

    def unauthorized(self) -> object:
        """The body of a 401."""
        raise NotImplementedError

    def writes(self) -> list[tuple[str, str]]:
        """The requests that change something."""
        return [
            (method, path) for method, path in self.seen
            if path.rpartition("/")[2] in ("update", "upsert") or method == "PATCH"
        ]  # fmt: skip

    def fault_for(self, path: str) -> Fault | None:
        """The next thing that goes wrong here."""
        for fault in self.faults:
            if fault.path in path:
                self.faults.remove(fault)
                return fault
        return None


@contextmanager
def serving(crm: CrmServer) -> Iterator[CrmServer]:
    """The stand-in on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do()

        do_POST = do_PATCH = do_GET

        def _do(self) -> None:
            parts = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            crm.seen.append((self.command, parts.path))
            crm.bodies.append(text)
            fault = crm.fault_for(parts.path)
            if fault is not None:
                time.sleep(fault.seconds)
                if fault.after:
                    self._answer(parts, text)
                self._send(fault.status, fault.body, fault.headers)
            else:
                self._send(*self._answer(parts, text), {})

        def _answer(self, parts: Any, text: str) -> Answer:
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                return 401, crm.unauthorized()
            query = {name: found[0] for name, found in parse_qs(parts.query).items()}
            return crm.answer(self.command, parts.path, query, json.loads(text) if text else None)

        def _send(self, status: int, body: object, headers: dict[str, str]) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    crm.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield crm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
