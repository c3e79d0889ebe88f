"""`icp assess` from the results of `icp check --json`, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.commands import assess as assess_command
from api.settings import Settings
from api.wiring import Services
from models.fakes import FakeEntailer
from tests.api.conftest import TRANSCRIPT, Run, scripted_toolbox, write


@pytest.fixture
def results(icp: Run, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two calls of the deal d-1, the second with a change, and one call of no deal."""
    folder = tmp_path / "results"
    folder.mkdir()
    toolbox = scripted_toolbox()
    monkeypatch.setattr(
        assess_command, "open_services", lambda settings: Services(settings, toolbox)
    )
    turns = TRANSCRIPT["turns"]
    assert isinstance(turns, list)
    later = [dict(turn) for turn in turns]
    later[1]["text"] = "I think two hundred and fifty people is wrong now."
    for name, deal, day, said in (
        ("one", "d-1", "2026-03-04", turns),
        ("two", "d-1", "2026-06-04", later),
        ("three", None, "2026-03-05", turns),
    ):
        call = {**TRANSCRIPT, "call_id": name, "turns": said, "recorded_at": f"{day}T10:00:00Z"}
        path = write(tmp_path / f"{name}.json", {**call, **({"deal_id": deal} if deal else {})})
        out = folder / f"{name}.json"
        assert icp("check", path, "-p", profile, "--json", out).status == 0
    (folder / "summary.json").write_text('{"calls": 3}', encoding="utf-8")
    return folder


def test_every_deal_gets_an_assessment(icp: Run, results: Path, profile: Path) -> None:
    ran = icp("assess", results, "--profile", profile, "--json", "out.json")
    assert ran.status == 0, ran.err
    deal, single = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert (deal["deal_id"], deal["calls"]) == ("d-1", ["one", "two"])
    assert (single["deal_id"], single["calls"]) == ("three", ["three"])
    size = next(c for c in deal["criteria"] if c["id"] == "size")
    assert [h["call_id"] for h in size["history"]] == ["one", "two"]
    assert {"contradictions", "facts", "open_questions", "quadrant"} <= set(deal)
    assert "We are two hundred and fifty people." in " ".join(ran.out.split())
    assert "Ask next" in ran.out


def test_one_deal_is_one_object_and_a_new_statement_is_weighed(
    icp: Run, results: Path, profile: Path, tmp_path: Path
) -> None:
    (results / "three.json").unlink()
    changed = tmp_path / "new.yaml"
    text = profile.read_text(encoding="utf-8")
    changed.write_text(text.replace("Reps lose time typing", "Reps lose time writing"), "utf-8")
    assert icp("assess", results, "-p", changed, "--json", "out.json").status == 0
    deal = json.loads(Path("out.json").read_text(encoding="utf-8"))
    notes = next(c for c in deal["criteria"] if c["id"] == "notes")
    assert (notes["status"], len(notes["sum"])) == ("met", 3)


def test_a_damaged_file_is_named_and_stops_nothing(icp: Run, results: Path, profile: Path) -> None:
    (results / "bad.json").write_text('{"transcript": ', encoding="utf-8")
    (results / "odd.json").write_text('{"transcript": {"turns": 3}, "signals": []}', "utf-8")
    one = json.loads((results / "one.json").read_text("utf-8"))
    half = {**one, "statements": [{"statement": "s", "supports": "much"}]}
    other = {**one, "transcript": {**one["transcript"], "call_id": "other"}}
    (results / "half.json").write_text(json.dumps(half), "utf-8")
    (results / "other.json").write_text(json.dumps(other), "utf-8")
    ran = icp("assess", results, "-p", profile)
    assert ran.status == 1
    assert "bad.json" in ran.err
    assert "odd.json: turns" in ran.err
    assert "half.json: supports" in ran.err
    assert "other.json: signals" in ran.err
    assert "d-1" in ran.out


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_folder_without_results_is_bad_usage(icp: Run, profile: Path, place: str) -> None:
    profile_only = profile.parent / "p"
    profile_only.mkdir()
    ran = icp("assess", place if place != "." else profile_only, "-p", profile)
    assert ran.status == 2
    assert "name the folder" in ran.err or "icp check" in ran.err


def test_facts_of_the_crm_are_read_from_a_table(
    icp: Run, results: Path, profile: Path, tmp_path: Path
) -> None:
    table = tmp_path / "deals.csv"
    table.write_text("deal_id,headcount,hq\nd-1,9000,Munich\n", encoding="utf-8")
    ran = icp("assess", results, "-p", profile, "--crm", table, "--json", "out.json")
    assert ran.status == 0, ran.err
    deal = json.loads(Path("out.json").read_text(encoding="utf-8"))[0]
    by_id = {c["id"]: c for c in deal["criteria"]}
    assert by_id["size"]["source"] == "call"
    assert {f["source"] for f in deal["facts"]} == {"crm"}
    assert "crm" in [c["between"] for c in deal["contradictions"]]
    table.write_text("deal_id,headcount\nd-1,many\n", encoding="utf-8")
    refused = icp("assess", results, "-p", profile, "--crm", table)
    assert refused.status == 1
    assert "line 2, headcount" in refused.err


def test_the_models_are_not_asked_again(
    icp: Run, results: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Never(FakeEntailer):
        def judge(self, pairs: object) -> list[object]:  # type: ignore[override]
            raise AssertionError("weighed again")

    from dataclasses import replace

    toolbox = replace(scripted_toolbox(), entailer=Never({}))

    def services(settings: Settings) -> Services:
        return Services(settings, toolbox)

    monkeypatch.setattr(assess_command, "open_services", services)
    assert icp("assess", results, "-p", profile).status == 0
