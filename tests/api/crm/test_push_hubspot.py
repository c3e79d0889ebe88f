"""`icp crm push` to HubSpot, with the real client library over HTTP."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.api.conftest import Run
from tests.api.crm.conftest import SHIPPED, assessment, write_assessments, write_mapping
from tests.api.crm.crm_server import TOKEN, CrmServer, Fault

MINE = """\
crm: hubspot
match: icp_deal_id
push:
  icp_tier: {from: tier, overwrite: true}
  icp_fit_percent: fit_percent
  icp_disqualified: disqualified
  icp_evidence: evidence
  icp_met: met
  icp_open_questions: open_questions
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return write_mapping(tmp_path / "mine.yaml", MINE)


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return write_assessments(
        tmp_path / "a.json", assessment("d-1"), assessment("d-2", tier=None, fit=None)
    )


def test_a_dry_run_shows_old_and_new_and_writes_nothing(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path
) -> None:
    ran = icp("crm", "push", mapping, "--from", deals, "--dry-run")
    assert ran.status == 0, ran.err
    assert "d-1: icp_tier: B → A" in ran.out
    assert "d-1: icp_fit_percent: (empty) → 81" in ran.out
    assert "icp_open_questions: mine → Which CRM do you use? · kept, for it is filled" in ran.out
    assert "2 deals: 2 would change (9 fields), 0 as they should be, 0 failed, 1 filled" in ran.out
    assert not hubspot.writes()


def test_a_push_fills_and_a_second_one_changes_nothing(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path
) -> None:
    assert icp("crm", "push", mapping, "--from", deals).status == 0
    first = hubspot.deals["17"]
    assert (first["icp_tier"], first["icp_fit_percent"], first["icp_met"]) == ("A", "81", "size")
    assert first["icp_disqualified"] == "false"
    assert first["icp_evidence"].splitlines() == [
        "raised locked: “=HYPERLINK(1) until 2027”", "detected funding: “Series B!”",
        "met size: “We are 250 people.”",
    ]  # fmt: skip
    assert first["icp_open_questions"] == "mine"
    assert "icp_tier" not in hubspot.deals["18"]
    written = len(hubspot.writes())
    again = icp("crm", "push", mapping, "--from", deals)
    assert "2 deals: 0 changed (0 fields), 2 as they should be, 0 failed" in again.out
    assert (again.status, len(hubspot.writes())) == (0, written)


def test_overwrite_is_for_the_named_field_only(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path
) -> None:
    hubspot.deals["17"]["icp_fit_percent"] = "12"
    ran = icp("crm", "push", mapping, "--from", deals, "--overwrite", "icp_open_questions")
    assert ran.status == 0
    assert hubspot.deals["17"]["icp_open_questions"] == "Which CRM do you use?"
    assert hubspot.deals["17"]["icp_fit_percent"] == "12"
    wrong = icp("crm", "push", mapping, "--from", deals, "--overwrite", "amount")
    assert (wrong.status, "pushes no field 'amount'" in wrong.err) == (2, True)


def test_a_field_to_overwrite_follows_the_assessment_to_empty(
    icp: Run, hubspot: CrmServer, mapping: Path, tmp_path: Path
) -> None:
    path = write_assessments(tmp_path / "a.json", assessment("d-1", tier=None))
    ran = icp("crm", "push", mapping, "--from", path)
    assert "icp_tier: B → (empty)" in ran.out
    assert hubspot.deals["17"]["icp_tier"] is None


@pytest.mark.parametrize("status", [400, 500])
def test_one_broken_deal_stops_nothing(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path, status: int
) -> None:
    hubspot.poison["17"] = status
    ran = icp("crm", "push", mapping, "--from", deals, "--json", "report.json")
    assert ran.status == 1
    assert f"deal d-1: HubSpot: deal 17 is broken (status {status})" in ran.err
    assert hubspot.deals["18"]["icp_disqualified"] == "false"
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert list(report["problems"]) == ["d-1"]


def test_a_deal_that_is_not_there_is_named(
    icp: Run, hubspot: CrmServer, mapping: Path, tmp_path: Path
) -> None:
    path = write_assessments(tmp_path / "a.json", assessment("d-9"), assessment("d-1"))
    ran = icp("crm", "push", mapping, "--from", path)
    assert (ran.status, "deal d-9: is not in the CRM" in ran.err) == (1, True)
    assert hubspot.deals["17"]["icp_tier"] == "A"
    skipping = write_mapping(tmp_path / "s.yaml", MINE + "missing: skip\n")
    assert icp("crm", "push", skipping, "--from", path).status == 0
    by_id = write_mapping(tmp_path / "i.yaml", MINE.replace("match: icp_deal_id\n", ""))
    ran = icp("crm", "push", by_id, "--from", path)
    assert "deal d-9: is no HubSpot id" in ran.err


def test_missing_deals_are_made_once(
    icp: Run, hubspot: CrmServer, tmp_path: Path, pauses: list[float]
) -> None:
    making = MINE + "missing: create\ncreate: {dealname: 'Deal {account}', dealstage: new}\n"
    mapping = write_mapping(tmp_path / "m.yaml", making)
    path = write_assessments(tmp_path / "a.json", assessment("d-9"))
    assert "dealname: (empty) → Deal d-9" in icp("crm", "push", mapping, "--from", path).out
    made = [d for d in hubspot.deals.values() if d.get("icp_deal_id") == "d-9"]
    assert [d["dealname"] for d in made] == ["Deal d-9"]
    # the answer is lost although the deal was made: trying again makes no second one
    other = write_assessments(tmp_path / "b.json", assessment("d-10"))
    hubspot.faults.append(Fault("batch/upsert", 503, after=True))
    assert icp("crm", "push", mapping, "--from", other).status == 0
    assert sum(d.get("icp_deal_id") == "d-10" for d in hubspot.deals.values()) == 1
    assert icp("crm", "push", mapping, "--from", other).out.startswith("1 deals: 0 changed")


def test_a_property_that_is_not_unique_is_searched(
    icp: Run, hubspot: CrmServer, tmp_path: Path
) -> None:
    hubspot.deals |= {str(n): {"legacy_id": f"x-{n}"} for n in range(30, 33)}
    hubspot.deals["40"] = {"legacy_id": "d-2"}
    hubspot.deals["41"] = {"legacy_id": "D-1"}
    mapping = write_mapping(tmp_path / "m.yaml", MINE.replace("icp_deal_id", "legacy_id"))
    ids = ("d-1", "d-2", "x-30", "x-31", "x-32")
    path = write_assessments(tmp_path / "a.json", *(assessment(i) for i in ids))
    ran = icp("crm", "push", mapping, "--from", path)
    assert (ran.status, ran.err) == (1, "icp: deal d-2: several deals have this legacy_id\n")
    assert [hubspot.deals[i]["icp_tier"] for i in ("17", "30", "31", "32")] == ["A"] * 4


def test_waiting_is_asked_for_and_done(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path, pauses: list[float]
) -> None:
    hubspot.faults += [
        Fault("batch/read", 429, {"Retry-After": "7"}), Fault("batch/read", 429),
        Fault("batch/update", 502, {"Retry-After": "0"}),
    ]  # fmt: skip
    assert icp("crm", "push", mapping, "--from", deals).status == 0
    assert {7.0, 2.0, 0.0} <= set(pauses)
    assert hubspot.deals["17"]["icp_tier"] == "A"


def test_the_days_limit_is_no_pause(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path
) -> None:
    over = {"status": "error", "message": "You have reached your daily limit.",
            "policyName": "DAILY"}  # fmt: skip
    hubspot.faults.append(Fault("batch/read", 429, body=over))
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, ran.err.count("daily limit")) == (1, 2)
    assert sum(path.endswith("batch/read") for _, path in hubspot.seen) == 1


def test_slow_and_broken_answers_are_tried_again(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_CRM_TIMEOUT", "0.2")
    hubspot.faults += [Fault("batch/read", 200, seconds=0.4)]
    assert icp("crm", "push", mapping, "--from", deals).status == 0
    hubspot.faults += [Fault("batch/read", 200, body=["junk"])]
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "answer cannot be read" in ran.err) == (1, True)


def test_a_server_that_stays_down_ends_the_run(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path
) -> None:
    hubspot.faults += [Fault("batch/update", 500, body={"message": "down"})] * 30
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, ran.err.count("HubSpot: down (status 500)")) == (1, 2)


def test_refused_credentials_are_bad_usage_and_stay_secret(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_LOG_LEVEL", "DEBUG")
    echo = {"message": f"the token {TOKEN} is known to nobody"}
    hubspot.faults.append(Fault("properties", 401, body=echo))
    ran = icp("crm", "push", mapping, "--from", deals)
    assert ran.status == 2
    assert "known to nobody" in ran.err
    assert TOKEN not in ran.out + ran.err
    for token in ("", "a\nb", "ключ"):
        monkeypatch.setenv("ICP_HUBSPOT_TOKEN", token)
        ran = icp("crm", "push", mapping, "--from", deals)
        assert (ran.status, "ICP_HUBSPOT_TOKEN" in ran.err) == (2, True)


def test_no_connection_without_a_token_or_encryption(
    icp: Run, hubspot: CrmServer, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_HUBSPOT_URL", "http://api.hubapi.com")
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "is not encrypted" in ran.err) == (2, True)
    monkeypatch.setenv("ICP_HUBSPOT_URL", hubspot.url)
    monkeypatch.delenv("ICP_HUBSPOT_TOKEN")
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "ICP_HUBSPOT_TOKEN: is not set" in ran.err) == (2, True)
    assert not hubspot.seen


def test_a_mapping_that_does_not_fit_writes_nothing(
    icp: Run, hubspot: CrmServer, deals: Path, tmp_path: Path
) -> None:
    text = MINE.replace("icp_evidence:", "icp_evidnce:").replace("from: tier", "from: evidence")
    mapping = write_mapping(
        tmp_path / "m.yaml", f"{text}  icp_rich: evidence\n  icp_score: fit\n  amount: profile\n"
    )
    ran = icp("crm", "push", mapping, "--from", deals)
    assert ran.status == 2
    for part in (
        "line 7: error: push.icp_evidnce: HubSpot has no field icp_evidnce (did you mean icp_evi",
        "line 4: error: push.icp_tier: icp_tier is of type enumeration, which cannot hold evidence",
        "line 10: error: push.icp_rich: icp_rich is of type rich text", "icp_score cannot be writt",
        "line 12: error: push.amount: amount is of type number, which cannot hold profile",
    ):  # fmt: skip
        assert part in ran.err
    assert not hubspot.writes()


def test_a_choice_that_is_not_there_fails_its_deal_alone(
    icp: Run, hubspot: CrmServer, mapping: Path, tmp_path: Path
) -> None:
    odd = assessment("d-1", criteria=[{"id": "arr", "status": "met", "quote": ""}])
    path = write_assessments(tmp_path / "a.json", odd, assessment("d-2"))
    ran = icp("crm", "push", mapping, "--from", path)
    assert (ran.status, "deal d-1: icp_met has no option arr" in ran.err) == (1, True)
    assert (hubspot.deals["17"]["icp_tier"], hubspot.deals["18"]["icp_tier"]) == ("B", "A")


def test_the_shipped_mapping_works(icp: Run, hubspot: CrmServer, tmp_path: Path) -> None:
    path = write_assessments(tmp_path / "a.json", assessment("17"), assessment("18"))
    assert icp("crm", "push", SHIPPED / "hubspot.yaml", "--from", path).status == 0
    again = icp("crm", "push", SHIPPED / "hubspot.yaml", "--from", path)
    assert "0 changed (0 fields), 2 as they should be" in again.out


def test_without_the_library_it_says_what_to_install(
    icp: Run, mapping: Path, deals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICP_HUBSPOT_TOKEN", TOKEN)
    monkeypatch.delitem(sys.modules, "api.crm.hubspot", raising=False)
    monkeypatch.setitem(sys.modules, "hubspot", None)
    ran = icp("crm", "push", mapping, "--from", deals)
    assert (ran.status, "pip install 'icp-signals[crm]'" in ran.err) == (2, True)
