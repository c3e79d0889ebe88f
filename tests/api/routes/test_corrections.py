"""Corrections count at once, survive a re-analysis, and stay with those who may see the call."""

from __future__ import annotations

from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def analysed(api: Api, who: str = "rep") -> tuple[str, dict[str, str]]:
    """A call that is done, and its signals' ids by value."""
    call_id = api.upload(SOUND + talk(1), who, deal_id="d-1")
    api.work()
    return call_id, listed(api, call_id)


def listed(api: Api, call_id: str) -> dict[str, str]:
    got = api.client.get(f"/v1/calls/{call_id}/signals", headers=api.headers("admin")).json()
    return {str(signal["value"]): signal["id"] for signal in got["items"]}


def crm(checks: list[dict[str, object]]) -> object:
    return {rule["id"]: rule["status"] for rule in checks[0]["criteria"]}["crm"]  # type: ignore[attr-defined]


def test_a_rejected_signal_counts_no_more_and_stays_rejected(api: Api) -> None:
    call_id, found = analysed(api)
    body = {"verdict": "rejected", "reason": "that was a joke"}
    path = f"/v1/signals/{found['Salesforce']}"
    done = api.client.patch(path, json=body, headers=api.headers("rep")).json()
    assert crm(done["checks"]) == "unknown"
    api.client.post(f"/v1/calls/{call_id}/retry", headers=api.headers("rep"))
    api.work()
    check = api.client.get(f"/v1/calls/{call_id}/check", headers=api.headers("rep")).json()
    assert crm([check]) == "unknown"
    again = api.client.patch(path, json={"verdict": "confirmed"}, headers=api.headers("manager"))
    assert crm(again.json()["checks"]) == "met"


def test_a_corrected_value_is_the_one_that_counts(api: Api) -> None:
    _, found = analysed(api)
    body = {"verdict": "corrected", "change": {"value": "Pipedrive"}}
    path = f"/v1/signals/{found['Salesforce']}"
    done = api.client.patch(path, json=body, headers=api.headers("rep")).json()
    assert crm(done["checks"]) != "met"
    fixed = next(s for s in done["signals"] if s["id"] == found["Salesforce"])
    assert (fixed["value"], fixed["confidence"], fixed["source"]) == ("Pipedrive", 1.0, "person")


def test_what_is_no_verdict_is_refused(api: Api) -> None:
    _, found = analysed(api)
    path = f"/v1/signals/{found['Salesforce']}"
    for body in (
        {"verdict": "maybe"},
        {"verdict": "corrected"},
        {"verdict": "rejected", "change": {"value": "x"}},
        {"verdict": "corrected", "change": {"id": "x"}},
        {"verdict": "corrected", "change": {"value": 7}},
    ):
        got = api.client.patch(path, json=body, headers=api.headers("rep"))
        assert got.status_code == 422, body
    for who in ("other", "stranger"):
        hidden = api.client.patch(path, json={"verdict": "rejected"}, headers=api.headers(who))
        assert hidden.status_code == 404


def test_swapped_sides_take_the_evidence_away_at_once(api: Api) -> None:
    call_id, _ = analysed(api)
    path, mine = f"/v1/calls/{call_id}/speakers", api.headers("rep")
    got = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    prospect = got["speakers"][-1]["id"]
    body = {"kind": "role", "speaker": prospect, "role": "rep"}
    done = api.client.patch(path, json=body, headers=mine)
    assert done.status_code == 200, done.text
    assert done.json()["signals"] == []
    assert crm(done.json()["checks"]) == "unknown"
    api.work()
    after = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    assert {s["id"]: s["role"] for s in after["speakers"]}[prospect] == "rep"
    call = api.client.get(f"/v1/calls/{call_id}", headers=mine).json()
    assert call["status"] == "done"
    named = {"kind": "name", "speaker": prospect, "name": "Dana"}
    assert api.client.patch(path, json=named, headers=mine).status_code == 200
    bad = {"kind": "merge", "speaker": prospect, "other": "S99"}
    assert api.client.patch(path, json=bad, headers=mine).status_code == 422
