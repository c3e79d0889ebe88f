"""Deals over HTTP: who sees them, what the CRM says of them, and their assessment."""

from __future__ import annotations

import pytest

from api.jobs import intake
from api.store import boards, calls, deals
from api.store.scope import Scope
from api.wiring import Services
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def test_a_deal_comes_with_its_calls_and_is_assessed(api: Api) -> None:
    for number, day in ((2, "2026-01-05"), (1, "2026-05-05")):
        api.upload(SOUND + talk(number), deal_id="d-1", recorded_at=f"{day}T10:00:00Z")
    api.work()
    admin = api.headers("admin")
    found = api.client.get("/v1/deals/d-1/assessment?profile=midmarket", headers=admin).json()
    assert (found["deal_id"], found["tier"], len(found["calls"])) == ("d-1", "A", 2)
    crm = next(c for c in found["criteria"] if c["id"] == "crm")
    assert (crm["status"], crm["source"]) == ("met", "call")
    assert {h["value"] for h in crm["history"]} == {"HubSpot", "Salesforce"}
    assert crm["sum"][0]["log_odds"] == -2.2
    assert "crm" in [rule for c in found["contradictions"] for rule in c["rules"]]
    assert api.client.get("/v1/deals/d-1/assessment", headers=admin).json() == found


def test_an_assessment_is_stored_until_something_changes(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), deal_id="d-1")
    api.work()
    admin, path = api.headers("admin"), "/v1/deals/d-1/assessment"

    def stored() -> int:
        with api.service.database.reading() as connection:
            return len(connection.exec_driver_sql("SELECT n FROM assessments").all())

    first = api.client.get(path, headers=admin).json()
    api.client.get(path, headers=admin)
    assert stored() == 1
    tool = next(c for c in first["criteria"] if c["id"] == "crm")["signals"][0]
    verdict = {"verdict": "rejected"}
    answered = api.client.patch(f"/v1/signals/{tool}", json=verdict, headers=admin)
    assert answered.status_code == 200, answered.text
    again = api.client.get(path, headers=admin).json()
    crm = next(c for c in again["criteria"] if c["id"] == "crm")
    assert (crm["status"], stored()) == ("unknown", 2)
    fact = {"facts": {"tech_stack": ["Salesforce"]}}
    assert api.client.put("/v1/deals/d-1", json=fact, headers=admin).status_code == 200
    told = api.client.get(path, headers=admin).json()
    crm = next(c for c in told["criteria"] if c["id"] == "crm")
    assert (crm["status"], crm["source"], told["facts"][0]["source"]) == ("met", "crm", "crm")
    with api.service.database.reading() as connection:
        call = calls.get(connection, call_id)
    assert call is not None
    intake.erase(api.service, call, "test")
    assert stored() == 0
    assert api.client.get(path, headers=admin).json()["calls"] == []


def test_a_stored_assessment_is_not_made_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.upload(SOUND + talk(1), deal_id="d-1")
    api.work()
    admin, path = api.headers("admin"), "/v1/deals/d-1/assessment"
    first = api.client.get(path, headers=admin).json()

    def never(*given: object, **options: object) -> object:
        raise AssertionError("assessed again")

    monkeypatch.setattr(Services, "assess", never)
    assert api.client.get(path, headers=admin).json() == first


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_deal_of_somebody_else_is_not_found(api: Api, method: str) -> None:
    api.upload(SOUND + talk(1), "rep", deal_id="d-1")
    api.work()
    for who, seen in (("admin", True), ("manager", True), ("rep", True), ("other", False),
                      ("stranger", False)):  # fmt: skip
        headers = api.headers(who)
        got = api.client.request(
            method, "/v1/deals/d-1", headers=headers, json={} if method == "PUT" else None
        )
        assert got.status_code == (200 if seen else 404), (who, got.text)
        listed = api.client.get("/v1/deals", headers=headers).json()["items"]
        assert [d["id"] for d in listed] == (["d-1"] if seen else [])
        status = api.client.get("/v1/deals/d-1/assessment", headers=headers).status_code
        assert status == (200 if seen else 404)


def test_who_sees_only_some_calls_gets_an_assessment_of_those(api: Api) -> None:
    api.upload(SOUND + talk(1), "rep", deal_id="d-1")
    api.upload(SOUND + talk(2), "other", deal_id="d-1")
    api.work()
    path = "/v1/deals/d-1/assessment"
    mine = api.client.get(path, headers=api.headers("rep")).json()
    assert len(mine["calls"]) == 1
    assert "HubSpot" not in str(mine)
    assert len(api.client.get(path, headers=api.headers("manager")).json()["calls"]) == 2
    assert len(api.client.get(path, headers=api.headers("rep")).json()["calls"]) == 1


def test_a_call_that_is_analysed_again_is_no_way_around_that(api: Api) -> None:
    api.upload(SOUND + talk(1), "rep", deal_id="d-1")
    others = api.upload(SOUND + talk(2), "other", deal_id="d-1")
    api.work()
    path = "/v1/deals/d-1/assessment"
    assert len(api.client.get(path, headers=api.headers("manager")).json()["calls"]) == 2
    again = api.client.post(f"/v1/calls/{others}/retry", headers=api.headers("other"))
    assert again.status_code == 202
    mine = api.client.get(path, headers=api.headers("rep")).json()
    assert len(mine["calls"]) == 1
    assert "HubSpot" not in str(mine)
    with api.service.database.reading() as connection:
        row = boards.rows(connection, Scope("rep", "dana"), "p", 1)[0]
        assert (row.seen, row.calls) == (1, 2)
        row = boards.rows(connection, Scope("manager", team="north"), "p", 1)[0]
        assert (row.seen, row.calls) == (1, 1)


def test_a_cursor_that_no_database_takes_is_refused(api: Api) -> None:
    answer = api.client.get("/v1/deals?cursor=YQBi", headers=api.headers("admin"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "cursor")


def test_the_crm_may_say_all_it_knows(api: Api) -> None:
    admin = api.headers("admin")
    body = {
        "account": "Acme", "stage": "proposal", "outcome": "won", "amount": 5000, "currency": "eur",
        "closed_at": "2026-03-04T00:00:00Z", "facts": {"headcount": 40}, "rep": "dana",
        "team": "north",
    }  # fmt: skip
    made = api.client.put("/v1/deals/d-7", json=body, headers=admin)
    assert made.status_code == 201
    assert made.json()["closed_at"] == "2026-03-04T00:00:00Z"
    more = {"stage": "closed", "facts": {"hq": "Munich", "headcount": None}}
    kept = api.client.put("/v1/deals/d-7", json=more, headers=api.headers("rep")).json()
    assert (kept["account"], kept["stage"], kept["currency"]) == ("Acme", "closed", "EUR")
    assert kept["facts"] == {"hq": "Munich"}
    for query, found in (("outcome=won", 1), ("outcome=open", 0), ("account=acm", 1),
                         ("stage=closed", 1), ("rep=lee", 0)):  # fmt: skip
        page = api.client.get(f"/v1/deals?{query}", headers=admin).json()
        assert len(page["items"]) == found, query


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "maybe"}, "outcome"),
        ({"amount": -1}, "amount"),
        ({"currency": "EURO"}, "currency"),
        ({"facts": {"head": 3}}, "head"),
        ({"closed_at": "soon"}, "closed_at"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_refused_by_name(api: Api, body: dict[str, object], field: str) -> None:
    got = api.client.put("/v1/deals/d-1", json=body, headers=api.headers("admin"))
    assert (got.status_code, got.json()["error"]["field"]) == (422, field)
    assert api.client.get("/v1/deals/d-1", headers=api.headers("admin")).status_code == 404


def test_nobody_gives_deals_away(api: Api) -> None:
    rep, manager = api.headers("rep"), api.headers("manager")
    assert api.client.put("/v1/deals/d-1", json={}, headers=rep).status_code == 201
    assert api.client.put("/v1/deals/d-1", json={"rep": "lee"}, headers=rep).status_code == 403
    assert api.client.put("/v1/deals/d-1", json={"rep": "lee"}, headers=manager).status_code == 200
    south = api.client.put("/v1/deals/d-1", json={"team": "south"}, headers=manager)
    assert south.status_code == 403


def test_deals_come_in_pages_and_by_tier(api: Api) -> None:
    for number in range(1, 4):
        api.upload(SOUND + talk(number), deal_id=f"d-{number}")
    api.work()
    admin = api.headers("admin")
    first = api.client.get("/v1/deals?limit=2", headers=admin).json()
    rest = api.client.get(f"/v1/deals?limit=2&cursor={first['next']}", headers=admin).json()
    assert [d["id"] for d in (*first["items"], *rest["items"])] == ["d-1", "d-2", "d-3"]
    assert rest["next"] is None
    for number in (1, 2):
        api.client.get(f"/v1/deals/d-{number}/assessment", headers=admin)
    fits = api.client.get("/v1/deals?tier=A&profile=midmarket", headers=admin).json()
    assert [d["id"] for d in fits["items"]] == ["d-1"]
    assert api.client.get("/v1/deals?tier=A", headers=admin).status_code == 422


def test_a_table_is_taken_over_whole_or_not_at_all(api: Api) -> None:
    admin = api.headers("admin")

    def send(text: str, who: str = "admin", query: str = "") -> tuple[int, dict[str, object]]:
        headers = {**api.headers(who), "Content-Type": "text/csv"}
        got = api.client.post(f"/v1/deals/import{query}", content=text, headers=headers)
        return got.status_code, got.json()

    bad = "deal_id,outcome,amount\nd-1,won,5\nd-2,perhaps,x\n"
    status, refused = send(bad)
    assert status == 422
    assert "line 3, outcome" in str(refused)
    assert "line 3, amount" in str(refused)
    assert api.client.get("/v1/deals/d-1", headers=admin).status_code == 404
    status, part = send(bad, query="?partial=true")
    assert (status, part["created"], len(part["problems"])) == (200, 1, 2)  # type: ignore[arg-type]
    status, done = send("deal_id,outcome,shoe\nd-1,lost,3\nd-2,churned,4\n")
    assert (done["created"], done["updated"], done["ignored_columns"]) == (1, 1, ["shoe"])
    assert api.client.get("/v1/deals/d-1", headers=admin).json()["amount"] == 5
    assert send("deal_id\nd-3\n", "rep")[0] == 403
    assert send("deal_id,stage\nd-1,mine now\n", "manager")[0] == 422
    assert send("deal_id,team\nd-9,south\n", "manager")[0] == 422
    assert send("deal_id,stage\nd-9,new\n", "manager")[1]["created"] == 1
    with api.service.database.reading() as connection:
        made = deals.get(connection, "d-9")
    assert made is not None
    assert made.team == "north"
