"""How an analysis becomes rows: one transaction that also ends the job, or nothing.

Checks are made with the corrections of one revision of the call; when a person corrects something
meanwhile they are made again. Trap: everything here is written only by who holds the job's fence.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from api.results import result_from_json, words_of
from api.scores import Corrections
from api.store import (
    calls,
    corrections,
    deals,
    doomed,
    jobs,
    people,
    profiles,
    search,
    signals,
    webhooks,
)
from api.store.engine import Connection, Database
from api.store.files import Files
from api.store.records import Call, CheckRow, Job, ProfileVersion
from pipeline.formats import signal_to_json
from pipeline.json_fields import Json, object_of

STAGES_KEPT = ("recognition", "spans")


@dataclass(frozen=True, slots=True)
class Task:
    """All that a job on a call needs to know, read at one moment."""

    call: Call
    files: Mapping[str, str]
    versions: tuple[ProfileVersion, ...]
    corrections: Corrections

    def request(self, kind: str) -> Json:
        """What the child process is asked to do."""
        call = self.call
        moment = None if call.recorded_at is None else _iso(call.recorded_at)
        head = {
            "id": call.id, "deal_id": call.deal_id, "title": call.title, "recorded_at": moment,
            "language": call.language, "seller_hint": call.seller_hint,
        }  # fmt: skip
        return {
            "kind": kind,
            "call": head,
            "recording": self.files.get("recording"),
            "source": self.files.get("source"),
            "result": self.files.get("result"),
            "saved": {k: key for k, key in self.files.items() if k in STAGES_KEPT},
            "profiles": [{"body": dict(v.body), "version": v.version} for v in self.versions],
            "edits": [edit.to_json() for edit in self.corrections.edits],
            "verdicts": [asdict(verdict) for verdict in self.corrections.verdicts],
        }


def read_task(connection: Connection, call_id: str) -> Task | None:
    """The task of a call, with the active versions of its profiles (without any: all in use)."""
    call = calls.get(connection, call_id)
    if call is None:
        return None
    ids: Sequence[str] = call.profiles or [head.id for head in profiles.in_use(connection)]
    found = (profiles.active(connection, profile_id) for profile_id in ids)
    return Task(
        call,
        calls.files(connection, call_id),
        tuple(version for version in found if version is not None),
        read_corrections(connection, call),
    )


def read_corrections(connection: Connection, call: Call) -> Corrections:
    """All that people said of a call."""
    return Corrections(
        corrections.edits_of(connection, call.id),
        corrections.verdicts_of(connection, call.id),
        call.rev,
    )


def settle_call(
    database: Database,
    files: Files,
    job: Job,
    task: Task,
    answer: Mapping[str, object],
    check_again: Callable[[Task, str], Mapping[str, object]],
) -> None:
    """Store what the child found, and end the job; raises Superseded when another has it."""
    replaced = object_of(answer, "answer").inside("replaced").data
    while True:
        key = object_of(answer, "answer").needed_text("result")
        document = object_of(files.get_json(key), "result").data
        with database.unit_of_work() as connection:
            jobs.hold(connection, job)
            calls.update(connection, task.call.id)  # who corrects the call waits from here on
            latest = read_task(connection, task.call.id)
            if latest is not None and latest.corrections.rev == task.corrections.rev:
                _replace(connection, latest, replaced)
                _store(connection, job, latest, key, document, check_rows(answer))
                return
        if latest is None:
            raise jobs.Superseded(f"the call of job {job.id} was erased")
        task = replace(latest, files={**latest.files, "result": key})
        answer = check_again(task, key)


def check_rows(answer: Mapping[str, object]) -> tuple[CheckRow, ...]:
    """The checks in a child's answer."""
    rows = object_of(answer, "answer").objects("checks")
    return tuple(CheckRow(**row.data) for row in rows)  # type: ignore[arg-type]


def store_checks(connection: Connection, call: Call, rows: Sequence[CheckRow], rev: int) -> None:
    """Store checks of a call, show the first profile's in lists, and tell who asked of changes."""
    before = {(row.profile_id, row.version): row for row in signals.checks_of(connection, call.id)}
    signals.save_checks(connection, call.id, rows, rev)
    if rows:
        main = rows[0]
        calls.update(
            connection, call.id, tier=main.tier, fit=main.fit, disqualified=main.disqualified
        )
    for row in rows:
        old = before.get((row.profile_id, row.version))
        told = {"call_id": call.id, "deal_id": call.deal_id, "profile": row.profile_id}
        # told once, for it is told in the transaction that makes it true; a tier may come back
        key = f"{call.id}:{secrets.token_hex(6)}"
        if old is not None and old.tier != row.tier:
            body = {**told, "tier": row.tier, "before": old.tier}
            webhooks.announce(connection, "tier.changed", f"tier:{key}", body)
        if row.disqualified and (old is None or not old.disqualified):
            webhooks.announce(connection, "disqualifier.raised", f"out:{key}", told)
    if call.deal_id:
        deals.touch(connection, call.deal_id)


def _replace(connection: Connection, task: Task, replaced: Mapping[str, object]) -> None:
    """Put redacted files in the place of the call's own."""
    for kind, new in replaced.items():
        file = object_of(new, kind)
        key, n_bytes = file.needed_text("key"), file.whole("n_bytes") or 0
        if (old := task.files.get(kind)) in (None, key):
            continue
        calls.set_file(connection, task.call.id, kind, key, n_bytes=n_bytes)
        doomed.doom(connection, [str(old)])
        doomed.save(connection, key)
        fields = {"n_bytes": n_bytes, "media_type": file.text("media_type")}
        calls.update(connection, task.call.id, **fields)


def _store(
    connection: Connection,
    job: Job,
    task: Task,
    key: str,
    document: Mapping[str, object],
    rows: Sequence[CheckRow],
) -> None:
    call = task.call
    result = result_from_json(document)
    transcript = result.analysis.transcript
    done_with = [task.files[kind] for kind in STAGES_KEPT if kind in task.files]
    if (old := task.files.get("result")) and old != key:
        done_with.append(old)
    for kind in STAGES_KEPT:
        calls.drop_file(connection, call.id, kind)
    calls.set_file(connection, call.id, "result", key, n_bytes=0)
    doomed.doom(connection, done_with)
    doomed.save(connection, key)
    bodies = [signal_to_json(signal) for signal in result.analysis.signals]
    signals.replace(connection, call.id, bodies)
    search.save_text(connection, call.n, words_of(document))
    names = [speaker.name for speaker in transcript.speakers]
    names += [edit.name for edit in task.corrections.edits]
    people.replace(connection, call.id, "speaker", [name for name in names if name])
    moment = transcript.recorded_at
    calls.update(
        connection, call.id,
        duration=transcript.duration, language=transcript.language, title=transcript.title,
        recorded_at=moment.timestamp() if moment else call.recorded_at,
        made_by=dict(result.analysis.made_by),
    )  # fmt: skip
    if "redaction" in result.analysis.made_by:
        doomed.leave_no_words(connection)
        if call.deal_id:  # they quote what was said before it was redacted
            deals.forget_assessments(connection, call.deal_id)
    store_checks(connection, call, rows, task.corrections.rev)
    jobs.settle(connection, job, {"signals": len(bodies)})
    if job.kind == "call":
        body = {"call_id": call.id, "deal_id": call.deal_id, "status": "done"}
        webhooks.announce(connection, "call.done", f"done:{job.id}", body)


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()
