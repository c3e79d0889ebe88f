"""What a change would do before it counts: a profile's text on stored deals, a statement on calls.

Managers see their team's, admins all. Trap: both take a while on many calls, so pages ask for them
apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.jobs.learning import diff_stored, try_statement
from api.pages.frame import Visitor, VisitorDep, send
from api.pages.profiles import WRITERS, Id, TextIn, find_profile, find_version, usable
from api.pages.words import day, title_of
from api.scores import profile_of
from api.store import calls, deals
from api.wiring import Services
from pipeline.domain import Dimension, Profile, Statement
from pipeline.explain import clock
from pipeline.insights.diff import DealChange, ProfileDiff
from pipeline.insights.preview import Hit
from pipeline.profile import profile_from_mapping

router = APIRouter()
MOST_SHOWN = 100
TIERS = ("A", "B", "C", "D", "-")
Number = Annotated[int, Query(ge=1, le=1_000_000)]


class StatementIn(BaseModel):
    """A statement to try on stored calls, with calls that people marked."""

    model_config = ConfigDict(extra="forbid")

    statement: str = Field(min_length=5, max_length=300)
    dimension: Dimension | None = None
    yes: list[str] = Field(default_factory=list, max_length=200)
    no: list[str] = Field(default_factory=list, max_length=200)
    calls: int = Field(default=20, ge=1, le=200)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deal (or a call of no deal) whose tier would change."""

    name: str
    path: str
    change: DealChange


@dataclass(frozen=True, slots=True)
class Found:
    """A call that a statement is tried on."""

    call: str
    title: str
    on: str
    moment: str
    quote: str
    english: str
    score: float
    turn: int | None
    mark: str


@router.get("/profiles/effect")
def effect_of_versions(
    visitor: VisitorDep, services: ServicesDep, a: Number, b: Number, id: Id = ""
) -> Response:
    """Which deals change their tier between two versions."""
    visitor.caller.must_be(*WRITERS)
    _, versions = find_profile(visitor, id)
    before, after = (profile_of(find_version(versions, number)) for number in (a, b))
    return send(visitor.request, _effect(visitor, services, before, after), "text/html")


@router.post("/profiles/effect")
def effect_of_text(body: TextIn, visitor: VisitorDep, services: ServicesDep) -> dict[str, object]:
    """Which deals change their tier under a text that is not saved yet."""
    visitor.caller.must_be(*WRITERS)
    head, versions = find_profile(visitor, body.profile_id)
    before = profile_of(find_version(versions, head.active or versions[-1].version))
    after = profile_from_mapping(usable(body)[1])
    return {"html": _effect(visitor, services, before, after)}


@router.post("/profiles/preview")
def preview_statement(
    body: StatementIn, visitor: VisitorDep, services: ServicesDep
) -> dict[str, object]:
    """Which calls say a statement, with quotes and scores, before any profile has it."""
    visitor.caller.must_be(*WRITERS)
    statement = Statement("preview", " ".join(body.statement.split()), body.dimension)
    marks = {**dict.fromkeys(body.yes, True), **dict.fromkeys(body.no, False)}
    scope = visitor.caller.scope
    found = try_statement(visitor.service, services, scope, statement, marks, latest=body.calls)
    near = [hit for hit in found.near if hit not in found.denied]
    groups = [
        ("hits", "Says it", _found(visitor, found.hits, marks)),
        ("near", "Not quite", _found(visitor, near, marks)),
        ("denied", "Denies it", _found(visitor, found.denied, marks, denied=True)),
    ]
    html = visitor.part(
        "profile_preview.html", found=found, groups=groups, statement=statement.text,
        marked=len(marks),
    )  # fmt: skip
    return {"html": html, "threshold": found.threshold}


def _effect(visitor: Visitor, services: Services, before: Profile, after: Profile) -> str:
    found, unweighed = diff_stored(visitor.service, services, visitor.caller.scope, before, after)
    return visitor.part(
        "profile_effect.html", found=found, unweighed=unweighed, tiers=TIERS,
        moved=_moved(visitor, found), cells=_cells(found), more=len(found.changed) - MOST_SHOWN,
    )  # fmt: skip


def _moved(visitor: Visitor, found: ProfileDiff) -> list[Moved]:
    moved = []
    with visitor.service.database.reading() as connection:
        for change in found.changed[:MOST_SHOWN]:
            deal = deals.get(connection, change.deal_id)
            call = None if deal else calls.get(connection, change.deal_id, visitor.caller.scope)
            if call is not None:
                moved.append(Moved(title_of(call), f"/calls/{call.id}", change))
            else:
                seen = calls.sees_deal(connection, change.deal_id, visitor.caller.scope)
                name = (deal.account if deal and seen else None) or change.deal_id
                asked = urlencode({"id": change.deal_id})
                moved.append(Moved(name, f"/deals/one?{asked}", change))
    return moved


def _cells(found: ProfileDiff) -> list[tuple[str, list[tuple[str, int]]]]:
    """(before, [(after, how many deals)]): rows of the table of moves."""
    every = {tuple(key.split(">")): count for key, count in found.moves.items()}
    used = [tier for tier in TIERS if any(tier in pair for pair in every)]
    return [(a, [(b, every.get((a, b), 0)) for b in used]) for a in used]


def _found(
    visitor: Visitor, hits: tuple[Hit, ...] | list[Hit], marks: dict[str, bool],
    denied: bool = False,
) -> list[Found]:  # fmt: skip
    with visitor.service.database.reading() as connection:
        ids = [hit.call_id for hit in hits]
        named = {c.id: c for c in calls.among(connection, ids, visitor.caller.scope)}
    found = []
    for hit in hits:
        call, told = named.get(hit.call_id), hit.evidence
        if call is None:
            continue
        mark = {True: "yes", False: "no", None: ""}[marks.get(hit.call_id)]
        found.append(
            Found(
                call.id, title_of(call), day(call.recorded_at),
                clock(told.start) if told.start is not None else "", told.quote,
                told.quote_en or "", told.denies if denied else told.supports,
                told.turns[-1] if told.turns else None, mark,
            )
        )  # fmt: skip
    return found
