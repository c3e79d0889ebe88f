"""An assessment as a page shows it: criteria × calls, contradictions, sums, questions, CRM facts.

Made from the contract's JSON (`formats_assessment.py`), so a stored assessment is enough. Trap: a
statement that the classifier decided has no signal in the history; what was said on it stands in
the sum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.describe import asked, label, value_text
from api.pages.words import day, title_of
from api.store.records import Call
from pipeline.deals.types import CONTESTED, LATEST, REPLACED
from pipeline.domain import Condition, Profile, Signal
from pipeline.explain import clock
from pipeline.formats import signal_from_json
from pipeline.json_fields import Fields, object_of

STATES = {
    LATEST: "counts now", REPLACED: "replaced", CONTESTED: "open", "stands": "stands too",
}  # fmt: skip
WHYS = {
    "later": "the latest counts", "explained": "the latest tells of the change",
    "same person": "the same person said so later", "stronger": "the surer one counts",
    "speech": "what was said counts, not the CRM",
}  # fmt: skip
STATUS_WORDS = {
    "met": "fits", "not_met": "does not fit", "conflicting": "conflicting", "unknown": "open",
    "detected": "detected", "not_detected": "not heard", "raised": "raised", "clear": "clear",
}  # fmt: skip
TONES = {
    "met": "good", "not_met": "bad", "conflicting": "warn", "unknown": "away",
    "detected": "news", "raised": "bad", "clear": "good",
}  # fmt: skip
_QUOTED = re.compile(r"“(.*)”", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said on a rule in a call; `call` is empty for the CRM."""

    value: str
    quote: str
    english: str
    who: str
    call: str
    title: str
    on: str
    moment: str
    turn: int | None
    stands: str
    side: str
    """`yes`, `no`, or empty where it speaks for neither."""
    sure: float | None


@dataclass(frozen=True, slots=True)
class Addend:
    """One term of a rule's log-odds."""

    amount: str
    words: str
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what every call says on it, in the order of the calls, and its sum."""

    id: str
    kind: str
    status: str
    told: str
    tone: str
    asks: str
    flags: tuple[str, ...]
    sure: str
    source: str
    explanation: str
    cells: tuple[tuple[Said, ...], ...]
    history: tuple[Said, ...]
    addends: tuple[Addend, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Positions that cannot both be true, side by side."""

    about: str
    rules: tuple[str, ...]
    between: str
    resolved: bool
    outcome: str
    sides: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """A call as a column's head."""

    id: str
    title: str
    on: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """A whole assessment."""

    tier: str | None
    fit: float | None
    coverage: float
    engagement: float
    quadrant: str
    disqualified: bool
    summary: str
    heads: tuple[Head, ...]
    rules: tuple[RuleRow, ...]
    clashes: tuple[Clash, ...]
    questions: tuple[tuple[str, str, str, float], ...]
    """(rule, question, what it decides, worth)."""
    facts: tuple[tuple[str, str], ...]
    unweighed: int


def read_assessed(body: Mapping[str, object], profile: Profile, calls: Sequence[Call]) -> Assessed:
    """The assessment in a stored or fresh body; `calls` name the calls it is about."""
    fields = object_of(body, "assessment")
    heads = {call.id: Head(call.id, title_of(call), day(call.recorded_at)) for call in calls}
    order = tuple(heads.get(i, Head(i, i, "")) for i in map(str, fields.items("calls")))
    reader = _Reader({head.id: head for head in order}, _conditions(profile))
    rules = [
        reader.rule(rule, kind)
        for kind in ("criteria", "triggers", "disqualifiers")
        for rule in fields.objects(kind)
    ]
    rules.sort(key=lambda rule: rule.status != "raised")
    questions = tuple(
        (
            q.needed_text("criterion"), q.needed_text("question"), q.text("decides") or "",
            q.number("worth") or 0.0,
        )
        for q in fields.objects("open_questions")
    )  # fmt: skip
    return Assessed(
        fields.text("tier"), fields.number("fit"), fields.number("coverage") or 0.0,
        fields.number("engagement") or 0.0, fields.text("quadrant") or "",
        bool(body.get("disqualified")), fields.text("summary") or "",
        order, tuple(rules), tuple(reader.clash(c) for c in fields.objects("contradictions")),
        questions, tuple(_fact(fact.data) for fact in fields.objects("facts")),
        len(fields.items("unweighed")),
    )  # fmt: skip


class _Reader:
    """Reads the parts of one assessment."""

    def __init__(
        self,
        heads: Mapping[str, Head],
        conditions: Mapping[str, tuple[str, tuple[str, ...]]],
    ) -> None:
        self._heads, self._conditions = heads, conditions

    def rule(self, rule: Fields, kind: str) -> RuleRow:
        name, status = rule.needed_text("id"), rule.needed_text("status")
        history = tuple(self.said(position) for position in rule.objects("history"))
        by_id = {
            str(position.data.get("id")): said
            for position, said in zip(rule.objects("history"), history, strict=True)
        }
        addends = tuple(self._addend(term, by_id) for term in rule.objects("sum"))
        every = history or tuple(a.said for a in addends if a.said and a.said.call)
        cells = tuple(tuple(s for s in every if s.call == call) for call in self._heads)
        total = sum(float(term.number("log_odds") or 0.0) for term in rule.objects("sum"))
        asks, flags = self._conditions.get(name, ("", ()))
        return RuleRow(
            name, kind, status, STATUS_WORDS.get(status, status), TONES.get(status, "away"), asks,
            flags, _sure(rule.number("score") or 0.0), rule.text("source") or "call",
            rule.text("explanation") or "", cells, every, addends, _signed(total),
        )  # fmt: skip

    def said(self, position: Fields) -> Said:
        data = position.data
        call = position.text("call_id") or ""
        head = self._heads.get(call)
        holds = data.get("holds")
        side = "yes" if holds is True else "no" if holds is False else ""
        value, english, sure = "", "", None
        if data.get("dimension"):
            signal = _signal(data)
            value, english, sure = value_text(signal), signal.quote_en or "", signal.confidence
        elif "supports" in data:
            value, sure = "yes" if side == "yes" else "no", position.number("confidence")
        if data.get("source") == "crm":
            sure = None
        turns = position.wholes("turns")
        start = position.number("start")
        return Said(
            value, position.text("quote") or "", english, position.text("said_by") or "",
            call if head else "", head.title if head else "", _day(position.text("recorded_on")),
            clock(start) if start is not None else "", turns[-1] if turns else None,
            str(data.get("stands") or ""), side, sure,
        )  # fmt: skip

    def clash(self, found: Fields) -> Clash:
        why = found.text("why") or ""
        dimension, rules = found.text("dimension"), tuple(map(str, found.items("rules")))
        about = label(dimension) if dimension and not rules else found.needed_text("about")
        between = {"crm": "CRM and calls"}.get(found.text("between") or "", found.text("between"))
        return Clash(
            about, rules, between or "", bool(found.data.get("resolved")), WHYS.get(why, ""),
            tuple(self.said(position) for position in found.objects("positions")),
        )  # fmt: skip

    def _addend(self, term: Fields, by_id: Mapping[str, Said]) -> Addend:
        amount, words = _signed(term.number("log_odds") or 0.0), term.text("from") or ""
        said = by_id.get(term.text("signal") or "")
        call = self._heads.get(term.text("call_id") or "")
        if said is None and call is not None:
            quoted = _QUOTED.search(words)
            who = words.partition(" (")[0]
            said = Said(
                "", quoted[1] if quoted else words, "", who, call.id, call.title, call.on, "",
                None, "", "", None,
            )  # fmt: skip
        return Addend(amount, words, said)


def _conditions(profile: Profile) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Rule id → what it asks, and what is to know about it."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for criterion in profile.criteria:
        flags = (*(("required",) if criterion.required else ()), *_heavy(criterion.weight))
        found[criterion.id] = (asked(criterion.condition), flags)
    for trigger in profile.triggers:
        condition = Condition(kind=trigger.kind, statement=trigger.statement)
        found[trigger.id] = (asked(condition), _heavy(trigger.weight))
    for held in profile.disqualifiers:
        found[held.id] = (asked(held.condition), ("hard",) if held.hard else ("a warning",))
    return found


def _heavy(weight: float) -> tuple[str, ...]:
    return () if weight == 1 else (f"weight {weight:g}",)


def _fact(data: Mapping[str, object]) -> tuple[str, str]:
    signal = _signal(data)
    return label(signal.dimension.value), value_text(signal)


def _signal(data: Mapping[str, object]) -> Signal:
    """A signal of a call, or of the CRM, which has no call."""
    return signal_from_json({**data, "call_id": data.get("call_id") or "crm"}, "assessment")


def _day(text: str | None) -> str:
    if not text:
        return ""
    return day(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _sure(score: float) -> str:
    return "over 99%" if score >= 0.995 else f"{score:.0%}"


def _signed(number: float) -> str:
    return f"{number:+.1f}".replace("-", "−")
