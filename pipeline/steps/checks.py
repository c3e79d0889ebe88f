"""A profile's criteria and disqualifiers, each held against the signals of a call (contract 4).

A condition may have several parts (values, numbers, a statement); it is met when all are. Silence
is `unknown`, never `not_met`. The trap: `none_of` votes on absence, so its sides are swapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.domain import (
    Condition,
    Criterion,
    Dimension,
    Disqualifier,
    Range,
    RuleResult,
    Signal,
    StatementEvidence,
)  # fmt: skip
from pipeline.explain import explain
from pipeline.hypotheses import settle
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.lexicon.money import convert
from pipeline.limits import NUMERIC, Limits, compare, read_limits
from pipeline.matching import Asked, find_absence_votes, find_votes
from pipeline.verdict import (
    CONFLICTING,
    MET,
    NOT_MET,
    UNKNOWN,
    Moments,
    Verdict,
    Vote,
    weigh,
)  # fmt: skip

Evidence = Mapping[str, StatementEvidence]
_ORDER = (NOT_MET, CONFLICTING, UNKNOWN, MET)
UNKNOWN_YET = Verdict(UNKNOWN)


def run_criterion(
    criterion: Criterion,
    signals: Sequence[Signal],
    evidence: Evidence,
    knowledge: Knowledge,
    *,
    on: date | None = None,
    options: CheckOptions | None = None,
    moments: Moments | None = None,
) -> RuleResult:
    """Hold one criterion against the signals: met, not_met, unknown or conflicting, and why.

    `evidence` maps rule ids to what the classifier found; `on` is the day of the call, `moments`
    tells which calls of a deal belong together.
    """
    verdict = judge(
        criterion.id, criterion.condition, signals, evidence, knowledge,
        on=on, options=options or CheckOptions(), moments=moments,
    )  # fmt: skip
    return explain(criterion.id, verdict, criterion.condition, signals)


def run_disqualifier(
    rule: Disqualifier,
    signals: Sequence[Signal],
    evidence: Evidence,
    knowledge: Knowledge,
    *,
    on: date | None = None,
    options: CheckOptions | None = None,
    moments: Moments | None = None,
) -> RuleResult:
    """Hold one disqualifier against the signals: raised, clear or unknown, and why."""
    options = options or CheckOptions()
    condition, found = rule.condition, evidence.get(rule.id)
    if condition.dimension is None and condition.kind:
        verdict = _judge_blocker(condition.kind, signals, found, options, moments)
    else:
        options = replace(options, hypothesis_beside=False)
        if rule.hard:
            options = replace(
                options,
                statement_met=max(options.statement_met, options.raise_hard),
                hypothesis_met=max(options.hypothesis_met, options.raise_hard),
            )
        verdict = judge(
            rule.id, condition, signals, evidence, knowledge,
            on=on, options=options, moments=moments,
        )  # fmt: skip
    status = {MET: "raised", NOT_MET: "clear"}.get(verdict.status, "unknown")
    return replace(explain(rule.id, verdict, condition, signals), status=status)


def judge(
    rule: str,
    condition: Condition,
    signals: Sequence[Signal],
    evidence: Evidence,
    knowledge: Knowledge,
    *,
    on: date | None,
    options: CheckOptions,
    moments: Moments | None = None,
) -> Verdict:
    """The verdict on the condition of a rule: the least favourable of its parts."""
    parts: list[Verdict] = []

    def asked(values: tuple[str, ...]) -> Asked:
        return Asked(values, condition, knowledge, options)

    for values in ((condition.any_of,) if condition.any_of else ()) + tuple(
        (value,) for value in condition.all_of
    ):
        verdict = weigh(find_votes(asked(values), signals), options, moments)
        parts.append(settle(verdict, rule, values, evidence, options))
    if condition.none_of:
        parts.append(weigh(find_absence_votes(asked(condition.none_of), signals), options, moments))
    if condition.min is not None or condition.max is not None:
        limits = Limits(condition.min, condition.max, condition.currency)
        votes = _number_votes(condition, limits, signals, knowledge, on)
        parts.append(weigh(votes, options, moments))
    if condition.statement:
        limits_asked = read_limits(condition.statement, condition.dimension)
        said = UNKNOWN_YET
        if limits_asked is not None:
            votes = _number_votes(condition, limits_asked, signals, knowledge, on)
            said = weigh(votes, options, moments)
        parts.append(
            said if said.status != UNKNOWN else judge_evidence(evidence.get(rule), options)
        )
    return _join(parts)


def _join(parts: Sequence[Verdict]) -> Verdict:
    if not parts:
        return Verdict(UNKNOWN)
    status = min((part.status for part in parts), key=_ORDER.index)
    deciding = [part for part in parts if part.status == status]
    return Verdict(
        status,
        min(part.score for part in deciding),
        tuple(vote for part in deciding for vote in part.votes),
        next((part.evidence for part in deciding if part.evidence), None),
        tuple(weight for part in deciding for weight in part.weights),
    )


def judge_evidence(evidence: StatementEvidence | None, options: CheckOptions) -> Verdict:
    """What the classifier's evidence alone says about a statement."""
    if evidence is None:
        return Verdict(UNKNOWN)
    supports = evidence.supports >= options.statement_met
    denies = evidence.denies >= options.statement_denied
    if supports and denies:
        return Verdict(CONFLICTING, min(evidence.supports, evidence.denies), evidence=evidence)
    if supports:
        return Verdict(MET, evidence.supports, evidence=evidence)
    if denies:
        return Verdict(NOT_MET, evidence.denies, evidence=evidence)
    return Verdict(UNKNOWN)


def _judge_blocker(
    kind: str,
    signals: Sequence[Signal],
    evidence: StatementEvidence | None,
    options: CheckOptions,
    moments: Moments | None,
) -> Verdict:
    """Blockers of the kind raise it; only somebody who says the contrary clears it."""
    votes = [
        Vote(s, True, s.confidence)
        for s in signals
        if s.dimension is Dimension.BLOCKER
        and s.kind == kind
        and s.confidence >= options.raise_blocker
    ]
    if kind == "no_budget":
        votes += [
            Vote(s, False, s.confidence)
            for s in signals
            if s.dimension is Dimension.BUDGET and s.status == "available"
        ]
    raised = weigh(votes, options, moments)
    if evidence is None or evidence.denies < options.kind_denied:
        return raised
    if raised.status == UNKNOWN or (raised.status == MET and _later(evidence, raised)):
        return Verdict(NOT_MET, evidence.denies, evidence=evidence)
    return raised


def _later(evidence: StatementEvidence, raised: Verdict) -> bool:
    """Whether a denial by the same speaker follows what raised the blocker."""
    last = max((max(v.signal.turns, default=-1) for v in raised.votes), default=-1)
    speakers = {vote.signal.speaker for vote in raised.votes}
    return min(evidence.turns, default=-1) > last and evidence.speaker in speakers


def _number_votes(
    condition: Condition,
    limits: Limits,
    signals: Sequence[Signal],
    knowledge: Knowledge,
    on: date | None,
) -> list[Vote]:
    votes = []
    for signal in signals:
        if signal.dimension is not condition.dimension or signal.dimension not in NUMERIC:
            continue
        if condition.status and signal.status not in condition.status:
            continue
        if not _right_function(condition, limits, signal, knowledge):
            continue
        value = _in_currency(signal.value, limits.currency or condition.currency, on)
        if value is None:
            continue
        holds, certainty = compare(value, limits)
        if certainty > 0:
            votes.append(Vote(signal, holds, signal.confidence * certainty))
    return votes


def _right_function(
    condition: Condition, limits: Limits, signal: Signal, knowledge: Knowledge
) -> bool:
    """A team's size counts for its own function, named by the condition or inside its statement."""
    if condition.dimension is not Dimension.TEAM_SIZE:
        return True
    if condition.function:
        return bool(signal.function) and knowledge.is_part_of(
            signal.function or "", condition.function
        )
    if not limits.rest:
        return True
    if not signal.function:
        return False
    return any(knowledge.is_part_of(signal.function, p) for p in _functions_in(limits.rest))


def _functions_in(rest: str) -> list[str]:
    """Phrases of a statement that may name a function, the likeliest first."""
    noise = {
        "people", "person", "employees", "staff", "work", "works", "working", "the", "a", "an",
        "company", "has", "have", "employs", "there", "are", "is", "team", "teams", "department",
        "its", "their", "of", "with", "in", "on", "at", "who", "that", "they", "members",
    }  # fmt: skip
    words = rest.lower().replace(",", " ").split()
    phrases, phrase = [], []  # type: list[str], list[str]
    for word in [*words, "the"]:
        if word not in noise:
            phrase.append(word)
        elif phrase:
            phrases.append(" ".join(phrase))
            phrase = []
    return phrases


def _in_currency(value: object, currency: str | None, on: date | None) -> Range | None:
    """The range in the asked currency; a range whose currency nobody named is taken to be in it."""
    if not isinstance(value, Range):
        return None
    if not currency or not value.currency or value.currency == currency:
        return value
    year = on.year if on else None

    def exchanged(amount: float | None) -> float | None:
        return None if amount is None else convert(amount, value.currency or "", currency, year)

    low, high = exchanged(value.low), exchanged(value.high)
    lost = (low is None) != (value.low is None) or (high is None) != (value.high is None)
    return None if lost else Range(low, high, currency)
