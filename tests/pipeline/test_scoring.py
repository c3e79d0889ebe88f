"""Fit, coverage and engagement: the rule on triggers, monotony, and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.scoring import measure_engagement, weigh_coverage, weigh_fit
from tests.factories import make_signal, make_transcript

statuses = st.sampled_from(["met", "not_met", "unknown", "conflicting"])
weights = st.floats(0, 10)
criteria = st.lists(st.tuples(statuses, weights), max_size=8)
triggers = st.lists(st.tuples(st.sampled_from(["detected", "not_detected"]), weights), max_size=4)
BETTER = {"not_met": "conflicting", "conflicting": "met"}


def test_four_of_five_with_a_strong_trigger_rank_above_five_without() -> None:
    four = [("met", 1.0)] * 4 + [("not_met", 1.0)]
    strong, silent = [("detected", 2.0)], [("not_detected", 2.0)]
    with_trigger, without = weigh_fit(four, strong), weigh_fit([("met", 1.0)] * 5, silent)
    assert with_trigger == pytest.approx(0.85)
    assert without == pytest.approx(0.75)


def test_without_triggers_in_the_profile_fit_is_static() -> None:
    assert weigh_fit([("met", 3.0), ("not_met", 1.0), ("unknown", 9.0)], []) == pytest.approx(0.75)


def test_conflicting_counts_half() -> None:
    assert weigh_fit([("conflicting", 1.0)], []) == pytest.approx(0.5)


def test_nothing_known_is_no_fit() -> None:
    assert weigh_fit([("unknown", 1.0)], [("detected", 2.0)]) is None
    assert weigh_fit([("met", 0.0)], []) is None
    assert weigh_coverage([]) == 0.0


def test_coverage_is_a_share_of_weight() -> None:
    pairs = [("met", 3.0), ("unknown", 1.0), ("conflicting", 1.0)]
    assert weigh_coverage(pairs) == pytest.approx(0.8)


@given(criteria, triggers, st.integers(0, 7))
def test_a_better_status_never_lowers_fit(
    pairs: list[tuple[str, float]], events: list[tuple[str, float]], at: int
) -> None:
    if at >= len(pairs) or pairs[at][0] not in BETTER:
        return
    better = [(BETTER[s], w) if i == at else (s, w) for i, (s, w) in enumerate(pairs)]
    before, after = weigh_fit(pairs, events), weigh_fit(better, events)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after >= before - 1e-12


@given(criteria, triggers)
def test_fit_and_coverage_stay_in_bounds(
    pairs: list[tuple[str, float]], events: list[tuple[str, float]]
) -> None:
    fit = weigh_fit(pairs, events)
    assert fit is None or -1e-9 <= fit <= 1 + 1e-9
    assert -1e-9 <= weigh_coverage(pairs) <= 1 + 1e-9
    more = weigh_fit(pairs, [*events, ("detected", 1.0)])
    if fit is not None and events:
        assert more is not None
        assert more >= fit - 1e-12


TALK = "We run two depots, and every order is keyed in by hand twice, which takes all morning. "


def test_a_prospect_who_talks_asks_and_commits_is_engaged() -> None:
    lively = make_transcript(
        [("S1", "How do you work today?"), ("S2", TALK * 6), ("S2", "What would that cost us?")]
    )
    dull = make_transcript([("S1", TALK * 8 + "Is that so?"), ("S2", "Yeah.")])
    step = make_signal("next_step", "Demo on Thursday")
    high, low = measure_engagement([lively], [step]), measure_engagement([dull], [])
    assert high.score > 0.5 > low.score
    assert "asks 1 question" in high.explanation


def test_no_prospect_no_engagement() -> None:
    only_rep = make_transcript([("S1", TALK)])
    assert measure_engagement([only_rep], []).score == 0.0


def test_unknown_roles_are_told_by_who_gives_facts() -> None:
    from pipeline.domain import Role, Speaker

    unknown = (Speaker("A", Role.UNKNOWN), Speaker("B", Role.UNKNOWN))
    call = make_transcript([("A", "How many?"), ("B", TALK * 4)], speakers=unknown)
    told = measure_engagement([call], [make_signal("headcount", (9, 9), speaker="B")])
    assert dict(told.parts)["talk share"] == 1.0
    assert dict(told.parts)["answers"] == 1.0


@given(st.lists(st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.text(max_size=40)), max_size=9))
def test_engagement_stays_in_bounds(lines: list[tuple[str, str]]) -> None:
    assert 0.0 <= measure_engagement([make_transcript(lines)], []).score <= 1.0
