"""Deals: the board by tier with the picture of fit and engagement, and one deal with all its proof.

Ids of deals come from CRMs and may hold anything, slashes too, so they stand in the query, never in
the path. Trap: the board shows at once what is assessed; the rest comes with `part`, a bit a time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response

from api.deps import ServicesDep
from api.jobs.assessing import assess_stored
from api.jobs.deal_changes import change_deal
from api.pages.assessed import read_assessed
from api.pages.board import COLUMNS, QUADRANTS, Wanted, read_board
from api.pages.frame import HEADERS, Visitor, VisitorDep, send
from api.pages.scatter import draw
from api.scores import profile_of
from api.security import NotFound
from api.store import boards, calls, deals, profiles
from api.store.records import Deal, ProfileHead, ProfileVersion
from api.texts import check_text
from api.wiring import Services
from pipeline.errors import InputError

router = APIRouter()
PART_SECONDS = 1.5
OUTCOMES = ("won", "lost", "churned")
Short = Annotated[str, Query(max_length=500)]
Field = Annotated[str, Form(max_length=500)]


@router.get("/deals")
def show_board(
    visitor: VisitorDep,
    services: ServicesDep,
    profile: Short = "",
    q: Short = "",
    rep: Short = "",
    stage: Short = "",
    outcome: Short = "",
    tier: Short = "",
    quadrant: Short = "",
    part: bool = False,
) -> Response:
    """The board; with `part` only its deals, after some more of them were assessed."""
    wanted = Wanted(q, rep, stage, outcome, tier, quadrant)
    heads, version = find_version(visitor, profile)
    if version is None:
        return visitor.page("deals.html", heads=heads, version=None, wanted=wanted)
    scope = visitor.caller.scope
    board = read_board(
        visitor.service, services, scope, version, wanted, seconds=PART_SECONDS if part else 0.0
    )
    rows = [row for column in board.columns for row in column.rows]
    values: dict[str, object] = {
        "board": board, "version": version, "quadrants": QUADRANTS,
        "picture": draw(rows, profile_of(version).tiers["B"]),
    }  # fmt: skip
    if part:
        return send(visitor.request, visitor.part("deals_board.html", **values), "text/html")
    with visitor.service.database.reading() as connection:
        reps = boards.values_of(connection, scope, "rep")
        stages = boards.values_of(connection, scope, "stage")
    asked = {**wanted.given(), "profile": version.profile_id, "part": "true"}
    return visitor.page(
        "deals.html", **values, heads=heads, wanted=wanted, reps=reps, stages=stages,
        outcomes=("open", *OUTCOMES), tiers=COLUMNS, part_path=f"/deals?{urlencode(asked)}",
    )  # fmt: skip


@router.get("/deals/one")
def show_deal(
    visitor: VisitorDep, services: ServicesDep, id: Short = "", profile: Short = ""
) -> Response:
    """One deal: what its calls say on every criterion, and what the CRM says beside that."""
    return _deal_page(visitor, services, find_deal(visitor, id), profile)


@router.post("/deals/one")
def change(
    visitor: VisitorDep,
    services: ServicesDep,
    id: Short = "",
    profile: Short = "",
    outcome: Field = "",
    stage: Field = "",
    amount: Annotated[str, Form(max_length=40)] = "",
    currency: Annotated[str, Form(max_length=10)] = "",
    closed_at: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Write down how the deal stands or ended; whoever may see a deal may do so."""
    deal = find_deal(visitor, id)
    try:
        fields: dict[str, object] = {
            "outcome": _one_of(outcome, OUTCOMES, "outcome"), "stage": _text(stage, "stage"),
            "amount": _amount(amount), "currency": _currency(currency),
            "closed_at": _day(closed_at),
        }  # fmt: skip
    except InputError as error:
        problem = f"{(error.field or '').capitalize()} {error.problem}."
        return _deal_page(visitor, services, deal, profile, problem=problem, status=422)
    with visitor.service.database.unit_of_work() as connection:
        caller = visitor.caller
        changed, _ = change_deal(connection, deal.id, fields, caller.scope, caller.key.id)
    if changed is None:
        raise NotFound("there is no such deal, or you may not see it")
    asked = {"id": deal.id, **({"profile": profile} if profile else {}), "saved": "yes"}
    return Response(
        status_code=303, headers={"Location": f"/deals/one?{urlencode(asked)}#crm", **HEADERS}
    )


def find_version(
    visitor: Visitor, profile_id: str
) -> tuple[tuple[ProfileHead, ...], ProfileVersion | None]:
    """The profiles in use, and the version that counts of one of them (the first, by default)."""
    with visitor.service.database.reading() as connection:
        heads = profiles.in_use(connection)
        named = next((h.id for h in heads if h.id == profile_id), heads[0].id if heads else "")
        return heads, profiles.active(connection, named)


def find_deal(visitor: Visitor, deal_id: str) -> Deal:
    """The deal, if the visitor may see it."""
    with visitor.service.database.reading() as connection:
        deal = deals.get(connection, deal_id, visitor.caller.scope)
    if deal is None:
        raise NotFound("there is no such deal, or you may not see it")
    return deal


def _deal_page(
    visitor: Visitor,
    services: Services,
    deal: Deal,
    profile: str,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    heads, version = find_version(visitor, profile)
    with visitor.service.database.reading() as connection:
        held = calls.of_deal(connection, deal.id, visitor.caller.scope)
    found = None
    if version is not None:
        body = assess_stored(visitor.service, services, deal, version, visitor.caller.scope)
        found = read_assessed(body, profile_of(version), held)
    return visitor.page(
        "deal.html", status, deal=deal, found=found, heads=heads, version=version, held=held,
        problem=problem, outcomes=OUTCOMES, quadrants=QUADRANTS,
        saved=visitor.request.query_params.get("saved") == "yes",
        closed=_iso_day(deal.closed_at), profile=profile,
    )  # fmt: skip


def _iso_day(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _text(text: str, field: str) -> str | None:
    check_text(text, field)
    return text.strip() or None


def _one_of(text: str, allowed: tuple[str, ...], field: str) -> str | None:
    if text and text not in allowed:
        raise InputError(f"is none of {', '.join(allowed)}", field=field)
    return text or None


def _amount(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        amount = float(text.strip().replace(",", "").replace(" ", ""))
    except ValueError as error:
        raise InputError("is no number", field="amount") from error
    if not 0 <= amount <= 1e15:
        raise InputError("is no amount of money", field="amount")
    return amount


def _currency(text: str) -> str | None:
    code = text.strip().upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise InputError("is written in three letters, as EUR", field="currency")
    return code or None


def _day(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
        return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise InputError("is no date", field="closed") from error
