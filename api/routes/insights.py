"""What stored calls say about a profile: a change before it counts, outcomes, verdicts, statements.

Managers and admins ask; a manager's answers are of the team's calls. Trap: all of this is computed
from stored results in the request, so it takes seconds on thousands of calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import CallerDep, ServiceDep, ServicesDep
from api.jobs.insights import StoredDeal, judged_signals, stored_deals
from api.jobs.service import Service
from api.schemas import Problem
from api.scores import profile_of
from api.security import NotFound
from api.store import profiles
from api.wiring import Services, statements_of
from pipeline.domain import Check, Dimension, Profile, Statement
from pipeline.errors import InputError
from pipeline.insights.diff import diff_checks
from pipeline.insights.lift import LEAST_DEALS, ClosedDeal, find_features, learn
from pipeline.insights.precision import WANTED, by_dimension, by_rule
from pipeline.insights.preview import Hit, preview
from pipeline.knowledge import CheckOptions
from pipeline.profile import profile_from_mapping

router = APIRouter(
    prefix="/v1",
    tags=["insights"],
    responses={status: {"model": Problem} for status in (401, 403, 404, 422, 500, 503)},
)
MOST_SHOWN = 500
MOST_PREVIEWED = 200


class StatementIn(BaseModel):
    """A statement to try on stored calls, with calls that people marked."""

    model_config = ConfigDict(extra="forbid")

    statement: str = Field(min_length=5, max_length=300)
    dimension: Dimension | None = None
    yes: list[str] = Field(default_factory=list, max_length=200)
    no: list[str] = Field(default_factory=list, max_length=200)
    calls: Annotated[int, Field(ge=1, le=MOST_PREVIEWED)] = 50


@router.post("/profiles/{profile_id}/diff")
def diff_profile(
    profile_id: str,
    body: Annotated[dict[str, object], Body(description="The profile as it would be.")],
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
) -> dict[str, object]:
    """Which deals change their tier under a changed profile; nothing is stored or heard again.

    `unweighed` counts calls that were not weighed for a new statement: it stays open for them.
    """
    caller.must_be("admin", "manager")
    before = _active(service, profile_id)
    after = profile_from_mapping(body)
    asked = {statement.id for statement in statements_of([before, after])}
    unweighed = 0

    def pairs() -> Iterator[tuple[Check, Check]]:
        nonlocal unweighed
        for deal in stored_deals(service, caller.scope):
            unweighed += sum(
                bool(asked - {found.statement for found in analysis.statements})
                for analysis in deal.analyses
            )
            yield services.check_change(deal.analyses, before, after, deal_id=deal.id)

    found = diff_checks(pairs())
    written = found.to_json()
    changed = written["changed"]
    assert isinstance(changed, list)
    return {**written, "changed": changed[:MOST_SHOWN], "unweighed": unweighed}


@router.get("/profiles/{profile_id}/insight")
def get_insight(
    profile_id: str,
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
    least: Annotated[int, Query(ge=2, le=1000, description="Deals that a lift takes.")] = (
        LEAST_DEALS
    ),
) -> dict[str, object]:
    """How tiers, criteria and signals go with won, lost and churned deals; what to change."""
    caller.must_be("admin", "manager")
    profile = _active(service, profile_id)
    closed = [
        _closed(services, deal, deal.outcome, profile)
        for deal in stored_deals(service, caller.scope)
        if deal.outcome is not None
    ]
    return asdict(learn(closed, profile, least))


def _closed(services: Services, deal: StoredDeal, outcome: str, profile: Profile) -> ClosedDeal:
    said = [signal for analysis in deal.analyses for signal in analysis.signals]
    check = services.check_deal(deal.analyses, profile)
    return ClosedDeal(deal.id, outcome, check, find_features(said, services.knowledge))


@router.get("/precision")
def get_precision(
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    wanted: Annotated[float, Query(ge=0.5, le=0.99, description="Share to be right.")] = WANTED,
) -> dict[str, object]:
    """How often signals were right, from verdicts, with intervals and the thresholds they ask for.

    By dimension, and by criterion of a profile when one is named.
    """
    caller.must_be("admin", "manager")
    held = _active(service, profile) if profile else None
    judged = judged_signals(service, services, caller.scope, held)
    return {
        "verdicts": len(judged),
        "dimensions": [asdict(row) for row in by_dimension(judged, wanted)],
        "rules": [asdict(row) for row in by_rule(judged, wanted)],
    }


@router.post("/statements/preview")
def preview_statement(
    body: StatementIn, service: ServiceDep, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    """Which of the latest calls say a new statement, with quotes and scores, before it counts.

    Calls marked `yes` and `no` move the threshold.
    """
    caller.must_be("admin", "manager")
    statement = Statement("preview", " ".join(body.statement.split()), body.dimension)
    marks = {**dict.fromkeys(body.yes, True), **dict.fromkeys(body.no, False)}
    hits = []
    for deal in stored_deals(service, caller.scope, latest=body.calls, also=tuple(marks)):
        for analysis in deal.analyses:
            found = services.weigh_statement(analysis, statement)
            hits.append(Hit(analysis.transcript.call_id, found))
    unknown = sorted(set(marks) - {hit.call_id for hit in hits})
    if unknown:
        raise InputError(f"there is no analysed call {unknown[0][:60]!r}", field="yes, no")
    options = CheckOptions()
    return asdict(preview(hits, marks, options.statement_met, options.statement_denied))


def _active(service: Service, profile_id: str) -> Profile:
    with service.database.reading() as connection:
        version = profiles.active(connection, profile_id)
    if version is None:
        raise NotFound(f"there is no profile {profile_id[:60]!r}")
    return profile_of(version)
