"""The second main function: signals of one call, or of all calls of a deal, held against a profile.

In a deal the latest explained position counts; people who disagree about the same moment stay in
conflict, and what the CRM says decides only where nobody spoke. The trap: an event named in an
early call is read from that call's day but must be near on the day of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.bilingual import cite_original, in_english
from pipeline.deals.contradictions import find_contradictions, with_facts
from pipeline.deals.histories import find_histories, sum_up_evidence
from pipeline.deals.people import Talks, put_side_by_side
from pipeline.deals.questions import rank_questions
from pipeline.deals.spoken import as_spoken
from pipeline.deals.standing import Standing, find_standing
from pipeline.deals.statements import Combined, combine_evidence
from pipeline.deals.types import Assessment
from pipeline.domain import CallAnalysis, Check, OpenQuestion, Profile, RuleResult, Signal
from pipeline.judging import judge_rules
from pipeline.knowledge import CheckOptions, Knowledge, remembering
from pipeline.scoring import Engagement, measure_engagement


def check_call(
    analysis: CallAnalysis,
    profile: Profile,
    knowledge: Knowledge,
    *,
    options: CheckOptions | None = None,
) -> Check:
    """Hold one call against one profile."""
    read = in_english(analysis)
    check = judge_rules(
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
    facts: Sequence[Signal] = (),
    options: CheckOptions | None = None,
) -> Assessment:
    """Hold all calls of a deal, given in their order, against one profile.

    `facts` are what the CRM says (`deals.facts.read_facts`): a source of its own, that decides a
    rule only where speech says nothing.
    """
    options, knowledge = options or CheckOptions(), remembering(knowledge)
    deal = _judge(analyses, profile, knowledge, deal_id, facts, options)
    check, talks, standing, evidence = deal.check, deal.talks, deal.standing, deal.evidence
    results = {r.id: r for r in (*check.criteria, *check.triggers, *check.disqualifiers)}
    histories = find_histories(talks, standing, results, profile, knowledge, options)
    contradictions = find_contradictions(
        talks, standing, evidence, histories, results, profile, knowledge, options
    )
    criteria = tuple(
        replace(r, history=tuple(p.signal.id for p in histories[r.id] if p.signal))
        for r in check.criteria
    )
    questions = rank_questions(check, profile)
    check = replace(
        check,
        criteria=criteria,
        open_questions=tuple(OpenQuestion(q.rule, q.question) for q in questions),
    )
    assessment = Assessment(
        check=cite_original(check, analyses),
        histories=histories,
        sums=sum_up_evidence(talks, results, evidence, facts),
        contradictions=with_facts(contradictions, facts, standing.signals, talks, knowledge),
        questions=questions,
        facts=tuple(facts),
    )
    return as_spoken(assessment, analyses)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A deal's check, and what it was made of."""

    check: Check
    talks: Talks
    standing: Standing
    evidence: dict[str, Combined]


def check_deal(
    analyses: Sequence[CallAnalysis],
    profile: Profile,
    knowledge: Knowledge,
    *,
    deal_id: str | None = None,
    facts: Sequence[Signal] = (),
    options: CheckOptions | None = None,
    known: Sequence[RuleResult] = (),
    engagement: Engagement | None = None,
) -> Check:
    """The check of an assessment alone, without histories and sums: for many deals at once.

    `known` results of rules, and the engagement, are taken as they are.
    """
    return _judge(
        analyses, profile, knowledge, deal_id, facts, options or CheckOptions(), known, engagement
    ).check


def _judge(
    analyses: Sequence[CallAnalysis],
    profile: Profile,
    knowledge: Knowledge,
    deal_id: str | None,
    facts: Sequence[Signal],
    options: CheckOptions,
    known: Sequence[RuleResult] = (),
    engagement: Engagement | None = None,
) -> _Judged:
    talks = put_side_by_side(tuple(in_english(analysis) for analysis in analyses), options)
    transcripts = tuple(analysis.transcript for analysis in talks.aged)
    standing = find_standing(talks, profile, knowledge, options)
    evidence = combine_evidence(talks, profile, options)
    subject = deal_id or next((t.deal_id for t in transcripts if t.deal_id), None)
    check = judge_rules(
        subject or (transcripts[0].call_id if transcripts else ""), transcripts, standing.signals,
        {rule: combined.evidence for rule, combined in evidence.items()},
        profile, knowledge, options, moments=talks.moments, facts=facts,
        engagement=engagement or engagement_of(analyses),
        known={result.id: result for result in known},
    )  # fmt: skip
    calls = tuple(transcript.call_id for transcript in transcripts)
    return _Judged(replace(check, calls=calls), talks, standing, evidence)


def engagement_of(analyses: Sequence[CallAnalysis]) -> Engagement:
    """How much the prospect's side takes part, over all calls of a deal."""
    read = [in_english(analysis) for analysis in analyses]
    signals = [signal for analysis in read for signal in analysis.signals]
    return measure_engagement([analysis.transcript for analysis in read], signals)
