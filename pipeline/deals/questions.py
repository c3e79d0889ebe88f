"""What to ask next, ranked by what the answer would decide.

For every rule that is open: what fit and tier would be with one answer and with the other, and how
far both are expected to lie from now. The trap: a hard disqualifier that nobody settled is rarely
true, but decides everything, so it is weighed by how likely it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.deals.types import RankedQuestion
from pipeline.domain import Check, Profile
from pipeline.scoring import weigh_coverage, weigh_fit
from pipeline.steps.questions import ask
from pipeline.steps.tiers import choose_tier, is_capped

LIKELY_RAISED = 0.15
"""How often a hard disqualifier that nobody spoke of turns out true."""
TIER_STEP = 0.1
"""What one step of the tier is worth beside a move of the fit."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    tier: str | None
    worth: float


def rank_questions(check: Check, profile: Profile) -> tuple[RankedQuestion, ...]:
    """A question for each open criterion and hard disqualifier, the one that decides most first."""
    statuses = {result.id: result.status for result in check.criteria}
    detected = {result.id: result.status for result in check.triggers}
    raised = any(
        rule.hard and result.status == "raised"
        for rule, result in zip(profile.disqualifiers, check.disqualifiers, strict=True)
    )

    def outcome(changed: Mapping[str, str], out: bool = False) -> _Outcome:
        return _outcome(profile, {**statuses, **changed}, detected, raised or out)

    now = outcome({})
    found = []
    for rule in profile.criteria:
        if statuses[rule.id] not in ("unknown", "conflicting"):
            continue
        yes, no = outcome({rule.id: "met"}), outcome({rule.id: "not_met"})
        worth = 0.5 * (abs(yes.worth - now.worth) + abs(no.worth - now.worth))
        text = ask(rule.condition, in_conflict=statuses[rule.id] == "conflicting")
        decides = _decides(rule.required, yes.tier, no.tier, now.tier)
        found.append(RankedQuestion(rule.id, "criterion", text, round(worth, 3), decides))
    for held, result in zip(profile.disqualifiers, check.disqualifiers, strict=True):
        if held.hard and result.status == "unknown" and not raised:
            out = outcome({}, out=True)
            worth = LIKELY_RAISED * abs(out.worth - now.worth)
            decides = "a yes would rule the account out"
            text = ask(held.condition)
            found.append(RankedQuestion(held.id, "disqualifier", text, round(worth, 3), decides))
    weights = {rule.id: (rule.required, rule.weight) for rule in profile.criteria}
    return tuple(
        sorted(
            found,
            key=lambda q: (-q.worth, *(-x for x in map(float, weights.get(q.rule, (False, 0.0))))),
        )
    )


def _outcome(
    profile: Profile, statuses: Mapping[str, str], detected: Mapping[str, str], out: bool
) -> _Outcome:
    criteria = [(statuses[rule.id], rule.weight) for rule in profile.criteria]
    events = [(detected[rule.id], rule.weight) for rule in profile.triggers]
    missed = is_capped((rule.required, statuses[rule.id]) for rule in profile.criteria)
    fit = weigh_fit(criteria, events)
    tier = choose_tier(
        fit, weigh_coverage(criteria), profile.tiers, required_missed=missed, disqualified=out
    )
    value = 0.0 if out else (fit or 0.0)
    steps = {"A": 3, "B": 2, "C": 1}.get(tier or "", 0)
    return _Outcome(tier, value + TIER_STEP * steps)


def _decides(required: bool, yes: str | None, no: str | None, now: str | None) -> str:
    parts = ["required"] if required else []
    if yes == no == now:
        parts.append("the tier stays")
    elif yes == no:
        parts.append(f"any answer makes tier {yes or '–'}")
    else:
        parts.append(f"yes makes tier {yes or '–'}, no tier {no or '–'}")
    return "; ".join(parts)
