"""One call and one deal against a profile: what the parts add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipeline.assess import assess_deal, check_call
from pipeline.domain import CallAnalysis, Check, Signal, StatementEvidence, TriggerRule
from tests.factories import (
    make_analysis,
    make_criterion,
    make_disqualifier,
    make_evidence,
    make_knowledge,
    make_profile,
    make_signal,
    make_transcript,
)  # fmt: skip

PROFILE = make_profile(
    [
        make_criterion("headcount", id="size", min=200, max=1000, weight=3, required=True),
        make_criterion("tech_stack", id="crm", any_of=("Salesforce", "HubSpot")),
        make_criterion("team", id="revops", any_of=("revenue operations",)),
    ],
    [TriggerRule("funding", kind="funding", within_months=12, weight=2)],
    [
        make_disqualifier("headcount", id="tiny", max=20),
        make_disqualifier(id="in_house", kind="build_in_house", statement="They build it"),
        make_disqualifier(id="locked", kind="contract_lock_in", hard=False),
    ],
)
KNOWLEDGE = make_knowledge()


def check(*signals: Signal, statements: tuple[StatementEvidence, ...] = ()) -> Check:
    return check_call(make_analysis(signals, statements), PROFILE, KNOWLEDGE)


def test_a_call_that_fits() -> None:
    found = check(
        make_signal("headcount", (300, 300)),
        make_signal("tech_stack", "HubSpot", status="current"),
        make_signal("trigger", "Series B", kind="funding", when="May"),
    )
    assert [r.status for r in found.criteria] == ["met", "met", "unknown"]
    assert (found.fit, found.coverage, found.tier) == (1.0, 0.8, "A")
    assert [r.status for r in found.disqualifiers] == ["clear", "unknown", "unknown"]
    assert [q.criterion for q in found.open_questions] == ["revops"]
    assert found.subject == "c-1"
    assert not found.calls


def test_missed_requirement_caps_the_tier() -> None:
    found = check(
        make_signal("headcount", (5000, 5000)),
        make_signal("tech_stack", "HubSpot", status="current"),
        make_signal("team", "revenue operations", status="present"),
        make_signal("trigger", "Series B", kind="funding"),
    )
    assert found.fit is not None
    assert found.fit > 0.5
    assert found.tier == "C"


def test_hard_disqualifier_gives_d_whatever_else_fits() -> None:
    found = check(
        make_signal("headcount", (300, 300)),
        make_signal("blocker", "our own engineers build it", kind="build_in_house"),
    )
    assert (found.tier, found.disqualified) == ("D", True)
    assert found.quadrant in ("distraction", "drop")
    assert "in_house" in found.summary


def test_soft_disqualifier_changes_no_number() -> None:
    signals = [make_signal("headcount", (300, 300))]
    plain = check(*signals)
    warned = check(*signals, make_signal("blocker", "tied", kind="contract_lock_in"))
    assert warned.disqualifiers[2].status == "raised"
    assert replace(warned, disqualifiers=(), summary="") == replace(
        plain, disqualifiers=(), summary=""
    )


def test_nothing_said_is_no_verdict() -> None:
    found = check()
    assert (found.tier, found.fit, found.coverage, found.quadrant) == (None, None, 0.0, "")
    assert "No verdict" in found.summary
    assert len(found.open_questions) == 3


def test_a_call_of_a_few_words_is_no_verdict() -> None:
    signals = (make_signal("headcount", (300, 300)),)
    short = CallAnalysis(make_transcript([("S2", "Three hundred, bye.")]), signals)
    found = check_call(short, PROFILE, KNOWLEDGE)
    assert found.criteria[0].status == "met"
    assert found.tier is None


def call(
    number: int, month: int, *signals: Signal, statements: tuple[StatementEvidence, ...] = ()
) -> CallAnalysis:
    name = f"c-{number}"
    transcript = replace(
        make_analysis().transcript, call_id=name, deal_id="d-1",
        recorded_at=datetime(2026, month, 1, tzinfo=UTC),
    )  # fmt: skip
    return CallAnalysis(transcript, tuple(replace(s, call_id=name) for s in signals), statements)


def deal(*calls: CallAnalysis) -> Check:
    return assess_deal(calls, PROFILE, KNOWLEDGE).check


def test_a_later_fact_replaces_the_earlier_one_and_history_keeps_both() -> None:
    first, second = make_signal("headcount", (150, 150)), make_signal("headcount", (220, 220))
    found = deal(call(1, 1, first), call(2, 4, second))
    assert found.criteria[0].status == "met"
    assert found.criteria[0].signals == (second.id,)
    assert found.criteria[0].history == (first.id, second.id)
    assert (found.subject, found.calls) == ("d-1", ("c-1", "c-2"))


def test_a_tool_that_was_planned_is_in_use_later_and_the_other_way_round() -> None:
    planned = make_signal("tech_stack", "Salesforce", status="planned")
    rival = make_signal("tech_stack", "Pipedrive", status="current")
    current = make_signal("tech_stack", "Salesforce", status="current")
    dropped = make_signal("tech_stack", "Salesforce", status="past")
    assert deal(call(1, 1, planned, rival), call(2, 4, current)).criteria[1].status == "met"
    assert deal(call(1, 1, current), call(2, 4, dropped, rival)).criteria[1].status == "not_met"


def test_a_team_founded_later_is_no_conflict() -> None:
    absent = make_signal("team", "revenue operations", status="absent")
    present = make_signal("team", "rev ops", status="present", speaker="S3")
    assert deal(call(1, 1, absent), call(2, 4, present)).criteria[2].status == "met"
    assert deal(call(1, 1, present), call(2, 4, absent)).criteria[2].status == "not_met"
    assert deal(call(1, 1, absent, present)).criteria[2].status == "conflicting"


def test_a_blocker_is_cleared_by_a_later_denial_only() -> None:
    blocker = make_signal("blocker", "engineers build it", kind="build_in_house")
    denial = (make_evidence("in_house", denies=0.9),)
    assert (
        deal(call(1, 1, blocker), call(2, 4, statements=denial)).disqualifiers[1].status == "clear"
    )
    assert deal(call(1, 1, statements=denial), call(2, 4, blocker)).disqualified


def test_a_trigger_stays_detected_while_it_is_near_on_the_last_day() -> None:
    funded = make_signal("trigger", "Series B closed", kind="funding", when="last month")
    assert deal(call(1, 1, funded), call(2, 9)).triggers[0].status == "detected"
    short = replace(PROFILE, triggers=(TriggerRule("funding", kind="funding", within_months=3),))
    found = assess_deal([call(1, 1, funded), call(2, 9)], short, KNOWLEDGE).check
    assert found.triggers[0].status == "not_detected"


def test_a_deal_without_calls_is_no_verdict() -> None:
    assert assess_deal([], PROFILE, KNOWLEDGE, deal_id="d-9").check.tier is None
