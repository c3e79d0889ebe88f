"""`icp profile diff`, `insight`, `preview` and `icp deals import` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.commands import insights as insights_command
from api.settings import Settings
from api.wiring import Services
from tests.api.conftest import TRANSCRIPT, Run, scripted_toolbox, write


@pytest.fixture
def results(icp: Run, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three calls of three deals."""
    folder = tmp_path / "results"
    folder.mkdir()
    toolbox = scripted_toolbox()

    def services(settings: Settings) -> Services:
        return Services(settings, toolbox)

    monkeypatch.setattr(insights_command, "open_services", services)
    files = [
        write(tmp_path / f"c{n}.json", {**TRANSCRIPT, "call_id": f"c{n}", "deal_id": f"d{n}"})
        for n in range(3)
    ]
    assert icp("check", *files, "-p", profile, "--json", folder / "all.json").status == 0
    return folder


def test_a_diff_says_which_deals_move(
    icp: Run, results: Path, profile: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "p2.yaml"
    text = profile.read_text(encoding="utf-8")
    changed.write_text(text.replace("min: 200, max: 1000", "min: 500, max: 1000"), "utf-8")
    ran = icp("profile", "diff", profile, changed, "--calls", results, "--json", "out.json")
    assert ran.status == 0, ran.err
    assert "3 deals; 3 change" in ran.out
    assert "size met → not_met" in ran.out
    written = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert (written["deals"], written["unweighed"], len(written["changed"])) == (3, 0, 3)
    new = tmp_path / "p3.yaml"
    new.write_text(text.replace("Reps lose time typing", "People lose time typing"), "utf-8")
    ran = icp("profile", "diff", profile, new, "--calls", results)
    assert "3 calls were not weighed" in ran.err
    assert (
        "not weighed" not in icp("profile", "diff", profile, new, "--calls", results, "--weigh").err
    )


def test_outcomes_are_counted_by_tier(icp: Run, results: Path, profile: Path) -> None:
    crm = Path("deals.csv")
    crm.write_text("deal_id,outcome\nd0,won\nd1,lost\nd2,\nd9,won\n", encoding="utf-8")
    ran = icp("profile", "insight", profile, "--calls", results, "--crm", crm, "--json", "i.json")
    assert ran.status == 0, ran.err
    assert "2 closed deals: 1 won, 1 lost, 0 churned" in ran.out
    found = json.loads(Path("i.json").read_text(encoding="utf-8"))
    assert sum(row["deals"] for row in found["tiers"]) == 2
    crm.write_text("deal_id,outcome\nd0,perhaps\n", encoding="utf-8")
    assert (
        "line 2, outcome"
        in icp("profile", "insight", profile, "--calls", results, "--crm", crm).err
    )


def test_a_statement_is_tried_on_stored_calls(icp: Run, results: Path) -> None:
    said = "Reps lose time in the evening"
    ran = icp("profile", "preview", said, "--calls", results, "--yes", "c0", "--json", "p.json")
    assert ran.status == 0, ran.err
    assert "3 calls: 3 say it" in ran.out
    assert "reps lose hours typing notes" in ran.out
    assert json.loads(Path("p.json").read_text(encoding="utf-8"))["hits"][0]["call_id"] == "c0"
    assert icp("profile", "preview", said, "--calls", results, "--no", "c9").status == 2
    assert icp("profile", "preview", "Pain", "--calls", results).status == 2
    assert icp("profile", "preview", said, "--calls", results, "--dimension", "x").status == 2


def test_deals_are_taken_over_from_a_table(icp: Run) -> None:
    table = Path("deals.csv")
    table.write_text("deal_id,outcome,amount,shoe\nd-1,won,5,2\nd-2,odd,1,2\n", encoding="utf-8")
    refused = icp("deals", "import", table)
    assert (refused.status, "line 3, outcome" in refused.err) == (1, True)
    part = icp("deals", "import", table, "--partial")
    assert (part.status, "1 deals new" in part.out) == (1, True)
    table.write_text("deal_id,stage\nd-1,closed\nd-3,open\n", encoding="utf-8")
    done = icp("deals", "import", table)
    assert (done.status, "1 deals new, 1 known" in done.out) == (0, True)
    assert icp("deals", "import", "none.csv").status == 1
