"""A changed profile, outcomes, verdicts and new statements over HTTP, from stored calls."""

from __future__ import annotations

import pytest

from tests.api.jobs.conftest import PROFILE
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def fill(api: Api, count: int, who: str = "rep") -> list[str]:
    made = [api.upload(SOUND + talk(n), who, deal_id=f"d-{n}") for n in range(1, count + 1)]
    api.work()
    return made


def test_a_changed_profile_says_which_deals_move(api: Api) -> None:
    fill(api, 3)
    either = {"id": "crm", "dimension": "tech_stack", "any_of": ["Salesforce", "HubSpot"]}
    changed = {**PROFILE, "criteria": [PROFILE["criteria"][0], either]}  # type: ignore[index]
    path, manager = "/v1/profiles/midmarket/diff", api.headers("manager")
    found = api.client.post(path, json=changed, headers=manager).json()
    assert (found["deals"], found["unweighed"]) == (3, 0)
    (moved,) = found["changed"]
    assert (moved["deal_id"], moved["after"]) == ("d-2", "A")
    assert moved["rules"][0]["rule"] == "crm"
    new = {"id": "n", "statement": "They lose hours on notes"}
    more = {**changed, "criteria": [*changed["criteria"], new]}  # type: ignore[misc]
    assert api.client.post(path, json=more, headers=manager).json()["unweighed"] == 3
    away = api.client.post(path, json=changed, headers=api.headers("stranger")).json()
    assert away["deals"] == 0
    bad = api.client.post(path, json={"id": "x"}, headers=manager)
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad_profile")


def test_outcomes_say_how_tiers_did(api: Api) -> None:
    fill(api, 4)
    admin = api.headers("admin")
    for number, outcome in ((1, "won"), (2, "lost"), (3, "churned")):
        api.client.put(f"/v1/deals/d-{number}", json={"outcome": outcome}, headers=admin)
    found = api.client.get("/v1/profiles/midmarket/insight?least=2", headers=admin).json()
    assert found["outcomes"] == {"won": 1, "lost": 1, "churned": 1}
    tiers = {row["tier"]: row for row in found["tiers"]}
    assert (tiers["A"]["wins"]["hits"], tiers["A"]["churn"]["hits"]) == (2, 1)
    assert all(lift["odds"] is None for lift in found["signals"] if lift["deals_with"] < 2)


def test_verdicts_become_precision_also_of_what_was_rejected(api: Api) -> None:
    fill(api, 2)
    admin = api.headers("admin")
    calls = api.client.get("/v1/calls", headers=admin).json()["items"]
    for call, verdict in zip(calls, ("confirmed", "rejected"), strict=True):
        signals = api.client.get(f"/v1/calls/{call['id']}/signals", headers=admin).json()["items"]
        tool = next(s for s in signals if s["dimension"] == "tech_stack")
        body = {"verdict": verdict}
        answered = api.client.patch(f"/v1/signals/{tool['id']}", json=body, headers=admin)
        assert answered.status_code == 200
    found = api.client.get("/v1/precision?profile=midmarket", headers=admin).json()
    (tools,) = found["dimensions"]
    assert (tools["about"], tools["share"]["hits"], tools["share"]["count"]) == ("tech_stack", 1, 2)
    assert found["verdicts"] == 2
    assert [row["about"] for row in found["rules"]] == ["crm"]
    assert found["rules"][0]["share"]["count"] == 2


def test_a_statement_is_tried_before_it_counts(api: Api) -> None:
    one, two = fill(api, 2)
    admin = api.headers("admin")
    body = {"statement": "They lose hours on notes every week", "yes": [one], "no": [two]}
    found = api.client.post("/v1/statements/preview", json=body, headers=admin).json()
    assert found["calls"] == 2
    assert {hit["call_id"] for key in ("hits", "near", "denied") for hit in found[key]} <= {
        one,
        two,
    }
    unknown = api.client.post(
        "/v1/statements/preview", json={**body, "yes": ["c_none"]}, headers=admin
    )
    assert (unknown.status_code, "c_none" in unknown.text) == (422, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/profiles/midmarket/diff"),
        ("GET", "/v1/profiles/midmarket/insight"),
        ("GET", "/v1/precision"),
        ("POST", "/v1/statements/preview"),
    ],
)
def test_reps_learn_nothing_of_others(api: Api, method: str, path: str) -> None:
    body = {"statement": "They lose hours on notes"} if "statements" in path else PROFILE
    answered = api.client.request(method, path, json=body, headers=api.headers("rep"))
    assert answered.status_code == 403
    assert api.client.request(method, path, json=body).status_code == 401


def test_a_profile_that_is_not_there_is_not_found(api: Api) -> None:
    for path in ("/v1/profiles/none/insight", "/v1/precision?profile=none"):
        assert api.client.get(path, headers=api.headers("admin")).status_code == 404
