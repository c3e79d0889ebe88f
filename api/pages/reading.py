"""A call as it counts now: the stored analysis with all corrections, for pages.

A three-hour call takes a while to parse, so the last few analyses are kept; their key is the hash
of their content, so a kept one is never out of date. Trap: what is kept here is only reached
through a call that the visitor may see.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from api.jobs.intake import NotNow
from api.jobs.service import Service
from api.jobs.settling import read_corrections
from api.results import Result, result_from_json
from api.scores import Corrections, counted, profile_of, score
from api.store import calls, jobs, profiles, signals
from api.store.records import ACTIVE, Call, CheckRow, ProfileVersion
from api.wiring import Services
from pipeline.corrections import Verdict, match_verdicts
from pipeline.domain import CallAnalysis, Profile

MOST_KEPT = 6
_kept: OrderedDict[str, Result] = OrderedDict()
_warm: list[Services] = []
_lock = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallNow:
    """One analysed call, read at one moment."""

    call: Call
    result: Result
    corrections: Corrections
    analysis: CallAnalysis
    verdicts: Mapping[str, Verdict]
    checks: tuple[tuple[ProfileVersion, CheckRow], ...]
    """Against the version of each profile that counts now, in order of the profiles."""
    has_sound: bool
    reading: bool
    """Whether the text is being read again after an edit of the speakers."""
    stamp: str
    """Changes whenever what the page shows does."""

    def check(self, profile_id: str | None) -> tuple[ProfileVersion, CheckRow] | None:
        """The check against a profile: the first one, when none is named or known."""
        named = (pair for pair in self.checks if pair[0].profile_id == profile_id)
        return next(named, self.checks[0] if self.checks else None)


def read_call(service: Service, call: Call) -> CallNow:
    """The call now; raises NotNow while it has no analysis."""
    with service.database.reading() as connection:
        files = calls.files(connection, call.id)
        if "result" not in files:
            raise NotNow(f"the call is {call.status}", remedy="wait until it is done")
        corrections = read_corrections(connection, call)
        ids = call.profiles or tuple(head.id for head in profiles.in_use(connection))
        found = [(i, profiles.active(connection, i)) for i in ids]
        pairs = []
        for profile_id, version in found:
            if version is None:
                continue
            row = signals.get_check(connection, call.id, profile_id, version.version)
            if row is not None:
                pairs.append((version, row))
        running = [j for j in jobs.of_call(connection, call.id) if j.state in ACTIVE]
    key = files["result"]
    result = _result(service, key)
    return CallNow(
        call, result, corrections, counted(result, corrections),
        match_verdicts(result.analysis.signals, corrections.verdicts), tuple(pairs),
        "recording" in files, bool(running), f"{key[-16:]}.{call.rev}",
    )  # fmt: skip


def warm_up(services: Services, now: CallNow) -> None:
    """Check a call once in the background, so that the first verdict need not load the lexicons."""
    with _lock:
        if any(services is known for known in _warm) or not now.checks:
            return
        _warm.append(services)
    profile = profile_of(now.checks[0][0])
    work = (services, now.result, now.corrections, [profile])
    threading.Thread(target=_try, args=work, daemon=True).start()


def _try(
    services: Services, result: Result, corrections: Corrections, profiles: list[Profile]
) -> None:
    try:
        score(services, result, corrections, profiles)
    except Exception as error:  # the verdict itself will meet it and tell
        _log.warning("warming up failed: %s", type(error).__name__)


def _result(service: Service, key: str) -> Result:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    result = result_from_json(service.files.get_json(key))
    with _lock:
        _kept[key] = result
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return result
