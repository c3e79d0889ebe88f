"""Jobs: their states, and the fence that refuses the late result of a frozen worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.store import calls, jobs, workers
from api.store.engine import Connection, Database
from api.store.jobs import Superseded
from api.store.records import Failure, NewCall

BAD = Failure("no_speech", "nobody speaks")
AWAY = Failure("files_away", "disk full", retryable=True)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction with one queued call."""
    with database.unit_of_work() as connection:
        calls.add(connection, NewCall("c_1", "0" * 64, "recording", 10))
        jobs.add(connection, "c_1.1", "call", call_id="c_1")
        yield connection


def status(connection: Connection) -> str:
    call = calls.get(connection, "c_1")
    assert call is not None
    return call.status


def test_a_job_runs_to_its_end_and_its_call_with_it(connection: Connection) -> None:
    job = jobs.claim(connection, "c_1.1", "w1")
    assert status(connection) == "running"
    jobs.report(connection, job, "transcribe", 0.5)
    call = calls.get(connection, "c_1")
    assert call is not None
    assert (call.stage, call.progress) == ("transcribe", 0.5)
    jobs.settle(connection, job, {"signals": 3})
    assert status(connection) == "done"
    assert jobs.counts(connection) == {"done": 1}


def test_a_late_result_of_a_worker_that_was_replaced_is_refused(connection: Connection) -> None:
    frozen = jobs.claim(connection, "c_1.1", "w1")
    fresh = jobs.claim(connection, "c_1.1", "w2")
    assert not jobs.holds(connection, frozen)
    for late in (
        lambda: jobs.settle(connection, frozen, {}),
        lambda: jobs.fail(connection, frozen, BAD),
        lambda: jobs.report(connection, frozen, "read", 0.9),
        lambda: jobs.postpone(connection, frozen, AWAY, 0.0),
    ):
        with pytest.raises(Superseded):
            late()
    jobs.settle(connection, fresh, {})
    assert status(connection) == "done"


def test_what_is_over_cannot_be_claimed_or_cancelled(connection: Connection) -> None:
    jobs.settle(connection, jobs.claim(connection, "c_1.1", "w1"), {})
    with pytest.raises(Superseded):
        jobs.claim(connection, "c_1.1", "w2")
    assert not jobs.cancel(connection, "c_1.1")


def test_cancelling_takes_the_job_from_its_worker(connection: Connection) -> None:
    job = jobs.claim(connection, "c_1.1", "w1")
    assert jobs.cancel(connection, "c_1.1")
    assert status(connection) == "cancelled"
    with pytest.raises(Superseded):
        jobs.settle(connection, job, {})


def test_a_failure_shows_its_code_on_the_call(connection: Connection) -> None:
    jobs.fail(connection, jobs.claim(connection, "c_1.1", "w1"), BAD)
    call = calls.get(connection, "c_1")
    assert call is not None
    assert (call.status, call.error_code, call.retryable) == ("failed", "no_speech", False)


def test_a_postponed_job_waits_to_be_sent_again(connection: Connection) -> None:
    job = jobs.claim(connection, "c_1.1", "w1")
    jobs.sent(connection, job.id)
    again = jobs.postpone(connection, job, AWAY, run_at=123.0)
    assert (again.state, again.failures, again.sent_at, again.run_at) == ("queued", 1, None, 123.0)
    assert status(connection) == "queued"
    assert [j.id for j in jobs.unsent(connection, older_than=1e12)] == ["c_1.1"]
    jobs.settle(connection, jobs.claim(connection, "c_1.1", "w1"), {})
    call = calls.get(connection, "c_1")
    assert call is not None
    assert call.error_code is None


def test_a_retry_is_a_new_job_of_the_call(connection: Connection) -> None:
    first = jobs.claim(connection, "c_1.1", "w1")
    jobs.fail(connection, first, BAD)
    again = jobs.next_id(connection, "c_1")
    jobs.add(connection, again, "call", call_id="c_1")
    assert again == "c_1.2"
    assert status(connection) == "queued"
    jobs.claim(connection, again, "w1")
    assert not jobs.give_up(connection, "c_1.1", BAD)
    assert status(connection) == "running"


def test_giving_up_ends_a_job_that_kills_its_workers(connection: Connection) -> None:
    job = jobs.claim(connection, "c_1.1", "w1")
    assert jobs.give_up(connection, "c_1.1", Failure("crashed_workers", "killed its workers"))
    assert status(connection) == "failed"
    assert not jobs.holds(connection, job)


def test_the_dead_are_those_who_fall_silent_or_whose_process_is_gone(
    connection: Connection,
) -> None:
    for name, host, pid in (("a", "here", 1), ("b", "here", 2), ("c", "there", 1)):
        workers.beat(connection, name, host=host, pid=pid, started_at=0.0)
    found = workers.alive(connection, silence=60, host="here", runs=lambda pid: pid == 1)
    assert found == {"a", "c"}
    assert workers.alive(connection, silence=-1, host="here", runs=bool) == frozenset()
    workers.leave(connection, "c")
    assert workers.count(connection, silence=60) == 2
