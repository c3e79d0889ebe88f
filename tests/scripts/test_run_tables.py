"""Errors by dimension and the comparison of two runs, on two small calls with a plain scorer."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from scripts.run_tables import f1, interval, judge_run, print_comparison, print_errors

GOLD = {
    "signals": [
        {"dimension": "tech_stack", "value": "Gong", "status": "current", "turns": [1]},
        {"dimension": "tech_stack", "value": "Jira", "status": "past", "turns": [3]},
        {"dimension": "pain", "value": "slow", "turns": [5]},
        {"dimension": "pain", "value": "maybe", "turns": [6], "optional": True},
    ],
    "traps": [{"turns": [7, 8]}],
    "checks": {"p": {"criteria": {"crm": "met"}, "disqualifiers": {"tiny": "clear"}}},
}


def match(gold: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    """Pairs by value; the status decides whether all is right."""
    return [
        (i, j, g.get("status") == s.get("status"))
        for i, g in enumerate(gold)
        for j, s in enumerate(said)
        if g["value"] == s["value"]
    ]


SCORE = cast(ModuleType, SimpleNamespace(match=match))
GONG = {"dimension": "tech_stack", "value": "Gong", "status": "current", "turns": [1]}
JIRA = {"dimension": "tech_stack", "value": "Jira", "status": "current", "turns": [3]}
TRAP = {"dimension": "geography", "value": "Bonn", "turns": [7]}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Gold, a first run, a better second one."""
    runs = {
        "gold": {"gold": GOLD},
        "first": {
            "signals": [JIRA, TRAP],
            "checks": {"p": {"criteria": [{"id": "crm", "status": "unknown"}]}},
        },
        "second": {
            "signals": [GONG, JIRA, {**JIRA, "value": "maybe", "dimension": "pain"}],
            "checks": {"p": {"criteria": [{"id": "crm", "status": "met"}]}},
        },
    }
    for name, content in runs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "c1.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "gold", tmp_path / "first", tmp_path / "second"


def test_errors_are_counted_by_dimension(folders, capsys) -> None:
    gold, first, _ = folders
    print_errors(judge_run(SCORE, gold, first))
    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()[1:]}
    assert rows["tech_stack"] == ["0", "1", "1", "0", "0"]
    assert rows["pain"] == ["0", "0", "1", "0", "0"]  # what is optional counts neither way
    assert rows["geography"] == ["0", "0", "0", "1", "1"]


def test_a_comparison_names_what_changed(folders, capsys) -> None:
    gold, *runs = folders
    before, after = (judge_run(SCORE, gold, run) for run in runs)
    print_comparison(before, after)
    said = capsys.readouterr().out
    assert "criteria: 0 of 1 -> 1 of 1 right" in said
    assert "c1 tech_stack 'Gong' turns [1]" in said.split("no longer right")[0]
    assert "c1 p criteria crm: met (else unknown)" in said
    assert f1(before.values()) == 0.0
    # 1 right, 1 with another status, 1 missed, nothing extra
    assert f1(after.values()) == pytest.approx(2 * 1 / (2 * 1 + 1 + 2))


def test_two_equal_runs_differ_by_nothing(folders) -> None:
    gold, _, second = folders
    run = judge_run(SCORE, gold, second)
    assert interval(run, run) == (0.0, 0.0)


def test_a_call_without_prediction_has_missed_all(folders, tmp_path: Path) -> None:
    run = judge_run(SCORE, folders[0], tmp_path / "nothing")
    assert run["c1"].counts() == (0, 0, 3)
    assert run["c1"].statuses["p", "criteria", "crm"] == ("met", None)
