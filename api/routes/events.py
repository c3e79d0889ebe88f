"""`GET /v1/calls/{id}/events`: a call's progress as server-sent events, until it has ended.

An event's id is the time of the call's last change, so who comes back with `Last-Event-ID` is told
only what is new, and who has seen the end gets 204, at which browsers stop asking. Trap: a stream
outlives the look at the key, so the key is looked at again with every heartbeat.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.deps import CallDep, CallerDep, ServiceDep, caller_of
from api.jobs.service import Service
from api.limits import Slots
from api.schemas import CallOut, call_out, refusals
from api.security import Caller, NotSignedIn
from api.store import calls
from api.store.engine import DatabaseAway
from api.store.records import ENDED, Call

router = APIRouter(prefix="/v1", tags=["calls"], responses=refusals(404))
POLL_SECONDS, HEARTBEAT_SECONDS = 0.5, 15.0
EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("event", "id", "data")},
}
"""One event; its `data` is JSON: id, status, stage, progress, error, retryable, tier, fit."""
_streams = Slots("streams of events", per_key=32, total=500)


@router.get(
    "/calls/{call_id}/events",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": EVENT}},
            "description": "Events `progress`, and `end` (or `gone`) as the last one.",
        },
        204: {"description": "The end was told before."},
    },
)
async def follow_call(
    request: Request,
    call: CallDep,
    service: ServiceDep,
    caller: CallerDep,
    last_event_id: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Follow a call: one event for each change of status, stage or progress."""
    seen = (last_event_id or "").strip()
    if call.status in ENDED and seen == _id(call):
        return Response(status_code=204)
    return _Stream(_events(request, service, caller, call, seen), caller.key.id)


class _Stream(StreamingResponse):
    """The stream, which holds its place as long as it lasts."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes], key: str) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with _streams.taking(self._key):
            await super().__call__(scope, receive, send)


async def _events(
    request: Request, service: Service, caller: Caller, call: Call, seen: str
) -> AsyncIterator[bytes]:
    """What the client is sent, from the state that it has seen on."""

    def look() -> Call | None:
        with service.database.reading() as connection:
            return calls.get(connection, call.id, caller.scope)

    yield format_sse_event(retry=2000)
    now: Call | None = call
    beat = time.monotonic()
    while now is not None:
        if _id(now) != seen:
            seen = _id(now)
            yield _event(now)
        if now.status in ENDED:
            return
        await anyio.sleep(POLL_SECONDS)
        try:
            if time.monotonic() - beat >= HEARTBEAT_SECONDS:
                beat = time.monotonic()
                await run_in_threadpool(caller_of, request)
                yield format_sse_event(comment="still there")
            now = await run_in_threadpool(look)
        except NotSignedIn:
            return
        except DatabaseAway:
            yield format_sse_event(comment="waiting for the database")
    yield format_sse_event(event="gone", data_str="{}")


def _event(call: Call) -> bytes:
    wanted = {"id", "status", "stage", "progress", "error", "retryable", "tier", "fit"}
    shown: CallOut = call_out(call)
    return format_sse_event(
        event="end" if call.status in ENDED else "progress",
        data_str=shown.model_dump_json(include=wanted),
        id=_id(call),
    )


def _id(call: Call) -> str:
    return str(round(call.updated_at * 1e6))
