"""Stored calls held against a version of a profile, without hearing or reading them again.

The version need not be active: so a change is seen before it counts. Statements that are new are
weighed in the stored words. Trap: only the active version's checks show in lists and tell webhooks;
those of another version are a preview.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from api.jobs.settling import Task, check_rows, read_task, store_checks
from api.store import calls, deals, doomed, jobs, profiles, signals
from api.store.calls import CallFilter
from api.store.engine import Connection, Database, patiently
from api.store.records import Call, Job, ProfileVersion
from api.store.scope import EVERYTHING
from pipeline.json_fields import Json, object_of

MOST_SHOWN = 500
Ask = Callable[[Json], Mapping[str, object]]


@dataclass
class Summary:
    """What a recheck changed: how often each tier became which, and for which calls."""

    n_calls: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    changed: list[Json] = field(default_factory=list)

    def note(self, call_id: str, before: str | None, after: str | None) -> None:
        """Count one call."""
        self.n_calls += 1
        self.tiers[f"{before or '-'}>{after or '-'}"] += 1
        if before != after and len(self.changed) < MOST_SHOWN:
            self.changed.append({"call_id": call_id, "before": before, "after": after})

    def to_json(self) -> Json:
        """As it is stored with the job."""
        return {"calls": self.n_calls, "tiers": dict(self.tiers), "changed": self.changed}


def recheck_calls(database: Database, job: Job, ask: Ask) -> None:
    """Hold every analysed call of the job's profile against its version, and end the job."""
    body = object_of(job.body, "job")
    profile_id, number = body.needed_text("profile_id"), body.whole("version") or 1
    with database.reading() as connection:
        version = profiles.get_version(connection, profile_id, number)
        head = profiles.get(connection, profile_id)
    if version is None or head is None:
        raise jobs.Superseded(f"the profile of job {job.id} is gone")
    summary, cursor = Summary(), None
    while True:
        with database.reading() as connection:
            page = calls.find(connection, CallFilter(status="done"), EVERYTHING, cursor=cursor)
        for call in page.items:
            if not call.profiles or profile_id in call.profiles:
                _recheck(database, job, call, version, head.active, ask, summary)
        cursor = page.next
        if cursor is None:
            break
    with database.unit_of_work() as connection:
        jobs.settle(connection, job, summary.to_json())


def _recheck(
    database: Database,
    job: Job,
    call: Call,
    version: ProfileVersion,
    active: int | None,
    ask: Ask,
    summary: Summary,
) -> None:
    while True:
        with database.reading() as connection:
            task = read_task(connection, call.id)
            before = signals.get_check(connection, call.id, version.profile_id, active)
        if task is None or "result" not in task.files:
            return
        task = replace(task, versions=(version,))
        answer = ask(task.request("check"))

        def store(task: Task = task, answer: Mapping[str, object] = answer) -> bool:
            with database.unit_of_work() as connection:
                return _store(connection, job, task, answer, version.version == active)

        if patiently(store):
            after = check_rows(answer)[0].tier
            summary.note(call.id, before.tier if before else None, after)
            return


def _store(
    connection: Connection, job: Job, task: Task, answer: Mapping[str, object], counts: bool
) -> bool:
    """Store a call's check, unless the call was corrected or analysed since it was read."""
    jobs.report(connection, job, "check", 0.0)
    call_id, old = task.call.id, task.files["result"]
    calls.update(connection, call_id)
    latest = calls.get(connection, call_id)
    if latest is None:
        return True
    if latest.rev != task.call.rev or calls.files(connection, call_id).get("result") != old:
        return False
    key = object_of(answer, "answer").needed_text("result")
    if key != old:
        calls.set_file(connection, call_id, "result", key, n_bytes=0)
        doomed.doom(connection, [old])
        doomed.save(connection, key)
    if counts:
        store_checks(connection, latest, check_rows(answer), latest.rev)
    else:
        signals.save_checks(connection, call_id, check_rows(answer), latest.rev)
        if key != old and latest.deal_id:
            deals.touch(connection, latest.deal_id)
    return True
