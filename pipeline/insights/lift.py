"""What goes with won, lost and churned deals: signals, criteria, tiers; and what to change.

A churned deal was won once. A lift needs a least number of deals with the thing and without it;
below that only the counts are shown. Suggestions must hold although many things are compared. Trap:
a lift is no cause; it says where to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain import Check, Dimension, Profile, Signal
from pipeline.explain import describe_asked
from pipeline.insights.intervals import Odds, Share, odds_ratio, share_of, z_for
from pipeline.knowledge import Knowledge

OUTCOMES = ("won", "lost", "churned")
LEAST_DEALS = 10
BROAD, NARROW = 0.8, 0.05
LEAST_FOR_WIDTH = 20
WITH_VALUES = (
    Dimension.INDUSTRY, Dimension.BUSINESS_MODEL, Dimension.GROWTH_STAGE, Dimension.TEAM,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClosedDeal:
    """A deal with its outcome, its check, and the features that were heard on its calls."""

    id: str
    outcome: str
    check: Check
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lift:
    """How a thing goes with winning (or with churn): counts, rates, and the log-odds ratio.

    `odds` and `ratio` are None where there are fewer deals than it takes.
    """

    about: str
    kind: str
    deals_with: int
    deals_without: int
    with_it: Share | None
    without_it: Share | None
    odds: Odds | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class TierFigures:
    """Win rate and churn of a tier; `tier` is None where there is no verdict."""

    tier: str | None
    deals: int
    wins: Share | None
    churn: Share | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change to a profile, with the numbers it rests on."""

    change: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Insight:
    """All that closed deals say about a profile."""

    deals: int
    outcomes: Mapping[str, int]
    tiers: tuple[TierFigures, ...]
    criteria: tuple[Lift, ...]
    signals: tuple[Lift, ...]
    churn: tuple[Lift, ...]
    suggestions: tuple[Suggestion, ...]
    width: str = ""
    """Whether the profile is too broad or too narrow, with the numbers; empty when neither."""
    least: int = field(default=LEAST_DEALS)


def find_features(signals: Iterable[Signal], knowledge: Knowledge) -> frozenset[str]:
    """What was heard, in words that many deals share: `tool HubSpot`, `trigger funding`, `pain`."""
    found = set()
    for signal in signals:
        name = signal.dimension.value.replace("_", " ")
        if signal.dimension is Dimension.TECH_STACK and isinstance(signal.value, str):
            tool = knowledge.products.canonical(signal.value) or signal.value
            found.add(f"tool {tool} ({signal.status or 'current'})")
        elif signal.dimension in WITH_VALUES and isinstance(signal.value, str):
            status = f" ({signal.status})" if signal.status == "absent" else ""
            found.add(f"{name} {signal.value.replace('_', ' ').lower()}{status}")
        elif signal.dimension in (Dimension.TRIGGER, Dimension.BLOCKER) and signal.kind:
            found.add(f"{name} {signal.kind.replace('_', ' ')}")
        elif signal.dimension is Dimension.BUDGET and signal.status:
            found.add(f"budget {signal.status}")
        else:
            found.add(f"{name} named")
    return frozenset(found)


def learn(deals: Sequence[ClosedDeal], profile: Profile, least: int = LEAST_DEALS) -> Insight:
    """What these deals say about the profile that their checks are against."""
    criteria = [
        _lift(rule.id, "criterion", deals, least, _is_met(i), _is_missed(i))
        for i, rule in enumerate(profile.criteria)
    ]
    criteria += [
        _lift(rule.id, "trigger", deals, least, _is_detected(i))
        for i, rule in enumerate(profile.triggers)
    ]
    named = sorted({feature for deal in deals for feature in deal.features})
    signals = [_lift(name, "signal", deals, least, _has(name)) for name in named]
    kept = [deal for deal in deals if deal.outcome != "lost"]
    churn = [_lift(name, "signal", kept, least, _has(name), hit=_churned) for name in named]
    churn += [
        _lift(rule.id, "criterion", kept, least, _is_met(i), _is_missed(i), hit=_churned)
        for i, rule in enumerate(profile.criteria)
    ]
    return Insight(
        len(deals),
        {name: sum(d.outcome == name for d in deals) for name in OUTCOMES},
        _by_tier(deals),
        tuple(criteria),
        _strongest(signals),
        _strongest(churn),
        _suggest(deals, profile, criteria, signals, least),
        find_width([deal.check for deal in deals]),
        least,
    )


Picks = Callable[[ClosedDeal], bool]


def _won(deal: ClosedDeal) -> bool:
    return deal.outcome != "lost"


def _churned(deal: ClosedDeal) -> bool:
    return deal.outcome == "churned"


def _has(name: str) -> Picks:
    return lambda deal: name in deal.features


def _is_met(place: int) -> Picks:
    return lambda deal: deal.check.criteria[place].status == "met"


def _is_missed(place: int) -> Picks:
    return lambda deal: deal.check.criteria[place].status == "not_met"


def _is_detected(place: int) -> Picks:
    return lambda deal: deal.check.triggers[place].status == "detected"


def _lift(
    about: str,
    kind: str,
    deals: Sequence[ClosedDeal],
    least: int,
    has: Picks,
    lacks: Picks | None = None,
    *,
    hit: Picks = _won,
) -> Lift:
    """Deals that have a thing beside those that lack it (None: all others)."""
    ours = [deal for deal in deals if has(deal)]
    others = [deal for deal in deals if (lacks(deal) if lacks else not has(deal))]
    a, b = sum(map(hit, ours)), sum(map(hit, others))
    with_it, without_it = share_of(a, len(ours)), share_of(b, len(others))
    odds = ratio = None
    if min(len(ours), len(others)) >= least:
        odds = odds_ratio(a, len(ours) - a, b, len(others) - b)
        if with_it and without_it and without_it.share > 0:
            ratio = with_it.share / without_it.share
    return Lift(about, kind, len(ours), len(others), with_it, without_it, odds, ratio)


def _strongest(lifts: Sequence[Lift]) -> tuple[Lift, ...]:
    """Those with a lift, the clearest first; then those on too few deals, by their number.

    The clearest is the one whose interval is furthest from 0, not the one with the largest odds.
    """
    shown = sorted(
        (x for x in lifts if x.odds),
        key=lambda x: -max(x.odds.low, -x.odds.high) if x.odds else 0.0,
    )
    few = sorted((x for x in lifts if not x.odds), key=lambda x: (-x.deals_with, x.about))
    return (*shown, *few)


def _by_tier(deals: Sequence[ClosedDeal]) -> tuple[TierFigures, ...]:
    found = []
    for tier in ("A", "B", "C", "D", None):
        ours = [deal for deal in deals if deal.check.tier == tier]
        if ours:
            won = [deal for deal in ours if _won(deal)]
            churn = share_of(sum(map(_churned, won)), len(won))
            found.append(TierFigures(tier, len(ours), share_of(len(won), len(ours)), churn))
    return tuple(found)


def find_width(checks: Sequence[Check]) -> str:
    """Whether almost every deal fits a profile, or almost none, with the numbers."""
    judged = [check for check in checks if check.tier is not None]
    if len(judged) < LEAST_FOR_WIDTH:
        return ""
    fitting = sum(check.tier in ("A", "B") for check in judged)
    share = share_of(fitting, len(judged))
    if share is None:
        return ""
    told = f"{fitting} of {len(judged)} deals are tier A or B ({share.low:.0%} to {share.high:.0%})"
    if share.low >= BROAD:
        return f"too broad: {told}; if everyone is a fit, no one is"
    if share.high <= NARROW * 2 and share.share <= NARROW:
        return f"too narrow: {told}"
    return ""


def _suggest(
    deals: Sequence[ClosedDeal],
    profile: Profile,
    criteria: Sequence[Lift],
    signals: Sequence[Lift],
    least: int,
) -> tuple[Suggestion, ...]:
    found = []
    strictly = z_for(sum(lift.odds is not None for lift in criteria))
    for place, rule in enumerate(profile.criteria):
        statuses = Counter(deal.check.criteria[place].status for deal in deals)
        known = statuses["met"] + statuses["not_met"]
        lift = criteria[place]
        against = _odds(lift, strictly)
        if against and against.high < 0:
            found.append(Suggestion("drop", rule.id, f"deals that meet it win less: {_told(lift)}"))
        elif known >= 2 * least and statuses["met"] / known >= 0.95:
            why = f"met by {statuses['met']} of {known} deals, so it tells none apart"
            found.append(
                Suggestion("tighten", rule.id, f"{why} ({describe_asked(rule.condition)})")
            )
        elif deals and len(deals) >= 2 * least and known / len(deals) < 0.1:
            why = f"known of {known} of {len(deals)} deals: nobody asks it"
            found.append(Suggestion("ask or drop", rule.id, why))
    z = z_for(sum(lift.odds is not None for lift in signals))
    for lift in signals:
        strict = _odds(lift, z)
        if strict is None:
            continue
        if strict.low > 0:
            found.append(Suggestion("add", lift.about, _told(lift)))
        elif strict.high < 0:
            found.append(Suggestion("add as disqualifier", lift.about, _told(lift)))
    return tuple(found)


def _odds(lift: Lift, z: float) -> Odds | None:
    """The odds of a lift that is shown, with an interval for another `z`."""
    if lift.odds is None or lift.with_it is None or lift.without_it is None:
        return None
    a, b = lift.with_it, lift.without_it
    return odds_ratio(a.hits, a.count - a.hits, b.hits, b.count - b.hits, z)


def _told(lift: Lift) -> str:
    if lift.with_it is None or lift.without_it is None or lift.odds is None:
        return ""
    return (
        f"{lift.with_it.hits} of {lift.with_it.count} won ({lift.with_it.share:.0%}), without it "
        f"{lift.without_it.hits} of {lift.without_it.count} ({lift.without_it.share:.0%}); "
        f"log-odds {lift.odds.log_odds:+.1f} ({lift.odds.low:+.1f} to {lift.odds.high:+.1f})"
    )
