"""What every call said on each rule, in order, and the sum of log-odds that decided it.

Trap: which side a signal is on is asked of each signal alone, so what was replaced has a side too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.deals.contradictions import position_of
from pipeline.deals.people import Talks, age_of
from pipeline.deals.standing import Standing
from pipeline.deals.statements import Combined
from pipeline.deals.types import STANDS, Position, Term
from pipeline.domain import (
    Condition,
    Criterion,
    Dimension,
    Disqualifier,
    Profile,
    RuleResult,
    Signal,
    TriggerRule,
)
from pipeline.explain import clock, describe_signal
from pipeline.hypotheses import SEPARATOR
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.log_odds import START, log_odds
from pipeline.steps.checks import judge
from pipeline.verdict import MET, NOT_MET

Rule = Criterion | TriggerRule | Disqualifier
ANY_SIGN = 1e-6
BESIDE = {Dimension.TEAM: {Dimension.PERSONA, Dimension.TEAM_SIZE}}
"""Dimensions whose signals may bear on a condition on another one."""


def find_histories(
    talks: Talks,
    standing: Standing,
    results: Mapping[str, RuleResult],
    profile: Profile,
    knowledge: Knowledge,
    options: CheckOptions,
) -> dict[str, tuple[Position, ...]]:
    """For each rule the signals of every call that bear on it, in order."""
    alone = replace(options, floor=ANY_SIGN)
    said = [signal for analysis in talks.analyses for signal in analysis.signals]
    rules: tuple[Rule, ...] = (*profile.criteria, *profile.triggers, *profile.disqualifiers)
    return {
        rule.id: tuple(
            position
            for signal in said
            if (position := _place(rule, signal, talks, standing, results, knowledge, alone))
        )
        for rule in rules
    }


def _place(
    rule: Rule,
    signal: Signal,
    talks: Talks,
    standing: Standing,
    results: Mapping[str, RuleResult],
    knowledge: Knowledge,
    options: CheckOptions,
) -> Position | None:
    decided = signal.id in results[rule.id].signals
    state = standing.states.get(signal.id, STANDS)
    if isinstance(rule, TriggerRule):
        if signal.dimension is not Dimension.TRIGGER:
            return None
        same = decided or (rule.kind is not None and signal.kind == rule.kind)
        return position_of(signal, talks, state, True if decided else None) if same else None
    condition = rule.condition
    if isinstance(rule, Disqualifier) and condition.dimension is None and condition.kind:
        same = signal.dimension is Dimension.BLOCKER and signal.kind == condition.kind
        return position_of(signal, talks, state, True) if same or decided else None
    own = signal.dimension is condition.dimension
    beside = condition.dimension is not None and signal.dimension in BESIDE.get(
        condition.dimension, set()
    )
    if not (own or beside or decided):
        return None
    holds = _side(condition, signal, knowledge, options, talks.days.get(signal.call_id))
    if not (own or decided) and holds is None:
        return None
    return position_of(signal, talks, state, holds)


def _side(
    condition: Condition, signal: Signal, knowledge: Knowledge, options: CheckOptions,
    on: date | None,
) -> bool | None:  # fmt: skip
    """Whether a signal alone speaks for a condition (True), against it, or for neither."""
    wanted = (*condition.any_of, *condition.all_of)
    valued = bool(wanted or condition.none_of or (condition.min, condition.max) != (None, None))
    alone = replace(
        condition, any_of=wanted, all_of=(), statement=None if valued else condition.statement
    )
    verdict = judge("", alone, [signal], {}, knowledge, on=on, options=options)
    return {MET: True, NOT_MET: False}.get(verdict.status)


def sum_up_evidence(
    talks: Talks,
    results: Mapping[str, RuleResult],
    evidence: Mapping[str, Combined],
    facts: Sequence[Signal],
) -> dict[str, tuple[Term, ...]]:
    """For each rule that is decided, the addends of its log-odds; the first is the start."""
    signals = {s.id: s for a in talks.analyses for s in a.signals} | {f.id: f for f in facts}
    found = {}
    for rule, result in results.items():
        terms = [
            Term(round(weight, 2), _told(signals[signal], talks), signal, signals[signal].call_id)
            for signal, weight in result.weights
            if signal in signals
        ]
        if not terms and result.score > 0 and result.quote:
            terms = _statement_terms(rule, result, evidence, talks)
        if terms:
            start = Term(round(log_odds(START), 2), "the start: 1 in 10 before anybody spoke")
            found[rule] = (start, *terms)
    return found


def _statement_terms(
    rule: str, result: RuleResult, evidence: Mapping[str, Combined], talks: Talks
) -> list[Term]:
    """The calls that decided a rule by its statement, or by that of one of its values."""
    for key, combined in evidence.items():
        if key.partition(SEPARATOR)[0] != rule or combined.evidence.quote != result.quote:
            continue
        told = dict(combined.said)
        return [
            Term(
                round(weight, 2),
                _cite(told[call].speaker, call, told[call].quote, told[call].start, talks),
                call_id=call,
            )
            for call, weight in combined.weights
        ]
    return []


def _told(signal: Signal, talks: Talks) -> str:
    if signal.source == "crm":
        return f"the CRM: {describe_signal(signal)}"
    return f"{_cite(signal.speaker, signal.call_id, signal.quote, signal.start, talks)}" + (
        f", {describe_signal(signal)}" if signal.dimension not in _SENTENCES else ""
    )


_SENTENCES = {
    Dimension.PAIN, Dimension.USE_CASE, Dimension.SUCCESS_METRIC, Dimension.TRIGGER,
    Dimension.AUTHORITY, Dimension.TIMELINE, Dimension.BLOCKER, Dimension.NEXT_STEP,
}  # fmt: skip


def _cite(speaker: str, call_id: str, quote: str, start: float | None, talks: Talks) -> str:
    who = talks.names.get(speaker, speaker) or "somebody"
    day = talks.days.get(call_id)
    at = clock(start)
    where = ", ".join(part for part in (call_id, day.isoformat() if day else "", at) if part)
    old = next(
        (age_of(a.transcript, talks.on) for a in talks.spoken if a.transcript.call_id == call_id),
        0,
    )
    aged = f", {old} days old" if old else ""
    return f"{who} ({where}{aged}): “{quote}”"
