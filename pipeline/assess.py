"""The second main function: signals of one call, or of all calls of a deal, held against a profile.

In a deal a later call that reports a change replaces the earlier fact; people who disagree about
the same moment stay in conflict. The trap: an event named in an early call is read from that call's
day but must be near on the day of the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.bilingual import cite_original, in_english
from pipeline.domain import (
    CallAnalysis,
    Check,
    Dimension,
    Profile,
    RuleResult,
    Signal,
    StatementEvidence,
    Transcript,
)  # fmt: skip
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.scoring import measure_engagement, weigh_coverage, weigh_fit
from pipeline.steps.checks import run_criterion, run_disqualifier
from pipeline.steps.questions import find_open_questions
from pipeline.steps.tiers import choose_quadrant, choose_tier, is_capped, round_half_up
from pipeline.steps.triggers import run_trigger
from pipeline.supersede import current_signals, latest_evidence

LEAST_WORDS = 40
"""A call with fewer words on it has said nothing that could be judged."""


def check_call(
    analysis: CallAnalysis,
    profile: Profile,
    knowledge: Knowledge,
    *,
    options: CheckOptions | None = None,
) -> Check:
    """Hold one call against one profile."""
    read = in_english(analysis)
    check = _check(
        read.transcript.call_id, (read.transcript,), read.signals,
        {found.statement: found for found in read.statements},
        profile, knowledge, options or CheckOptions(),
    )  # fmt: skip
    return cite_original(check, (analysis,))


def assess_deal(
    analyses: Sequence[CallAnalysis],
    profile: Profile,
    knowledge: Knowledge,
    *,
    deal_id: str | None = None,
    options: CheckOptions | None = None,
) -> Check:
    """Hold all calls of a deal, given in their order, against one profile."""
    options = options or CheckOptions()
    spoken, analyses = analyses, tuple(in_english(analysis) for analysis in analyses)
    transcripts = tuple(analysis.transcript for analysis in analyses)
    subject = deal_id or next((t.deal_id for t in transcripts if t.deal_id), None)
    check = _check(
        subject or (transcripts[0].call_id if transcripts else ""), transcripts,
        current_signals(analyses, profile, knowledge, options),
        latest_evidence(analyses, profile, options),
        profile, knowledge, options,
    )  # fmt: skip
    everything = [signal for analysis in analyses for signal in analysis.signals]
    criteria = tuple(
        replace(result, history=_history(rule.condition.dimension, result, everything))
        for rule, result in zip(profile.criteria, check.criteria, strict=True)
    )
    check = replace(check, criteria=criteria, calls=tuple(t.call_id for t in transcripts))
    return cite_original(check, spoken)


def _check(
    subject: str,
    transcripts: Sequence[Transcript],
    signals: Sequence[Signal],
    evidence: Mapping[str, StatementEvidence],
    profile: Profile,
    knowledge: Knowledge,
    options: CheckOptions,
) -> Check:
    days = {t.call_id: t.recorded_at.date() for t in transcripts if t.recorded_at}
    on = max(days.values(), default=None)
    criteria = tuple(
        run_criterion(rule, signals, evidence, knowledge, on=on, options=options)
        for rule in profile.criteria
    )
    triggers = tuple(
        run_trigger(rule, signals, evidence, on=on, days=days, options=options)
        for rule in profile.triggers
    )
    disqualifiers = tuple(
        run_disqualifier(rule, signals, evidence, knowledge, on=on, options=options)
        for rule in profile.disqualifiers
    )
    thin = sum(len(turn.text.split()) for t in transcripts for turn in t.turns) < LEAST_WORDS
    return _sum_up(subject, transcripts, signals, profile, criteria, triggers, disqualifiers, thin)


def _sum_up(
    subject: str,
    transcripts: Sequence[Transcript],
    signals: Sequence[Signal],
    profile: Profile,
    criteria: tuple[RuleResult, ...],
    triggers: tuple[RuleResult, ...],
    disqualifiers: tuple[RuleResult, ...],
    thin: bool,
) -> Check:
    weighed = [(r.status, rule.weight) for rule, r in zip(profile.criteria, criteria, strict=True)]
    events = [(r.status, rule.weight) for rule, r in zip(profile.triggers, triggers, strict=True)]
    required = [
        (rule.required, status) for rule, (status, _) in zip(profile.criteria, weighed, strict=True)
    ]
    raised = [
        (rule, r)
        for rule, r in zip(profile.disqualifiers, disqualifiers, strict=True)
        if r.status == "raised"
    ]
    disqualified = any(rule.hard for rule, _ in raised)
    fit, coverage = weigh_fit(weighed, events), weigh_coverage(weighed)
    engagement = measure_engagement(transcripts, signals)
    tier = choose_tier(
        None if thin else fit, coverage, profile.tiers,
        required_missed=is_capped(required), disqualified=disqualified,
    )  # fmt: skip
    judged = fit if tier is not None else None
    return Check(
        subject=subject,
        profile_id=profile.id,
        profile_version=profile.version,
        criteria=criteria,
        triggers=triggers,
        disqualifiers=disqualifiers,
        fit=None if fit is None else round_half_up(fit, 4),
        coverage=round_half_up(coverage, 4),
        tier=tier,
        disqualified=disqualified,
        engagement=engagement.score,
        quadrant=choose_quadrant(
            judged, engagement.score, profile.tiers, disqualified=disqualified
        ),
        open_questions=find_open_questions(profile.criteria, {r.id: r.status for r in criteria}),
        summary=summarize(
            tier, coverage, criteria, raised_ids(disqualifiers), engagement.explanation
        ),
    )


def raised_ids(disqualifiers: Sequence[RuleResult]) -> tuple[str, ...]:
    """The ids of the disqualifiers that are raised."""
    return tuple(result.id for result in disqualifiers if result.status == "raised")


def summarize(
    tier: str | None,
    coverage: float,
    criteria: Sequence[RuleResult],
    raised: Sequence[str],
    engagement: str,
) -> str:
    """The check in two or three short sentences."""
    met = sum(1 for result in criteria if result.status == "met")
    missed = sum(1 for result in criteria if result.status == "not_met")
    lead = f"Tier {tier}" if tier else "No verdict: too little is known"
    parts = [
        f"{lead}; {met} of {len(criteria)} criteria met, {missed} not met, "
        f"{coverage:.0%} of their weight known."
    ]
    if raised:
        parts.append(f"Raised: {', '.join(raised)}.")
    parts.append(f"Engagement: {engagement}.")
    return " ".join(parts)


def _history(
    dimension: Dimension | None, result: RuleResult, signals: Sequence[Signal]
) -> tuple[str, ...]:
    """Signals of every call that bear on a criterion, in order."""
    decided = set(result.signals)
    return tuple(s.id for s in signals if s.id in decided or s.dimension is dimension)
