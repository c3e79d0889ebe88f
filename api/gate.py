"""What stands before every route: who asks, how often, and how much they may send.

In this order: the key is looked up, its requests are counted, the stated length is compared, and
only then is the body read, up to its limit. Bodies of all routes but the upload are small: they are
read here, and JSON with texts or numbers that nothing could store is refused. An upload is let
through piece by piece, counted, and stopped when it stalls. Trap: paths outside `/v1` (health,
pages) bring no key here; they get the small limit and look after themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

from prometheus_client import CollectorRegistry, Gauge, Histogram
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import caller_of
from api.errors import answer
from api.jobs.service import Service
from api.limits import Buckets, Slots, TooSlow
from api.security import Caller
from api.store.files import TooLarge
from api.texts import check_text, read_json
from pipeline.errors import IcpError

MIB = 1024 * 1024
MOST_BODY = MIB
UPLOADS = frozenset({("POST", "/v1/calls"), ("POST", "/v1/deals/import")})
"""Routes that read a large body themselves."""
MOST_TABLE = 64 * MIB
STALL_SECONDS, LEAST_BYTES_PER_SECOND = 30.0, 512


class Gate:
    """Lets in what may come in."""

    def __init__(self, app: ASGIApp, *, service: Service, traffic: CollectorRegistry) -> None:
        settings = service.settings
        self._app, self._service = app, service
        self._buckets = Buckets(settings.rate_limit)
        self._uploads = Slots(
            "uploads", per_key=settings.uploads_per_key, total=settings.uploads_at_once
        )

        under_way = Gauge("icp_uploads_under_way", "Uploads now coming in.", registry=traffic)
        under_way.set_function(lambda: self._uploads.taken)
        self._seconds = Histogram(
            "icp_http_seconds", "Time to the first byte of an answer.",
            ("method", "route", "status"), registry=traffic,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or let through one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _timing(scope, send, self._note)
        try:
            await self._let_in(scope, receive, send)
        except IcpError as error:
            await answer(error)(scope, receive, send)
        except ClientDisconnect:
            return

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        caller = await self._caller(scope)
        if caller is not None:
            self._buckets.take(caller.key.id)
            scope.setdefault("state", {})["caller"] = caller
        _check_address(scope)
        if caller is not None and (scope["method"], scope["path"]) in UPLOADS:
            most = self._most_upload(scope["path"], headers)
            _check_length(headers, most)
            with self._uploads.taking(caller.key.id):
                await self._app(scope, _counted(receive, most), send)
            return
        _check_length(headers, MOST_BODY)
        body = await _whole(_counted(receive, MOST_BODY))
        if body and "json" in headers.get("content-type", "").lower():
            read_json(body, "body", named=False)
        await self._app(scope, _again(body, receive), send)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")  # a made-up path is no label
        method = scope["method"] if route != "none" else "any"
        self._seconds.labels(method, route, status).observe(seconds)

    async def _caller(self, scope: Scope) -> Caller | None:
        """Who asks; None where no key is needed."""
        path = scope["path"]
        open_metrics = self._service.settings.open_metrics
        if not path.startswith("/v1") and (path != "/metrics" or open_metrics):
            return None
        return await run_in_threadpool(caller_of, Request(scope))

    def _most_upload(self, path: str, headers: Headers) -> int:
        if path != "/v1/calls":
            return MOST_TABLE
        if is_json(headers.get("content-type")):
            return self._service.settings.max_transcript_mb * MIB
        return self._service.settings.max_upload_mb * MIB + MIB  # the form's fields come on top


def _timing(scope: Scope, send: Send, note: Callable[[Scope, int, float], None]) -> Send:
    begun = time.monotonic()

    async def timing(message: Message) -> None:
        if message["type"] == "http.response.start":
            note(scope, message["status"], time.monotonic() - begun)
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return timing


def is_json(content_type: str | None) -> bool:
    """Whether a body says that it is JSON."""
    return (content_type or "").split(";")[0].strip().lower() == "application/json"


def _check_address(scope: Scope) -> None:
    check_text(scope["path"], "path")
    if b"%00" in scope["query_string"]:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        for name, value in pairs:
            check_text(name, "query")
            check_text(value, name[:60])


def _check_length(headers: Headers, most: int) -> None:
    stated = headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:19]) > most:
        raise _too_large(most)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body has more than {most:,} bytes", field="body")


def _counted(receive: Receive, most: int) -> Receive:
    """`receive` that raises once the body is too large, stalls, or trickles."""
    begun, n_bytes, ended = time.monotonic(), 0, False

    async def counted() -> Message:
        nonlocal n_bytes, ended
        if ended:
            return await receive()
        try:
            async with asyncio.timeout(STALL_SECONDS):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow("the body stopped coming in", field="body") from error
        n_bytes += len(message.get("body", b""))
        if n_bytes > most:
            raise _too_large(most)
        ended = not message.get("more_body")
        late = time.monotonic() - begun - 2 * STALL_SECONDS
        if not ended and n_bytes < late * LEAST_BYTES_PER_SECOND:
            raise TooSlow("the body comes in too slowly", field="body")
        return message

    return counted


async def _whole(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more for the route; after it, what the server says."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
