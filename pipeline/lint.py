"""What is wrong with a profile, or so broad that everybody fits: findings with line and remedy.

Errors are what `load_profile` refuses; warnings are advice, and a profile with them can be used.
The trap: a rule that contradicts another (a required size in a hard disqualifier) loads well and
then throws out every account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain import Condition, Dimension, Disqualifier, Profile
from pipeline.lint_conditions import check_contradictions, check_statement, check_values
from pipeline.ports import PlaceIndex
from pipeline.profile import read_draft
from pipeline.profile_tree import Finding, Lines, dotted
from pipeline.profile_tree import Path as FieldPath

__all__ = ["Finding", "lint_profile"]

FEWEST_CRITERIA = 3
MOST_CRITERIA = 20
MOST_USE_CASES = 3
LONGEST_WINDOW = 36
"""Months; an event further away than three years moves nobody to buy now."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    profile: Profile
    lines: Lines
    places: PlaceIndex | None

    def warn(self, path: FieldPath, message: str, remedy: str) -> Finding:
        return Finding(self.lines.of(path), "warning", dotted(path), message, remedy)


def lint_profile(path: str | Path, *, places: PlaceIndex | None = None) -> list[Finding]:
    """Everything wrong with a profile file and all advice on it, by line; never raises.

    With `places`, places that the gazetteer does not know are named.
    """
    draft = read_draft(path)
    if draft.profile is None:
        return list(draft.problems)
    return lint_loaded(draft.profile, draft.lines, places)


def lint_loaded(
    profile: Profile, lines: Lines | None = None, places: PlaceIndex | None = None
) -> list[Finding]:
    """Advice on a profile that is already loaded."""
    sheet = _Sheet(profile, lines or Lines(), places)
    rules: tuple[Callable[[_Sheet], Iterator[Finding]], ...] = (
        _check_scope, _check_weights, _check_conditions, _check_triggers, _check_disqualifiers,
        _check_competitors, _check_tiers,
    )  # fmt: skip
    found = [finding for rule in rules for finding in rule(sheet)]
    return sorted(dict.fromkeys(found), key=lambda f: (f.line, f.field))


def _check_scope(sheet: _Sheet) -> Iterator[Finding]:
    """A profile says how large, how many uses, and enough to tell accounts apart."""
    criteria = sheet.profile.criteria
    asked = [rule.condition.dimension for rule in criteria]
    if not {Dimension.HEADCOUNT, Dimension.REVENUE, Dimension.TEAM_SIZE} & set(asked):
        yield sheet.warn(
            ("criteria",), "no criterion on size", "add a headcount or revenue with min and max"
        )
    if len(criteria) < FEWEST_CRITERIA:
        count = "one criterion" if len(criteria) == 1 else f"{len(criteria)} criteria"
        yield sheet.warn(
            ("criteria",), f"only {count}: if everyone is a fit, no one is",
            "add industry, size, region, tools or pains that set good accounts apart",
        )  # fmt: skip
    if len(criteria) > MOST_CRITERIA:
        yield sheet.warn(
            ("criteria",), f"{len(criteria)} criteria: most calls answer fewer than ten",
            "keep those that decide, drop the rest",
        )  # fmt: skip
    uses = [i for i, dimension in enumerate(asked) if dimension is Dimension.USE_CASE]
    n_uses = sum(max(1, len(criteria[i].condition.any_of)) for i in uses)
    if n_uses > MOST_USE_CASES:
        yield sheet.warn(
            ("criteria", uses[-1]), f"{n_uses} use cases",
            "keep two or three, or make a profile for each",
        )  # fmt: skip


def _check_weights(sheet: _Sheet) -> Iterator[Finding]:
    criteria = sheet.profile.criteria
    total = sum(rule.weight for rule in criteria)
    if total == 0:
        yield sheet.warn(
            ("criteria",), "every weight is 0, so nothing counts", "leave weight out (it is 1 then)"
        )
        return
    for i, rule in enumerate(criteria):
        if rule.required and rule.weight == 0:
            yield sheet.warn(
                ("criteria", i, "weight"), f"{rule.id} is required but weighs nothing",
                "give it a weight above 0",
            )  # fmt: skip
        elif rule.weight / total > 0.6 and len(criteria) > 2:
            yield sheet.warn(
                ("criteria", i, "weight"), f"{rule.id} has {rule.weight / total:.0%} of all weight",
                "lower it, or the other criteria decide nothing",
            )  # fmt: skip
    if len(criteria) > 3 and all(rule.required for rule in criteria):
        yield sheet.warn(
            ("criteria",), "every criterion is required", "require only what no deal goes without"
        )


def _check_conditions(sheet: _Sheet) -> Iterator[Finding]:
    """Each condition on its own: can it be met, is it too broad, can its words be understood?"""
    profile = sheet.profile
    conditions: list[tuple[FieldPath, Condition]] = [
        *((("criteria", i), rule.condition) for i, rule in enumerate(profile.criteria)),
        *((("disqualifiers", i), rule.condition) for i, rule in enumerate(profile.disqualifiers)),
    ]
    for path, condition in conditions:
        for key, message, remedy in check_values(condition, sheet.places):
            yield sheet.warn((*path, *key), message, remedy)
        by_kind = condition.dimension is None and condition.kind
        if condition.statement and not by_kind:
            for message, remedy in check_statement(condition.statement):
                yield sheet.warn((*path, "statement"), message, remedy)
    for i, trigger in enumerate(sheet.profile.triggers):
        for message, remedy in check_statement(trigger.statement) if trigger.statement else ():
            yield sheet.warn(("triggers", i, "statement"), message, remedy)


def _check_triggers(sheet: _Sheet) -> Iterator[Finding]:
    profile = sheet.profile
    if not profile.triggers:
        yield sheet.warn(
            (), "no triggers: fit then says nothing about why they would buy now",
            "add events such as funding, a new leader or a contract renewal",
        )  # fmt: skip
    elif all(rule.weight == 0 for rule in profile.triggers):
        yield sheet.warn(("triggers",), "every trigger weighs 0", "leave weight out (it is 1 then)")
    kinds: dict[str, str] = {}
    for i, rule in enumerate(profile.triggers):
        path: FieldPath = ("triggers", i)
        if rule.within_months == 0:
            yield sheet.warn(
                (*path, "within_months"), "0 months leaves only the day of the call", "use 6 or 12"
            )
        elif rule.within_months is not None and rule.within_months > LONGEST_WINDOW:
            yield sheet.warn(
                (*path, "within_months"), f"{rule.within_months:g} months is hardly recent",
                "use 6, 12 or 18",
            )  # fmt: skip
        if rule.kind and rule.statement:
            yield sheet.warn(
                path, "has both kind and statement; either detects it", "make two triggers of it"
            )
        if rule.kind in kinds:
            yield sheet.warn(
                (*path, "kind"), f"{rule.kind} counts twice: {kinds[rule.kind]} asks for it too",
                "keep one of them",
            )  # fmt: skip
        if rule.kind:
            kinds.setdefault(rule.kind, rule.id)


def _check_disqualifiers(sheet: _Sheet) -> Iterator[Finding]:
    profile = sheet.profile
    if not profile.disqualifiers:
        yield sheet.warn(
            (), "no disqualifiers: nothing says whom not to sell to",
            "add what made deals fail: too small, locked in, wrong region",
        )  # fmt: skip
    elif not any(rule.hard for rule in profile.disqualifiers):
        yield sheet.warn(
            ("disqualifiers",), "no disqualifier is hard, so none ever gives tier D",
            "mark with hard: true what no other strength makes up for",
        )  # fmt: skip
    hard: list[tuple[int, Disqualifier]] = [
        (i, rule) for i, rule in enumerate(profile.disqualifiers) if rule.hard
    ]
    for i, rule in enumerate(profile.criteria):
        for j, other in hard:
            problem = check_contradictions(rule, other)
            if problem:
                line = sheet.lines.of(("disqualifiers", j))
                yield sheet.warn(
                    ("criteria", i), f"{problem} of {other.id} (line {line})",
                    "change one of the two limits",
                )  # fmt: skip


def _check_competitors(sheet: _Sheet) -> Iterator[Finding]:
    """An account that must already use a competitor has little reason to buy."""
    names = {name.casefold() for name in sheet.profile.seller.competitors}
    own = {sheet.profile.seller.company.casefold()}
    for i, rule in enumerate(sheet.profile.criteria):
        condition = rule.condition
        if condition.dimension is not Dimension.TECH_STACK:
            continue
        for key, values in (("any_of", condition.any_of), ("all_of", condition.all_of)):
            for k, value in enumerate(values):
                if value.casefold() in names:
                    yield sheet.warn(
                        ("criteria", i, key, k), f"asks for the competitor {value} in use",
                        "is a replacement deal meant? then say so in a trigger",
                    )  # fmt: skip
                elif value.casefold() in own:
                    yield sheet.warn(
                        ("criteria", i, key, k), f"asks for your own product {value}",
                        "it is never a signal; leave it out",
                    )  # fmt: skip


def _check_tiers(sheet: _Sheet) -> Iterator[Finding]:
    tiers = sheet.profile.tiers
    for upper, lower in (("A", "B"), ("B", "C")):
        if 0 < tiers[upper] - tiers[lower] < 0.05:
            yield sheet.warn(
                ("tiers", upper), f"{upper} and {lower} are only "
                f"{tiers[upper] - tiers[lower]:.2g} apart, so one criterion skips a tier",
                "leave 0.1 or more between two tiers",
            )  # fmt: skip
    if tiers["C"] == 0:
        yield sheet.warn(("tiers", "C"), "C from 0 on leaves no tier D", "use 0.25")
    if tiers["A"] == 1:
        yield sheet.warn(("tiers", "A"), "A asks for a perfect fit", "use 0.75 to 0.9")
