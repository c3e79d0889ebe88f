"""A profile's triggers, held against the events that a call names: detected or not_detected.

A kind is met by an event of that kind, a statement by the classifier or by an event that says the
same in other words. `within_months` counts back and ahead from the day `on`; an event whose time
nobody named, or nobody can read, counts as near. The trap: in a deal each event's words
("February") are read from the day of its own call, then measured from `on`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.domain import Condition, Dimension, RuleResult, Signal, StatementEvidence, TriggerRule
from pipeline.explain import explain
from pipeline.hypotheses import SEPARATOR
from pipeline.knowledge import CheckOptions
from pipeline.lexicon.when import Span, parse_when
from pipeline.verdict import MET, UNKNOWN, Verdict, Vote, weigh

KIND_CUES = {
    "leadership_hire": r"\b(?:new|hired|appointed|joined|started)\b.*\b(?:head|chief|director|vp|"
    r"vice president|leader|lead|manager|c[a-z]o|officer|president)\b",
    "funding": r"\b(?:funding|raised|round|series [a-e]|investment|capital)\b",
    "merger_acquisition": r"\b(?:acqui\w+|merge\w*|bought|takeover|taken over)\b",
    "contract_renewal": r"\b(?:contract|renew\w*|licen[cs]e)\b.*\b(?:ends?|expires?|renew\w*|"
    r"runs? out|due)\b|\brenewal\b",
    "layoffs": r"\b(?:layoffs?|laid off|redundanc\w+|cut jobs|job cuts)\b",
    "headcount_growth": r"\b(?:hiring|growing its team|headcount|recruit\w*)\b",
    "new_market": r"\b(?:new (?:market|country|region|site|location)|expand\w*|opening|opens|"
    r"enlarg\w+|mov(?:es?|ing) to)\b",
    "tech_change": r"\b(?:migrat\w+|replac\w+|switch\w*|new (?:system|erp|crm|tool|platform))\b",
    "product_launch": r"\b(?:launch\w*|new product|pricing|charges)\b",
    "regulation": r"\b(?:regulat\w+|audit\w*|law|compliance|directive)\b",
}
_EMPTY = frozenset({
    "a", "an", "the", "of", "or", "and", "to", "in", "on", "for", "is", "are", "was", "has",
    "have", "had", "its", "their", "it", "they", "company", "new", "head", "chief", "officer",
    "lead", "leader", "started", "start", "starts", "about", "who", "with", "at", "by", "from",
    "be", "been", "will", "last", "next", "months", "month", "six", "year", "years", "example",
    "hired", "vp", "director", "manager", "moving", "opening", "training",
})  # fmt: skip


def run_trigger(
    rule: TriggerRule,
    signals: Sequence[Signal],
    evidence: Mapping[str, StatementEvidence],
    *,
    on: date | None = None,
    days: Mapping[str, date] | None = None,
    options: CheckOptions | None = None,
) -> RuleResult:
    """Hold one trigger against the signals. `days`: the day of each call id (default: `on`)."""
    options = options or CheckOptions()
    events = [s for s in signals if s.dimension is Dimension.TRIGGER]
    votes = []
    for event in events:
        sure = _speaks_of(rule, event)
        if sure > 0 and is_near(rule, event, on, (days or {}).get(event.call_id, on)):
            votes.append(Vote(event, True, event.confidence * sure))
    verdict = weigh(votes, options)
    found = evidence.get(rule.id)
    if verdict.status != MET and rule.statement and found is not None:
        supported = found.supports >= options.statement_detected and found.supports > found.denies
        verdict = Verdict(MET, found.supports, evidence=found) if supported else verdict
    # an event of the kind that was heard but is too far off must not come back without its date
    if verdict.status != MET and rule.kind and all(e.kind != rule.kind for e in events):
        heard = evidence.get(f"{rule.id}{SEPARATOR}{rule.kind}")
        if heard is not None and heard.supports >= max(options.hypothesis_detected, heard.denies):
            verdict = Verdict(MET, heard.supports, evidence=heard)
    condition = Condition(kind=rule.kind, statement=rule.statement)
    if verdict.status != MET:
        verdict = Verdict(UNKNOWN)
    result = explain(rule.id, verdict, condition)
    status = "detected" if verdict.status == MET else "not_detected"
    return replace(result, status=status)


def is_near(rule: TriggerRule, event: Signal, on: date | None, said_on: date | None) -> bool:
    """Whether an event lies within the rule's months of the day `on`."""
    within = rule.within_months if rule.within_months is not None else _months_asked(rule.statement)
    if within is None or on is None or said_on is None:
        return True
    span = read_time(event, said_on)
    # A quarter of a month of grace: people name dates loosely.
    return span is None or span.months_from(on) <= within + 0.25


def read_time(event: Signal, said_on: date) -> Span | None:
    """The time of an event: from its own words, or when it names none, a year in its sentence."""
    if event.when:
        return parse_when(event.when, said_on)
    text = event.value if isinstance(event.value, str) else ""
    if re.search(r"\b(?:19|20)\d{2}\b|\byears? ago\b|\blast year\b", text):
        return parse_when(text, said_on)
    return Span(said_on, said_on)


def _months_asked(statement: str | None) -> float | None:
    """The months in a statement such as "started in the last six months"."""
    found = re.search(
        r"\b(?:last|past|next|within)\s+((?:\w+\s+)?)(months?|years?|quarters?)\b", statement or ""
    )
    if not found:
        return None
    span = parse_when(f"{found[1] or 'one '}{found[2]} ago", date(2020, 1, 1))
    return span.months_from(date(2020, 1, 1)) if span else None


def _speaks_of(rule: TriggerRule, event: Signal) -> float:
    """How certainly (0..1) an event is the one that a rule asks for."""
    if rule.kind:
        return 1.0 if event.kind == rule.kind else 0.0
    statement = (rule.statement or "").lower()
    kinds = {kind for kind, cue in KIND_CUES.items() if re.search(cue, statement)}
    if event.kind is not None and event.kind not in kinds:
        return 0.0
    asked = _stems(statement)
    said = _stems(f"{event.value} {event.quote}".lower())
    shared = len(asked & said)
    if not asked or shared == 0:
        return 0.0
    if event.kind == "leadership_hire" or shared >= 2:
        return 0.9
    return 0.7


def _stems(text: str) -> set[str]:
    words = re.findall(r"[a-z]{2,}", text)
    return {re.sub(r"(?:ing|ed|es|s)$", "", word) for word in words if word not in _EMPTY}
