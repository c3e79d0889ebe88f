"""What a check found, as a template shows it: rules in groups, each with its proofs; then the rest.

Trap: a statement is decided by the classifier and has a quote but no signal, so it can be played
and not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.describe import Call as Described
from api.describe import asked, label, value_text
from api.pages.marks import find_quote
from api.pages.reading import CallNow
from api.scores import profile_of
from pipeline.domain import (
    CallAnalysis,
    Check,
    Condition,
    Dimension,
    Profile,
    Role,
    RuleResult,
    Signal,
    StatementEvidence,
)
from pipeline.formats import check_from_json

FAMILIES: Mapping[str, tuple[Dimension, ...]] = {
    "tool": (Dimension.TECH_STACK,),
    "need": (Dimension.PAIN, Dimension.USE_CASE, Dimension.SUCCESS_METRIC),
    "time": (Dimension.TRIGGER, Dimension.TIMELINE, Dimension.NEXT_STEP),
    "deal": (Dimension.BUDGET, Dimension.AUTHORITY, Dimension.PERSONA),
    "risk": (Dimension.BLOCKER,),
}
"""Colours of evidence; every other dimension is about the `firm`."""
MOST_PROOFS = 4
GROUPS = (
    ("hard", "Rules it out", "bad", "disqualifiers", "raised"),
    ("not_met", "Does not fit", "bad", "criteria", "not_met"),
    ("conflicting", "Contradicts itself", "warn", "criteria", "conflicting"),
    ("soft", "Warnings", "warn", "disqualifiers", "raised"),
    ("met", "Fits", "good", "criteria", "met"),
    ("detected", "Reasons to act now", "news", "triggers", "detected"),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Words that prove something: a signal, or a statement's quote (without `signal`)."""

    quote: str
    turn: int | None
    place: str
    start: float | None
    end: float | None
    who: str
    signal: str = ""
    label: str = ""
    family: str = "firm"
    value: str = ""
    english: str = ""
    confidence: float | None = None
    verdict: str = ""
    said: str = ""
    """What the machine had taken it for, where a person corrected it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A criterion, trigger or disqualifier with what decided it."""

    id: str
    status: str
    asks: str
    flags: tuple[str, ...]
    proofs: tuple[Proof, ...]
    more: tuple[Proof, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that came out alike."""

    key: str
    title: str
    tone: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one check says of a call."""

    profile: Profile
    check: Check
    groups: tuple[Group, ...]
    questions: tuple[tuple[str, str, str], ...]
    """(criterion, what it asks, the question to put)."""
    open_disqualifiers: tuple[str, ...]
    others: tuple[tuple[str, tuple[Proof, ...]], ...]
    set_aside: tuple[Proof, ...]
    total: int


def family_of(dimension: Dimension) -> str:
    """The colour of a dimension's evidence."""
    return next((name for name, group in FAMILIES.items() if dimension in group), "firm")


def find_findings(now: CallNow, profile_id: str | None) -> Findings | None:
    """What the check against a profile says; None when the call was held against none."""
    pair = now.check(profile_id)
    if pair is None:
        return None
    version, row = pair
    profile, check = profile_of(version), check_from_json(dict(row.body))
    shown = _Shown(now)
    conditions = _conditions(profile)
    hard = {d.id for d in profile.disqualifiers if d.hard}
    groups = []
    used: set[str] = set()
    for key, title, tone, kind, status in GROUPS:
        results = [r for r in getattr(check, kind) if r.status == status]
        if kind == "disqualifiers":
            results = [r for r in results if (r.id in hard) is (key == "hard")]
        used |= {i for r in results for i in r.signals}
        if results:
            rules = tuple(_rule(r, conditions, shown) for r in results)
            groups.append(Group(key, title, tone, rules))
    asks = {i: text for i, (text, _) in conditions.items()}
    return Findings(
        profile, check, tuple(groups),
        tuple((q.criterion, asks.get(q.criterion, ""), q.question) for q in check.open_questions),
        tuple(d.id for d in check.disqualifiers if d.status == "unknown"),
        shown.others(used), shown.set_aside(), len(now.analysis.signals),
    )  # fmt: skip


def proofs_of(now: CallNow) -> list[Proof]:
    """Every signal that counts, in the order of the call: for the transcript's marks."""
    shown = _Shown(now)
    return [shown.proof(signal) for signal in now.analysis.signals]


class _Shown:
    """Makes proofs of one call."""

    def __init__(self, now: CallNow) -> None:
        self._now = now
        self._said = Described(now.analysis)
        transcript = now.analysis.transcript
        self._turns = {turn.index: turn for turn in transcript.turns}
        self._names = {s.id: s.name or s.id for s in transcript.speakers}
        self._signals = {signal.id: signal for signal in now.analysis.signals}
        self._machines = {signal.id: signal for signal in now.result.analysis.signals}

    def proof(self, signal: Signal) -> Proof:
        verdict = self._now.verdicts.get(signal.id)
        turn = self._turn(signal.turns, signal.quote)
        said = ""
        if verdict is not None and verdict.verdict == "corrected":
            said = value_text(self._machines[signal.id]) or signal.quote
        return Proof(
            quote=signal.quote, turn=turn, place=self._place(turn, signal.start),
            start=self._start(turn, signal.start), end=signal.end, who=self._who(signal.speaker),
            signal=signal.id, label=label(signal.dimension.value),
            family=family_of(signal.dimension), value=value_text(signal),
            english=signal.quote_en or "", confidence=signal.confidence,
            verdict=verdict.verdict if verdict else "", said=said,
        )  # fmt: skip

    def rule_proofs(self, result: RuleResult) -> list[Proof]:
        found = [self._signals[i] for i in result.signals if i in self._signals]
        proofs = [self.proof(signal) for signal in found]
        if result.quote and all(result.quote != proof.quote for proof in proofs):
            turn = self._turn(result.turns, result.quote)
            speaker = self._turns[turn].speaker if turn in self._turns else ""
            proofs.append(
                Proof(
                    quote=result.quote,
                    turn=turn,
                    place=self._place(turn, result.start),
                    start=self._start(turn, result.start),
                    end=None,
                    who=self._who(speaker),
                    english=self._said.english(result.quote),
                    confidence=result.score or None,
                )  # fmt: skip
            )
        return proofs

    def others(self, used: set[str]) -> tuple[tuple[str, tuple[Proof, ...]], ...]:
        rest = [s for s in self._now.analysis.signals if s.id not in used]
        order = list(Dimension)
        groups: dict[Dimension, list[Proof]] = {}
        for signal in sorted(rest, key=lambda s: (order.index(s.dimension), s.turns)):
            groups.setdefault(signal.dimension, []).append(self.proof(signal))
        return tuple((label(d.value), tuple(proofs)) for d, proofs in groups.items())

    def set_aside(self) -> tuple[Proof, ...]:
        away = (i for i, v in self._now.verdicts.items() if v.verdict == "rejected")
        machine = (self._machines[i] for i in away if i in self._machines)
        return tuple(replace(self.proof(s), confidence=None) for s in machine)

    def _turn(self, turns: Sequence[int], quote: str) -> int | None:
        """The turn that holds the quote; else the last one that is named."""
        known = [i for i in turns if i in self._turns]
        holding = (i for i in reversed(known) if find_quote(self._turns[i].text, quote))
        return next(holding, known[-1] if known else None)

    def _start(self, turn: int | None, start: float | None) -> float | None:
        if start is None and turn is not None:
            return self._turns[turn].start
        return start

    def _place(self, turn: int | None, start: float | None) -> str:
        return self._said.moment(() if turn is None else (turn,), start)

    def _who(self, speaker: str) -> str:
        role = self._now.analysis.transcript.role_of(speaker)
        side = f" ({role.value})" if role is not Role.UNKNOWN else ""
        return f"{self._names.get(speaker, speaker)}{side}" if speaker else ""


def statements_in(analysis: CallAnalysis, findings: Findings | None) -> list[StatementEvidence]:
    """The statements' evidence that decided a rule: for the transcript's marks."""
    if findings is None:
        return []
    quotes = {p.quote for g in findings.groups for r in g.rules for p in r.proofs if not p.signal}
    return [found for found in analysis.statements if found.quote in quotes]


def _rule(
    result: RuleResult, conditions: Mapping[str, tuple[str, tuple[str, ...]]], shown: _Shown
) -> Rule:
    asks, flags = conditions.get(result.id, ("", ()))
    proofs = shown.rule_proofs(result)
    return Rule(
        result.id, result.status, asks, flags, tuple(proofs[:MOST_PROOFS]),
        tuple(proofs[MOST_PROOFS:]), "" if proofs else result.explanation,
    )  # fmt: skip


def _conditions(profile: Profile) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Rule id → what it asks, and what is to know about it."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for criterion in profile.criteria:
        flags = ("required",) if criterion.required else ()
        heavy = (f"weight {criterion.weight:g}",) if criterion.weight != 1 else ()
        found[criterion.id] = (asked(criterion.condition), (*flags, *heavy))
    for trigger in profile.triggers:
        condition = Condition(kind=trigger.kind, statement=trigger.statement)
        heavy = (f"weight {trigger.weight:g}",) if trigger.weight != 1 else ()
        found[trigger.id] = (asked(condition), heavy)
    for disqualifier in profile.disqualifiers:
        flags = ("hard",) if disqualifier.hard else ("a warning",)
        found[disqualifier.id] = (asked(disqualifier.condition), flags)
    return found
