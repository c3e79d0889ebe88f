"""What stored calls say about a profile: a change before it counts, outcomes, verdicts, statements.

Managers and admins ask; a manager's answers are of the team's calls. Trap: all of this is computed
from stored results in the request, so it takes seconds on thousands of calls.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import CallerDep, ServiceDep, ServicesDep
from api.jobs.insights import judged_signals
from api.jobs.learning import diff_stored, learn_stored, try_statement
from api.jobs.service import Service
from api.schemas import Problem
from api.scores import profile_of
from api.security import NotFound
from api.store import profiles
from pipeline.domain import Dimension, Profile, Statement
from pipeline.insights.lift import LEAST_DEALS
from pipeline.insights.precision import WANTED, by_dimension, by_rule
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
    found, unweighed = diff_stored(service, services, caller.scope, before, after)
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
    return asdict(learn_stored(service, services, caller.scope, profile, least))


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
    found = try_statement(service, services, caller.scope, statement, marks, latest=body.calls)
    return asdict(found)


def _active(service: Service, profile_id: str) -> Profile:
    with service.database.reading() as connection:
        version = profiles.active(connection, profile_id)
    if version is None:
        raise NotFound(f"there is no profile {profile_id[:60]!r}")
    return profile_of(version)
