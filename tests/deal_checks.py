"""One profile, and calls of a deal held against it: what the tests of deals share."""

from __future__ import annotations

from pipeline.assess import assess_deal
from pipeline.deals.types import Assessment, Contradiction
from pipeline.domain import CallAnalysis, Signal, TriggerRule
from tests.factories import (
    make_criterion,
    make_disqualifier,
    make_knowledge,
    make_profile,
    make_signal,
)

KNOWLEDGE = make_knowledge()
PROFILE = make_profile(
    [
        make_criterion("headcount", id="size", min=200, max=1000, weight=3, required=True),
        make_criterion("tech_stack", id="crm", any_of=("Salesforce",)),
        make_criterion("business_model", id="motion", any_of=("sales_led",)),
        make_criterion("pain", id="notes", statement="Reps lose time"),
    ],
    [TriggerRule("pricing", statement="It changes its prices", weight=2)],
    [
        make_disqualifier("headcount", id="tiny", max=20),
        make_disqualifier(id="in_house", kind="build_in_house", statement="They build it"),
    ],
)


def assess(*calls: CallAnalysis, **options: object) -> Assessment:
    return assess_deal(calls, PROFILE, KNOWLEDGE, **options)  # type: ignore[arg-type]


def status(found: Assessment, rule: str) -> str:
    check = found.check
    every = (*check.criteria, *check.triggers, *check.disqualifiers)
    return next(r.status for r in every if r.id == rule)


def headcount(number: int, **fields: object) -> Signal:
    return make_signal("headcount", (number, number), **fields)


def only(found: Assessment) -> Contradiction:
    (contradiction,) = found.contradictions
    return contradiction
