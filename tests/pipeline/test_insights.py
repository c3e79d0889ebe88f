"""What many deals say about a profile: diffs, lift, tiers, precision, previews."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assess import check_call
from pipeline.domain import Check, Profile, StatementEvidence
from pipeline.insights.diff import diff_checks, unchanged_rules
from pipeline.insights.intervals import odds_ratio, share_of, z_for
from pipeline.insights.lift import ClosedDeal, find_features, find_width, learn
from pipeline.insights.precision import Judged, by_dimension, by_rule, learn_threshold
from pipeline.insights.preview import Hit, preview, threshold_from
from tests.factories import (
    make_analysis,
    make_criterion,
    make_disqualifier,
    make_knowledge,
    make_profile,
    make_signal,
)

KNOWLEDGE = make_knowledge()
SIZE = make_criterion("headcount", id="size", min=200, max=1000, weight=2)
CRM = make_criterion("tech_stack", id="crm", any_of=("Salesforce",))
PROFILE = make_profile(
    [SIZE, CRM], disqualifiers=[make_disqualifier("headcount", id="tiny", max=20)]
)


def check(people: int | None, tool: str | None = "Salesforce", profile: Profile = PROFILE) -> Check:
    said = [make_signal("headcount", (people, people))] if people else []
    said += [make_signal("tech_stack", tool, status="current")] if tool else []
    return check_call(make_analysis(said), profile, KNOWLEDGE)


def deal(number: int, outcome: str, *features: str, people: int | None = 300) -> ClosedDeal:
    return ClosedDeal(f"d-{number}", outcome, check(people), frozenset(features))


def test_a_diff_names_the_deals_that_move_and_the_rules_that_move_them() -> None:
    wider = replace(
        PROFILE, criteria=(replace(SIZE, condition=replace(SIZE.condition, min=50)), CRM)
    )
    pairs = [(check(n), check(n, profile=wider)) for n in (300, 100, 10)]
    found = diff_checks(pairs)
    assert (found.deals, found.moves) == (3, {"A>A": 1, "C>A": 1, "D>D": 1})
    (change,) = found.changed
    assert [(r.rule, r.before, r.after) for r in change.rules] == [("size", "not_met", "met")]
    assert found.to_json()["rules"] == {"size": 1}


def test_a_rule_that_is_new_or_gone_is_named() -> None:
    fewer = replace(PROFILE, criteria=(SIZE,))
    found = diff_checks([(check(300, "Pipedrive"), check(300, "Pipedrive", fewer))])
    assert [(r.rule, r.before, r.after) for r in found.changed[0].rules] == [
        ("crm", "not_met", "gone")
    ]


def test_weights_change_no_status_but_a_kind_of_blocker_may_change_any() -> None:
    heavier = replace(PROFILE, criteria=(replace(SIZE, weight=9, required=True), CRM))
    assert unchanged_rules(PROFILE, heavier) == ["size", "crm", "tiny"]
    kind = make_disqualifier(id="locked", kind="contract_lock_in")
    more = replace(PROFILE, disqualifiers=(*PROFILE.disqualifiers, kind))
    assert unchanged_rules(PROFILE, more) == []


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_share_lies_in_its_interval(hits: int, more: int) -> None:
    found = share_of(hits, hits + more)
    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_intervals_are_those_of_the_books() -> None:
    found = share_of(8, 10)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.490, 0.943)
    odds = odds_ratio(10, 5, 3, 12)
    assert odds.log_odds == pytest.approx(math.log(10.5 * 12.5 / (5.5 * 3.5)))
    assert odds_ratio(10, 0, 0, 10).high < math.inf
    assert z_for(1) == pytest.approx(1.96, abs=0.001)
    assert z_for(20) > 3


def test_lift_is_shown_on_enough_deals_only() -> None:
    deals = [
        deal(n, "won" if n % 4 else "lost", *(["tool X"] if n < 40 else [])) for n in range(80)
    ]
    deals += [deal(n, "lost", *(["tool X"] if n < 90 else []), "rare") for n in range(80, 85)]
    found = learn(deals, PROFILE)
    by_name = {lift.about: lift for lift in found.signals}
    assert by_name["tool X"].odds is not None
    assert by_name["rare"].odds is None
    assert (by_name["rare"].deals_with, by_name["rare"].with_it.hits) == (5, 0)  # type: ignore[union-attr]
    assert learn(deals, PROFILE, least=60).signals[0].odds is None


def test_what_winners_share_is_suggested_and_what_tells_none_apart_is_named() -> None:
    deals = [deal(n, "won", "trigger funding") for n in range(30)]
    deals += [deal(n, "lost", "blocker no budget") for n in range(30, 60)]
    found = learn(deals, PROFILE)
    told = {(s.change, s.rule) for s in found.suggestions}
    assert ("add", "trigger funding") in told
    assert ("add as disqualifier", "blocker no budget") in told
    assert ("tighten", "size") in told
    assert all(any(c.isdigit() for c in s.why) for s in found.suggestions)


def test_a_criterion_that_losers_meet_is_to_be_dropped() -> None:
    deals = [deal(n, "lost" if n < 25 else "won", people=300 if n < 30 else 50) for n in range(60)]
    assert ("drop", "size") in {(s.change, s.rule) for s in learn(deals, PROFILE).suggestions}


def test_chance_alone_suggests_nothing() -> None:
    names = [f"tool {n}" for n in range(40)]
    deals = [
        deal(n, "won" if (n * 7919) % 13 < 6 else "lost", *(x for i, x in enumerate(names)
             if (n * (i + 3) * 104729) % 17 < 8))
        for n in range(120)
    ]  # fmt: skip
    assert not [s for s in learn(deals, PROFILE).suggestions if s.change.startswith("add")]


def test_tiers_have_win_rates_and_churn_of_those_won() -> None:
    deals = [deal(n, outcome) for n, outcome in enumerate(["won", "won", "churned", "lost"])]
    deals += [deal(9, "lost", people=10)]
    found = learn(deals, PROFILE)
    tiers = {row.tier: row for row in found.tiers}
    assert (tiers["A"].deals, tiers["A"].wins.hits, tiers["A"].churn.hits) == (4, 3, 1)  # type: ignore[union-attr]
    assert (tiers["D"].wins.share, tiers["D"].churn) == (0.0, None)  # type: ignore[union-attr]
    assert found.outcomes == {"won": 2, "lost": 2, "churned": 1}


def test_a_profile_that_fits_everybody_or_nobody_is_named() -> None:
    assert "too broad: 40 of 40" in find_width([check(300)] * 40)
    assert "too narrow: 0 of 60" in find_width([check(5000, "Pipedrive")] * 60)
    assert find_width([check(300)] * 5) == ""
    assert find_width([check(300)] * 20 + [check(5000, "Pipedrive")] * 20) == ""


def test_features_are_words_that_deals_share() -> None:
    said = [
        make_signal("tech_stack", "hub spot", status="past"),
        make_signal("trigger", "They raised money", kind="funding"),
        make_signal("pain", "Notes take hours"),
        make_signal("team", "Sales Enablement", status="absent"),
        make_signal("budget", None, status="available"),
    ]
    assert find_features(said, KNOWLEDGE) == {
        "tool HubSpot (past)", "trigger funding", "pain named", "team sales enablement (absent)",
        "budget available",
    }  # fmt: skip


def test_precision_is_counted_per_dimension_and_rule() -> None:
    judged = [Judged("pain", 0.9, True, ("notes",)), Judged("pain", 0.4, False)]
    (pain,) = by_dimension(judged)
    assert (pain.share.hits, pain.share.count, pain.threshold) == (1, 2, None)
    assert [(r.about, r.share.share) for r in by_rule(judged)] == [("notes", 1.0)]


def test_a_threshold_is_learned_where_verdicts_ask_for_one() -> None:
    high = [Judged("pain", 0.6 + n / 100, True) for n in range(20)]
    low = [Judged("pain", 0.2 + n / 100, False) for n in range(20)]
    assert learn_threshold([*high, *low], 0.8) == 0.35
    assert learn_threshold(high, 0.8) is None
    assert learn_threshold([*high[:5], *low[:5]], 0.8) is None
    assert learn_threshold(low, 0.8) is None


def hit(call: str, supports: float, denies: float = 0.0) -> Hit:
    return Hit(call, StatementEvidence("preview", supports, denies, "words"))


def test_a_preview_parts_hits_from_near_misses_and_denials() -> None:
    found = preview([hit("a", 0.9), hit("b", 0.4), hit("c", 0.0, 0.8), hit("d", 0.1)], {}, 0.5, 0.5)
    assert ([h.call_id for h in found.hits], [h.call_id for h in found.near]) == (["a"], ["b"])
    assert [h.call_id for h in found.denied] == ["c"]


def test_marked_examples_move_the_threshold_no_further_than_they_ask() -> None:
    assert threshold_from([], [], 0.5) == 0.5
    assert threshold_from([0.9], [0.1], 0.5) == 0.5
    assert threshold_from([0.3, 0.8], [0.1], 0.5) == 0.3
    assert 0.7 < threshold_from([0.9], [0.7], 0.5) < 0.71
    found = preview([hit("a", 0.3), hit("b", 0.9)], {"a": True, "b": False}, 0.5, 0.5)
    assert len(found.wrong) == 1


@given(st.lists(st.floats(0, 1), max_size=6), st.lists(st.floats(0, 1), max_size=6))
def test_no_other_threshold_gets_more_examples_right(yes: list[float], no: list[float]) -> None:
    def errors(edge: float) -> int:
        return sum(s < edge for s in yes) + sum(s >= edge for s in no)

    best = threshold_from(yes, no, 0.5)
    assert errors(best) <= errors(0.5)


@given(st.floats(0.001, 1.0))
def test_one_call_that_says_it_is_found(score: float) -> None:
    assert 0 < threshold_from([score], [], 0.5) <= min(0.5, score)


def test_the_clearest_lift_stands_first_not_the_largest() -> None:
    deals = [deal(n, "won" if n % 10 else "lost", "many") for n in range(80)]
    deals += [deal(n, "won" if n % 10 == 0 else "lost") for n in range(80, 160)]
    few = [replace(d, features=d.features | {"few"}) for d in deals if d.outcome == "won"][:10]
    kept = {d.id: d for d in (*deals, *few)}
    first, second, *_ = learn(list(kept.values()), PROFILE).signals
    assert first.odds is not None
    assert second.odds is not None
    assert (first.about, second.about) == ("many", "few")


def test_one_of_many_criteria_is_not_dropped_by_chance() -> None:
    """22 of 60 won with it, 34 of 60 without: telling for one criterion, not for the best of 40."""

    def drops(number: int) -> list[str]:
        asked = [make_criterion("headcount", id=f"c{n}", min=0, max=1000) for n in range(number)]
        profile = make_profile(asked)
        met, missed = (check(people, profile=profile) for people in (300, 5000))
        deals = []
        for n in range(120):
            first = met if n < 60 else missed
            others = met if n % 2 else missed
            rules = (first.criteria[0], *others.criteria[1:])
            outcome = "won" if n < 22 or 60 <= n < 94 else "lost"
            deals.append(ClosedDeal(f"d-{n}", outcome, replace(met, criteria=rules)))
        return [s.rule for s in learn(deals, profile).suggestions if s.change == "drop"]

    assert drops(1) == ["c0"]
    assert drops(40) == []
