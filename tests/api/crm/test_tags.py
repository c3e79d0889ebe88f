"""Tags out of assessments: as a CSV, from the service's store, and what is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.commands import assess as assess_command
from api.commands import crm as crm_command
from api.crm.remote import RemoteField
from api.crm.tables import tags_to_csv
from api.crm.tags import read_tags
from api.crm.values import is_same, to_stored
from api.jobs.service import open_service
from api.settings import load_settings
from api.store import audit, deals, profiles
from api.wiring import Services
from tests.api.conftest import PROFILE, TRANSCRIPT, Run, scripted_toolbox, write
from tests.api.crm.conftest import SHIPPED, assessment, write_assessments, write_mapping
from tests.api.crm.crm_server import CrmServer


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_table_for_any_crm(icp: Run, tmp_path: Path) -> None:
    path = write_assessments(
        tmp_path / "a.json", assessment("=d-1"), assessment("d-2", tier=None, fit=None)
    )
    ran = icp("crm", "csv", "--from", path, "--out", "tags.csv")
    assert (ran.status, ran.out) == (0, "2 deals written to tags.csv\n")
    first, second = rows(Path("tags.csv").read_text(encoding="utf-8"))
    assert first == {
        "deal_id": "'=d-1", "tier": "A", "fit": "0.81", "coverage": "0.7", "engagement": "0.6",
        "quadrant": "pursue", "disqualified": "false", "disqualifiers": "locked",
        "evidence": "raised locked: “=HYPERLINK(1) until 2027” | detected funding: “Series B!” | "
        "met size: “We are 250 people.”",
        "open_questions": "Which CRM do you use?", "profile": "midmarket v3", "calls": "2",
    }  # fmt: skip
    assert (second["tier"], second["fit"]) == ("", "")
    named = icp("crm", "csv", "--from", path, "-o", "t.csv", "--mapping", SHIPPED / "hubspot.yaml")
    assert named.status == 0
    assert rows(Path("t.csv").read_text(encoding="utf-8"))[0]["icp_fit_percent"] == "81"


def test_what_assess_writes_is_read(
    icp: Run, call: Path, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolbox = scripted_toolbox()
    monkeypatch.setattr(
        assess_command, "open_services", lambda settings: Services(settings, toolbox)
    )
    write(call, {**TRANSCRIPT, "deal_id": "d-7"})
    (tmp_path / "results").mkdir()
    assert icp("check", call, "-p", profile, "--json", "results/one.json").status == 0
    assert icp("assess", "results", "-p", profile, "--json", "a.json").status == 0
    ran = icp("crm", "csv", "--from", "a.json", "--out", "tags.csv")
    assert ran.status == 0, ran.err
    (row,) = rows(Path("tags.csv").read_text(encoding="utf-8"))
    assert (row["deal_id"], row["calls"], row["disqualifiers"]) == ("d-7", "1", "")
    assert row["tier"] in ("A", "B", "C", "D")
    assert "met size: “We are two hundred and fifty people.”" in row["evidence"]
    assert row["open_questions"]


TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))


@given(TEXTS.filter(str.strip), TEXTS, TEXTS.filter(str.strip))
def test_no_cell_is_a_formula(deal_id: str, quote: str, question: str) -> None:
    found = assessment(
        deal_id, criteria=[{"id": question, "status": "met", "quote": quote}], triggers=[],
        disqualifiers=[{"id": question, "status": "raised", "quote": ""}],
        open_questions=[{"question": question}],
    )  # fmt: skip
    (row,) = rows(tags_to_csv([read_tags(found, "x")]))
    for cell in row.values():
        assert not cell.lstrip(" \u00a0\ufeff").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


FIELDS = st.builds(
    RemoteField, name=st.just("f"), kind=st.just("text"), type=st.just("string"),
    longest=st.none() | st.integers(1, 40),
)  # fmt: skip


@given(st.lists(TEXTS, max_size=4), FIELDS)
def test_what_was_written_is_not_written_again(lines: list[str], field: RemoteField) -> None:
    new = to_stored("evidence", tuple(lines), field)
    assert field.longest is None or len(str(new or "")) <= field.longest
    kept = None if new is None else str(new).strip().replace("\n", "\r\n")
    # a field of nothing but blanks is empty to a CRM
    assert is_same(kept, new, field) or not str(new).strip()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tier": "E"}, "unknown tier"), ({"fit": 81}, "above 1"), ({"deal_id": " "}, "is empty"),
        ({"profile": None}, "profile: is missing"), ({"criteria": [{"id": "x"}]}, "status"),
        ({"disqualified": "no"}, "true or false"),
    ],
)  # fmt: skip
def test_what_is_no_assessment_is_refused(
    icp: Run, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    path = write_assessments(
        tmp_path / "a.json", assessment("d-1"), {**assessment("d-2"), **change}
    )
    ran = icp("crm", "csv", "--from", path, "--out", "tags.csv")
    assert (ran.status, "a.json[1]" in ran.err, says in ran.err) == (1, True, True)
    assert not Path("tags.csv").exists()


def test_deals_and_profiles_must_be_told_apart(icp: Run, tmp_path: Path) -> None:
    other = assessment("d-1", profile={"id": "enterprise"})
    path = write_assessments(tmp_path / "a.json", assessment("d-1"), other)
    ran = icp("crm", "csv", "--from", path, "--out", "t.csv")
    assert (ran.status, "choose one with --profile" in ran.err) == (1, True)
    ran = icp("crm", "csv", "--from", path, "--out", "t.csv", "--profile", "enterprise")
    assert ran.status == 0
    twice = write_assessments(tmp_path / "b.json", assessment("d-1"), assessment("d-1"))
    ran = icp("crm", "csv", "--from", twice, "--out", "t.csv")
    assert (ran.status, "has the deal 'd-1' twice" in ran.err) == (1, True)
    ran = icp("crm", "csv", "--out", "t.csv")
    assert (ran.status, "no deals are named" in ran.err) == (2, True)


def test_the_services_deals_are_tagged_and_noted(
    icp: Run, hubspot: CrmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        crm_command, "open_services", lambda settings: Services(settings, scripted_toolbox())
    )
    service = open_service(load_settings())
    with service.database.unit_of_work() as connection:
        version, _ = profiles.add_version(connection, _profile(), author="test")
        for deal_id in ("d-1", "d-0"):
            deals.ensure(connection, deal_id, account="Acme")
        deal = deals.get(connection, "d-1")
        assert deal is not None
        deals.add_assessment(connection, deal, "midmarket", version.version, assessment("d-1"))
    mapping = write_mapping(
        tmp_path / "m.yaml",
        "crm: hubspot\nmatch: icp_deal_id\npush:\n  icp_tier: {from: tier, overwrite: true}\n",
    )
    ran = icp("crm", "push", mapping, "--profile", "midmarket")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("1 deals: 1 changed (1 fields), 0 as they should be, 0 failed\n")
    with service.database.reading() as connection:
        page = audit.find(connection, subject_id="d-1")
    service.close()
    noted = [e for e in page.items if e.action == "crm.push"]
    assert [dict(e.details) for e in noted] == [{"crm": "hubspot", "fields": ["icp_tier"]}]
    ran = icp("crm", "push", mapping, "--profile", "other")
    assert (ran.status, "no profile 'other'" in ran.err) == (2, True)


def _profile() -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load(PROFILE)
    return found
