"""What outcomes, verdicts and checks teach, as a template shows it: rows with little pictures.

A picture is a stretch with a dot on a line of 200 units: the interval and the estimate. Trap: where
there are too few deals there is no estimate, only counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.describe import label
from pipeline.insights.intervals import Share
from pipeline.insights.lift import Insight, Lift
from pipeline.insights.precision import Precision
from pipeline.json_fields import object_of

LENGTH = 200.0
MOST_ODDS = 4.0
"""Log-odds at the ends of the picture."""
MOST_SIGNALS = 30
NEVER, SELDOM = 0.1, 0.4
LEAST_CALLS = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """An interval on the line: both ends, the estimate, and whether it is clear of the middle."""

    low: float
    high: float
    at: float
    tone: str = ""


@dataclass(frozen=True, slots=True)
class LiftRow:
    """How a thing goes with winning (or churn)."""

    about: str
    kind: str
    with_it: str
    without_it: str
    odds: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share with its interval; `beside` is a second one (churn beside wins)."""

    about: str
    told: str
    percent: str
    mark: Mark | None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How often one criterion was known after a rep's calls."""

    criterion: str
    hits: int
    share: float
    tone: str


@dataclass(frozen=True, slots=True)
class RepRow:
    """What a rep's calls bring to light, criterion by criterion."""

    rep: str
    calls: int
    asked: tuple[Asked, ...]
    never: tuple[str, ...]


def tier_rows(found: Insight) -> list[ShareRow]:
    """Win rate and churn by tier; `about` is the tier's letter or empty."""
    rows = []
    for tier in found.tiers:
        churn = "" if tier.churn is None else _told(tier.churn, "churned")
        rows.append(_share_row(tier.tier or "", tier.wins, "won", churn))
    return rows


def lift_rows(lifts: Iterable[Lift], verb: str = "won") -> list[LiftRow]:
    """Lifts as rows; those on too few deals have no picture."""
    rows = []
    for lift in lifts:
        mark, odds = None, ""
        if lift.odds is not None:
            tone = "good" if lift.odds.low > 0 else "bad" if lift.odds.high < 0 else ""
            low, high, at = map(_place, (lift.odds.low, lift.odds.high, lift.odds.log_odds))
            mark = Mark(low, high, at, tone)
            odds = f"{lift.odds.log_odds:+.1f}".replace("-", "−")
            odds += f" ×{lift.ratio:.1f}" if lift.ratio is not None else ""
        rows.append(
            LiftRow(
                lift.about, lift.kind, _told(lift.with_it, verb), _told(lift.without_it, verb),
                odds, mark,
            )
        )  # fmt: skip
    return rows


def precision_rows(found: Iterable[Precision], *, dimensions: bool) -> list[ShareRow]:
    """How often signals were right, and the threshold that verdicts ask for."""
    return [
        _share_row(
            label(row.about) if dimensions else row.about, row.share, "right",
            "" if row.threshold is None else f"right often enough from {row.threshold:.2f} on",
        )
        for row in found
    ]  # fmt: skip


def rep_rows(checks: Iterable[tuple[str, Mapping[str, object]]]) -> list[RepRow]:
    """For each rep how often each criterion was known after a call, those who ask least first."""
    calls: dict[str, int] = {}
    known: dict[str, dict[str, int]] = {}
    for rep, body in checks:
        calls[rep] = calls.get(rep, 0) + 1
        counts = known.setdefault(rep, {})
        for rule in object_of(body, "check").objects("criteria"):
            name = rule.needed_text("id")
            counts[name] = counts.get(name, 0) + (rule.text("status") != "unknown")
    rows = [_rep(rep, number, known[rep]) for rep, number in calls.items()]
    return sorted(rows, key=lambda row: (sum(a.share for a in row.asked), row.rep))


def _rep(rep: str, number: int, known: Mapping[str, int]) -> RepRow:
    asked = tuple(
        Asked(name, hits, hits / number, _tone(hits / number)) for name, hits in known.items()
    )
    never = tuple(a.criterion for a in asked if a.share < NEVER and number >= LEAST_CALLS)
    return RepRow(rep, number, asked, never)


def _tone(share: float) -> str:
    return "never" if share < NEVER else "seldom" if share < SELDOM else ""


def _share_row(about: str, share: Share | None, verb: str, beside: str) -> ShareRow:
    if share is None:
        return ShareRow(about, "", "–", None, beside)
    low, high, at = (round(x * LENGTH, 1) for x in (share.low, share.high, share.share))
    mark = Mark(low, high, at)
    return ShareRow(about, _told(share, verb), f"{share.share:.0%}", mark, beside)


def _told(share: Share | None, verb: str) -> str:
    if share is None:
        return "no deal"
    return f"{share.hits} of {share.count} {verb}"


def _place(odds: float) -> float:
    kept = min(MOST_ODDS, max(-MOST_ODDS, odds))
    return round((kept + MOST_ODDS) / (2 * MOST_ODDS) * LENGTH, 1)
