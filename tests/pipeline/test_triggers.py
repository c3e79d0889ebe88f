"""Triggers: kinds, statements, and how near an event is; and the reading of spoken dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain import Signal, TriggerRule
from pipeline.lexicon.when import parse_when
from pipeline.steps.triggers import run_trigger
from tests.factories import make_evidence, make_signal

ON = date(2026, 6, 15)
TIME_WORDS = (
    "end",
    "of",
    "start",
    "last",
    "next",
    "in",
    "the",
    "q3",
    "spring",
    "may",
    "march",
    "first",
    "twenty",
    "second",
    "31",
    "2027",
    "years",
    "ago",
    "since",
    "two",
    "quarter",
    "half",
    "year",
    "late",
    "mid",
    "by",
    "this",
    "and",
    "fall",
    "1st",
    "2026-02-30",
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("February", "2026-02-01", "2026-02-28"),
        ("in November", "2026-11-01", "2026-11-30"),
        ("December", "2025-12-01", "2025-12-31"),
        ("next March", "2027-03-01", "2027-03-31"),
        ("since last October", "2025-10-01", "2025-10-31"),
        ("31 January", "2026-01-31", "2026-01-31"),
        ("the thirty-first of March", "2026-03-31", "2026-03-31"),
        ("October 14th", "2026-10-14", "2026-10-14"),
        ("1 July 2027", "2027-07-01", "2027-07-01"),
        ("2026-10-01", "2026-10-01", "2026-10-01"),
        ("end of Q3", "2026-09-30", "2026-09-30"),
        ("Q1 2027", "2027-01-01", "2027-03-31"),
        ("last autumn", "2025-09-01", "2025-11-30"),
        ("spring of last year", "2025-03-01", "2025-05-31"),
        ("next spring", "2027-03-01", "2027-05-31"),
        ("winter", "2025-12-01", "2026-02-28"),
        ("2028", "2028-01-01", "2028-12-31"),
        ("start of 2030", "2030-01-01", "2030-03-31"),
        ("next year", "2027-01-01", "2027-12-31"),
        ("this financial year", "2026-01-01", "2026-12-31"),
        ("two years ago", "2024-06-15", "2024-06-15"),
        ("in two years", "2028-06-14", "2028-06-14"),
        ("yesterday", "2026-06-15", "2026-06-15"),
    ],
)
def test_spoken_times(text: str, first: str, last: str) -> None:
    span = parse_when(text, ON)
    assert span is not None
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["", "when the board agrees", "2026-02-30", "9999999 years ago"])
def test_no_time_is_named(text: str) -> None:
    assert parse_when(text, ON) is None


@given(st.text(max_size=60), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_any_text_is_read_or_not(text: str, on: date) -> None:
    span = parse_when(text, on)
    assert span is None or span.first <= span.last


@given(
    st.lists(
        st.sampled_from(TIME_WORDS),
        max_size=6,
    )
)
def test_any_order_of_time_words_is_read_or_not(words: list[str]) -> None:
    span = parse_when(" ".join(words), ON)
    assert span is None or span.first <= span.last


def event(
    kind: str, when: str | None = None, value: str = "It happens", **fields: object
) -> Signal:
    return make_signal("trigger", value, kind=kind, when=when, **fields)


def status(rule: TriggerRule, *events: Signal, **fields: object) -> str:
    return run_trigger(rule, events, fields.pop("evidence", {}), on=ON, **fields).status  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("February", "detected"),
        ("in eleven months", "detected"),
        ("2028", "not_detected"),
        ("spring 2024", "not_detected"),
        (None, "detected"),
        ("when hell freezes over", "detected"),
    ],
)
def test_kind_within_months_back_and_ahead(when: str | None, expected: str) -> None:
    rule = TriggerRule("t", kind="funding", within_months=12)
    assert status(rule, event("funding", when)) == expected


def test_other_kinds_and_doubtful_events_detect_nothing() -> None:
    rule = TriggerRule("t", kind="funding")
    assert status(rule, event("layoffs")) == "not_detected"
    assert status(rule, event("funding", confidence=0.2)) == "not_detected"
    assert status(rule) == "not_detected"


def test_statement_by_evidence_or_by_an_event_that_says_the_same() -> None:
    rule = TriggerRule(
        "t", statement="A new head of customer support started in the last six months"
    )
    assert status(rule, evidence={"t": make_evidence("t", supports=0.95)}) == "detected"
    both = {"t": make_evidence("t", supports=0.6, denies=0.8)}
    assert status(rule, evidence=both) == "not_detected"
    hired = "New head of customer support"
    assert status(rule, event("leadership_hire", "May", hired)) == "detected"
    assert status(rule, event("leadership_hire", "May 2024", hired)) == "not_detected"
    assert status(rule, event("leadership_hire", "May", "New head of finance")) == "not_detected"
    assert (
        status(rule, event("contract_renewal", "May", "Customer support contract"))
        == "not_detected"
    )


def test_in_a_deal_an_event_is_read_from_the_day_of_its_own_call() -> None:
    rule = TriggerRule("t", kind="funding", within_months=6)
    said = event("funding", "last month", call_id="c-0")
    near, far = {"c-0": date(2026, 3, 1)}, {"c-0": date(2025, 6, 1)}
    assert status(rule, said, days=near) == "detected"
    assert status(rule, said, days=far) == "not_detected"
