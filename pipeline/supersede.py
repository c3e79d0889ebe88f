"""Which signals of a deal still stand: a later call's word on a thing replaces the earlier one.

A thing is a product, a team, a function's size, or a number of the company as a whole; places,
models and sentences add up. The trap: within one call both sides of a disagreement stay.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

from pipeline.domain import (
    CallAnalysis,
    Dimension,
    Disqualifier,
    Profile,
    Signal,
    StatementEvidence,
)
from pipeline.knowledge import CheckOptions, Knowledge

SINGLE = frozenset(
    {
        Dimension.HEADCOUNT, Dimension.REVENUE, Dimension.GROWTH_RATE, Dimension.GROWTH_STAGE,
        Dimension.BUDGET, Dimension.TIMELINE,
    }
)  # fmt: skip


def current_signals(
    analyses: Sequence[CallAnalysis], profile: Profile, knowledge: Knowledge, options: CheckOptions
) -> tuple[Signal, ...]:
    """All signals of the calls, in order, without those that a later call replaces."""
    cleared = _cleared_in(analyses, profile, options)
    kept: list[Signal] = []
    taken: set[Hashable] = set()
    for at, analysis in reversed(list(enumerate(analyses))):
        fresh = [
            s
            for s in analysis.signals
            if _subject(s, knowledge) not in taken
            and not (s.dimension is Dimension.BLOCKER and cleared.get(s.kind or "", -1) > at)
        ]
        kept = [*fresh, *kept]
        taken |= {key for s in analysis.signals if (key := _subject(s, knowledge)) is not None}
    return tuple(kept)


def _cleared_in(
    analyses: Sequence[CallAnalysis], profile: Profile, options: CheckOptions
) -> dict[str, int]:
    """For each kind of blocker the number of the last call in which somebody denies it."""
    kinds = {d.id: d.condition.kind for d in _kind_rules(profile)}
    cleared: dict[str, int] = {}
    for at, analysis in enumerate(analyses):
        for found in analysis.statements:
            kind = kinds.get(found.statement)
            if kind and found.denies >= options.kind_denied:
                cleared[kind] = at
        if any(
            s.dimension is Dimension.BUDGET and s.status == "available" for s in analysis.signals
        ):
            cleared["no_budget"] = at
    return cleared


def _kind_rules(profile: Profile) -> list[Disqualifier]:
    return [d for d in profile.disqualifiers if d.condition.dimension is None and d.condition.kind]


def latest_evidence(
    analyses: Sequence[CallAnalysis], profile: Profile, options: CheckOptions
) -> dict[str, StatementEvidence]:
    """For each rule the evidence of the last call that says anything clear about it."""
    latest: dict[str, StatementEvidence] = {}
    kinds = {d.condition.kind: d.id for d in _kind_rules(profile)}
    for analysis in analyses:
        for signal in analysis.signals:
            if signal.dimension is Dimension.BLOCKER:
                latest.pop(kinds.get(signal.kind, ""), None)
        for found in analysis.statements:
            clear = (
                found.supports >= options.statement_met or found.denies >= options.statement_denied
            )
            if clear or found.statement not in latest:
                latest[found.statement] = found
    return latest


def _subject(signal: Signal, knowledge: Knowledge) -> Hashable:
    """What a signal is about, where only one truth can hold; None where values add up."""
    if signal.dimension in SINGLE:
        return signal.dimension
    if signal.dimension is Dimension.TEAM_SIZE:
        return signal.dimension, _key(signal.function or "")
    if signal.dimension is Dimension.TECH_STACK and isinstance(signal.value, str):
        return signal.dimension, _key(knowledge.products.canonical(signal.value) or signal.value)
    if signal.dimension is Dimension.TEAM and isinstance(signal.value, str):
        return signal.dimension, _key(signal.value)
    if signal.dimension is Dimension.GEOGRAPHY and signal.kind == "hq":
        return signal.dimension, "hq"
    return None


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
