"""What a changed profile would do: which deals change their tier, and which rules make them.

Pure: two checks of each deal in, one account of the differences out. Trap: a rule is known by its
id, so one that is renamed is one rule gone and one new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain import Check, Profile
from pipeline.json_fields import Json

GONE, NEW = "gone", "new"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule of a deal that comes out otherwise; `gone` and `new` stand for no rule."""

    rule: str
    before: str
    after: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DealChange:
    """A deal whose tier or disqualification changes."""

    deal_id: str
    before: str | None
    after: str | None
    fit_before: float | None
    fit_after: float | None
    disqualified: tuple[bool, bool]
    rules: tuple[RuleChange, ...]


@dataclass(frozen=True, slots=True)
class ProfileDiff:
    """What a change of a profile does to deals; `moves` counts every "B>A"."""

    deals: int
    moves: dict[str, int]
    changed: tuple[DealChange, ...]
    rules: dict[str, int]
    """How often each rule's status differs, over all deals."""

    def to_json(self) -> Json:
        """As it is printed and sent."""
        return {
            "deals": self.deals,
            "moves": dict(self.moves),
            "rules": dict(self.rules),
            "changed": [
                {
                    "deal_id": c.deal_id, "before": c.before, "after": c.after,
                    "fit_before": c.fit_before, "fit_after": c.fit_after,
                    "disqualified_before": c.disqualified[0],
                    "disqualified_after": c.disqualified[1],
                    "rules": [
                        {"rule": r.rule, "before": r.before, "after": r.after, "quote": r.quote}
                        for r in c.rules
                    ],
                }
                for c in self.changed
            ],
        }  # fmt: skip


def diff_checks(pairs: Iterable[tuple[Check, Check]]) -> ProfileDiff:
    """The differences of (before, after) checks of the same deals."""
    moves: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    changed: list[DealChange] = []
    count = 0
    for before, after in pairs:
        count += 1
        differing = _rules(before, after)
        rules.update(change.rule for change in differing)
        moves[f"{before.tier or '-'}>{after.tier or '-'}"] += 1
        if before.tier != after.tier or before.disqualified != after.disqualified:
            changed.append(
                DealChange(
                    before.subject, before.tier, after.tier, before.fit, after.fit,
                    (before.disqualified, after.disqualified), differing,
                )
            )  # fmt: skip
    changed.sort(key=lambda c: (-abs((c.fit_after or 0) - (c.fit_before or 0)), c.deal_id))
    return ProfileDiff(
        count, dict(sorted(moves.items())), tuple(changed), dict(rules.most_common())
    )


def _rules(before: Check, after: Check) -> tuple[RuleChange, ...]:
    old = {r.id: r for r in (*before.criteria, *before.triggers, *before.disqualifiers)}
    new = {r.id: r for r in (*after.criteria, *after.triggers, *after.disqualifiers)}
    found = []
    for rule in dict.fromkeys((*old, *new)):
        was = old[rule].status if rule in old else GONE
        now = new[rule].status if rule in new else GONE
        was = NEW if rule not in old else was
        if was != now:
            told = new.get(rule) or old[rule]
            found.append(RuleChange(rule, was, now, told.quote))
    return tuple(found)


def unchanged_rules(before: Profile, after: Profile) -> list[str]:
    """The ids of rules that are asked alike; weight and `required` change no status."""
    old, new = _asked(before), _asked(after)
    # a rule on a kind of blocker decides which blockers stand, so with one changed nothing is sure
    kinds = {rule for rule, asked in (old.items() ^ new.items()) if asked.startswith("kind ")}
    return [] if kinds else [rule for rule, asked in new.items() if old.get(rule) == asked]


def _asked(profile: Profile) -> dict[str, str]:
    found = {rule.id: f"criterion {rule.condition}" for rule in profile.criteria}
    for held in profile.disqualifiers:
        bare = held.condition.kind and held.condition.dimension is None
        found[held.id] = f"{'kind ' if bare else ''}{held.hard} {held.condition}"
    for trigger in profile.triggers:
        asked = (trigger.kind, trigger.statement, trigger.within_months)
        found[trigger.id] = f"trigger {asked}"
    return found
