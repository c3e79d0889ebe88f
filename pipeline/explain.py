"""One line for each rule that a person can check: what was said, what was asked, the quote, m:ss.

For example: 200 employees, asked for 200 to 1,000: "we're about two hundred" (1:02). The trap: a
rule decided by the classifier has no signals; its quote comes from the statement's evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain import Condition, Dimension, Range, RuleResult, Signal
from pipeline.verdict import CONFLICTING, Verdict

UNITS = {
    Dimension.HEADCOUNT: " employees",
    Dimension.TEAM_SIZE: " people",
    Dimension.GROWTH_RATE: " % a year",
}


def explain(
    rule: str, verdict: Verdict, condition: Condition, signals: Sequence[Signal] = ()
) -> RuleResult:
    """The result of a rule with its explanation and the quote that decided it."""
    asked = describe_asked(condition)
    if not verdict.votes and verdict.evidence is None:
        heard = _heard(condition, signals)
        known = f"not settled by {heard}" if heard else "nobody said"
        return RuleResult(rule, verdict.status, 0.0, explanation=f"{known}; asked for {asked}")
    quotes = _quotes(verdict)
    said = ", ".join(dict.fromkeys(describe_signal(v.signal) for v in verdict.votes[:3]))
    lead = f"{said}, asked for {asked}" if said else asked
    if verdict.status == CONFLICTING:
        lead = f"people disagree: {lead}"
    quote, start, turns = quotes[0]
    shown = " / ".join(
        _cite(q, s) for q, s, _ in quotes[: 2 if verdict.status == CONFLICTING else 1]
    )
    return RuleResult(
        rule,
        verdict.status,
        round(min(max(verdict.score, 0.0), 1.0), 3),
        verdict.signals,
        f"{lead}: {shown}" if shown else lead,
        quote,
        turns,
        start,
        weights=verdict.weights,
    )


def _heard(condition: Condition, signals: Sequence[Signal]) -> str:
    """What was said in the condition's dimension that proves neither side, shortly."""
    if condition.statement or condition.dimension is None:
        return ""
    said = [describe_signal(s) for s in signals if s.dimension is condition.dimension]
    return ", ".join(list(dict.fromkeys(said))[:3])


def describe_signal(signal: Signal) -> str:
    """A signal's value as a short phrase ("200 employees", "Zendesk (past)")."""
    value = signal.value
    if isinstance(value, Range):
        text = describe_range(value.low, value.high, value.currency)
        if signal.dimension is Dimension.TEAM_SIZE and signal.function:
            return f"{text} in {signal.function}"
        return text + UNITS.get(signal.dimension, "")
    text = str(value or signal.kind or signal.status or signal.dimension)
    beside = signal.status or (signal.kind if signal.dimension is Dimension.GEOGRAPHY else None)
    plain = signal.dimension is Dimension.TECH_STACK and beside == "current"
    return f"{text} ({beside.replace('_', ' ')})" if beside and not plain else text


def describe_asked(condition: Condition) -> str:
    """What a condition asks for, in a few words."""
    parts = []
    if condition.min is not None or condition.max is not None:
        parts.append(describe_range(condition.min, condition.max, condition.currency))
    if condition.any_of:
        parts.append(_list(condition.any_of, "or"))
    if condition.all_of:
        parts.append(_list(condition.all_of, "and"))
    if condition.none_of:
        parts.append("none of " + _list(condition.none_of, "or"))
    if condition.kind and condition.dimension is None:
        parts.append(condition.kind.replace("_", " "))
    elif condition.statement:
        parts.append(f"“{condition.statement}”")
    elif not parts and condition.kind:
        parts.append(condition.kind.replace("_", " "))
    where = f" in {condition.function}" if condition.function else ""
    return " and ".join(parts) + where


def describe_range(low: float | None, high: float | None, currency: str | None = None) -> str:
    """A range as text: "200", "200 to 1,000", "5 million EUR or more", "at most 20"."""
    unit = f" {currency}" if currency else ""
    if low is not None and high is not None:
        text = _number(low) if low == high else f"{_number(low)} to {_number(high)}"
        return text + unit
    if low is not None:
        return f"{_number(low)}{unit} or more"
    if high is not None:
        return f"at most {_number(high)}{unit}"
    return f"an unknown number{unit and ' of' + unit}"


def clock(seconds: float | None) -> str:
    """Seconds from the start as m:ss, or h:mm:ss from one hour; empty when unknown."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _quotes(verdict: Verdict) -> list[tuple[str, float | None, tuple[int, ...]]]:
    found = [(v.signal.quote, v.signal.start, v.signal.turns) for v in verdict.votes]
    if verdict.evidence is not None:
        found.append((verdict.evidence.quote, verdict.evidence.start, verdict.evidence.turns))
    if verdict.status == CONFLICTING and verdict.votes:
        other = next((v for v in verdict.votes if v.holds != verdict.votes[0].holds), None)
        if other is not None:
            found.insert(1, (other.signal.quote, other.signal.start, other.signal.turns))
    return found


def _cite(quote: str, start: float | None) -> str:
    if not quote:
        return ""
    at = clock(start)
    return f"“{quote}” ({at})" if at else f"“{quote}”"


def _number(number: float) -> str:
    for scale, word in ((1e9, "billion"), (1e6, "million")):
        if abs(number) >= scale:
            return f"{number / scale:.3g} {word}"
    return (
        f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}".rstrip("0").rstrip(".")
    )


def _list(values: Sequence[str], word: str) -> str:
    if len(values) == 1:
        return values[0]
    return f"{', '.join(values[:-1])} {word} {values[-1]}"
