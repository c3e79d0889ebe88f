"""The contract's JSON of checks and assessments, to and from domain types.

An assessment is a check with calls: `deal_id` stands in place of `call_id`, and every criterion has
its history. The trap: a call of too little substance has neither tier nor quadrant (null).
"""

from __future__ import annotations

from pipeline.domain import Check, OpenQuestion, RuleResult
from pipeline.json_fields import Fields, Json, object_of


def check_to_json(check: Check) -> Json:
    """A check as the contract writes it; with calls it is a deal's assessment."""
    deal = bool(check.calls)
    written: Json = {
        "deal_id" if deal else "call_id": check.subject,
        "profile": {"id": check.profile_id, "version": check.profile_version},
        "criteria": [_write_result(result, deal=deal) for result in check.criteria],
        "triggers": [_write_result(result) for result in check.triggers],
        "disqualifiers": [_write_result(result) for result in check.disqualifiers],
        "fit": check.fit,
        "coverage": check.coverage,
        "tier": check.tier,
        "disqualified": check.disqualified,
        "engagement": check.engagement,
        "quadrant": check.quadrant or None,
        "open_questions": [
            {"criterion": asked.criterion, "question": asked.question}
            for asked in check.open_questions
        ],
        "summary": check.summary,
    }
    if deal:
        written["calls"] = list(check.calls)
    return written


def _write_result(result: RuleResult, *, deal: bool = False) -> Json:
    written: Json = {
        "id": result.id, "status": result.status, "score": result.score,
        "signals": list(result.signals), "explanation": result.explanation,
        "quote": result.quote, "turns": list(result.turns), "start": result.start,
    }  # fmt: skip
    if deal:
        written["history"] = list(result.history)
    return written


def check_from_json(data: object, file: str = "check") -> Check:
    """The check or assessment in parsed JSON; raises InputError that names the wrong field."""
    fields = object_of(data, file)
    profile = fields.inside("profile")
    calls = fields.texts("calls")
    return Check(
        subject=fields.needed_text("deal_id" if calls else "call_id"),
        profile_id=profile.needed_text("id"),
        profile_version=profile.whole("version") or 1,
        criteria=tuple(map(_read_result, fields.objects("criteria"))),
        triggers=tuple(map(_read_result, fields.objects("triggers"))),
        disqualifiers=tuple(map(_read_result, fields.objects("disqualifiers"))),
        fit=fields.number("fit", least=0.0, most=1.0),
        coverage=fields.number("coverage", least=0.0, most=1.0) or 0.0,
        tier=fields.one_of("tier", "ABCD"),
        disqualified=fields.flag("disqualified"),
        engagement=fields.number("engagement", least=0.0, most=1.0) or 0.0,
        quadrant=fields.text("quadrant") or "",
        open_questions=tuple(
            OpenQuestion(q.needed_text("criterion"), q.text("question") or "")
            for q in fields.objects("open_questions")
        ),
        summary=fields.text("summary") or "",
        calls=calls,
    )


def _read_result(fields: Fields) -> RuleResult:
    return RuleResult(
        id=fields.needed_text("id"),
        status=fields.needed_text("status"),
        score=fields.number("score", least=0.0, most=1.0) or 0.0,
        signals=fields.texts("signals"),
        explanation=fields.text("explanation") or "",
        quote=fields.text("quote") or "",
        turns=fields.wholes("turns"),
        start=fields.seconds("start"),
        history=_read_history(fields),
    )


def _read_history(fields: Fields) -> tuple[str, ...]:
    """The ids of the signals, which an assessment writes out."""
    items = fields.items("history")
    if any(isinstance(item, dict) for item in items):
        return tuple(i for item in fields.objects("history") if (i := item.text("id")))
    return fields.texts("history")
