"""Lint: each piece of advice on a profile that deserves it, and none on one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lint import lint_profile
from tests.factories import Places

EXAMPLE = Path(__file__).parents[2] / "pipeline" / "data" / "profiles" / "example.yaml"
GOOD = """\
id: p
seller: {company: Northwind, competitors: [Gong]}
criteria:
  - {id: size, dimension: headcount, min: 200, max: 1000, required: true}
  - {id: crm, dimension: tech_stack, any_of: [Salesforce]}
  - {id: region, dimension: geography, any_of: [DACH]}
triggers:
  - {id: funding, kind: funding, within_months: 12}
disqualifiers:
  - {id: tiny, dimension: headcount, max: 20, hard: true}
"""


def lint(tmp_path: Path, text: str) -> list[tuple[str, int, str, str]]:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    found = lint_profile(path, places=Places())
    assert all(f.remedy for f in found)
    return [(f.severity, f.line, f.field, f.message) for f in found]


def test_good_profiles_get_no_advice(tmp_path: Path) -> None:
    assert lint(tmp_path, GOOD) == []
    assert lint_profile(EXAMPLE) == []


CHANGES = [
    ("  - {id: size, dimension: headcount, min: 200, max: 1000, required: true}\n",
     "  - {id: x, statement: Reps lose time typing}\n", 3, "no criterion on size"),
    ("  - {id: crm, dimension: tech_stack, any_of: [Salesforce]}\n", "", 3, "only 2 criteria"),
    ("min: 200, max: 1000", "min: 1, max: 100000", 4, "nearly everyone"),
    ("min: 200, max: 1000", "min: 1", 4, "every company has 1 or more"),
    ("min: 200, max: 1000", "min: 200, max: 200", 4, "hardly anyone"),
    ("min: 200, max: 1000", "max: 10", 4, "can never be met without a hard disqualifier"),
    ("min: 200, max: 1000", "min: 10, max: 90", 4, "overlaps"),
    ("max: 1000, required: true", "weight: 0, required: true", 4, "weighs nothing"),
    ("min: 200, max: 1000, required: true", "min: 200, weight: 9", 4, "of all weight"),
    ("[Salesforce]", "[Gong]", 5, "asks for the competitor Gong"),
    ("[Salesforce]", "[Northwind]", 5, "your own product"),
    ("[Salesforce]", "[A], none_of: [A]", 5, "can never be met"),
    ("[Salesforce]", "[A, B], none_of: [A]", 5, "asked for and forbidden"),
    ("any_of: [Salesforce]", "all_of: [A, B], none_of: [B]", 5, "demanded and forbidden"),
    ("[Salesforce]", "[A], status: [past]", 5, "leaves out tools in use"),
    ("[Salesforce]", f"[{', '.join(f't{i}' for i in range(16))}]", 5, "16 values"),
    ("[DACH]", "[Worldwide]", 6, "everywhere"),
    ("[DACH]", "[Atlantis]", 6, "does not know 'Atlantis'"),
    ("geography, any_of: [DACH]", "growth_stage, all_of: [seed, series_a]", 6, "one stage"),
    ("dimension: geography, any_of: [DACH]", "statement: 'Do reps lose time?'", 6, "question"),
    ("dimension: geography, any_of: [DACH]", "statement: Slow reps", 6, "too short"),
    ("dimension: geography, any_of: [DACH]", f"statement: {'word ' * 31}", 6, "31 words"),
    ("dimension: geography, any_of: [DACH]", "statement: They do not use a CRM", 6, "negated"),
    ("dimension: geography, any_of: [DACH]", "dimension: revenue, min: 5", 6, "no currency"),
    ("dimension: geography, any_of: [DACH]", "dimension: team_size, min: 5", 6, "any function"),
    ("geography, any_of: [DACH]", "use_case, any_of: [a, b, c, d]", 6, "4 use cases"),
    ("triggers:\n  - {id: funding, kind: funding, within_months: 12}\n", "", 1, "no triggers"),
    ("within_months: 12", "within_months: 0", 8, "only the day"),
    ("within_months: 12", "within_months: 60", 8, "hardly recent"),
    ("within_months: 12", "weight: 0", 7, "every trigger weighs 0"),
    ("within_months: 12}", "weight: 1}\n  - {id: more, kind: funding}", 9, "counts twice"),
    ("kind: funding,", "kind: funding, statement: They raised money,", 8, "both kind"),
    ("disqualifiers:\n  - {id: tiny, dimension: headcount, max: 20, hard: true}\n", "", 1,
     "no disqualifiers"),
    ("hard: true", "hard: false", 9, "no disqualifier is hard"),
    ("disqualifiers:", "tiers: {A: 0.52, B: 0.5, C: 0.25}\ndisqualifiers:", 9, "only 0.02 apart"),
    ("disqualifiers:", "tiers: {A: 1, B: 0.5, C: 0}\ndisqualifiers:", 9, "perfect fit"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), CHANGES, ids=[c[3] for c in CHANGES])
def test_advice(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    found = lint(tmp_path, GOOD.replace(old, new))
    assert any(f[0] == "warning" and f[1] == line and message in f[3] for f in found), found


def test_all_weights_zero(tmp_path: Path) -> None:
    text = GOOD.replace("required: true", "weight: 0")
    for values in ("[Salesforce]", "[DACH]"):
        text = text.replace(values, f"{values}, weight: 0")
    assert any("every weight is 0" in f[3] for f in lint(tmp_path, text))


def test_a_value_that_a_hard_disqualifier_throws_out(tmp_path: Path) -> None:
    out = "  - {id: sf, dimension: tech_stack, any_of: [Salesforce, X], hard: true}\n"
    found = lint(tmp_path, GOOD + out)
    assert any(f[2] == "criteria[1]" and "every value is thrown out" in f[3] for f in found)


def test_soft_disqualifiers_contradict_nothing(tmp_path: Path) -> None:
    text = GOOD.replace("min: 200, max: 1000", "max: 10")
    text += "  - {id: sf, dimension: tech_stack, any_of: [X], hard: true}\n"
    text = text.replace("max: 20, hard: true", "max: 20, hard: false")
    assert not any("hard disqualifier" in f[3] for f in lint(tmp_path, text))


def test_negation_inside_a_comparison_is_no_negation(tmp_path: Path) -> None:
    text = GOOD.replace(
        "dimension: geography, any_of: [DACH]", "statement: No more than 9 people sell"
    )
    assert not any("negated" in f[3] for f in lint(tmp_path, text))


def test_errors_are_findings_too(tmp_path: Path) -> None:
    found = lint(tmp_path, GOOD.replace("headcount, min", "hedcount, min"))
    assert found == [("error", 4, "criteria[0].dimension", "unknown dimension 'hedcount'")]


def test_a_finding_reads_as_one_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(GOOD.replace("min: 200, max: 1000", "min: 2, max: 1"), encoding="utf-8")
    assert str(lint_profile(path)[0]) == (
        "line 4: error: criteria[0].min: min 2 is above max 1 (swap the two)"
    )
