from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.wiring import statements_of
from pipeline.domain import CallAnalysis, Profile, Seller, StatementEvidence, Transcript
from pipeline.knowledge import CheckOptions
from scripts.statement_scores import (
    Answered,
    ask,
    average_precision,
    precision_recall,
    print_statements,
    read_answers,
    read_statements,
)

OPTIONS = CheckOptions(statement_met=0.4, statement_denied=0.6)
ROWS = [
    {"call": "c1", "statement": "They use a CRM", "answer": "yes", "turns": [1]},
    {"call": "c1", "statement": "They hire", "answer": "open", "turns": []},
]


def answered(wanted: str, supports: float, denies: float) -> Answered:
    evidence = StatementEvidence("s", supports, denies, quote="We hire.", turns=(3,))
    return Answered("c1", "They hire", wanted, (2, 3), evidence)


@pytest.mark.parametrize(
    ("supports", "denies", "given"),
    [(0.4, 0.0, "yes"), (0.39, 0.6, "no"), (0.39, 0.59, "open"), (0.9, 0.9, "open")],
)
def test_answers_follow_the_thresholds_of_criteria(
    supports: float, denies: float, given: str
) -> None:
    assert answered("yes", supports, denies).given(OPTIONS) == given


def test_average_precision() -> None:
    assert average_precision([0.9, 0.8, 0.7], [True, False, True]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([0.5, 0.5], [True, False]) == pytest.approx(0.5)
    assert average_precision([0.5, 0.5], [False, True]) == pytest.approx(0.5)
    assert average_precision([0.5], [False]) == 0.0


def test_precision_and_recall() -> None:
    picked, wanted = [True, True, False, False], [True, False, True, True]
    assert precision_recall(picked, wanted) == (0.5, pytest.approx(1 / 3))
    assert precision_recall([False], [False]) == (0.0, 0.0)


def test_every_row_gets_the_evidence_of_its_statement() -> None:
    asked = ask(ROWS, Profile("p", "P", Seller("Brightline"), ()))
    assert asked.seller.company == "Brightline"
    keys = [statement.id for statement in statements_of([asked])]
    evidence = tuple(StatementEvidence(key, 0.1 * n, 0.0) for n, key in enumerate(keys, 1))
    analysis = CallAnalysis(Transcript("c1", ()), (), evidence[::-1])
    rows = read_answers(ROWS, asked, analysis)
    assert [row.evidence.supports for row in rows] == pytest.approx([0.1, 0.2])
    assert [row.wanted for row in rows] == ["yes", "open"]


def test_statements_are_read_by_call(tmp_path: Path) -> None:
    path = tmp_path / "statements.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n", encoding="utf-8")
    assert read_statements(path) == {"c1": ROWS}


def test_errors_are_listed_with_the_quote(capsys: pytest.CaptureFixture[str]) -> None:
    print_statements([answered("yes", 0.9, 0.0), answered("open", 0.0, 0.9)], errors=True)
    printed = capsys.readouterr().out
    assert "1/2" in printed
    assert printed.count("STATEMENT") == 1
    assert "no instead of open" in printed
    assert "'We hire.'" in printed
