"""Disqualifiers, and numbers against limits, said in a profile's statements or by its fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain import Range, Signal
from pipeline.limits import Limits, compare, read_limits
from pipeline.steps.checks import run_disqualifier
from tests.factories import (
    make_criterion,
    make_disqualifier,
    make_evidence,
    make_knowledge,
    make_signal,
)


def outcome(rule: object, *signals: Signal, **found: float) -> str:
    evidence = {"out": make_evidence("out", **found)} if found else {}
    return run_disqualifier(rule, signals, evidence, make_knowledge()).status  # type: ignore[arg-type]


def test_number_disqualifier() -> None:
    tiny = make_disqualifier("headcount", max=20)
    assert outcome(tiny, make_signal("headcount", (19, 19))) == "raised"
    assert outcome(tiny, make_signal("headcount", (200, 200))) == "clear"
    assert outcome(tiny) == "unknown"
    people = (make_signal("headcount", (n, n), speaker=s) for n, s in ((15, "S2"), (90, "S3")))
    assert outcome(tiny, *people) == "unknown"


def test_kind_of_blocker_is_raised_by_signals_and_cleared_by_denial_only() -> None:
    locked = make_disqualifier(kind="contract_lock_in", statement="They are locked in")
    blocker = make_signal("blocker", "tied until 2030", kind="contract_lock_in")
    assert outcome(locked) == "unknown"
    assert outcome(locked, blocker) == "raised"
    assert outcome(locked, supports=0.95) == "unknown"
    assert outcome(locked, denies=0.9) == "clear"
    assert outcome(locked, blocker, denies=0.9) == "clear", "the same speaker took it back later"
    early = make_signal("blocker", "tied", kind="contract_lock_in", turns=(8,))
    assert outcome(locked, early, denies=0.9) == "raised"
    assert outcome(locked, make_signal("blocker", "x", kind="too_small")) == "unknown"


def test_a_budget_clears_no_budget() -> None:
    rule = make_disqualifier(kind="no_budget")
    assert outcome(rule, make_signal("budget", (9, 9), status="available")) == "clear"


def test_a_hard_statement_needs_more_support() -> None:
    sentence = "The company only allows software it hosts itself"
    assert outcome(make_disqualifier(statement=sentence), supports=0.7) == "unknown"
    assert outcome(make_disqualifier(statement=sentence, hard=False), supports=0.7) == "raised"
    assert outcome(make_disqualifier(statement=sentence), denies=0.9) == "clear"


@pytest.mark.parametrize(
    ("text", "dimension", "low", "high"),
    [
        ("At least 20 people work in sales", "team_size", 20, None),
        ("More than 200 employees", "headcount", 201, None),
        ("Fewer than ten people in finance", "team_size", None, 9),
        ("No more than 500 employees", "headcount", None, 500),
        ("Revenue is over 10 million euros", "revenue", 10e6, None),
        ("It grows by at least 20 percent a year", "growth_rate", 20, None),
        ("Between 20 and 50 sales reps", "team_size", 20, 50),
    ],
)
def test_limits_in_statements(
    text: str, dimension: str, low: float | None, high: float | None
) -> None:
    rule = make_criterion(dimension)
    limits = read_limits(text, rule.condition.dimension)
    assert limits is not None
    assert (limits.low, limits.high) == (low, high)


@pytest.mark.parametrize("text", ["A large support team", "About 50 people work in sales"])
def test_no_clear_limit(text: str) -> None:
    assert read_limits(text, make_criterion("team_size").condition.dimension) is None


numbers = st.floats(0, 1e6)


@given(numbers, numbers, numbers, numbers)
def test_compare_agrees_with_exact_numbers(a: float, b: float, c: float, d: float) -> None:
    low, high, floor, ceiling = min(a, b), max(a, b), min(c, d), max(c, d)
    holds, certainty = compare(Range(low, high), Limits(floor, ceiling))
    assert 0.5 <= certainty <= 1
    if low == high:
        assert holds == (floor <= low <= ceiling)
    if floor <= low and high <= ceiling:
        assert (holds, certainty) == (True, 1.0)
    if low > ceiling or high < floor:
        assert not holds
