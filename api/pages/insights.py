"""Insights: what outcomes, verdicts and reps' calls say about a profile. For managers and admins.

The page opens at once and its parts come after, for each takes its time over all stored calls.
Trap: a manager's figures are of the team's calls only.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.deps import ServicesDep
from api.jobs.insights import judged_signals
from api.jobs.learning import learn_stored
from api.pages.deals import find_version
from api.pages.frame import Visitor, VisitorDep, send
from api.pages.learned import (
    MOST_SIGNALS,
    lift_rows,
    precision_rows,
    rep_rows,
    tier_rows,
)  # fmt: skip
from api.scores import profile_of
from api.security import NotFound
from api.store import boards
from api.store.records import ProfileVersion
from pipeline.insights.lift import LEAST_DEALS
from pipeline.insights.precision import by_dimension, by_rule

router = APIRouter()
READERS = ("admin", "manager")
Name = Annotated[str, Query(max_length=200)]
Least = Annotated[int, Query(ge=2, le=1000)]


@router.get("/insights")
def show_insights(visitor: VisitorDep, profile: Name = "", least: Least = LEAST_DEALS) -> Response:
    """The page, its parts still to come."""
    visitor.caller.must_be(*READERS)
    heads, version = find_version(visitor, profile)
    asked = urlencode({"profile": version.profile_id, "least": least}) if version else ""
    return visitor.page(
        "insights.html", heads=heads, version=version, least=least, asked=asked,
        choices=sorted({5, LEAST_DEALS, 20, 50, least}),
    )  # fmt: skip


@router.get("/insights/outcomes")
def get_outcomes(
    visitor: VisitorDep, services: ServicesDep, profile: Name = "", least: Least = LEAST_DEALS
) -> Response:
    """Win rate by tier, lift of criteria and signals, what to change."""
    version = _version(visitor, profile)
    found = learn_stored(
        visitor.service, services, visitor.caller.scope, profile_of(version), least
    )
    signals = lift_rows(found.signals)
    return _part(
        visitor, "insights_outcomes.html", found=found, tiers=tier_rows(found),
        criteria=lift_rows(found.criteria), signals=signals[:MOST_SIGNALS],
        more=len(signals) - MOST_SIGNALS,
        churn=[row for row in lift_rows(found.churn, "churned") if row.mark],
    )  # fmt: skip


@router.get("/insights/precision")
def get_precision(visitor: VisitorDep, services: ServicesDep, profile: Name = "") -> Response:
    """How often signals were right, from verdicts."""
    version = _version(visitor, profile)
    judged = judged_signals(visitor.service, services, visitor.caller.scope, profile_of(version))
    return _part(
        visitor, "insights_precision.html", count=len(judged),
        dimensions=precision_rows(by_dimension(judged), dimensions=True),
        rules=precision_rows(by_rule(judged), dimensions=False),
    )  # fmt: skip


@router.get("/insights/questions")
def get_questions(visitor: VisitorDep, profile: Name = "") -> Response:
    """Who never asks what."""
    version = _version(visitor, profile)
    with visitor.service.database.reading() as connection:
        checks = boards.checks_by_rep(
            connection, visitor.caller.scope, version.profile_id, version.version
        )
        rows = rep_rows(checks)
    return _part(
        visitor, "insights_questions.html", rows=rows,
        criteria=[rule.id for rule in profile_of(version).criteria],
    )  # fmt: skip


def _version(visitor: Visitor, profile: str) -> ProfileVersion:
    visitor.caller.must_be(*READERS)
    version = find_version(visitor, profile)[1]
    if version is None:
        raise NotFound("there is no profile")
    return version


def _part(visitor: Visitor, template: str, **values: object) -> Response:
    return send(visitor.request, visitor.part(template, **values), "text/html")
