"""Every dimension's criteria and disqualifiers: what proves, what refutes, what proves nothing."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.domain import Signal
from pipeline.knowledge import CheckOptions
from pipeline.steps.checks import run_criterion
from tests.factories import (
    make_criterion,
    make_evidence,
    make_knowledge,
    make_signal,
)  # fmt: skip


def status_of(
    criterion: object, *signals: Signal, evidence: object = None, **options: object
) -> str:
    found = {"rule": evidence} if evidence else {}
    return run_criterion(criterion, signals, found, make_knowledge(), **options).status  # type: ignore[arg-type]


SIZE = {"min": 200, "max": 1000}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ((200, 200), "met"),
        ((1000, 1000), "met"),
        ((199, 199), "not_met"),
        ((150, 400), "met"),
        ((50, 250), "not_met"),
        ((500, None), "met"),
        ((1000, None), "not_met"),
        ((None, 200), "not_met"),
        ((None, 900), "met"),
        ((None, None), "unknown"),
    ],
)
def test_headcount_against_limits(said: tuple[float | None, float | None], status: str) -> None:
    assert status_of(make_criterion("headcount", **SIZE), make_signal("headcount", said)) == status


def test_silence_is_unknown() -> None:
    result = run_criterion(make_criterion("headcount", **SIZE), [], {}, make_knowledge())
    assert (result.status, result.score, result.signals) == ("unknown", 0.0, ())


def test_a_partly_overlapping_range_is_less_sure() -> None:
    rule = make_criterion("headcount", **SIZE)
    sure = run_criterion(rule, [make_signal("headcount", (300, 300))], {}, make_knowledge())
    vague = run_criterion(rule, [make_signal("headcount", (150, 400))], {}, make_knowledge())
    assert vague.score < sure.score


def test_numbers_conflict_only_across_the_limit_and_between_people() -> None:
    rule = make_criterion("headcount", min=50, max=1500)
    a = make_signal("headcount", (80, 80), speaker="S2")
    assert status_of(rule, a, make_signal("headcount", (110, 110), speaker="S3")) == "met"
    assert status_of(rule, a, make_signal("headcount", (20, 20), speaker="S3")) == "conflicting"
    later = make_signal("headcount", (20, 20), speaker="S2", turns=(9,))
    assert status_of(rule, a, later) == "not_met"


def test_a_clearly_surer_position_wins() -> None:
    rule = make_criterion("headcount", **SIZE)
    sure = make_signal("headcount", (300, 300), confidence=0.95)
    doubtful = make_signal("headcount", (50, 50), confidence=0.55, speaker="S3")
    assert status_of(rule, sure, doubtful) == "met"


def test_doubtful_signals_decide_only_together() -> None:
    rule = make_criterion("headcount", **SIZE)
    weak = [make_signal("headcount", (300, 300), confidence=0.2, speaker=s) for s in ("S2", "S3")]
    assert status_of(rule, weak[0]) == "unknown"
    assert status_of(rule, *weak) == "met"
    assert status_of(rule, weak[0], options=CheckOptions(floor=0.15)) == "met"


def test_money_is_compared_in_the_profiles_currency() -> None:
    rule = make_criterion("revenue", min=10_000_000, currency="EUR")
    crore = make_signal("revenue", (910_000_000, 910_000_000, "INR"))
    assert status_of(rule, crore, on=date(2024, 5, 1)) == "met"
    pounds = make_signal("revenue", (8_000_000, 8_000_000, "GBP"))
    assert status_of(rule, pounds, on=date(2026, 5, 1)) == "not_met"
    unsaid = make_signal("revenue", (12_000_000, 12_000_000, None))
    assert status_of(rule, unsaid) == "met"
    unknown = make_signal("revenue", (12_000_000, 12_000_000, "XTS"))
    assert status_of(rule, unknown) == "unknown"


def test_team_size_counts_its_own_function() -> None:
    rule = make_criterion("team_size", min=20, function="customer support")
    care = make_signal("team_size", (26, 26), function="customer care")
    sales = make_signal("team_size", (40, 40), function="sales")
    assert status_of(rule, care) == "met"
    assert status_of(rule, sales) == "unknown"


@pytest.mark.parametrize(
    "statement",
    [
        "At least 20 people work in customer support",
        "The customer support team has 20 or more people",
    ],
)
def test_a_statement_with_a_number_is_decided_by_numbers(statement: str) -> None:
    rule = make_criterion("team_size", statement=statement)
    few = make_signal("team_size", (3, 3), function="customer service")
    many = make_signal("team_size", (26, 26), function="customer service")
    other = make_signal("team_size", (26, 26), function="sales")
    assert status_of(rule, few, evidence=make_evidence(supports=0.9)) == "not_met"
    assert status_of(rule, many, evidence=make_evidence(denies=0.9)) == "met"
    assert status_of(rule, other, evidence=make_evidence(supports=0.9)) == "met"
    assert status_of(rule, other) == "unknown"


def test_industry_matches_by_meaning() -> None:
    rule = make_criterion("industry", any_of=("software", "fintech"))
    assert status_of(rule, make_signal("industry", "payments")) == "met"
    assert status_of(rule, make_signal("industry", "Fintech")) == "met"
    assert status_of(rule, make_signal("industry", "retail")) == "not_met"
    both = make_signal("industry", "retail"), make_signal("industry", "payments", speaker="S3")
    assert status_of(rule, *both) == "met"


def test_unlisted_industry_asks_how_alike_they_are() -> None:
    rule = make_criterion("industry", any_of=("software",))
    said = make_signal("industry", "billing tools")
    for likeness, status in ((0.8, "met"), (0.1, "not_met")):
        knowledge = make_knowledge(similarity=lambda a, b, n=likeness: n)
        assert run_criterion(rule, [said], {}, knowledge).status == status


@pytest.mark.parametrize(
    ("stage", "status"),
    [("series_a", "met"), ("series_b", "not_met"), ("startup", "unknown"), ("public", "not_met")],
)
def test_growth_stage(stage: str, status: str) -> None:
    rule = make_criterion("growth_stage", any_of=("seed", "series_a"))
    assert status_of(rule, make_signal("growth_stage", stage)) == status


def test_none_of_a_stage() -> None:
    rule = make_criterion("growth_stage", none_of=("seed", "government"))
    assert status_of(rule, make_signal("growth_stage", "public")) == "met"
    both = make_signal("growth_stage", "startup"), make_signal("growth_stage", "seed")
    assert status_of(rule, *both) == "not_met"
    assert status_of(rule) == "unknown"


PLACES = [
    ([("Munich", "office")], "met"),
    ([("Brisbane", "hq")], "unknown"),
    ([("Brisbane", "hq"), ("Australia", "market")], "not_met"),
    ([("Brisbane", "hq"), ("Australia", "market"), ("Berlin", "office")], "met"),
    ([("Brisbane", "office")], "unknown"),
    ([("Brisbane", "hq"), ("Atlantis", "market")], "unknown"),
]


@pytest.mark.parametrize(("places", "status"), PLACES)
def test_geography_by_any_kind_of_place(places: list[tuple[str, str]], status: str) -> None:
    said = [make_signal("geography", name, kind=kind) for name, kind in places]
    assert status_of(make_criterion("geography", any_of=("DACH",)), *said) == status


def test_geography_of_a_kind() -> None:
    rule = make_criterion("geography", any_of=("DACH",), kind="hq")
    assert status_of(rule, make_signal("geography", "Munich", kind="office")) == "unknown"
    assert status_of(rule, make_signal("geography", "Leeds", kind="hq")) == "not_met"
    wider = make_criterion("geography", any_of=("Germany",), kind="hq")
    assert status_of(wider, make_signal("geography", "DACH", kind="hq")) == "unknown"


def test_all_of_waits_for_every_part() -> None:
    rule = make_criterion("geography", all_of=("European Union", "United Kingdom"))
    dublin, leeds = (make_signal("geography", p, kind="office") for p in ("Dublin", "Leeds"))
    assert status_of(rule, dublin) == "unknown"
    assert status_of(rule, dublin, leeds) == "met"


def test_business_models_are_refuted_by_their_rivals_only() -> None:
    rule = make_criterion("business_model", all_of=("b2b", "subscription"))
    assert status_of(rule, make_signal("business_model", "usage_based")) == "unknown"
    b2b, abo = (make_signal("business_model", m) for m in ("b2b", "subscription"))
    assert status_of(rule, b2b, abo) == "met"
    led = make_criterion("business_model", any_of=("product_led",))
    assert status_of(led, make_signal("business_model", "sales_led")) == "not_met"
    assert status_of(led, make_signal("business_model", "b2b")) == "unknown"


def tool(name: str, status: str = "current", **fields: object) -> Signal:
    return make_signal("tech_stack", name, status=status, **fields)


TOOLS = [
    ([tool("Salesforce")], "met"),
    ([tool("sfdc")], "met"),
    ([tool("Salesforce Service Cloud")], "met"),
    ([tool("Pipedrive")], "not_met"),
    ([tool("Salesforce", "past"), tool("Pipedrive")], "not_met"),
    ([tool("Salesforce", "past")], "unknown"),
    ([tool("Salesforce", "past"), tool("HubSpot", "not_used")], "not_met"),
    ([tool("Salesforce", "planned")], "unknown"),
    ([tool("Salesforce", "evaluating"), tool("Pipedrive")], "not_met"),
    ([tool("Stripe")], "unknown"),
    ([tool("Salesforce"), tool("Pipedrive")], "met"),
    ([tool("Salesforce"), tool("HubSpot", "past", speaker="S3")], "met"),
    ([tool("Salesforce"), tool("Salesforce", "planned", speaker="S3")], "conflicting"),
]


@pytest.mark.parametrize(("tools", "status"), TOOLS)
def test_tools_in_use(tools: list[Signal], status: str) -> None:
    rule = make_criterion("tech_stack", any_of=("Salesforce", "HubSpot"))
    assert status_of(rule, *tools) == status


FORBIDDEN = [
    ([tool("Skillcast")], "not_met"),
    ([tool("Skillcast", "not_used")], "met"),
    ([tool("Skillcast", "past")], "met"),
    ([tool("Moodle")], "met"),
    ([tool("Stripe")], "unknown"),
    ([tool("Skillcast", "evaluating")], "unknown"),
    ([tool("Skillcast"), tool("Skillcast", "not_used", speaker="S3")], "conflicting"),
]


@pytest.mark.parametrize(("tools", "status"), FORBIDDEN)
def test_tools_that_must_not_be_in_use(tools: list[Signal], status: str) -> None:
    assert status_of(make_criterion("tech_stack", none_of=("Skillcast",)), *tools) == status


def test_status_list_widens_a_tool_criterion() -> None:
    rule = make_criterion("tech_stack", any_of=("NetSuite",), status=("current", "planned"))
    assert status_of(rule, tool("NetSuite", "planned"), tool("Visma")) == "met"


def test_team_by_team_size_or_title_and_denied_by_absence() -> None:
    rule = make_criterion("team", any_of=("revenue operations", "finance"))
    assert status_of(rule, make_signal("team", "rev ops", status="present")) == "met"
    assert status_of(rule, make_signal("team", "rev ops", status="absent")) == "not_met"
    assert status_of(rule, make_signal("team", "sales", status="present")) == "unknown"
    assert status_of(rule, make_signal("team", "sales", status="absent")) == "not_met"
    sales = make_criterion("team", any_of=("sales",))
    assert status_of(sales, make_signal("team", "rev ops", status="present")) == "met"
    assert status_of(sales, make_signal("team", "rev ops", status="absent")) == "unknown"
    assert status_of(rule, make_signal("persona", "CFO", kind="mentioned")) == "met"
    assert status_of(rule, make_signal("team_size", (6, 6), function="finance")) == "met"


def test_statement_evidence_and_its_thresholds() -> None:
    rule = make_criterion(statement="Reps lose time typing notes")
    assert status_of(rule, evidence=make_evidence(supports=0.8)) == "met"
    assert status_of(rule, evidence=make_evidence(denies=0.8)) == "not_met"
    assert status_of(rule, evidence=make_evidence(supports=0.8, denies=0.7)) == "conflicting"
    assert status_of(rule, evidence=make_evidence(supports=0.3, denies=0.4)) == "unknown"
    strict = CheckOptions(statement_met=0.9)
    assert status_of(rule, evidence=make_evidence(supports=0.8), options=strict) == "unknown"


def test_explanation_has_value_demand_quote_and_time() -> None:
    said = make_signal("headcount", (200, 200), quote="we're about two hundred")
    result = run_criterion(make_criterion("headcount", **SIZE), [said], {}, make_knowledge())
    assert result.explanation == (
        "200 employees, asked for 200 to 1,000: “we're about two hundred” (1:02)"
    )
    assert (result.quote, result.start, result.turns) == (said.quote, 62.0, (1,))


def test_what_was_said_but_settles_nothing_is_told() -> None:
    rule = make_criterion("tech_stack", any_of=("Salesforce",))
    told = run_criterion(rule, [tool("Salesforce", "planned")], {}, make_knowledge())
    assert told.explanation == "not settled by Salesforce (planned); asked for Salesforce"
    silent = run_criterion(rule, [], {}, make_knowledge())
    assert silent.explanation == "nobody said; asked for Salesforce"


def test_conflict_cites_both_sides() -> None:
    a = tool("Salesforce", quote="we run Salesforce")
    b = tool("Salesforce", "not_used", speaker="S3", quote="no we do not")
    rule = make_criterion("tech_stack", any_of=("Salesforce",))
    text = run_criterion(rule, [a, b], {}, make_knowledge()).explanation
    assert "we run Salesforce" in text
    assert "no we do not" in text
