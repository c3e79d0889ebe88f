"""What the boards read, on both databases."""

from __future__ import annotations

from api.store import boards, calls, deals, jobs, signals
from api.store.engine import Database
from api.store.records import CheckRow, Failure, NewCall
from api.store.scope import EVERYTHING, Scope

BODY = {
    "tier": "A", "fit": 0.9, "coverage": 1.0, "engagement": 0.4, "quadrant": "warm_up",
    "disqualified": True,
}  # fmt: skip
ZOE = Scope("rep", "zoe", None)


def add_call(database: Database, call_id: str, rep: str, at: float) -> None:
    new = NewCall(call_id, call_id, "recording", 3, deal_id="d-1", rep=rep, recorded_at=at)
    with database.unit_of_work() as connection:
        calls.add(connection, new)
        calls.update(connection, call_id, status="done")


def test_only_an_assessment_that_holds_is_on_the_board(database: Database) -> None:
    with database.unit_of_work() as connection:
        deals.ensure(connection, "d-1", account="100%_Acme", rep="zoe", team="west")
        deal = deals.get(connection, "d-1")
        assert deal is not None
        for tier in ("B", "A"):
            assert deals.add_assessment(connection, deal, "p", 1, {**BODY, "tier": tier})
    with database.reading() as connection:
        (row,) = boards.rows(connection, ZOE, "p", 1)
        (other,) = boards.rows(connection, ZOE, "p", 2)
        found = [boards.rows(connection, ZOE, "p", 1, text=text) for text in ("0%_a", "0x", "d-")]
        assert not boards.rows(connection, Scope("rep", "kim"), "p", 1)
        assert not boards.rows(connection, ZOE, "p", 1, outcome="won")
        assert boards.values_of(connection, ZOE, "rep") == ("zoe",)
    assert (row.assessed, row.tier, row.fit, row.disqualified) == (True, "A", 0.9, True)
    assert (row.quadrant, row.engagement, row.calls, row.held_at) == ("warm_up", 0.4, 0, None)
    assert (other.assessed, other.fit) == (False, None)
    assert [len(rows) for rows in found] == [1, 0, 1]
    with database.unit_of_work() as connection:
        deals.touch(connection, "d-1")
        (stale,) = boards.rows(connection, ZOE, "p", 1)
    assert (stale.assessed, stale.tier) == (False, None)


def test_calls_that_are_not_seen_are_counted_but_not_dated(database: Database) -> None:
    with database.unit_of_work() as connection:
        deals.ensure(connection, "d-1", rep="zoe")
    add_call(database, "c_1", "zoe", 100.0)
    add_call(database, "c_2", "kim", 200.0)
    with database.reading() as connection:
        (row,) = boards.rows(connection, ZOE, "p", 1)
        (whole,) = boards.rows(connection, EVERYTHING, "p", 1)
    assert (row.calls, row.seen, row.held_at) == (2, 1, 100.0)
    assert (whole.calls, whole.seen, whole.held_at) == (2, 2, 200.0)


def test_a_call_has_one_check_that_of_the_version_or_the_latest(database: Database) -> None:
    add_call(database, "c_1", "zoe", 100.0)
    add_call(database, "c_2", "kim", 200.0)
    rows = [
        CheckRow("p", version, "A", 0.9, 1.0, False, None, 0.5, {"version": version})
        for version in (1, 2, 3)
    ]
    with database.unit_of_work() as connection:
        signals.save_checks(connection, "c_1", rows, 0)
        signals.save_checks(connection, "c_2", rows[:1], 0)
        found = dict(boards.checks_by_rep(connection, EVERYTHING, "p", 2))
        mine = list(boards.checks_by_rep(connection, ZOE, "p", 7))
    assert found == {"zoe": {"version": 2}, "kim": {"version": 1}}
    assert mine == [("zoe", {"version": 3})]


def test_the_queue_is_paged_and_names_its_calls(database: Database) -> None:
    with database.unit_of_work() as connection:
        for number in range(5):
            calls.add(connection, NewCall(f"c_{number}", f"{number}", "recording", 3, title="T"))
            jobs.add(connection, f"c_{number}.1", "call", call_id=f"c_{number}")
        jobs.add(connection, "recheck.1", "recheck", body={"profile_id": "p"})
        failed = jobs.claim(connection, "c_0.1", "w")
        jobs.fail(connection, failed, Failure("no_speech", "nobody speaks"))
    with database.reading() as connection:
        first = boards.queue(connection, limit=4)
        rest = boards.queue(connection, cursor=first.next, limit=4)
        (broken,) = boards.queue(connection, state="failed").items
    assert len({row.job.id for row in (*first.items, *rest.items)}) == 6
    assert (rest.next, broken.title, broken.current) == (None, "T", True)
    titles = {row.job.id: row.title for row in (*first.items, *rest.items)}
    assert titles["recheck.1"] is None
