"""Domain objects in words: what a rule asks, what a signal says, who said it and when.

Used by every outside surface that shows a check. Trap: a transcript may have no times; then a place
in it is named by its turn, counted from 1 as people do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from pipeline.domain import (
    CallAnalysis,
    Condition,
    Dimension,
    Range,
    Role,
    RuleResult,
    Signal,
    Turn,
)
from pipeline.explain import UNITS, clock, describe_asked, describe_range

LABELS = {
    "tech_stack": "tool",
    "persona": "person",
    "business_model": "business model",
    "growth_stage": "stage",
    "geography": "place",
    "success_metric": "success measure",
}

SENTENCES = {
    Dimension.PAIN,
    Dimension.USE_CASE,
    Dimension.SUCCESS_METRIC,
    Dimension.TRIGGER,
    Dimension.AUTHORITY,
    Dimension.TIMELINE,
    Dimension.BLOCKER,
    Dimension.NEXT_STEP,
}


def label(dimension: str) -> str:
    """A dimension's name as a user reads it."""
    return LABELS.get(dimension, dimension.replace("_", " "))


def value_text(signal: Signal) -> str:
    """A signal's value with what qualifies it: `HubSpot (past; heard as “hub spot”)`.

    A sentence that its quote says in nearly the same words is left out: both stand side by side.
    """
    value = signal.value
    if isinstance(value, Range):
        text = describe_range(value.low, value.high, value.currency)
        text += "" if signal.function else UNITS.get(signal.dimension, "")
    else:
        text = "" if value is None or _says_quote(signal) else str(value)
    if signal.dimension in (Dimension.BUSINESS_MODEL, Dimension.GROWTH_STAGE):
        text = text.replace("_", " ")
    if signal.function:
        text = f"{text} in {signal.function}"
    details = [d.replace("_", " ") for d in (signal.status, signal.kind) if d]
    details += [signal.when] if signal.when else []
    if signal.heard and signal.dimension is Dimension.TECH_STACK:
        details.append(f"heard as “{signal.heard}”")
    extra = "; ".join(details)
    return f"{text} ({extra})" if text and extra else text or extra


def _says_quote(signal: Signal) -> bool:
    if signal.dimension not in SENTENCES:
        return False
    value = set(re.findall(r"\w+", str(signal.value).lower()))
    quote = signal.quote_en or signal.quote
    return len(value & set(re.findall(r"\w+", quote.lower()))) > 0.7 * len(value)


def asked(condition: Condition | None) -> str:
    """What a rule asks: `headcount: 200 to 1,000`, `tool: Salesforce or HubSpot`."""
    if condition is None:
        return ""
    parts = [label(condition.dimension.value)] if condition.dimension else []
    parts += [text] if (text := describe_asked(condition)) else []
    return ": ".join(parts)


class Call:
    """One analysed call with the look-ups that a report needs."""

    def __init__(self, analysis: CallAnalysis) -> None:
        self.analysis = analysis
        self.title = analysis.transcript.title
        self.speakers = analysis.transcript.speakers
        self._signals = {s.id: s for s in analysis.signals}
        self._turns = {t.index: t for t in analysis.transcript.turns}
        self._names = {s.id: s.name or s.id for s in self.speakers}
        self._roles = {s.id: s.role for s in self.speakers}
        self._english = {f.quote: f.quote_en for f in analysis.statements if f.quote_en}
        self._english |= {s.quote: s.quote_en for s in analysis.signals if s.quote_en}

    def proofs(self, result: RuleResult) -> list[tuple[str, str, str]]:
        """(value, quote, place and person) of what decided a rule; empty when nothing was said."""
        found = [self._signals[i] for i in result.signals if i in self._signals]
        proofs = [(value_text(s), s.quote, self._place(s.turns, s.start, s.speaker)) for s in found]
        if result.quote and all(result.quote != quote for _, quote, _ in proofs):
            proofs.append(("", result.quote, self._place(result.turns, result.start, "")))
        return proofs

    def grouped(self, signals: Sequence[Signal]) -> list[tuple[str, str, str, str]]:
        """(about, values, quote, moment): signals of one dimension in one quote share a row."""
        order = list(Dimension)
        rows: dict[tuple[int, str], list[Signal]] = {}
        for signal in sorted(signals, key=lambda s: (order.index(s.dimension), s.turns)):
            rows.setdefault((order.index(signal.dimension), signal.quote), []).append(signal)
        return [
            (
                label(same[0].dimension.value),
                ", ".join(filter(None, map(value_text, same))),
                same[0].quote,
                self.moment(same[0].turns, same[0].start),
            )
            for same in rows.values()
        ]

    def english(self, quote: str) -> str:
        """What a quote says in English; empty where the call is in English."""
        return self._english.get(quote, "")

    def _place(self, turns: Sequence[int], start: float | None, speaker: str) -> str:
        if not speaker and turns and turns[-1] in self._turns:
            speaker = self._turns[turns[-1]].speaker
        who = self._names.get(speaker, speaker)
        role = self._roles.get(speaker, Role.UNKNOWN)
        side = f" ({role.value})" if role is not Role.UNKNOWN else ""
        return f"{self.moment(turns, start)} {who}{side}".strip()

    def moment(self, turns: Sequence[int], start: float | None) -> str:
        """m:ss where times are known, else the turn's number; empty when neither is."""
        if start is None and turns and turns[0] in self._turns:
            start = self._turns[turns[0]].start
        if start is not None:
            return clock(start)
        return f"turn {turns[0] + 1}" if turns else ""

    def quarantined(self) -> list[str]:
        """Where recognition was not trusted: a place for each run of quarantined words."""
        places = []
        for turn in self.analysis.transcript.turns:
            if turn.quarantine:
                places.append(self.moment((turn.index,), turn.start))
            else:
                places += self._doubtful_words(turn)
        return places

    def _doubtful_words(self, turn: Turn) -> list[str]:
        runs = groupby(turn.words, key=lambda word: word.quarantine is not None)
        return [clock(next(words).start) for doubtful, words in runs if doubtful]
