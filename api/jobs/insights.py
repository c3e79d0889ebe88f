"""Stored analyses by deal, as they count with corrections, for what is learned from many of them.

One deal at a time is in memory. Trap: who sees only some calls of a deal gets the deal with those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from api.jobs.service import Service
from api.jobs.settling import read_corrections
from api.results import result_from_json
from api.scores import counted
from api.store import calls, corrections, deals
from api.store.calls import CallFilter
from api.store.records import Call
from api.store.scope import Scope
from api.wiring import Services
from pipeline.corrections import match_verdicts
from pipeline.domain import CallAnalysis, Check, Profile
from pipeline.insights.precision import Judged


@dataclass(frozen=True, slots=True)
class StoredDeal:
    """A deal with what counts of its calls, in order; a call of no deal is one of its own."""

    id: str
    outcome: str | None
    analyses: tuple[CallAnalysis, ...]


def stored_deals(
    service: Service, scope: Scope, *, latest: int | None = None, also: tuple[str, ...] = ()
) -> Iterator[StoredDeal]:
    """All deals with analysed calls in the scope; or those of the `latest` calls, and of `also`."""
    groups: dict[str, list[Call]] = {}
    for call in _calls(service, scope, latest, also):
        groups.setdefault(call.deal_id or call.id, []).append(call)
    for deal_id, found in groups.items():
        held = sorted(found, key=lambda call: (call.recorded_at or call.created_at, call.n))
        analyses = tuple(a for call in held if (a := _analysis(service, call)) is not None)
        if analyses:
            with service.database.reading() as connection:
                deal = deals.get(connection, deal_id)
            yield StoredDeal(deal_id, deal.outcome if deal else None, analyses)


def judged_signals(
    service: Service, services: Services, scope: Scope, profile: Profile | None
) -> list[Judged]:
    """Every signal that somebody in the scope judged, with the profile's rules that it decided.

    What it decided is asked of the machine's answer, for a rejected signal decides nothing more.
    """
    found = []
    for call in _calls(service, scope, None, ()):
        with service.database.reading() as connection:
            said = corrections.verdicts_of(connection, call.id)
            key = calls.files(connection, call.id).get("result")
        if not said or key is None:
            continue
        machine = result_from_json(service.files.get_json(key)).analysis
        rules = _decided(services.check(machine, profile)) if profile else {}
        verdicts = match_verdicts(machine.signals, said)
        found += [
            Judged(
                str(signal.dimension), signal.confidence,
                verdicts[signal.id].verdict == "confirmed", tuple(rules.get(signal.id, ())),
            )
            for signal in machine.signals
            if signal.id in verdicts
        ]  # fmt: skip
    return found


def _decided(check: Check) -> dict[str, list[str]]:
    """For each signal the rules that it decided."""
    found: dict[str, list[str]] = {}
    for result in (*check.criteria, *check.triggers, *check.disqualifiers):
        for signal in result.signals:
            found.setdefault(signal, []).append(result.id)
    return found


def _calls(
    service: Service, scope: Scope, latest: int | None, also: tuple[str, ...]
) -> Iterator[Call]:
    seen: set[str] = set()
    cursor = None
    while latest is None or len(seen) < latest:
        limit = 200 if latest is None else min(200, latest - len(seen))
        with service.database.reading() as connection:
            page = calls.find(
                connection, CallFilter(status="done"), scope, cursor=cursor, limit=limit
            )
        for call in page.items:
            seen.add(call.id)
            yield call
        cursor = page.next
        if cursor is None:
            break
    for call_id in also:
        if call_id not in seen:
            with service.database.reading() as connection:
                marked = calls.get(connection, call_id, scope)
            if marked is not None:
                yield marked


def _analysis(service: Service, call: Call) -> CallAnalysis | None:
    with service.database.reading() as connection:
        key = calls.files(connection, call.id).get("result")
        said = read_corrections(connection, call)
    if key is None:
        return None
    return counted(result_from_json(service.files.get_json(key)), said)
