"""What the calls of a deal say on a statement together: the latest clear position, and who agrees.

What is clear differs by rule, as in a check of one call. Further calls that agree add to the
latest, for half: it is one classifier that reads them all. The trap: a blocker that is heard again
undoes every denial before it; one that is taken back ("we dropped that") is cleared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.deals.people import Talks
from pipeline.deals.standing import TELLS_OF_CHANGE, kind_rules, takes_back
from pipeline.domain import Dimension, Profile, StatementEvidence
from pipeline.hypotheses import SEPARATOR
from pipeline.knowledge import CheckOptions
from pipeline.log_odds import REPEATED, log_odds, probability_of, weight_of
from pipeline.verdict import Moments

NEVER = 1.01


@dataclass(frozen=True, slots=True)
class Combined:
    """The evidence that counts, what each call adds to it (log-odds), and what each call said."""

    evidence: StatementEvidence
    weights: tuple[tuple[str, float], ...]
    said: tuple[tuple[str, StatementEvidence], ...]
    call_id: str
    """The call with the latest clear position."""
    clear: frozenset[str] = frozenset()
    """Calls that are clear on it."""
    replaced: frozenset[str] = frozenset()
    """Calls whose position a later one replaces."""


def combine_evidence(talks: Talks, profile: Profile, options: CheckOptions) -> dict[str, Combined]:
    """For each rule, and each `rule#value`, what the calls say together."""
    said: dict[str, list[tuple[str, StatementEvidence]]] = {}
    undone: dict[str, set[str]] = {}
    raised_in: dict[str, int] = {}
    kinds = {d.condition.kind: d.id for d in kind_rules(profile)}
    for order, analysis in enumerate(talks.aged):
        call_id = analysis.transcript.call_id
        for signal in analysis.signals:
            raised = signal.confidence >= options.raise_blocker
            if signal.dimension is Dimension.BLOCKER and raised and signal.kind in kinds:
                rule = kinds[signal.kind]
                raised_in[rule] = order
                undone.setdefault(rule, set()).update(call for call, _ in said.get(rule, []))
        for found in analysis.statements:
            said.setdefault(found.statement, []).append((call_id, found))
    limits = _limits(profile, options)
    combined = {
        rule: _combine(
            rows, limits.get(rule, (NEVER, NEVER)), undone.get(rule, set()), talks.moments
        )
        for rule, rows in said.items()
    }
    for rule, order in raised_in.items():
        denial = combined.get(rule)
        if denial and talks.moments[denial.call_id][1] > order:
            found = denial.evidence
            if takes_back(found, options):
                sure = replace(found, denies=max(found.denies, options.kind_denied))
                clear = denial.clear | {denial.call_id}
                combined[rule] = replace(denial, evidence=sure, clear=clear)
    return combined


def _combine(
    said: list[tuple[str, StatementEvidence]],
    limits: tuple[float, float],
    undone: set[str],
    moments: Moments,
) -> Combined:
    rows = [row for row in said if row[0] not in undone]
    if not rows:
        nothing = StatementEvidence(said[-1][1].statement, 0.0, 0.0)
        return Combined(nothing, (), tuple(said), said[-1][0], replaced=frozenset(undone))
    clear = [i for i, (_, found) in enumerate(rows) if _is_clear(found, limits)]
    strongest = max(range(len(rows)), key=lambda i: _strength(rows[i][1]))
    main = clear[-1] if clear else strongest
    call_id, evidence = rows[main]
    holds = _holds(evidence)
    opposed = [i for i in clear if i < main and _holds(rows[i][1]) is not holds]
    after = opposed[-1] if opposed else -1
    weights = [(call_id, weight_of(_strength(evidence)))]
    for i, (call, found) in enumerate(rows):
        more = REPEATED * log_odds(_strength(found))
        if i != main and i > after and _holds(found) is holds and more > 0:
            weights.append((call, more))
    together = max(_strength(evidence), probability_of(weight for _, weight in weights))
    if len(weights) > 1:
        changed = {"supports" if holds else "denies": together}
        evidence = replace(evidence, **changed)  # type: ignore[arg-type]
    for i in opposed:
        if _is_contested(rows[i], rows[main], moments):
            other = "denies" if holds else "supports"
            evidence = replace(evidence, **{other: _strength(rows[i][1])})  # type: ignore[arg-type]
            opposed = [j for j in opposed if j != i]
    replaced = undone | {rows[i][0] for i in opposed}
    taken = frozenset(call for call, found in said if _is_clear(found, limits))
    return Combined(evidence, tuple(weights), tuple(said), call_id, taken, frozenset(replaced))


def _is_contested(
    earlier: tuple[str, StatementEvidence], later: tuple[str, StatementEvidence], moments: Moments
) -> bool:
    """Whether nothing resolves two clear positions: one moment, two people, no word of a change."""
    if moments.get(earlier[0], (0, 0))[0] != moments.get(later[0], (0, 0))[0]:
        return False
    explained = TELLS_OF_CHANGE.search(later[1].quote)
    return earlier[1].speaker != later[1].speaker and not explained


def _holds(found: StatementEvidence) -> bool:
    return found.supports >= found.denies


def _strength(found: StatementEvidence) -> float:
    return max(found.supports, found.denies)


def _is_clear(found: StatementEvidence, limits: tuple[float, float]) -> bool:
    return found.supports >= limits[0] or found.denies >= limits[1]


def _limits(profile: Profile, options: CheckOptions) -> Mapping[str, tuple[float, float]]:
    """From which support and which denial on a call is clear on a rule: those of a check."""
    limits: dict[str, tuple[float, float]] = {}
    for criterion in profile.criteria:
        limits[criterion.id] = (options.statement_met, options.statement_denied)
    kinds = {rule.id for rule in kind_rules(profile)}
    for rule in profile.disqualifiers:
        hard = options.raise_hard if rule.hard else 0.0
        met = max(options.statement_met, hard)
        limits[rule.id] = (met, options.statement_denied)
        if rule.id in kinds:
            limits[rule.id] = (NEVER, options.kind_denied)
    for trigger in profile.triggers:
        limits[trigger.id] = (options.statement_detected, NEVER)
        key = f"{trigger.id}{SEPARATOR}{trigger.kind}"
        limits[key] = (options.hypothesis_detected, NEVER)
    for rules, raise_to in ((profile.criteria, False), (profile.disqualifiers, True)):
        for held in rules:
            for value in (*held.condition.any_of, *held.condition.all_of):
                hard = options.raise_hard if raise_to and getattr(held, "hard", False) else 0.0
                met = max(options.hypothesis_met, hard)
                limits[f"{held.id}{SEPARATOR}{value}"] = (met, options.hypothesis_denied)
    return limits
