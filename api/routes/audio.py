"""A call's recording, whole or a stretch of its bytes, so a player can jump to a quote.

Every read is written to the audit log, whichever bytes it is of. Trap: a player asks for many
stretches of one file, so what one key reads of one call within half an hour is one listening.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from api.deps import CallDep, CallerDep, ServiceDep
from api.jobs.service import Service
from api.schemas import refusals
from api.security import NotFound
from api.store import audit, calls
from api.store.files import Files
from api.store.records import now

router = APIRouter(
    prefix="/v1",
    tags=["calls"],
    responses=refusals(404, 500),
)
CHUNK = 256 * 1024
LISTENING_SECONDS = 1800.0
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@router.get(
    "/calls/{call_id}/audio",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        206: {"content": {"application/octet-stream": {}}, "description": "A stretch of it."},
        416: {"description": "The recording has no such bytes."},
    },
)
def get_audio(
    call: CallDep,
    service: ServiceDep,
    caller: CallerDep,
    range_: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> Response:
    """The recording as it was uploaded; `Range: bytes=…` gives a stretch of it."""
    with service.database.reading() as connection:
        key = calls.files(connection, call.id).get("recording")
    if key is None:
        raise NotFound("the call has no recording")
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private"}
    stretch = wanted_bytes(range_, call.n_bytes)
    if stretch is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{call.n_bytes}"})
    start, end = stretch
    chunks = _chunks(service.files, key, start, end)
    first = next(chunks)  # a blob that is missing is an error now, not half an answer
    _note(service, caller.key.id, call.id)
    headers["Content-Length"] = str(end - start)
    status = 200
    if (start, end) != (0, call.n_bytes) or (range_ or "").startswith("bytes="):
        status, headers["Content-Range"] = 206, f"bytes {start}-{end - 1}/{call.n_bytes}"
    return StreamingResponse(
        chain([first], chunks),
        status,
        headers=headers,
        media_type=call.media_type or "application/octet-stream",
    )


def wanted_bytes(header: str | None, n_bytes: int) -> tuple[int, int] | None:
    """From and up to which byte; None when there are no such bytes. Odd headers mean all."""
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found.group(0) == "bytes=-":
        return 0, n_bytes
    first, last = found.groups()
    if not first:
        return (max(0, n_bytes - int(last)), n_bytes) if int(last) else None
    start, end = int(first), min(int(last) + 1 if last else n_bytes, n_bytes)
    return (start, end) if start < end else None


def _chunks(files: Files, key: str, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, CHUNK):
        yield files.get_range(key, at, min(CHUNK, end - at))


def _note(service: Service, actor: str, call_id: str) -> None:
    """Write down that somebody listens, once a listening."""
    entry = (actor, "audio.read", "call", call_id)
    since = now() - LISTENING_SECONDS
    with service.database.reading() as connection:
        if audit.noted(connection, *entry, since=since):
            return
    with service.database.unit_of_work() as connection:
        if not audit.noted(connection, *entry, since=since):
            audit.note(connection, *entry)
