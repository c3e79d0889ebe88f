"""Every rule of a profile judged, and what the results add up to: fit, coverage, tier, quadrant.

One call and all calls of a deal go through here alike. Trap: with hardly a word said there is no
verdict, whatever the few words say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.domain import (
    Check,
    Profile,
    RuleResult,
    Signal,
    StatementEvidence,
    Transcript,
)  # fmt: skip
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.scoring import Engagement, measure_engagement, weigh_coverage, weigh_fit
from pipeline.steps.checks import run_criterion, run_disqualifier
from pipeline.steps.questions import find_open_questions
from pipeline.steps.tiers import choose_quadrant, choose_tier, is_capped, round_half_up
from pipeline.steps.triggers import run_trigger
from pipeline.verdict import Moments

LEAST_WORDS = 40
"""A call with fewer words on it has said nothing that could be judged."""


def judge_rules(
    subject: str,
    transcripts: Sequence[Transcript],
    signals: Sequence[Signal],
    evidence: Mapping[str, StatementEvidence],
    profile: Profile,
    knowledge: Knowledge,
    options: CheckOptions,
    *,
    moments: Moments | None = None,
    facts: Sequence[Signal] = (),
    engagement: Engagement | None = None,
    known: Mapping[str, RuleResult] | None = None,
) -> Check:
    """Signals and evidence held against every rule, and summed up.

    `facts` of the CRM decide where speech says nothing; `known` results are taken as they are.
    """
    known = known or {}
    days = {t.call_id: t.recorded_at.date() for t in transcripts if t.recorded_at}
    on = max(days.values(), default=None)
    criteria = tuple(
        known.get(rule.id)
        or run_criterion(
            rule, signals, evidence, knowledge, on=on, options=options, moments=moments
        )
        for rule in profile.criteria
    )
    triggers = tuple(
        known.get(rule.id)
        or run_trigger(rule, signals, evidence, on=on, days=days, options=options)
        for rule in profile.triggers
    )
    disqualifiers = tuple(
        known.get(rule.id)
        or run_disqualifier(
            rule, signals, evidence, knowledge, on=on, options=options, moments=moments
        )
        for rule in profile.disqualifiers
    )
    if facts:
        criteria = tuple(
            _or_from_crm(said, run_criterion(rule, facts, {}, knowledge, on=on, options=options))
            for rule, said in zip(profile.criteria, criteria, strict=True)
        )
        disqualifiers = tuple(
            _or_from_crm(said, run_disqualifier(rule, facts, {}, knowledge, on=on, options=options))
            for rule, said in zip(profile.disqualifiers, disqualifiers, strict=True)
        )
    thin = sum(len(turn.text.split()) for t in transcripts for turn in t.turns) < LEAST_WORDS
    engagement = engagement or measure_engagement(transcripts, signals)
    return _sum_up(subject, engagement, profile, criteria, triggers, disqualifiers, thin)


def _or_from_crm(said: RuleResult, recorded: RuleResult) -> RuleResult:
    """What speech says; where it says nothing, what the CRM says, marked as such."""
    # a disqualifier that people disagree about is unknown too, but they spoke of it
    spoken = said.status != "unknown" or said.signals or said.quote
    if spoken or recorded.status == "unknown":
        return said
    told = f"from the CRM, nobody said it: {recorded.explanation}"
    return replace(recorded, source="crm", explanation=told)


def _sum_up(
    subject: str,
    engagement: Engagement,
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
