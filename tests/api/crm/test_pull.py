"""`icp crm pull`: facts and outcomes from both CRMs into a table and into the service."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from api.deal_rows import read_table
from api.jobs.service import open_service
from api.settings import load_settings
from api.store import deals
from api.store.records import Deal
from tests.api.conftest import Run
from tests.api.crm.conftest import SHIPPED, assessment, write_assessments, write_mapping
from tests.api.crm.crm_server import CrmServer, Fault


def stored(deal_id: str) -> Deal | None:
    service = open_service(load_settings())
    try:
        with service.database.reading() as connection:
            return deals.get(connection, deal_id)
    finally:
        service.close()


def mapping_for(folder: Path, crm: str, match: str) -> Path:
    """The shipped mapping, with deals found by a field of one's own."""
    usual = {"hubspot": "hs_object_id", "salesforce": "Id"}[crm]
    text = (SHIPPED / f"{crm}.yaml").read_text(encoding="utf-8")
    return write_mapping(folder / f"{crm}.yaml", text.replace(f"match: {usual}", f"match: {match}"))


@pytest.fixture
def both(tmp_path: Path) -> Path:
    return write_assessments(tmp_path / "a.json", assessment("d-1"), assessment("d-2"))


def test_hubspots_facts_and_outcomes_are_taken_over_once(
    icp: Run, hubspot: CrmServer, both: Path, tmp_path: Path
) -> None:
    mapping = mapping_for(tmp_path, "hubspot", "icp_deal_id")
    dry = icp("crm", "pull", mapping, "--from", both, "--dry-run")
    assert dry.status == 0, dry.err
    assert "d-1: outcome: (empty) → won" in dry.out
    assert "d-1: headcount: (empty) → 250" in dry.out
    assert "2 deals: 2 would change, 0 failed" in dry.out
    assert "icp: d-2: several companies, none of them primary" in dry.err
    assert stored("d-1") is None
    assert icp("crm", "pull", mapping, "--from", both).status == 0
    first, second = stored("d-1"), stored("d-2")
    assert first is not None
    assert second is not None
    assert (first.account, first.outcome, first.amount, first.currency, first.closed_at) == (
        "Acme", "won", 12000.5, "EUR", 1772582400.0,
    )  # fmt: skip
    assert first.facts == {"headcount": 250, "industry": ["banking"]}
    assert (second.stage, second.outcome, second.closed_at) == ("qualified", None, None)
    again = icp("crm", "pull", mapping)  # now the deals that the service knows
    assert (again.status, "2 deals: 0 changed, 0 failed" in again.out) == (0, True)
    hubspot.deals["17"]["dealstage"] = "closedlost"
    assert "outcome: won → lost" in icp("crm", "pull", mapping, "--deal", "d-1").out
    assert not hubspot.writes()


def test_salesforces_facts_become_a_table_that_assess_reads(
    icp: Run, salesforce: CrmServer, both: Path, tmp_path: Path
) -> None:
    mapping = mapping_for(tmp_path, "salesforce", "ICP_Deal_Id__c")
    salesforce.companies["001A"]["Name"] = "=cmd()"
    ran = icp("crm", "pull", mapping, "--from", both, "--csv", "deals.csv")
    assert ran.status == 0, ran.err
    table = read_table(Path("deals.csv").read_bytes(), "deals.csv")
    table.must_be_whole()
    first, second = table.rows
    assert dict(first.fields) == {
        "account": "'=cmd()", "stage": "Closed Lost", "amount": 1250.5, "outcome": "lost",
        "closed_at": 1772582400.0,
    }  # fmt: skip
    assert first.facts == {"headcount": 250, "industry": ["software"]}
    assert dict(second.fields) == {"stage": "Proposal"}


def test_a_bad_value_and_a_missing_deal_stop_nothing(
    icp: Run, hubspot: CrmServer, tmp_path: Path
) -> None:
    hubspot.companies["7"]["numberofemployees"] = "lots"
    mapping = mapping_for(tmp_path, "hubspot", "icp_deal_id")
    found = [assessment(d) for d in ("d-1", "d-2", "d-9")]
    path = write_assessments(tmp_path / "a.json", *found)
    hubspot.faults.append(Fault("batch/read", 429, {"Retry-After": "1"}))
    ran = icp("crm", "pull", mapping, "--from", path)
    assert ran.status == 1
    assert "deal d-1: headcount: 'lots' is no number" in ran.err
    assert "deal d-9: is not in the CRM" in ran.err
    assert (stored("d-1"), stored("d-9")) == (None, None)
    second = stored("d-2")
    assert second is not None
    assert second.stage == "qualified"


def test_a_field_that_is_not_there_is_named(icp: Run, salesforce: CrmServer, both: Path) -> None:
    mapping = write_mapping(
        Path("m.yaml"),
        "crm: salesforce\nmatch: ICP_Deal_Id__c\npull:\n  amount: Ammount\n  account: Acount.Name\n"
        "  hq: Account.Country\n",
    )
    ran = icp("crm", "pull", mapping, "--from", both)
    assert ran.status == 2
    for part in ("line 4: error: pull.amount: Salesforce has no field Ammount (did you mean Amoun",
                 "line 5: error: pull.account: a deal of Salesforce leads to no Acount",
                 "line 6: error: pull.hq: Salesforce has no field Country"):  # fmt: skip
        assert part in ran.err


def test_an_account_that_is_not_there_says_nothing(
    icp: Run, salesforce: CrmServer, both: Path, tmp_path: Path
) -> None:
    salesforce.deals.pop("006000000000001AAA")
    mapping = mapping_for(tmp_path, "salesforce", "ICP_Deal_Id__c")
    ran = icp("crm", "pull", mapping, "--from", both, "--deal", "d-2", "--csv", "deals.csv")
    assert ran.status == 0
    with Path("deals.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["account"], row["headcount"], row["stage"]) == ("", "", "Proposal")
