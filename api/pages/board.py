"""The deals of a board: assessed as far as time allows, put into tiers and into the picture.

What is stored and current is shown at once; the rest is assessed a few at a time, while the page
asks again. Trap: who sees only some calls of a deal gets an assessment of those, which is not
stored, so the last ones are kept here.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.jobs.assessing import assess_stored
from api.jobs.service import Service
from api.store import boards
from api.store.boards import BoardRow
from api.store.records import ProfileVersion
from api.store.scope import Scope
from api.wiring import Services

MOST = 300
MOST_KEPT = 2000
COLUMNS = (
    ("A", "Strong fit"), ("B", "Good fit"), ("C", "Weak fit"), ("D", "No fit"),
    (None, "Too little known"),
)  # fmt: skip
QUADRANTS = {
    "pursue": "Pursue", "warm_up": "Warm up", "distraction": "Distraction", "drop": "Drop",
}  # fmt: skip
_partial: OrderedDict[tuple[object, ...], Mapping[str, object]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Column:
    """A tier's deals, the best fit first."""

    tier: str | None
    title: str
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All deals that fit the filter; `waiting` are not assessed yet."""

    columns: tuple[Column, ...]
    shown: int
    waiting: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filter asks for; an empty text asks for nothing."""

    q: str = ""
    rep: str = ""
    stage: str = ""
    outcome: str = ""
    tier: str = ""
    quadrant: str = ""

    def given(self) -> dict[str, str]:
        """The fields that ask for something."""
        fields = {name: getattr(self, name).strip() for name in Wanted.__dataclass_fields__}
        return {name: value for name, value in fields.items() if value}


def read_board(
    service: Service,
    services: Services,
    scope: Scope,
    version: ProfileVersion,
    wanted: Wanted,
    *,
    seconds: float,
) -> Board:
    """The board; so many seconds are spent on deals that were not assessed yet."""
    given = wanted.given()
    with service.database.reading() as connection:
        found = boards.rows(
            connection, scope, version.profile_id, version.version, text=given.get("q"),
            rep=given.get("rep"), outcome=given.get("outcome"), stage=given.get("stage"),
            limit=MOST + 1,
        )  # fmt: skip
    cut, found = len(found) > MOST, found[:MOST]
    until = time.monotonic() + seconds
    rows: list[BoardRow] = []
    waiting: list[BoardRow] = []
    for row in found:
        known = _known(row, scope, version)
        if known is None and time.monotonic() < until:
            known = _assess(service, services, scope, version, row)
        (waiting if known is None else rows).append(known or row)
    rows = [row for row in rows if _fits(row, given)]
    return Board(_columns(rows), len(rows), len(waiting), cut)


def _known(row: BoardRow, scope: Scope, version: ProfileVersion) -> BoardRow | None:
    if row.seen == row.calls:
        return row if row.assessed else None
    with _lock:
        body = _partial.get(_key(row, scope, version))
    return None if body is None else _with(row, body)


def _assess(
    service: Service, services: Services, scope: Scope, version: ProfileVersion, row: BoardRow
) -> BoardRow:
    body = assess_stored(service, services, row.deal, version, scope)
    if row.seen != row.calls:
        with _lock:
            _partial[_key(row, scope, version)] = {n: body[n] for n in _FIGURES}
            while len(_partial) > MOST_KEPT:
                _partial.popitem(last=False)
    return _with(row, body)


_FIGURES = ("tier", "fit", "coverage", "engagement", "quadrant", "disqualified")


def _with(row: BoardRow, body: Mapping[str, object]) -> BoardRow:
    figures = {name: body[name] for name in _FIGURES}
    return replace(row, assessed=True, **figures)  # type: ignore[arg-type]


def _key(row: BoardRow, scope: Scope, version: ProfileVersion) -> tuple[object, ...]:
    return (row.deal.id, row.deal.rev, row.seen, scope, version.sha256, version.version)


def _fits(row: BoardRow, given: Mapping[str, str]) -> bool:
    tier = given.get("tier")
    if tier and (row.tier or "none") != tier:
        return False
    return given.get("quadrant") in (None, row.quadrant)


def _columns(rows: Sequence[BoardRow]) -> tuple[Column, ...]:
    ranked = sorted(rows, key=lambda r: (-(r.fit or 0.0), -r.engagement, r.deal.id))
    return tuple(
        Column(tier, title, tuple(row for row in ranked if row.tier == tier))
        for tier, title in COLUMNS
    )
