"""Several calls against a profile: what changed, who disagrees, what adds up, what a CRM does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.assess import assess_deal, check_call
from pipeline.deals.facts import read_facts
from pipeline.knowledge import CheckOptions
from tests.deal_checks import KNOWLEDGE, PROFILE, assess, headcount, only, status
from tests.factories import (
    make_criterion,
    make_disqualifier,
    make_evidence,
    make_profile,
    make_signal,
)
from tests.factories import make_deal_call as call


def test_a_deal_of_one_call_comes_out_as_its_check() -> None:
    signals = (headcount(300), make_signal("tech_stack", "HubSpot", status="current"))
    statements = (make_evidence("notes", supports=0.8), make_evidence("pricing", supports=0.95))
    alone = call(0, *signals, statements=statements)
    made, check = assess(alone).check, check_call(alone, PROFILE, KNOWLEDGE)
    assert [(r.status, r.score) for r in made.criteria] == [
        (r.status, r.score) for r in check.criteria
    ]
    assert (made.fit, made.tier, made.engagement) == (check.fit, check.tier, check.engagement)


def test_a_change_over_time_is_shown_with_both_quotes_and_the_latest_counts() -> None:
    old = headcount(150, quote="hundred and fifty of us")
    new = headcount(220, quote="two hundred and twenty now", speaker="S3")
    made = assess(call(0, old), call(90, new))
    assert status(made, "size") == "met"
    found = only(made)
    assert (found.between, found.resolved, found.why, found.about) == (
        "calls", True, "later", "headcount",
    )  # fmt: skip
    assert [(p.stands, p.said_by, p.quote) for p in found.positions] == [
        ("replaced", "Lee", old.quote), ("latest", "Kim", new.quote),
    ]  # fmt: skip
    assert set(found.rules) == {"size", "tiny"}
    assert [p.holds for p in made.histories["size"]] == [False, True]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"speaker": "S3"}, ("conflicting", False, "")),
        ({"speaker": "S3", "quote": "we have grown to 220"}, ("met", True, "explained")),
        ({"speaker": "S2"}, ("met", True, "same person")),
    ],
)
def test_calls_of_one_week_conflict_unless_something_resolves_it(
    later: dict[str, str], expected: tuple[str, bool, str]
) -> None:
    made = assess(call(0, headcount(150)), call(3, headcount(220, **later)))
    found = only(made)
    assert (status(made, "size"), found.resolved, found.why) == expected


def test_s2_of_two_calls_is_one_person_only_by_name() -> None:
    first, second = headcount(150), headcount(220)
    other = call(3, second, names=("Bo",))
    assert status(assess(call(0, first, names=("Al",)), other), "size") == "conflicting"
    same = call(3, second, names=("al",))
    assert status(assess(call(0, first, names=("Al",)), same), "size") == "met"


def test_two_people_of_one_call_contradict_each_other() -> None:
    made = assess(call(0, headcount(150), headcount(400, speaker="S3")))
    found = only(made)
    assert (found.between, found.resolved) == ("people", False)
    assert {p.stands for p in found.positions} == {"contested"}
    assert status(made, "size") == "conflicting"


def test_one_person_who_compares_two_years_contradicts_nobody() -> None:
    made = assess(call(0, headcount(150, turns=(1,)), headcount(220, turns=(2,))))
    assert made.contradictions == ()


def test_calls_that_agree_add_up_and_the_sum_says_how() -> None:
    one = assess(call(0, headcount(300, confidence=0.6)))
    two = assess(
        call(0, headcount(300, confidence=0.6)),
        call(60, headcount(310, confidence=0.6)),
    )
    scores = [next(r.score for r in made.check.criteria if r.id == "size") for made in (one, two)]
    assert scores[0] == pytest.approx(0.6, abs=0.001)
    assert scores[1] > 0.9
    terms = two.sums["size"]
    assert terms[0].log_odds == -2.2
    assert 1 / (1 + 2.718281828 ** -sum(t.log_odds for t in terms)) == pytest.approx(
        scores[1], abs=0.01
    )
    assert "Lee (c-0" in "".join(term.source for term in terms)


def test_what_was_said_long_ago_counts_less() -> None:
    def score(days: int, **options: float) -> float:
        tool = make_signal("tech_stack", "Salesforce", status="current", confidence=0.9)
        made = assess(call(0, tool), call(days), options=CheckOptions(**options))
        return next(r.score for r in made.check.criteria if r.id == "crm")

    assert score(10) > score(365) > score(730) > score(1460)
    assert score(730) == pytest.approx(0.5, abs=0.01)
    assert score(730, half_life_days=0) == pytest.approx(0.9, abs=0.001)


def test_a_rival_tool_of_a_later_call_takes_the_place_and_is_shown() -> None:
    had = make_signal("tech_stack", "Salesforce", status="current")
    left = make_signal("tech_stack", "Salesforce", status="past")
    rival = make_signal("tech_stack", "Pipedrive", status="current")
    made = assess(call(0, had), call(90, left, rival))
    assert status(made, "crm") == "not_met"
    about = {c.about: c for c in made.contradictions}
    assert [p.stands for p in about["tool Salesforce"].positions] == ["replaced", "latest"]
    assert [p.holds for p in made.histories["crm"]] == [True, False, False]


def test_doubtful_words_in_two_calls_detect_a_trigger_that_neither_does_alone() -> None:
    said = make_evidence("pricing", supports=0.8)
    alone = assess(call(0, statements=(said,)))
    both = assess(call(0, statements=(said,)), call(30, statements=(said,)))
    assert (status(alone, "pricing"), status(both, "pricing")) == ("not_detected", "detected")
    assert [t.call_id for t in both.sums["pricing"][1:]] == ["c-30", "c-0"]


def test_evidence_on_a_value_is_replaced_only_by_what_is_as_clear_as_its_rule_asks() -> None:
    clear = make_evidence("motion#sales_led", supports=0.9)
    vague = make_evidence("motion#sales_led", denies=0.6)
    firm = make_evidence("motion#sales_led", denies=0.95)
    assert status(
        assess(call(0, statements=(clear,)), call(90, statements=(vague,))),
        "motion",
    ) == ("met")
    assert status(
        assess(call(0, statements=(clear,)), call(90, statements=(firm,))),
        "motion",
    ) == ("not_met")


def test_a_statement_said_and_denied_in_one_week_by_two_people_is_conflicting() -> None:
    yes = make_evidence("notes", supports=0.9)
    no = replace(make_evidence("notes", denies=0.9), speaker="S3", quote="no we do not")
    made = assess(call(0, statements=(yes,)), call(3, statements=(no,)))
    assert status(made, "notes") == "conflicting"
    assert not only(made).resolved
    later = assess(call(0, statements=(yes,)), call(90, statements=(no,)))
    assert status(later, "notes") == "not_met"
    assert [p.stands for p in only(later).positions] == ["replaced", "latest"]


def test_a_blocker_is_cleared_by_a_denial_that_tells_of_a_change() -> None:
    blocker = make_signal("blocker", "engineers build it", kind="build_in_house")
    weak = make_evidence("in_house", denies=0.72)
    told = replace(weak, quote="we have dropped that plan")
    assert status(assess(call(0, blocker), call(60, statements=(weak,))), "in_house") == "raised"
    made = assess(call(0, blocker), call(60, statements=(told,)))
    assert status(made, "in_house") == "clear"
    assert only(made).rules == ("in_house",)
    again = assess(call(0, statements=(told,)), call(60, blocker))
    assert status(again, "in_house") == "raised"


def test_the_crm_decides_only_where_nobody_spoke_and_is_marked() -> None:
    facts = read_facts({"headcount": 300, "tech_stack": ["Salesforce"]}, "d-1")
    silent = assess(call(0), facts=facts)
    size = silent.check.criteria[0]
    assert (size.status, size.source, size.quote) == ("met", "crm", "")
    spoken = assess(call(0, headcount(50)), facts=facts)
    assert (spoken.check.criteria[0].status, spoken.check.criteria[0].source) == ("not_met", "call")
    found = only(spoken)
    assert (found.between, [p.stands for p in found.positions]) == ("crm", ["replaced", "latest"])
    assert all(p.signal.source == "call" for p in spoken.histories["size"] if p.signal)
    split = assess(call(0, headcount(50), headcount(300, speaker="S3")), facts=facts)
    assert status(split, "size") == "conflicting"


def test_what_is_too_doubtful_to_decide_replaces_nothing() -> None:
    made = assess(call(0, headcount(300)), call(90, headcount(40, confidence=0.12)))
    assert status(made, "size") == "met"
    assert made.contradictions == ()


def test_a_doubtful_contradiction_takes_no_weight_from_what_was_said_before() -> None:
    uses = [make_signal("tech_stack", "Salesforce", status="current") for _ in range(2)]
    left = make_signal("tech_stack", "Salesforce", status="past", confidence=0.12)
    made = assess(call(0, uses[0]), call(90, left), call(180, uses[1]))
    assert {t.call_id for t in made.sums["crm"][1:]} == {"c-0", "c-180"}


@pytest.mark.parametrize(
    ("earlier", "later", "contradict"),
    [
        (((50, 50), "available"), ((50, 50), "unavailable"), True),
        (((50, 50), "available"), ((90, 90), "available"), True),
        (((50, 50), "available"), (None, "available"), False),
        (((50, 50), "unconfirmed"), ((50, 50), "available"), False),
        ((None, "unavailable"), (None, "available"), True),
    ],
)
def test_no_budget_contradicts_a_budget_and_a_sum_only_another_sum(
    earlier: tuple[object, str], later: tuple[object, str], contradict: bool
) -> None:
    said = [make_signal("budget", value, status=how) for value, how in (earlier, later)]
    found = assess(call(0, said[0]), call(90, said[1])).contradictions
    assert [c.about for c in found] == ["budget"] * contradict


def test_of_a_budget_and_its_loss_the_later_one_counts() -> None:
    profile = make_profile(disqualifiers=[make_disqualifier(id="broke", kind="no_budget")])
    money = make_signal("budget", None, status="available", speaker="S3", turns=(9,))
    none = make_signal("blocker", "the money is gone", kind="no_budget")
    for calls, wanted in (
        ((call(0, money), call(90, none)), "raised"),
        ((call(0, none), call(90, money)), "clear"),
        ((call(0, none, money),), "unknown"),
    ):
        (rule,) = assess_deal(calls, profile, KNOWLEDGE).check.disqualifiers
        assert rule.status == wanted


def test_the_crm_settles_no_disagreement_on_a_disqualifier() -> None:
    facts = read_facts({"headcount": 10}, "d-1")
    split = assess(call(0, headcount(15), headcount(300, speaker="S3")), facts=facts)
    (tiny, _) = split.check.disqualifiers
    assert (tiny.status, tiny.source) == ("unknown", "call")
    assert "disagree" in tiny.explanation


def test_an_older_position_that_wins_is_not_called_later() -> None:
    profile = make_profile([make_criterion("industry", id="sector", any_of=("fintech",))])
    said = [make_signal("industry", "payments"), make_signal("industry", "retail")]
    found = only(assess_deal([call(0, said[0]), call(90, said[1])], profile, KNOWLEDGE))
    assert (found.why, [p.stands for p in found.positions]) == ("stronger", ["latest", "stands"])
