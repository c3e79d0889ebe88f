"""Contradictions of a deal, each with every quote: between calls, between people, with the CRM.

Found without a profile for things of which only one truth can hold, and per rule where signals or
statements speak for both sides. The trap: two values of one speaker in one call are a correction or
a comparison ("a year ago it was five"), not a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.deals.people import Talks
from pipeline.deals.standing import Standing, agree, by_subject, kind_rules
from pipeline.deals.statements import Combined
from pipeline.deals.types import (
    CONTESTED,
    LATEST,
    REPLACED,
    STANDS,
    Contradiction,
    Position,
)
from pipeline.domain import Condition, Dimension, Profile, RuleResult, Signal
from pipeline.explain import describe_asked
from pipeline.hypotheses import SEPARATOR
from pipeline.knowledge import CheckOptions, Knowledge


def position_of(
    signal: Signal, talks: Talks, state: str = STANDS, holds: bool | None = None
) -> Position:
    """A signal as a position."""
    who = talks.names.get(signal.speaker, signal.speaker)
    day = talks.days.get(signal.call_id)
    return Position(signal.call_id, day, who, state, signal=signal, holds=holds)


def find_contradictions(
    talks: Talks,
    standing: Standing,
    evidence: Mapping[str, Combined],
    histories: Mapping[str, tuple[Position, ...]],
    results: Mapping[str, RuleResult],
    profile: Profile,
    knowledge: Knowledge,
    options: CheckOptions,
) -> tuple[Contradiction, ...]:
    """All contradictions, those on things first; `histories` are the rules' positions."""
    found = list(_on_things(talks, standing, knowledge, options, histories))
    covered = {p.signal.id for c in found for p in c.positions if p.signal}
    for rule, positions in histories.items():
        likely = [p for p in positions if p.signal and p.signal.confidence >= options.floor]
        found += _on_rule(rule, likely, results, covered, talks)
    conditions = _conditions(profile)
    kinds = {rule.id: str(rule.condition.kind) for rule in kind_rules(profile)}
    for rule, combined in evidence.items():
        base = rule.partition(SEPARATOR)[0]
        if base in conditions:
            found += _on_statement(
                rule, combined, conditions[base], kinds.get(base), talks, results, options
            )
    return tuple(found)


def _on_things(
    talks: Talks,
    standing: Standing,
    knowledge: Knowledge,
    options: CheckOptions,
    histories: Mapping[str, tuple[Position, ...]],
) -> Iterator[Contradiction]:
    for _, heard in by_subject(talks, knowledge):
        likely = [s for s in heard if s.confidence >= options.floor]
        said = [s for i, s in enumerate(likely) if not _is_corrected(s, likely[i + 1 :])]
        if not any(not agree(a, b) for a in said for b in said):
            continue
        latest = max(talks.moments[s.call_id][1] for s in said)
        apart = [s for s in said if standing.states.get(s.id) == CONTESTED]
        last = [s for s in said if talks.moments[s.call_id][1] == latest]
        open_now = bool(apart) or any(
            not agree(a, b) and a.speaker != b.speaker for a in last for b in last
        )
        positions = tuple(
            position_of(s, talks, _state(s, standing, s in last, open_now)) for s in said
        )
        ids = {s.id for s in said}
        rules = tuple(
            rule
            for rule, history in histories.items()
            if any(p.signal and p.signal.id in ids for p in history)
        )
        yield Contradiction(
            _about(said[-1]), said[-1].dimension, _between(said, talks), not open_now,
            "" if open_now else _why(said, standing), positions, rules,
        )  # fmt: skip


def _is_corrected(signal: Signal, later: Iterable[Signal]) -> bool:
    """Whether its speaker says another value in the same call: only the last one is his."""
    return any(
        other.call_id == signal.call_id and other.speaker == signal.speaker for other in later
    )


def _state(signal: Signal, standing: Standing, last: bool, open_now: bool) -> str:
    state = standing.states.get(signal.id, STANDS)
    if state == REPLACED:
        return REPLACED
    if open_now and (last or state == CONTESTED):
        return CONTESTED
    return LATEST if last else state


def _about(signal: Signal) -> str:
    name = signal.dimension.value.replace("_", " ")
    if signal.dimension is Dimension.TECH_STACK or signal.dimension is Dimension.TEAM:
        return f"{'tool' if signal.dimension is Dimension.TECH_STACK else 'team'} {signal.value}"
    return f"{name} of {signal.function}" if signal.function else name


def _between(said: Sequence[Signal], talks: Talks) -> str:
    people = any(
        a.speaker != b.speaker
        and talks.moments[a.call_id][0] == talks.moments[b.call_id][0]
        and not agree(a, b)
        for a in said
        for b in said
    )
    return "people" if people else "calls"


def _why(said: Sequence[Signal], standing: Standing) -> str:
    return next((why for s in reversed(said) if (why := standing.why.get(s.id, ""))), "later")


def _on_rule(
    rule: str,
    positions: Sequence[Position],
    results: Mapping[str, RuleResult],
    covered: set[str],
    talks: Talks,
) -> Iterator[Contradiction]:
    """Signals on both sides of a rule that are about different things (another tool, a title)."""
    told = [p for p in positions if p.signal is not None and p.holds is not None]
    sides = {p.holds for p in told}
    fresh = [p for p in told if p.signal and p.signal.id not in covered]
    places = {(p.call_id, p.said_by) for p in told}
    shown = {p.holds for p in told if p not in fresh}
    if sides != {True, False} or shown == sides or not fresh or len(places) < 2:
        return
    result = results.get(rule)
    resolved = result is None or result.status != "conflicting"
    signals = [p.signal for p in told if p.signal]
    mixed = any(
        a.holds is not b.holds
        and a.said_by != b.said_by
        and talks.moments[a.call_id][0] == talks.moments[b.call_id][0]
        for a in told
        for b in told
    )
    newest = max(talks.moments[p.call_id][1] for p in told)
    deciding = set(result.signals) if result else set()
    deciding = deciding or {
        p.signal.id for p in told if p.signal and talks.moments[p.call_id][1] == newest
    }
    last = max(
        (talks.moments[p.call_id][1] for p in told if p.signal and p.signal.id in deciding),
        default=0,
    )
    marked = tuple(
        Position(
            p.call_id, p.on, p.said_by, _marked(p, deciding, resolved, last, talks), p.signal,
            holds=p.holds,
        )
        for p in told
    )  # fmt: skip
    why = "" if not resolved else "later" if _is_later(told, deciding, talks) else "stronger"
    yield Contradiction(
        rule, signals[-1].dimension, "people" if mixed else "calls", resolved, why, marked, (rule,)
    )


def _is_later(told: Sequence[Position], deciding: set[str], talks: Talks) -> bool:
    """Whether what decides was said at a later moment than all that speaks against it."""
    chosen = [p for p in told if p.signal and p.signal.id in deciding]
    sides = {p.holds for p in chosen}
    against = [talks.moments[p.call_id][0] for p in told if p.holds not in sides]
    return max((talks.moments[p.call_id][0] for p in chosen), default=-1) > max(against, default=-1)


def _marked(position: Position, deciding: set[str], resolved: bool, last: int, talks: Talks) -> str:
    if not resolved:
        return CONTESTED
    if position.signal is not None and position.signal.id in deciding:
        return LATEST
    return STANDS if talks.moments[position.call_id][1] > last else REPLACED


def _on_statement(
    rule: str,
    combined: Combined,
    condition: Condition,
    kind: str | None,
    talks: Talks,
    results: Mapping[str, RuleResult],
    options: CheckOptions,
) -> Iterator[Contradiction]:
    """A statement that one call says and another denies; a blocker raised and then denied."""
    base = rule.partition(SEPARATOR)[0]
    said = [(call, found) for call, found in combined.said if call in combined.clear]
    raised = [
        s
        for analysis in talks.analyses
        for s in analysis.signals
        if kind and s.dimension is Dimension.BLOCKER and s.kind == kind
        and s.confidence >= options.floor
    ]  # fmt: skip
    sides = {found.supports >= found.denies for _, found in said} | ({True} if raised else set())
    calls = {call for call, _ in said} | {s.call_id for s in raised}
    if sides != {True, False} or len(calls) < 2:
        return
    status = results[base].status if base in results else "unknown"
    resolved = status not in ("conflicting",)
    positions = [
        Position(
            call, talks.days.get(call), talks.names.get(found.speaker, found.speaker),
            LATEST if call == combined.call_id
            else REPLACED if call in combined.replaced else STANDS,
            statement=found, holds=found.supports >= found.denies,
        )
        for call, found in said
    ]  # fmt: skip
    positions += [position_of(s, talks, REPLACED, True) for s in raised]
    positions.sort(key=lambda p: talks.moments[p.call_id][1])
    yield Contradiction(
        describe_asked(condition), None, "calls", resolved, "later" if resolved else "",
        tuple(positions), (base,),
    )  # fmt: skip


def _conditions(profile: Profile) -> dict[str, Condition]:
    rules = [(c.id, c.condition) for c in profile.criteria]
    rules += [(d.id, d.condition) for d in profile.disqualifiers]
    rules += [(t.id, Condition(kind=t.kind, statement=t.statement)) for t in profile.triggers]
    return dict(rules)


def with_facts(
    found: Sequence[Contradiction], facts: Sequence[Signal], kept: Sequence[Signal],
    talks: Talks, knowledge: Knowledge,
) -> tuple[Contradiction, ...]:  # fmt: skip
    """The contradictions, and those between what the CRM says and what was said; speech counts."""
    from pipeline.deals.standing import subject_of

    more = []
    for fact in facts:
        subject = subject_of(fact, knowledge)
        said = [s for s in kept if subject is not None and subject_of(s, knowledge) == subject]
        if said and not any(agree(fact, s) for s in said):
            positions = (
                Position("", None, "CRM", REPLACED, signal=fact),
                *(position_of(s, talks, LATEST) for s in said),
            )
            more.append(
                Contradiction(_about(fact), fact.dimension, "crm", True, "speech", positions)
            )
    return (*found, *more)
