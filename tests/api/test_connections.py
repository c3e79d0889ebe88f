"""A head that trickles in is given up; one that is whole, or a body that is under way, is not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from api.commands import connections
from api.commands.connections import ImpatientProtocol


class Wire(asyncio.Transport):
    """A connection that only remembers."""

    closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: object) -> None:
        """Nobody listens."""

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def outlasts(pieces: list[bytes], pause: float) -> bool:
    """Whether a connection is still open after these pieces."""
    config = Config(app, http=ImpatientProtocol, ws="none", timeout_keep_alive=60)
    protocol, wire = ImpatientProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        if wire.closed:
            break
        if piece:
            protocol.data_received(piece)
        await asyncio.sleep(pause)
    still_open = not wire.closed
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    return still_open


@pytest.mark.parametrize(
    ("pieces", "open_"),
    [
        ([bytes([byte]) for byte in b"GET / HTTP/1.1\r\nHost: a\r\n"], False),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", *[b""] * 20], True),
        ([b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", *[b"a"] * 20], True),
    ],
)
def test_a_head_has_to_come(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], open_: bool
) -> None:
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.05)
    assert asyncio.run(outlasts(pieces, 0.01)) is open_
