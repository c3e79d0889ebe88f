"""Deals: list, look at one, take over what the CRM says, and assess all their calls.

A deal is seen as its calls are: an admin all, a manager the team's, a rep their own. Trap: facts of
the CRM are never evidence from a call; an assessment shows them apart.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deal_rows import MOST_SHOWN, read_table
from api.deps import CallerDep, ServiceDep, ServicesDep
from api.jobs.assessing import assess_stored
from api.jobs.deal_changes import Imported, change_deal, import_rows
from api.jobs.service import Service
from api.schemas import Problem
from api.security import Caller, Forbidden, NotFound
from api.store import deals, profiles
from api.store.records import Deal
from api.texts import check_moment
from pipeline.deals.facts import read_facts
from pipeline.errors import InputError

router = APIRouter(
    prefix="/v1",
    tags=["deals"],
    responses={status: {"model": Problem} for status in (401, 403, 404, 422, 500, 503)},
)
Outcome = Literal["won", "lost", "churned"]
Text = Annotated[str | None, Field(max_length=500)]


class DealOut(BaseModel):
    """A deal, with what the CRM says of it; `facts` are about the account."""

    id: str
    account: str | None
    facts: dict[str, object]
    stage: str | None
    outcome: Outcome | None
    amount: float | None
    currency: str | None
    closed_at: datetime | None
    rep: str | None
    team: str | None
    created_at: datetime
    updated_at: datetime


class DealPage(BaseModel):
    """A page of deals, by id."""

    items: list[DealOut]
    next: str | None


class DealIn(BaseModel):
    """What is known of a deal; what is left out stays as it is, null takes it away."""

    model_config = ConfigDict(extra="forbid")

    account: Text = None
    facts: dict[str, object] = Field(default_factory=dict, max_length=50)
    stage: Text = None
    outcome: Outcome | None = None
    amount: Annotated[float | None, Field(ge=0, le=1e15, allow_inf_nan=False)] = None
    currency: Annotated[str | None, Field(pattern="^[A-Za-z]{3}$")] = None
    closed_at: datetime | None = None
    rep: Text = None
    team: Text = None


class AssessmentOut(BaseModel):
    """An assessment (contract, section 4), with contradictions, facts and sums beside it."""

    model_config = ConfigDict(extra="allow")

    deal_id: str
    profile: dict[str, object]
    tier: str | None
    fit: float | None
    coverage: float
    disqualified: bool
    calls: list[str]


class RowProblem(BaseModel):
    """What is wrong in a cell of a table."""

    line: int
    column: str
    problem: str


class ImportOut(BaseModel):
    """What a table changed."""

    created: int
    updated: int
    ignored_columns: list[str]
    problems: list[RowProblem]


@router.get("/deals")
def list_deals(
    service: ServiceDep,
    caller: CallerDep,
    outcome: Literal["won", "lost", "churned", "open"] | None = None,
    rep: Annotated[str | None, Query(max_length=200)] = None,
    stage: Annotated[str | None, Query(max_length=500)] = None,
    account: Annotated[str | None, Query(max_length=500, description="Part of its name.")] = None,
    tier: Annotated[str | None, Query(pattern="^[ABCD]$")] = None,
    profile: Annotated[str | None, Query(max_length=200, description="Whose tier.")] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DealPage:
    """A page of deals. `tier` is that of the latest assessment against a profile."""
    if tier is not None and profile is None:
        raise InputError("needs a profile", field="tier", remedy="add profile=…")
    with service.database.reading() as connection:
        page = deals.find(
            connection, caller.scope, outcome=outcome, rep=rep, stage=stage, account=account,
            tier=(profile, tier) if profile and tier else None, cursor=cursor, limit=limit,
        )  # fmt: skip
    return DealPage(items=[deal_out(deal) for deal in page.items], next=page.next)


@router.post("/deals/import")
async def import_deals(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    partial: Annotated[
        bool, Query(description="Take over the good rows although others are bad.")
    ] = False,
) -> ImportOut:
    """Take over deals from a CSV in the body; with a bad row nothing, unless `partial`."""
    from starlette.concurrency import run_in_threadpool

    caller.must_be("admin", "manager")
    content = await request.body()
    return await run_in_threadpool(_import, service, caller, content, partial)


def _import(service: Service, caller: Caller, content: bytes, partial: bool) -> ImportOut:
    table = read_table(content, "body")
    if not partial:
        table.must_be_whole()
    with service.database.unit_of_work() as connection:
        done = import_rows(connection, table.rows, caller.key.id, caller.scope)
        if done.problems and not partial:
            raise InputError(
                "; ".join(str(problem) for problem in done.problems[:MOST_SHOWN]),
                field=done.problems[0].column, remedy="nothing was taken over",
            )  # fmt: skip
    return _imported(done, table.ignored, table.problems)


def _imported(done: Imported, ignored: tuple[str, ...], problems: tuple[object, ...]) -> ImportOut:
    every = sorted((*problems, *done.problems), key=lambda p: p.line)  # type: ignore[attr-defined]
    return ImportOut(
        created=done.created, updated=done.updated, ignored_columns=list(ignored),
        problems=[
            RowProblem(line=p.line, column=p.column, problem=p.problem)  # type: ignore[attr-defined]
            for p in every[:MOST_SHOWN]
        ],
    )  # fmt: skip


@router.get("/deals/{deal_id}")
def get_deal(deal_id: str, service: ServiceDep, caller: CallerDep) -> DealOut:
    """One deal."""
    return deal_out(find_deal(service, caller, deal_id))


@router.put("/deals/{deal_id}", responses={201: {"model": DealOut}})
def put_deal(
    deal_id: str,
    body: Annotated[DealIn, Body()],
    service: ServiceDep,
    caller: CallerDep,
    response: Response,
) -> DealOut:
    """Set what the CRM says of a deal; one that is not there yet is made."""
    if not deal_id.strip() or len(deal_id) > 200:
        raise InputError("is empty or too long", field="deal_id")
    given = body.model_dump(exclude_unset=True, exclude={"facts"})
    for name in ("rep", "team"):
        own = caller.key.person if name == "rep" else caller.key.team
        allowed = caller.key.role == "admin" or (name == "rep" and caller.key.role == "manager")
        if not allowed and name in given and given[name] != own:
            raise Forbidden(f"a {caller.key.role} may not give deals away", remedy=f"leave {name}")
    if given.get("closed_at") is not None:
        moment = given["closed_at"]
        check_moment(moment, "closed_at")
        given["closed_at"] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if given.get("currency"):
        given["currency"] = given["currency"].upper()
    read_facts({n: v for n, v in body.facts.items() if v is not None}, deal_id)
    with service.database.unit_of_work() as connection:
        deal, new = change_deal(
            connection, deal_id, given, caller.scope, caller.key.id, facts=body.facts or None
        )
    if deal is None:
        raise NotFound(f"there is no deal {deal_id[:60]!r}")
    response.status_code = 201 if new else 200
    return deal_out(deal)


@router.get("/deals/{deal_id}/assessment")
def get_assessment(
    deal_id: str,
    service: ServiceDep,
    services: ServicesDep,
    caller: CallerDep,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> AssessmentOut:
    """All calls of the deal held against a profile: the active version, when none is named.

    `unweighed` names calls whose words were not yet weighed for a statement of this version.
    """
    deal = find_deal(service, caller, deal_id)
    with service.database.reading() as connection:
        wanted = profile
        if wanted is None:
            heads = profiles.in_use(connection)
            wanted = heads[0].id if heads else ""
        found = (
            profiles.active(connection, wanted)
            if version is None
            else profiles.get_version(connection, wanted, version)
        )
    if found is None:
        raise NotFound(f"there is no profile {wanted[:60]!r}" + (f" {version}" if version else ""))
    return AssessmentOut(**assess_stored(service, services, deal, found, caller.scope))  # type: ignore[arg-type]


def find_deal(service: Service, caller: Caller, deal_id: str) -> Deal:
    """The deal, if the caller may see it."""
    with service.database.reading() as connection:
        deal = deals.get(connection, deal_id, caller.scope)
    if deal is None:
        raise NotFound(f"there is no deal {deal_id[:60]!r}")
    return deal


def deal_out(deal: Deal) -> DealOut:
    """A deal as it is shown."""
    moments = {
        name: None if (at := getattr(deal, name)) is None else datetime.fromtimestamp(at, UTC)
        for name in ("closed_at", "created_at", "updated_at")
    }
    plain = ("id", "account", "stage", "outcome", "amount", "currency", "rep", "team")
    rest = {name: getattr(deal, name) for name in plain}
    return DealOut(**rest, **moments, facts=dict(deal.facts))  # type: ignore[arg-type]
