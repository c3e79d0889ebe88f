"""Which signals of a deal still stand: the latest explained position on a thing counts.

A thing is a product, a team, a function's size, or a number of the company as a whole; places,
models and sentences add up. A later call's word replaces an earlier one when time has passed, the
same person says it, or its words tell of a change; else both stand and are contested. What is too
doubtful to decide anything replaces nothing. The trap: an older call that agrees adds its weight,
unless a change lies between.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.deals.people import Talks
from pipeline.deals.types import CONTESTED, LATEST, REPLACED, STANDS
from pipeline.domain import (
    Dimension,
    Disqualifier,
    Profile,
    Range,
    Signal,
    StatementEvidence,
)  # fmt: skip
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.verdict import Moments

SINGLE = frozenset(
    {
        Dimension.HEADCOUNT, Dimension.REVENUE, Dimension.GROWTH_RATE, Dimension.GROWTH_STAGE,
        Dimension.BUDGET, Dimension.TIMELINE,
    }
)  # fmt: skip
SAME_NUMBER = 0.1
"""Numbers no further apart than this share are one number."""
TELLS_OF_CHANGE = re.compile(
    r"\b(?:now|since|no longer|no more|any ?more|used to|switch\w*|mov(?:ed|ing)|migrat\w+|"
    r"chang(?:ed|ing)|stopped|went live|as of|by now|meanwhile|recently|these days|new|gr[eo]wn?|"
    r"bought|acquired|hired|left|dropped|replaced|instead|actually|correct\w*|sorry)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The signals that count, in order; how every signal stands, and what resolved it, by id."""

    signals: tuple[Signal, ...]
    states: dict[str, str]
    why: dict[str, str]


def find_standing(
    talks: Talks, profile: Profile, knowledge: Knowledge, options: CheckOptions
) -> Standing:
    """Walk the calls from the last to the first, and keep what no later one replaces."""
    cleared = _cleared_in(talks, profile, options)
    states: dict[str, str] = {}
    why: dict[str, str] = {}
    standing: dict[Hashable, list[Signal]] = {}
    settled: set[Hashable] = set()
    kept: list[Signal] = []
    for order, analysis in reversed(list(enumerate(talks.aged))):
        fresh, seen = [], dict[Hashable, list[Signal]]()
        closed: set[Hashable] = set()
        for signal in analysis.signals:
            subject = subject_of(signal, knowledge)
            later = standing.get(subject, []) if subject is not None else []
            state, reason = STANDS if subject is None else LATEST, ""
            if signal.dimension is Dimension.BLOCKER and cleared.get(signal.kind or "", -1) > order:
                state, reason = REPLACED, "later"
            elif later:
                state, reason = _against(signal, later, subject in settled, talks.moments)
                sure = signal.confidence >= options.floor
                closed |= {subject} if state == REPLACED and sure else set()
            states[signal.id], why[signal.id] = state, reason
            if state != REPLACED:
                fresh.append(signal)
            if state != REPLACED and signal.confidence >= options.floor:
                seen.setdefault(subject, []).append(signal)
        settled |= closed
        for subject, found in seen.items():
            standing.setdefault(subject, []).extend(found)
        kept = [*fresh, *kept]
    return Standing(tuple(kept), states, why)


def _against(
    signal: Signal, later: Sequence[Signal], settled: bool, moments: Moments
) -> tuple[str, str]:
    """How a signal stands to what later calls say on the same thing."""
    if settled:
        return REPLACED, "later"
    if any(agree(signal, other) for other in later):
        return STANDS, ""
    when = moments.get(signal.call_id, (0, 0))[0]
    for other in later:
        if moments.get(other.call_id, (0, 0))[0] > when:
            return REPLACED, "later"
        if other.speaker == signal.speaker:
            return REPLACED, "same person"
        if tells_of_change(other):
            return REPLACED, "explained"
    return CONTESTED, ""


def tells_of_change(signal: Signal) -> bool:
    """Whether the words of a signal say that something is not as it was."""
    return bool(TELLS_OF_CHANGE.search(signal.quote))


def takes_back(found: StatementEvidence, options: CheckOptions) -> bool:
    """Whether evidence denies a kind of blocker, clearly or as a change from before."""
    changed = found.denies >= options.statement_denied and found.denies > found.supports
    told = bool(TELLS_OF_CHANGE.search(found.quote_en or found.quote))
    return found.denies >= options.kind_denied or (changed and told)


def agree(one: Signal, other: Signal) -> bool:
    """Whether two signals on one thing say the same."""
    if one.dimension is Dimension.BUDGET:
        return _same_budget(one, other)
    if one.status != other.status:
        return False
    a, b = one.value, other.value
    if isinstance(a, Range) and isinstance(b, Range):
        return _near(a, b)
    if one.dimension in (Dimension.TECH_STACK, Dimension.TEAM):
        return True
    return _key(str(a)) == _key(str(b))


def _same_budget(one: Signal, other: Signal) -> bool:
    """Whether two budgets are one: no money is never some money, a sum needs no other sum."""
    a, b = one.value, other.value
    same = one.status == other.status
    if isinstance(a, Range) and isinstance(b, Range):
        return _near(a, b) and (same or "unavailable" not in (one.status, other.status))
    return same


def _near(a: Range, b: Range) -> bool:
    """Whether two ranges meet when each end gives way by a tenth; other money is another number."""
    if a.currency and b.currency and a.currency != b.currency:
        return False
    low = max(x for x in (a.low, b.low, float("-inf")) if x is not None)
    high = min(x for x in (a.high, b.high, float("inf")) if x is not None)
    return low <= high or low - high <= SAME_NUMBER * abs(high)


def _cleared_in(talks: Talks, profile: Profile, options: CheckOptions) -> dict[str, int]:
    """For each kind of blocker the number of the last call in which somebody denies it."""
    kinds = {d.id: d.condition.kind for d in kind_rules(profile)}
    cleared: dict[str, int] = {}
    for order, analysis in enumerate(talks.aged):
        for found in analysis.statements:
            kind = kinds.get(found.statement)
            if kind and takes_back(found, options):
                cleared[kind] = order
        if any(
            s.dimension is Dimension.BUDGET and s.status == "available" for s in analysis.signals
        ):
            cleared["no_budget"] = order
    return cleared


def kind_rules(profile: Profile) -> list[Disqualifier]:
    """The disqualifiers that ask for a kind of blocker."""
    return [d for d in profile.disqualifiers if d.condition.dimension is None and d.condition.kind]


def subject_of(signal: Signal, knowledge: Knowledge) -> Hashable:
    """What a signal is about, where only one truth can hold; None where values add up."""
    if signal.dimension in SINGLE:
        return (signal.dimension,)
    if signal.dimension is Dimension.TEAM_SIZE:
        return signal.dimension, _key(signal.function or "")
    if signal.dimension is Dimension.TECH_STACK and isinstance(signal.value, str):
        return signal.dimension, _key(knowledge.products.canonical(signal.value) or signal.value)
    if signal.dimension is Dimension.TEAM and isinstance(signal.value, str):
        known = knowledge.functions.normalise(signal.value)
        return signal.dimension, _key(known or signal.value)
    if signal.dimension is Dimension.GEOGRAPHY and signal.kind == "hq":
        return signal.dimension, "hq"
    return None


def by_subject(talks: Talks, knowledge: Knowledge) -> Iterator[tuple[Hashable, list[Signal]]]:
    """Everything that was said on each thing, in order of the calls."""
    found: dict[Hashable, list[Signal]] = {}
    for analysis in talks.analyses:
        for signal in analysis.signals:
            subject = subject_of(signal, knowledge)
            if subject is not None:
                found.setdefault(subject, []).append(signal)
    yield from found.items()


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
