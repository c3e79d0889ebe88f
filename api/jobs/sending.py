"""Webhooks: what waits in `deliveries` is sent, signed, and tried again until it arrives.

The signature is HMAC-SHA256 with the webhook's secret over `<timestamp>.<body>`. A delivery is
claimed before it is sent, and its end is written after: a worker that dies in between leaves it to
be sent once more, under the same idempotency key. Trap: nothing of the receiver's answer is kept
but its status, for an answer may hold anything.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import random
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

import httpcore

from api.jobs.addresses import Guarded, Refused, Resolve, check_url, resolve
from api.settings import Settings
from api.store import webhooks
from api.store.engine import Database
from api.store.records import Delivery, Webhook, now
from pipeline.errors import InputError

MOST_TRIES = 8
_DELAY_FACTOR, _JITTER = 3.0, 0.25
_LEASE_TIMEOUTS = 4
_AT_ONCE = 8
_PAUSE = 1.0
_log = logging.getLogger(__name__)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the header `X-ICP-Signature`."""
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def body_of(delivery: Delivery) -> bytes:
    """What is sent: the same bytes at every try. Ids and outcomes, never words of a call."""
    at = datetime.fromtimestamp(delivery.at, UTC).isoformat()
    told = {"id": delivery.key, "event": delivery.event, "at": at, "data": dict(delivery.body)}
    return json.dumps(told, separators=(",", ":")).encode()


@dataclass
class Sender:
    """Sends what is due; any number of them may work on one database."""

    database: Database
    timeout: float = 10.0
    http: bool = False
    private: bool = False
    first_delay: float = 10.0
    """Seconds before the second try; each further one waits three times as long."""
    resolve: Resolve = resolve
    _tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Sender:
        """The sender that the settings ask for."""
        return cls(
            database, settings.webhook_timeout, settings.webhook_http, settings.webhook_private
        )

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; an error is the next round's chance."""
        while not stop.wait(_PAUSE):
            try:
                self.round()
            except Exception as error:
                _log.warning("webhooks: %s", type(error).__name__)
                _log.debug("webhooks", exc_info=error)

    def round(self) -> int:
        """Send what is due now; how many were tried. An address that fails is left for later."""
        with self.database.reading() as connection:
            due = sorted(webhooks.due(connection), key=lambda d: d.webhook_id)
        if not due:
            return 0
        batches = [list(batch) for _, batch in groupby(due, key=lambda d: d.webhook_id)]
        with ThreadPoolExecutor(min(_AT_ONCE, len(batches))) as pool:
            return sum(pool.map(self._to_one, batches))

    def _to_one(self, batch: Sequence[Delivery]) -> int:
        tried = 0
        for delivery in batch:
            with self.database.unit_of_work() as connection:
                hook = webhooks.get(connection, delivery.webhook_id)
                until = now() + _LEASE_TIMEOUTS * self.timeout
                mine = webhooks.claim(connection, delivery, until=until) if hook else None
            if hook is None or mine is None:
                continue
            tried += 1
            if not self._try(hook, mine):
                break
        return tried

    def _try(self, hook: Webhook, delivery: Delivery) -> bool:
        problem: str | None
        if delivery.tries > MOST_TRIES:  # each try ended its worker
            problem, final = "no try of it came to an end", True
        else:
            problem, final = self._post(hook, delivery)
        if problem is None:
            state, next_at = "sent", None
        elif final or delivery.tries >= MOST_TRIES:
            state, next_at = "dead", None
        else:
            state, next_at = "waiting", now() + self._delay(delivery.tries)
        with self.database.unit_of_work() as connection:
            webhooks.record(connection, delivery, state=state, next_at=next_at, error=problem)
        if problem is not None:
            _log.info("webhook %s: %s (%s)", hook.id, problem, state)
        return problem is None

    def _delay(self, tries: int) -> float:
        spread = random.uniform(1 - _JITTER, 1 + _JITTER)
        return float(self.first_delay * _DELAY_FACTOR ** (tries - 1) * spread)

    def _post(self, hook: Webhook, delivery: Delivery) -> tuple[str | None, bool]:
        """What went wrong, if anything did, and whether to give up at once."""
        body, timestamp = body_of(delivery), int(now())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "icp-webhooks/1",
            "Idempotency-Key": delivery.key,
            "X-ICP-Event": delivery.event,
            "X-ICP-Timestamp": str(timestamp),
            "X-ICP-Signature": sign(hook.secret, timestamp, body),
        }
        guard = Guarded(time.monotonic() + self.timeout, self.private, self.resolve)
        try:
            check_url(hook.url, http=self.http, private=self.private)
            with (
                httpcore.ConnectionPool(ssl_context=self._tls, network_backend=guard) as pool,
                pool.stream("POST", hook.url, headers=list(headers.items()), content=body) as got,
            ):
                status = got.status
        except (Refused, InputError) as error:
            return error.problem, True
        except httpcore.TimeoutException:
            return f"no answer within {self.timeout:g} s", False
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
            return _named(error), False
        return (None if 200 <= status < 300 else f"status {status}"), False


def _named(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return f"no connection: {type(error).__name__}"
