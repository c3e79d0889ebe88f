"""What a service does by itself from time to time: delete what is too old, tidy up.

Every worker does it, in a thread of its own; that several do the same at once is harmless. Trap: an
upload's age counts from its upload, for a recording of last year that comes in today is analysed
first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.jobs import intake
from api.jobs.service import Service
from api.store import audit, calls, doomed, webhooks
from api.store.records import Call, now

DAY = 86_400.0
ACTOR = "retention"
TIDY_EVERY, CLEAN_EVERY = 60.0, 3600.0
KEEP_WORK_DAYS, KEEP_DELIVERIES_DAYS = 7, 30
_log = logging.getLogger(__name__)


@dataclass
class Upkeep:
    """The upkeep of one service."""

    service: Service
    cleaned: float = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Keep things tidy until told to stop."""
        while True:
            self.turn()
            if stop.wait(TIDY_EVERY):
                return

    def turn(self) -> None:
        """Do what is due; what fails is tried at the next turn."""
        service = self.service
        due: list[Callable[[], object]] = [
            lambda: doomed.sweep(service.database, service.files),
            lambda: service.files.sweep_incoming(older_than=now() - doomed.GRACE_SECONDS),
        ]
        if time.monotonic() - self.cleaned > CLEAN_EVERY:
            self.cleaned = time.monotonic()
            due += [
                lambda: doomed.collect(service.database, service.files),
                lambda: expire(service),
                lambda: doomed.purge_words(service.database),
                lambda: service.queue.clean(before=now() - KEEP_WORK_DAYS * DAY),
                lambda: _forget_deliveries(service),
            ]
        for step in due:
            try:
                step()
            except Exception as error:
                _log.warning("upkeep: %s", type(error).__name__)
                _log.debug("upkeep", exc_info=error)


def expire(service: Service) -> tuple[int, int]:
    """Delete recordings and erase calls that are older than the settings allow; how many."""
    settings, recordings, erased = service.settings, 0, 0
    if settings.keep_text_days:
        before = now() - settings.keep_text_days * DAY
        while found := _expired(service, before, None):
            erased += sum(_erase(service, call) for call in found)
    if settings.keep_audio_days:
        before = now() - settings.keep_audio_days * DAY
        while found := _expired(service, before, "recording"):
            for call in found:
                if _drop_recording(service, call):
                    recordings += 1
                else:  # nothing was made of it: without its recording nothing is left
                    erased += _erase(service, call)
    doomed.sweep(service.database, service.files)
    return recordings, erased


def _expired(service: Service, before: float, kind: str | None) -> tuple[Call, ...]:
    with service.database.reading() as connection:
        return calls.expired(connection, before=before, with_file=kind)


def _erase(service: Service, call: Call) -> bool:
    return intake.erase(service, call, ACTOR, action="call.expire", sweep=False)


def _drop_recording(service: Service, call: Call) -> bool:
    with service.database.unit_of_work() as connection:
        calls.hold(connection, call.id)
        kept = calls.files(connection, call.id)
        if "result" not in kept:
            return False
        if "recording" in kept:
            calls.drop_file(connection, call.id, "recording")
            doomed.doom(connection, [kept["recording"]])
            details = {"sha256": call.sha256, "n_bytes": call.n_bytes}
            audit.note(connection, ACTOR, "recording.expire", "call", call.id, details)
    return True


def _forget_deliveries(service: Service) -> None:
    with service.database.unit_of_work() as connection:
        webhooks.clean(connection, before=now() - KEEP_DELIVERIES_DAYS * DAY)
