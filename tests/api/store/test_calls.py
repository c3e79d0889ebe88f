"""Calls: the same content is one call; lists page, filter, search, and hide what is not one's."""

from __future__ import annotations

import pytest

from api.store import calls, doomed, jobs, search, signals
from api.store.calls import CallFilter
from api.store.engine import Connection, Database
from api.store.files import Files
from api.store.records import CheckRow, NewCall
from api.store.scope import EVERYTHING, Scope
from pipeline.errors import InputError


def new_call(number: int = 1, **fields: object) -> NewCall:
    given: dict[str, object] = {
        "id": f"c_{number}", "sha256": f"{number:064x}", "kind": "recording", "n_bytes": 10,
        "rep": "dana", "team": "north", **fields,
    }  # fmt: skip
    return NewCall(**given)  # type: ignore[arg-type]


def fill(database: Database, count: int, **fields: object) -> None:
    with database.unit_of_work() as connection:
        for number in range(1, count + 1):
            calls.add(connection, new_call(number, **fields))


def ids(connection: Connection, wanted: CallFilter, scope: Scope = EVERYTHING) -> list[str]:
    return [call.id for call in calls.find(connection, wanted, scope).items]


def test_the_same_content_is_added_once(database: Database) -> None:
    with database.unit_of_work() as connection:
        assert calls.add(connection, new_call(1))
        assert not calls.add(connection, new_call(2, sha256=new_call(1).sha256))
        found = calls.by_content(connection, new_call(1).sha256)
    assert found is not None
    assert (found.id, found.status, found.metadata, found.profiles) == ("c_1", "queued", {}, ())


def test_pages_follow_each_other_while_calls_come_in(database: Database) -> None:
    fill(database, 5)
    with database.unit_of_work() as connection:
        first = calls.find(connection, CallFilter(), EVERYTHING, limit=2)
        calls.add(connection, new_call(9))
        second = calls.find(connection, CallFilter(), EVERYTHING, limit=2, cursor=first.next)
        third = calls.find(connection, CallFilter(), EVERYTHING, limit=2, cursor=second.next)
    seen = [[call.id for call in page.items] for page in (first, second, third)]
    assert seen == [["c_5", "c_4"], ["c_3", "c_2"], ["c_1"]]
    assert third.next is None


@pytest.mark.parametrize("cursor", ["x", "ä", "====", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_made_up_cursor_is_refused(database: Database, cursor: str) -> None:
    with database.reading() as connection, pytest.raises(InputError, match="cursor"):
        calls.find(connection, CallFilter(), EVERYTHING, cursor=cursor)


def test_filters_narrow_the_list(database: Database) -> None:
    with database.unit_of_work() as connection:
        calls.add(connection, new_call(1, deal_id="d-1", recorded_at=100.0))
        calls.add(connection, new_call(2, deal_id="d-2", recorded_at=200.0, rep="lee"))
        calls.update(connection, "c_2", status="done", tier="A")
        assert ids(connection, CallFilter(deal_id="d-1")) == ["c_1"]
        assert ids(connection, CallFilter(status="done")) == ["c_2"]
        assert ids(connection, CallFilter(tier="A")) == ["c_2"]
        assert ids(connection, CallFilter(rep="lee")) == ["c_2"]
        assert ids(connection, CallFilter(since=100.0, until=200.0)) == ["c_1"]
        assert [call.id for call in calls.of_deal(connection, "d-2")] == ["c_2"]


def test_a_tier_can_be_that_of_a_named_profile(database: Database) -> None:
    row = CheckRow("p", 2, "B", 0.6, 0.8, False, "pursue", 0.5, {"tier": "B"})
    fill(database, 2)
    with database.unit_of_work() as connection:
        signals.save_checks(connection, "c_1", [row], rev=0)
        assert ids(connection, CallFilter(tier="B", profile_id="p")) == ["c_1"]
        assert ids(connection, CallFilter(tier="A", profile_id="p")) == []
        assert signals.get_check(connection, "c_1", "p") == row
        assert signals.get_check(connection, "c_1", "p", 1) is None


def test_words_of_a_call_are_found_until_they_are_erased(database: Database) -> None:
    fill(database, 2)
    with database.unit_of_work() as connection:
        search.save_text(connection, 1, "We moved to Salesforce in Köln last year")
        search.save_text(connection, 2, "No tools at all; the year was quiet")
        assert ids(connection, CallFilter(text="salesforce KÖLN")) == ["c_1"]
        assert ids(connection, CallFilter(text="year")) == ["c_2", "c_1"]
        assert ids(connection, CallFilter(text='"last year"')) == ["c_1"]
        assert ids(connection, CallFilter(text='"year last"')) == []
        search.save_text(connection, 1, "Nothing of it is true")
        assert ids(connection, CallFilter(text="salesforce")) == []
        search.erase_text(connection, 2)
        assert ids(connection, CallFilter(text="quiet")) == []


@pytest.mark.parametrize("query", ['"', "'; --", "AND OR NOT *", "a:b", "(((", "%_", '""', "\x00"])
def test_no_query_breaks_the_search(database: Database, query: str) -> None:
    fill(database, 1)
    with database.unit_of_work() as connection:
        search.save_text(connection, 1, "some words")
        assert ids(connection, CallFilter(text=query)) == []


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (EVERYTHING, ["c_3", "c_2", "c_1"]),
        (Scope("manager", "mo", "north"), ["c_2", "c_1"]),
        (Scope("rep", "dana", "north"), ["c_1"]),
        (Scope("rep"), []),
        (Scope("manager"), []),
        (Scope("stranger", "dana", "north"), []),
    ],
)
def test_everybody_sees_what_is_theirs(database: Database, scope: Scope, seen: list[str]) -> None:
    with database.unit_of_work() as connection:
        calls.add(connection, new_call(1))
        calls.add(connection, new_call(2, rep="lee"))
        calls.add(connection, new_call(3, rep=None, team=None))
        assert ids(connection, CallFilter(), scope) == seen
        assert (calls.get(connection, "c_2", scope) is not None) is ("c_2" in seen)


def test_erasing_a_call_leaves_nothing_but_blobs_to_delete(
    database: Database, files: Files
) -> None:
    key, other = files.put(b"sound"), files.put(b"shared")
    with database.unit_of_work() as connection:
        for number in (1, 2):
            calls.add(connection, new_call(number))
            calls.set_file(connection, f"c_{number}", "spans", other, n_bytes=6)
        calls.set_file(connection, "c_1", "recording", key, n_bytes=5)
        jobs.add(connection, "c_1.1", "call", call_id="c_1")
        search.save_text(connection, 1, "secret words")
        doomed.doom(connection, calls.erase(connection, "c_1"))
        assert calls.get(connection, "c_1") is None
        assert jobs.get(connection, "c_1.1") is None
        assert ids(connection, CallFilter(text="secret")) == []
    assert doomed.sweep(database, files) == 1
    assert files.get(other) == b"shared"
    with pytest.raises(Exception, match="missing"):
        files.get(key)


def test_a_blob_that_nobody_names_is_collected(
    database: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doomed, "GRACE_SECONDS", -60.0)
    kept, lost = files.put(b"kept"), files.put(b"lost")
    fill(database, 1)
    with database.unit_of_work() as connection:
        calls.set_file(connection, "c_1", "recording", kept, n_bytes=4)
    assert doomed.collect(database, files) == 1
    assert doomed.collect(database, files) == 0
    assert doomed.sweep(database, files) == 1
    assert files.get(kept) == b"kept"
    with pytest.raises(Exception, match="missing"):
        files.get(lost)


def test_a_doomed_blob_that_a_row_names_stays(database: Database, files: Files) -> None:
    key = files.put(b"sound")
    fill(database, 1)
    with database.unit_of_work() as connection:
        doomed.doom(connection, [key])
        calls.set_file(connection, "c_1", "recording", key, n_bytes=5)
    assert doomed.sweep(database, files) == 0
    assert files.get(key) == b"sound"
