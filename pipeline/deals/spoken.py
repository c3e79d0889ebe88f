"""An assessment with every signal as its call has it: in the words that were spoken.

While calls are put side by side, speakers are persons, confidences are aged and quotes English;
what is shown is the call's own. Trap: only who said it and how it stands is the deal's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.deals.types import Assessment, Position, Term
from pipeline.domain import CallAnalysis, Signal, StatementEvidence

Evidence = Mapping[tuple[str, str], StatementEvidence]


def as_spoken(assessment: Assessment, analyses: Sequence[CallAnalysis]) -> Assessment:
    """The assessment with the calls' own signals and evidence."""
    signals = {s.id: s for analysis in analyses for s in analysis.signals}
    evidence = {
        (analysis.transcript.call_id, found.statement): found
        for analysis in analyses
        for found in analysis.statements
    }
    quotes = {s.quote_en: s.quote for s in signals.values() if s.quote_en}
    quotes |= {found.quote_en: found.quote for found in evidence.values() if found.quote_en}
    return replace(
        assessment,
        histories={
            rule: tuple(_own(p, signals, evidence) for p in positions)
            for rule, positions in assessment.histories.items()
        },
        sums={
            rule: tuple(_cited(term, quotes) for term in terms)
            for rule, terms in assessment.sums.items()
        },
        contradictions=tuple(
            replace(c, positions=tuple(_own(p, signals, evidence) for p in c.positions))
            for c in assessment.contradictions
        ),
    )


def _own(position: Position, signals: Mapping[str, Signal], evidence: Evidence) -> Position:
    signal, found = position.signal, position.statement
    if signal is not None:
        return replace(position, signal=signals.get(signal.id, signal))
    if found is not None:
        own = evidence.get((position.call_id, found.statement), found)
        return replace(position, statement=own)
    return position


def _cited(term: Term, quotes: Mapping[str, str]) -> Term:
    text = term.source
    for english, original in quotes.items():
        text = text.replace(f"“{english}”", f"“{original}” (“{english}”)")
    return term if text == term.source else replace(term, source=text)
