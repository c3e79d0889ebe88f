"""Erase all of a deal, or all calls of a person: first shown, then done.

A person's calls are those where they spoke under that name, that they held as the rep, or whose
metadata name them (name or e-mail address, compared whole). Calls that only mention the name are
listed apart. Trap: what was shown may have changed, so erasing needs the mark of what was shown.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from api.jobs import intake
from api.jobs.service import Service
from api.store import audit, calls, deals, doomed, people
from api.store.calls import CallFilter
from api.store.engine import Connection
from api.store.records import Call
from api.store.scope import EVERYTHING
from pipeline.errors import IcpError, InputError

MOST_MENTIONS = 1000


class ChangedMeanwhile(IcpError):
    """What would be erased now is not what was shown."""

    code = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A call that an erasure would delete, and why: `deal`, `speaker`, `rep`, `metadata`,
    `mention`.
    """

    call: Call
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure would delete. `mentions`: calls that only mention the person, and stay."""

    calls: tuple[Doomed, ...]
    deal_id: str | None
    mentions: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Stands for exactly these calls and this deal."""
        named = [self.deal_id, sorted(doomed.call.id for doomed in self.calls)]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:20]


def plan(
    service: Service,
    *,
    deal_id: str | None = None,
    person: str | None = None,
    with_mentions: bool = False,
) -> Erasure:
    """What erasing this deal or person would delete; give one of the two."""
    if bool((deal_id or "").strip()) is bool((person or "").strip()):
        raise InputError("give either a deal_id or a person", field="person")
    with service.database.reading() as connection:
        if deal_id:
            why = {call_id: ["deal"] for call_id in calls.ids_of_deal(connection, deal_id)}
            known = deal_id if deals.get(connection, deal_id) else None
            return Erasure(_found(connection, why), known, ())
        why = people.calls_with(connection, person or "")
        named = _mentioning(connection, person or "")
        mentions = tuple(call_id for call_id in named if call_id not in why)
        if with_mentions:
            why |= {call_id: ["mention"] for call_id in mentions}
        return Erasure(_found(connection, why), None, () if with_mentions else mentions)


def carry_out(service: Service, erasure: Erasure, mark: str | None, actor: str) -> str:
    """Delete what was shown; the id of the erasure in the audit log. Safe to do again."""
    if mark != erasure.mark:
        raise ChangedMeanwhile(
            "this is not what was shown", remedy="look again with dry_run, and send its `confirm`"
        )
    erasure_id = f"er_{secrets.token_hex(8)}"
    for found in erasure.calls:
        intake.erase(service, found.call, actor, sweep=False)
    with service.database.unit_of_work() as connection:
        if erasure.deal_id is not None:
            deals.erase(connection, erasure.deal_id)
        details = {"calls": len(erasure.calls), "deal": erasure.deal_id}
        audit.note(connection, actor, "erasure", "erasure", erasure_id, details)
    doomed.sweep(service.database, service.files, limit=1_000_000)
    doomed.purge_words(service.database)
    return erasure_id


def _found(connection: Connection, why: dict[str, list[str]]) -> tuple[Doomed, ...]:
    found = ((calls.get(connection, call_id), reasons) for call_id, reasons in why.items())
    return tuple(Doomed(call, tuple(reasons)) for call, reasons in found if call is not None)


def _mentioning(connection: Connection, person: str) -> list[str]:
    wanted = CallFilter(text='"' + person.replace('"', " ") + '"')
    page = calls.find(connection, wanted, EVERYTHING, limit=MOST_MENTIONS)
    return [call.id for call in page.items]
