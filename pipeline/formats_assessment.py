"""The contract's JSON of an assessment: a check of all calls, with what each call said.

Beside the contract's fields: `contradictions`, `facts` (of the CRM), and for each rule `source`,
`sum` (the log-odds that decided it) and in `history` who said it, when, and whether it still
stands. Trap: an id in `history` is a signal of the call named there.
"""

from __future__ import annotations

from pipeline.deals.types import Assessment, Contradiction, Position, Term
from pipeline.domain import RuleResult
from pipeline.formats import check_to_json, signal_to_json
from pipeline.json_fields import Json


def assessment_to_json(assessment: Assessment) -> Json:
    """An assessment as the contract writes it, also one without calls."""
    check = assessment.check
    written = check_to_json(check)
    written.pop("call_id", None)
    return {
        "deal_id": check.subject,
        **written,
        "calls": list(check.calls),
        "criteria": [_rule(assessment, r) for r in check.criteria],
        "triggers": [_rule(assessment, r) for r in check.triggers],
        "disqualifiers": [_rule(assessment, r) for r in check.disqualifiers],
        "open_questions": [
            {
                "criterion": asked.rule, "question": asked.question, "kind": asked.kind,
                "worth": asked.worth, "decides": asked.decides,
            }
            for asked in assessment.questions
        ],
        "contradictions": [_contradiction(found) for found in assessment.contradictions],
        "facts": [signal_to_json(fact) for fact in assessment.facts],
    }  # fmt: skip


def _rule(assessment: Assessment, result: RuleResult) -> Json:
    return {
        "id": result.id, "status": result.status, "score": result.score,
        "signals": list(result.signals), "explanation": result.explanation,
        "quote": result.quote, "turns": list(result.turns), "start": result.start,
        "source": result.source,
        "history": [_position(p) for p in assessment.histories.get(result.id, ())],
        "sum": [_term(term) for term in assessment.sums.get(result.id, ())],
    }  # fmt: skip


def _position(position: Position) -> Json:
    """A signal (contract, section 2) with how it stands; a statement's evidence has no id."""
    beside = {
        "said_by": position.said_by,
        "recorded_on": position.on.isoformat() if position.on else None,
        "stands": position.stands,
        "holds": position.holds,
    }
    if position.signal is not None:
        return {**signal_to_json(position.signal), **beside}
    found = position.statement
    if found is None:
        return {"call_id": position.call_id, **beside}
    return {
        "call_id": position.call_id, "supports": found.supports, "denies": found.denies,
        "quote": found.quote, "turns": list(found.turns), "speaker": found.speaker,
        "start": found.start, "confidence": max(found.supports, found.denies), **beside,
    }  # fmt: skip


def _contradiction(found: Contradiction) -> Json:
    return {
        "about": found.about,
        "dimension": None if found.dimension is None else str(found.dimension),
        "rules": list(found.rules),
        "between": found.between,
        "resolved": found.resolved,
        "why": found.why or None,
        "positions": [_position(p) for p in found.positions],
    }


def _term(term: Term) -> Json:
    return {
        "log_odds": term.log_odds, "from": term.source, "signal": term.signal,
        "call_id": term.call_id,
    }  # fmt: skip
