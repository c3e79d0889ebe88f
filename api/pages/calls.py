"""The list of calls: search and filters, tiers, what is new, what failed and why.

Trap: empty fields of the filter's form come as empty texts, and mean nothing was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.pages.frame import Visitor, VisitorDep
from api.pages.words import remedy, stage, title_of
from api.store import calls, views
from api.store.calls import CallFilter
from api.store.records import ENDED, Call

router = APIRouter()
PER_PAGE = 40
MOST_STATES = 200
STATUSES = ("queued", "running", "done", "failed", "cancelled")
Short = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as the form shows it."""

    q: str = ""
    status: str = ""
    tier: str = ""
    rep: str = ""
    deal: str = ""
    since: str = ""
    until: str = ""
    new: str = ""

    def given(self) -> dict[str, str]:
        """The fields that ask for something."""
        fields = {name: getattr(self, name).strip() for name in Asked.__dataclass_fields__}
        return {name: value for name, value in fields.items() if value}

    def link(self, **change: str) -> str:
        """The list with some fields otherwise."""
        fields = {n: v for n, v in {**self.given(), **change}.items() if v}
        return f"/calls?{urlencode(fields)}" if fields else "/calls"

    def wanted(self, viewer: str) -> CallFilter:
        """What the store is asked for."""
        given = self.given()
        return CallFilter(
            deal_id=given.get("deal"), rep=given.get("rep"),
            status=self.status if self.status in STATUSES else None,
            tier=self.tier if self.tier in tuple("ABCD") else None,
            since=_day(self.since), until=_day(self.until, 1), anything=given.get("q"),
            new_to=viewer if self.new else None,
        )  # fmt: skip


@router.get("/calls")
def list_calls(
    visitor: VisitorDep,
    q: Annotated[str, Query(max_length=500)] = "",
    status: Short = "",
    tier: Short = "",
    rep: Short = "",
    deal: Short = "",
    since: Short = "",
    until: Short = "",
    new: Short = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """A page of calls, the latest upload first."""
    asked = Asked(q, status, tier, rep, deal, since, until, new)
    viewer, scope = visitor.caller.key.id, visitor.caller.scope
    with visitor.service.database.reading() as connection:
        page = calls.find(connection, asked.wanted(viewer), scope, cursor=cursor, limit=PER_PAGE)
        fresh = views.new_among(connection, viewer, [call.id for call in page.items])
        counts = views.counts(connection, viewer, scope)
    return visitor.page(
        "calls.html", calls=page.items, fresh=fresh, counts=counts, asked=asked, cursor=cursor,
        older=asked.link(cursor=page.next) if page.next else None, statuses=STATUSES,
    )  # fmt: skip


@router.get("/calls/states")
def get_states(
    visitor: VisitorDep, ids: Annotated[str, Query(max_length=20_000)] = ""
) -> list[dict[str, object]]:
    """How far these calls are; those that the visitor may not see are left out."""
    wanted = [call_id for call_id in ids.split(",") if call_id][:MOST_STATES]
    with visitor.service.database.reading() as connection:
        found = calls.among(connection, wanted, visitor.caller.scope)
    return [_state(visitor, call) for call in found]


def _state(visitor: Visitor, call: Call) -> dict[str, object]:
    return {
        "id": call.id, "status": call.status, "ended": call.status in ENDED,
        "progress": call.progress,
        "tier": call.tier, "title": title_of(call), "stage": stage(call.stage),
        "error": call.error_text or "", "remedy": remedy(call.error_code),
        "html": visitor.part("call_status.html", call=call),
    }  # fmt: skip


def _day(text: str, later: int = 0) -> float | None:
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
