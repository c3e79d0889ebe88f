"""`icp crm push` to Salesforce, with the real client library over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.crm import salesforce as adapter
from tests.api.conftest import Run
from tests.api.crm.conftest import (
    FIRST,
    SECOND,
    SHIPPED,
    assessment,
    write_assessments,
    write_mapping,
)
from tests.api.crm.crm_server import TOKEN, CrmServer, Fault

MINE = """\
crm: salesforce
match: ICP_Deal_Id__c
push:
  ICP_Tier__c: {from: tier, overwrite: true}
  ICP_Fit__c: fit_percent
  ICP_Disqualified__c: disqualified
  ICP_Evidence__c: evidence
  ICP_Short__c: evidence
  ICP_Open_Questions__c: open_questions
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return write_mapping(tmp_path / "mine.yaml", MINE)


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    found = (assessment("d-1", disqualified=True), assessment("d-2"), assessment("d-3"))
    return write_assessments(tmp_path / "a.json", *found)


def test_dry_run_push_and_nothing_to_do(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path
) -> None:
    dry = icp("crm", "push", mapping, "--from", deals, "--dry-run")
    assert "d-1: ICP_Tier__c: B → A" in dry.out
    assert "ICP_Open_Questions__c: mine → Which CRM do you use? · kept" in dry.out
    assert not salesforce.writes()
    ran = icp("crm", "push", mapping, "--from", deals)
    assert ran.status == 0, ran.err
    first = salesforce.deals[FIRST]
    assert (first["ICP_Tier__c"], first["ICP_Fit__c"], first["ICP_Disqualified__c"]) == (
        "A", 81.0, True,
    )  # fmt: skip
    assert "\r\n" in first["ICP_Evidence__c"]
    assert first["ICP_Short__c"] == "raised locked: “=HYPERLINK(1)…"
    assert first["ICP_Open_Questions__c"] == "mine"
    written = len(salesforce.writes())
    again = icp("crm", "push", mapping, "--from", deals)
    assert "3 deals: 0 changed (0 fields), 3 as they should be" in again.out
    assert len(salesforce.writes()) == written


@pytest.mark.parametrize("status", [400, 500])
def test_one_broken_deal_stops_nothing(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path, status: int
) -> None:
    salesforce.poison[SECOND] = status
    ran = icp("crm", "push", mapping, "--from", deals)
    assert ran.status == 1
    assert ran.err.count("icp: deal ") == 1
    assert "icp: deal d-2: Salesforce: " in ran.err
    assert salesforce.deals[FIRST]["ICP_Tier__c"] == "A"
    assert "2 changed" in ran.out


def test_ids_that_are_none_and_ids_of_15_letters(
    icp: Run, salesforce: CrmServer, tmp_path: Path
) -> None:
    mapping = write_mapping(tmp_path / "m.yaml", MINE.replace("ICP_Deal_Id__c", "Id"))
    path = write_assessments(tmp_path / "a.json", assessment("d-1"), assessment(SECOND[:15]))
    ran = icp("crm", "push", mapping, "--from", path)
    assert (ran.status, ran.err) == (
        1, "icp: deal d-1: is no Salesforce id (set match to the field that holds your deal ids)\n",
    )  # fmt: skip
    assert salesforce.deals[SECOND]["ICP_Tier__c"] == "A"


def test_a_deal_id_cannot_break_out_of_a_query(
    icp: Run, salesforce: CrmServer, mapping: Path, tmp_path: Path
) -> None:
    evil = "x') OR (Name != '\\"
    salesforce.deals[SECOND]["ICP_Deal_Id__c"] = evil
    path = write_assessments(tmp_path / "a.json", assessment(evil))
    assert icp("crm", "push", mapping, "--from", path).status == 0
    assert salesforce.deals[SECOND]["ICP_Tier__c"] == "A"
    assert salesforce.deals[FIRST]["ICP_Tier__c"] == "B"


def test_missing_deals_are_made_once(icp: Run, salesforce: CrmServer, tmp_path: Path) -> None:
    text = MINE + "missing: create\ncreate: {Name: '{account}', StageName: New}\n"
    mapping = write_mapping(tmp_path / "m.yaml", text)
    path = write_assessments(tmp_path / "a.json", assessment("d-9"), assessment("d-1"))
    salesforce.faults.append(Fault("Opportunity/ICP_Deal_Id__c", 500, after=True))
    assert icp("crm", "push", mapping, "--from", path).status == 0
    made = [d for d in salesforce.deals.values() if d.get("ICP_Deal_Id__c") == "d-9"]
    assert [(d["Name"], d["ICP_Tier__c"]) for d in made] == [("d-9", "A")]
    assert "0 changed" in icp("crm", "push", mapping, "--from", path).out
    loose = write_mapping(tmp_path / "l.yaml", text.replace("ICP_Deal_Id__c", "Legacy__c"))
    ran = icp("crm", "push", loose, "--from", path)
    assert (ran.status, "Legacy__c is not unique" in ran.err) == (2, True)


def test_waiting_slowness_and_the_days_limit(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path, pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ICP_CRM_TIMEOUT", "0.2")
    salesforce.faults += [
        Fault("query", 503, {"Retry-After": "9"}), Fault("composite", 200, seconds=0.4),
    ]  # fmt: skip
    assert icp("crm", "push", mapping, "--from", deals).status == 0
    assert {9.0, 1.0} <= set(pauses)
    over = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    salesforce.faults.append(Fault("query", 403, body=over))
    before = len(salesforce.seen)
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, ran.err.count("REQUEST_LIMIT_EXCEEDED")) == (1, 3)
    assert len(salesforce.seen) == before + 2


def test_a_refused_token_is_bad_usage(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_SALESFORCE_TOKEN", "expired-token-99")
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "INVALID_SESSION_ID" in ran.err) == (2, True)
    assert "expired-token-99" not in ran.out + ran.err
    monkeypatch.delenv("ICP_SALESFORCE_URL")
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "ICP_SALESFORCE_URL: is not set" in ran.err) == (2, True)


def test_a_session_that_ends_midway_names_the_rest(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path
) -> None:
    gone = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    salesforce.faults.append(Fault("composite", 401, body=gone))
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, ran.err.count("Session expired")) == (1, 3)


def test_an_app_signs_in_by_itself(
    icp: Run, salesforce: CrmServer, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The org's own address leads to the stand-in, as a name server would."""
    real = adapter.PacedSession.request

    def request(self: adapter.PacedSession, method: str, url: str, **options: Any) -> Any:
        path = url.removeprefix("https://acme.my.salesforce.com")
        return real(self, method, f"{salesforce.url}{path}", **options)

    monkeypatch.setattr(adapter.PacedSession, "request", request)
    monkeypatch.setenv("ICP_SALESFORCE_URL", "https://acme.my.salesforce.com")
    monkeypatch.delenv("ICP_SALESFORCE_TOKEN")
    monkeypatch.setenv("ICP_SALESFORCE_CLIENT_ID", "key")
    monkeypatch.setenv("ICP_SALESFORCE_CLIENT_SECRET", "hush-hush")
    grant = {"access_token": TOKEN, "instance_url": "https://acme.my.salesforce.com"}
    salesforce.faults.append(Fault("oauth2/token", 200, body=grant))
    ran = icp("crm", "push", mapping, "--from", deals)
    assert ran.status == 0, ran.err
    denied = {"error": "invalid_client", "error_description": "hush-hush is wrong"}
    salesforce.faults.append(Fault("oauth2/token", 400, body=denied))
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "sign-in refused" in ran.err) == (2, True)
    assert "hush-hush" not in ran.out + ran.err


def test_the_shipped_mapping_works(icp: Run, salesforce: CrmServer, tmp_path: Path) -> None:
    path = write_assessments(tmp_path / "a.json", assessment(FIRST), assessment(SECOND))
    assert icp("crm", "push", SHIPPED / "salesforce.yaml", "--from", path).status == 0
    again = icp("crm", "push", SHIPPED / "salesforce.yaml", "--from", path)
    assert "0 changed (0 fields), 2 as they should be" in again.out


def test_an_object_that_is_not_there_is_bad_usage(
    icp: Run, salesforce: CrmServer, deals: Path, tmp_path: Path
) -> None:
    mapping = write_mapping(tmp_path / "m.yaml", MINE + "object: Oportunity\n")
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "object in the mapping" in ran.err) == (2, True)
