"""Open questions: which, in what order, and in what words."""

from __future__ import annotations

import pytest

from pipeline.domain import BLOCKER_KINDS, Dimension
from pipeline.profile import load_blocker_statements
from pipeline.steps.questions import ask, find_open_questions, load_templates
from tests.factories import make_criterion


def test_every_dimension_has_a_question() -> None:
    assert {str(d) for d in Dimension} <= set(load_templates())
    assert all(text.rstrip().endswith(("?", ".")) for text in load_templates().values())


def test_every_kind_of_blocker_has_a_sentence() -> None:
    assert set(load_blocker_statements()) == set(BLOCKER_KINDS)


def test_required_then_heavy_criteria_come_first() -> None:
    rules = [
        make_criterion("headcount", id="light", min=1),
        make_criterion("industry", id="heavy", any_of=("x",), weight=5),
        make_criterion("revenue", id="needed", min=1, required=True),
        make_criterion("team", id="known", any_of=("x",)),
    ]
    statuses = {"light": "unknown", "heavy": "conflicting", "needed": "unknown", "known": "met"}
    found = find_open_questions(rules, statuses)
    assert [q.criterion for q in found] == ["needed", "heavy", "light"]
    assert found[1].question.startswith("We heard two different answers")


@pytest.mark.parametrize(
    ("dimension", "fields", "question"),
    [
        ("headcount", {"min": 200}, "How many people work at your company in all?"),
        (
            "tech_stack",
            {"any_of": ("HubSpot", "Salesforce")},
            "Which tool do you use today: HubSpot or Salesforce, or something else?",
        ),
        ("tech_stack", {"none_of": ("Gong",)}, "Do you use Gong anywhere today?"),
        ("geography", {"any_of": ("DACH",), "kind": "hq"}, "Where is your head office?"),
        (
            "geography",
            {"all_of": ("European Union", "Norway")},
            "Do you have offices or customers in the European Union and Norway?",
        ),
        ("team_size", {"function": "sales", "min": 9}, "How many people work in sales?"),
        (
            "team_size",
            {"statement": "At least 20 people work in customer support"},
            "How many people work in customer support?",
        ),
        (
            "pain",
            {"statement": "They struggle to prove who finished their training."},
            "Would you say that you struggle to prove who finished your training?",
        ),
        (
            None,
            {"statement": "The company only allows software it hosts itself"},
            "Would you say that your company only allows software it hosts itself?",
        ),
        (
            "pain",
            {"statement": "CRM data is stale"},
            "Would you say that CRM data is stale?",
        ),
    ],
)
def test_questions(dimension: str | None, fields: dict[str, object], question: str) -> None:
    assert ask(make_criterion(dimension, **fields).condition) == question
