"""Real workers, killed, frozen and poisoned: every call ends once, with the same result."""

from __future__ import annotations

import signal
import time

from api.jobs import intake
from api.store import calls, jobs, profiles, signals, webhooks
from api.store.engine import Connection
from api.store.records import Call, Job
from api.store.scope import EVERYTHING
from tests.api.jobs.conftest import PROFILE, Rig
from tests.stand_in import talk


def values(rig: Rig, call: Call) -> list[str]:
    with rig.service.database.reading() as connection:
        return [str(body["value"]) for body in signals.of_call(connection, call.id)]


def test_an_upload_is_analysed_and_checked(rig: Rig) -> None:
    rig.worker()
    call = rig.talk(1)
    done = rig.wait_for(call, "done", "failed")
    assert (done.status, done.error_code) == ("done", None)
    with rig.service.files.spool([talk(1)], most_bytes=10**6) as spooled:
        again, new = intake.take_in(rig.service, spooled, "recording", {})
    assert (again.id, new) == (call.id, False)
    assert "Salesforce" in values(rig, call)
    with rig.service.database.reading() as connection:
        check = signals.get_check(connection, call.id, "midmarket")
        files = calls.files(connection, call.id)
        found = calls.find(connection, calls.CallFilter(text="salesforce"), EVERYTHING)
    assert check is not None
    assert (check.version, check.tier) == (1, done.tier)
    assert set(files) == {"recording", "result"}
    assert [c.id for c in found.items] == [call.id]


def test_a_bad_recording_fails_at_once_and_a_retry_is_a_new_job(rig: Rig) -> None:
    with rig.service.database.unit_of_work() as connection:
        webhooks.add(connection, "https://crm.example/in", webhooks.EVENTS)
    rig.worker()
    call = rig.talk(1, "unreadable")
    failed = rig.wait_for(call, "failed")
    with rig.service.database.reading() as connection:
        (told,) = webhooks.find(connection, event="call.failed").items
    assert told.body == {"call_id": call.id, "status": "failed", "code": "unreadable_recording"}
    assert (failed.error_code, failed.retryable) == ("unreadable_recording", False)
    intake.retry(rig.service, failed)
    rig.wait(lambda: rig.call(call).status == "failed" and rig.call(call).job_id != failed.job_id)


def test_a_child_that_dies_is_tried_again_later(rig: Rig) -> None:
    rig.worker()
    call = rig.talk(1, "die")
    rig.wait(lambda: rig.call(call).error_code == "child_died")
    waiting = rig.call(call)
    assert (waiting.status, waiting.retryable) == ("queued", True)
    with rig.service.database.reading() as connection:
        job = jobs.get(connection, str(waiting.job_id))
    assert job is not None
    assert job.failures == 1
    assert job.run_at > time.time()
    assert rig.wait_for(rig.talk(2), "done").status == "done"


def test_work_of_a_killed_worker_is_done_by_the_next(rig: Rig) -> None:
    first = rig.worker()
    slow = rig.talk(1, "sleep 3")
    others = [rig.talk(number) for number in range(2, 6)]
    rig.wait(lambda: rig.call(slow).stage == "transcribe")
    rig.kill(first)
    rig.worker()
    assert rig.wait_for(slow, "done").progress == 1.0
    for call in others:
        rig.wait_for(call, "done")
    assert "Salesforce" in values(rig, slow)


def test_the_late_result_of_a_frozen_worker_is_discarded(rig: Rig) -> None:
    frozen = rig.worker()
    call = rig.talk(1, "sleep 2")
    rig.wait(lambda: rig.call(call).stage == "transcribe")
    frozen.send_signal(signal.SIGSTOP)
    rig.worker()
    rig.wait_for(call, "done")
    with rig.service.database.reading() as connection:
        before = jobs.get(connection, f"{call.id}.1")
    frozen.send_signal(signal.SIGCONT)
    time.sleep(3)
    with rig.service.database.reading() as connection:
        after = jobs.get(connection, f"{call.id}.1")
    assert before == after
    assert frozen.poll() is None
    assert rig.wait_for(rig.talk(2), "done").status == "done"


def test_cancelling_stops_a_running_analysis_and_frees_the_worker(rig: Rig) -> None:
    rig.worker()
    call = rig.talk(1, "sleep 60")
    rig.wait(lambda: rig.call(call).stage == "transcribe")
    intake.cancel(rig.service, rig.call(call))
    assert rig.call(call).status == "cancelled"
    assert rig.wait_for(rig.talk(2), "done").status == "done"


def test_fresh_uploads_run_before_a_batch(rig: Rig) -> None:
    for number in range(1, 6):
        with rig.service.files.spool([talk(number)], most_bytes=10**6) as spooled:
            intake.take_in(rig.service, spooled, "recording", {}, priority=jobs.BATCH)
    fresh = rig.talk(6)
    rig.worker()
    rig.wait_for(fresh, "done")
    with rig.service.database.reading() as connection:
        first = jobs.get(connection, f"{fresh.id}.1")
        assert first is not None
        rest = [job for job in _jobs(connection) if job.id != first.id]
    assert all(job.ended_at is None or job.ended_at > first.ended_at for job in rest)  # type: ignore[operator]


def _jobs(connection: Connection) -> list[Job]:
    page = calls.find(connection, calls.CallFilter(), EVERYTHING)
    found = (jobs.get(connection, str(call.job_id)) for call in page.items)
    return [job for job in found if job is not None]


def test_a_job_that_was_never_sent_is_sent_by_a_worker(rig: Rig) -> None:
    call = rig.talk(1)
    queue = rig.service.queue
    with rig.service.database.unit_of_work() as connection:
        jobs.cancel(connection, f"{call.id}.1")
        queue.forget(jobs.of_call(connection, call.id))
        jobs.add(connection, f"{call.id}.2", "call", call_id=call.id)
    rig.worker()
    assert rig.wait_for(call, "done").job_id == f"{call.id}.2"


def test_an_erased_call_leaves_no_file_and_its_work_stops(rig: Rig) -> None:
    rig.worker()
    done, running = rig.talk(1), rig.talk(2, "sleep 30")
    rig.wait_for(done, "done")
    rig.wait(lambda: rig.call(running).stage == "transcribe")
    for call in (done, running):
        intake.erase(rig.service, call, "test")
    folder = rig.service.settings.data_dir / "files"
    rig.wait(lambda: not [p for p in folder.rglob("*") if p.is_file()])
    assert rig.wait_for(rig.talk(3), "done").status == "done"


def test_stored_calls_are_held_against_a_new_version_before_it_counts(rig: Rig) -> None:
    done = [rig.talk(number) for number in (1, 2)]
    rig.worker()
    for call in done:
        rig.wait_for(call, "done")
    criteria = [{"id": "crm", "dimension": "tech_stack", "any_of": ["HubSpot"]}]
    with rig.service.database.unit_of_work() as connection:
        profiles.add_version(connection, {**PROFILE, "criteria": criteria}, author="test")
    body = {"profile_id": "midmarket", "version": 2}
    queue, database = rig.service.queue, rig.service.database
    job = queue.submit(database, "recheck", job_id="recheck.1", body=body, priority=jobs.BATCH)

    def ended() -> bool:
        with database.reading() as connection:
            found = jobs.get(connection, job.id)
        return found is not None and found.state == "done"

    rig.wait(ended)
    with database.reading() as connection:
        found = jobs.get(connection, job.id)
        checks = [signals.get_check(connection, call.id, "midmarket", 2) for call in done]
    assert found is not None
    assert found.summary["calls"] == 2
    assert [check.tier for check in checks if check] == ["D", "A"]
    assert rig.call(done[0]).tier != "D"
