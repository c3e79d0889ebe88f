"""Results of calls → rows of the tables. Reads the JSON that was written, knows no models.

A row has only what the file and the manifest say and what the check found. Trap: the tables join on
`call_id`; with several profiles `calls` shows the first one's check, `checks` has them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from api.batch.crew import Outcome
from api.batch.tables import Columns
from pipeline.domain import Check
from pipeline.json_fields import Fields, Json, object_of

CALLS: Columns = {
    "call_id": "text", "file": "text", "deal_id": "text", "account": "text", "rep": "text",
    "outcome": "text", "kind": "text", "title": "text", "language": "text",
    "recorded_at": "moment", "duration": "float", "speakers": "int", "turns": "int",
    "words": "int", "prospect_share": "float", "rep_questions": "int",
    "prospect_questions": "int", "signals": "int", "profile": "text", "profile_version": "int",
    "tier": "text", "fit": "float", "coverage": "float", "disqualified": "bool",
    "engagement": "float", "quadrant": "text", "raised": "texts", "open_questions": "texts",
    "summary": "text", "same_files": "texts", "result": "text", "sha256": "text",
    "made_by": "texts",
}  # fmt: skip
SIGNALS: Columns = {
    "signal_id": "text", "call_id": "text", "deal_id": "text", "recorded_at": "moment",
    "dimension": "text", "value": "text", "min": "float", "max": "float", "currency": "text",
    "status": "text", "kind": "text", "function": "text", "when": "text", "quote": "text",
    "quote_en": "text", "turns": "ints", "speaker": "text", "role": "text", "start": "float",
    "end": "float", "confidence": "float", "heard": "text",
}  # fmt: skip
CHECKS: Columns = {
    "call_id": "text", "deal_id": "text", "profile": "text", "profile_version": "int",
    "rule_kind": "text", "rule": "text", "status": "text", "score": "float", "signals": "texts",
    "quote": "text", "turns": "ints", "start": "float", "explanation": "text", "tier": "text",
    "fit": "float", "coverage": "float", "disqualified": "bool", "engagement": "float",
    "quadrant": "text",
}  # fmt: skip
DEALS: Columns = {
    "deal_id": "text", "account": "text", "rep": "text", "outcome": "text", "calls": "int",
    "call_ids": "texts", "first_at": "moment", "last_at": "moment", "profile": "text",
    "profile_version": "int", "tier": "text", "fit": "float", "coverage": "float",
    "disqualified": "bool", "engagement": "float", "quadrant": "text", "met": "texts",
    "not_met": "texts", "unknown": "texts", "conflicting": "texts", "triggers": "texts",
    "raised": "texts", "open_questions": "texts", "contradictions": "int",
    "latest_call_tier": "text", "summary": "text",
}  # fmt: skip
FAILURES: Columns = {
    "file": "text", "state": "text", "code": "text", "reason": "text", "deal_id": "text",
    "sha256": "text",
}  # fmt: skip
_RULES = (("criterion", "criteria"), ("trigger", "triggers"), ("disqualifier", "disqualifiers"))


def checks_of(data: Fields) -> list[Json]:
    """The checks in a result, one for each profile."""
    if isinstance(data.data.get("checks"), Mapping):
        every = data.inside("checks").data
        return [dict(object_of(check, data.file).data) for check in every.values()]
    return [dict(data.inside("check").data)]


def call_row(outcome: Outcome, data: Fields, result: str, same_files: Sequence[str]) -> Json:
    """The row of a call."""
    said = data.inside("transcript")
    roles = {s.text("id"): s.text("role") for s in said.objects("speakers")}
    names = {s.text("id"): s.text("name") for s in said.objects("speakers")}
    turns = said.objects("turns")
    texts = [(roles.get(t.text("speaker")), t.text("text") or "") for t in turns]
    words = sum(len(text.split()) for _, text in texts)
    theirs = sum(len(text.split()) for role, text in texts if role == "prospect")
    sided = any(role in ("rep", "prospect") for role in roles.values())
    check = object_of(checks_of(data)[0], data.file)
    reps = [names[i] for i, role in roles.items() if role == "rep" and names.get(i)]
    facts = outcome.item.facts
    entry = outcome.entry
    return {
        "call_id": said.text("call_id"), "file": outcome.item.name,
        "deal_id": said.text("deal_id"), "account": facts.get("account"),
        "rep": facts.get("rep") or (reps[0] if reps else None), "outcome": facts.get("outcome"),
        "kind": entry.kind if entry else None, "title": said.text("title"),
        "language": said.text("language"), "recorded_at": said.text("recorded_at"),
        "duration": said.number("duration"), "speakers": len(roles), "turns": len(turns),
        "words": words,
        "prospect_share": round(theirs / words, 4) if sided and words else None,
        "rep_questions": _questions(texts, "rep") if sided else None,
        "prospect_questions": _questions(texts, "prospect") if sided else None,
        "signals": len(data.items("signals")), **_check_figures(check),
        "raised": _ids(check, "disqualifiers", "raised"),
        "open_questions": tuple(
            q.text("criterion") or "" for q in check.objects("open_questions")
        ),
        "summary": check.text("summary"), "same_files": tuple(same_files), "result": result,
        "sha256": outcome.sha,
        "made_by": tuple(f"{k} {v}" for k, v in sorted(data.inside("made_by").data.items())),
    }  # fmt: skip


def signal_rows(data: Fields, call: Json) -> Iterator[Json]:
    """The rows of a call's signals, in their order."""
    joined = {name: call[name] for name in ("call_id", "deal_id", "recorded_at")}
    for signal in data.objects("signals"):
        value = signal.data.get("value")
        ends = value if isinstance(value, dict) else {}
        named = {
            name: signal.data.get(name)
            for name in (
                "dimension", "status", "kind", "function", "when", "quote", "quote_en", "turns",
                "speaker", "role", "start", "end", "confidence", "heard",
            )
        }  # fmt: skip
        yield {
            **joined, **named, "signal_id": signal.text("id"),
            "value": _range_text(ends) if ends else value, "min": ends.get("min"),
            "max": ends.get("max"), "currency": ends.get("currency"),
        }  # fmt: skip


def check_rows(data: Fields, call: Json) -> Iterator[Json]:
    """A row for each rule of each profile."""
    for written in checks_of(data):
        check = object_of(written, data.file)
        figures = _check_figures(check)
        for kind, key in _RULES:
            for rule in check.objects(key):
                named = {
                    name: rule.data.get(name)
                    for name in ("status", "score", "signals", "turns", "start", "explanation")
                }
                yield {
                    "call_id": call["call_id"], "deal_id": call["deal_id"], **figures,
                    "rule_kind": kind, "rule": rule.text("id"), **named,
                    "quote": rule.text("quote") or None,
                }  # fmt: skip


def deal_row(deal_id: str, calls: Sequence[Json], check: Check, contradictions: int) -> Json:
    """The row of a deal held against one profile; `calls` are its rows in order of time."""
    dates = sorted(str(call["recorded_at"]) for call in calls if call["recorded_at"])

    def latest(name: str) -> object:
        return next((call[name] for call in reversed(calls) if call[name]), None)

    def ids(status: str) -> tuple[str, ...]:
        return tuple(rule.id for rule in check.criteria if rule.status == status)

    return {
        "deal_id": deal_id, "account": latest("account"), "rep": latest("rep"),
        "outcome": latest("outcome"), "calls": len(calls),
        "call_ids": tuple(str(call["call_id"]) for call in calls),
        "first_at": dates[0] if dates else None, "last_at": dates[-1] if dates else None,
        "profile": check.profile_id, "profile_version": check.profile_version,
        "tier": check.tier, "fit": check.fit, "coverage": check.coverage,
        "disqualified": check.disqualified, "engagement": check.engagement,
        "quadrant": check.quadrant or None, "met": ids("met"), "not_met": ids("not_met"),
        "unknown": ids("unknown"), "conflicting": ids("conflicting"),
        "triggers": tuple(r.id for r in check.triggers if r.status == "detected"),
        "raised": tuple(r.id for r in check.disqualifiers if r.status == "raised"),
        "open_questions": tuple(asked.criterion for asked in check.open_questions),
        "contradictions": contradictions, "latest_call_tier": latest("tier"),
        "summary": check.summary,
    }  # fmt: skip


def failure_row(outcome: Outcome) -> Json:
    """The row of a file that has no result."""
    entry = outcome.entry
    return {
        "file": outcome.item.name, "state": "failed",
        "code": entry.code if entry else outcome.code,
        "reason": entry.reason if entry else outcome.problem,
        "deal_id": outcome.item.facts.get("deal_id"), "sha256": outcome.sha,
    }  # fmt: skip


def _check_figures(check: Fields) -> Json:
    profile = check.inside("profile")
    figures = ("tier", "fit", "coverage", "disqualified", "engagement", "quadrant")
    return {
        "profile": profile.text("id"), "profile_version": profile.whole("version"),
        **{name: check.data.get(name) for name in figures},
    }  # fmt: skip


def _ids(check: Fields, key: str, status: str) -> tuple[str, ...]:
    return tuple(
        rule.text("id") or "" for rule in check.objects(key) if rule.text("status") == status
    )


def _questions(texts: Sequence[tuple[str | None, str]], role: str) -> int:
    return sum(text.count("?") for who, text in texts if who == role)


def _range_text(ends: Mapping[str, object]) -> str:
    low, high = ends.get("min"), ends.get("max")
    if low == high:
        return f"{low}"
    if high is None:
        return f"{low}+"
    return f"up to {high}" if low is None else f"{low} to {high}"
