"""uvicorn's HTTP/1.1 connection, except that it does not wait for a request's head for ever.

uvicorn closes connections that are idle, but not those that send a head byte by byte; some thousand
of these would keep everybody else out. Bodies are watched by `api/gate.py`.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOK_SECONDS = 15.0
"""A head that is not whole at two looks in a row is given up."""


class ImpatientProtocol(H11Protocol):
    """A connection that is closed when a head takes longer than 15 to 30 seconds."""

    _look_again: asyncio.TimerHandle | None = None
    _before: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch."""
        super().connection_made(transport)
        self._look_again = self.loop.call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._look_again is not None:
            self._look_again.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        now = (self.cycle,) if begun and self.conn.their_state is h11.IDLE else None
        if now is not None and now == self._before:
            self.transport.close()
            return
        self._before = now
        self._look_again = self.loop.call_later(LOOK_SECONDS, self._look)
