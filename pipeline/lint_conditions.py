"""Advice on one condition of a profile: can it be met, is it too broad, is its statement clear?

Used by `lint.py`, which knows lines. The trap: a negated statement ("does not use spreadsheets") is
hard for the classifier, for most calls that support it only fail to mention the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.domain import Condition, Criterion, Dimension, Disqualifier
from pipeline.ports import PlaceIndex

Key = tuple[str | int, ...]
MOST_VALUES = 15
LONGEST_STATEMENT = 30
"""Words; longer ones hold several claims."""
SHORTEST_STATEMENT = 3
WIDE = {Dimension.HEADCOUNT: 1000.0, Dimension.REVENUE: 1000.0, Dimension.TEAM_SIZE: 1000.0}
"""From this ratio of max to min on nearly every account is inside."""
WHOLE_WORLD = frozenset({"world", "worldwide", "global", "earth", "anywhere", "international"})
_NEGATION = re.compile(
    r"\b(?:not|never|no longer|nobody|nothing|none|without|cannot|n't|\w+n't|no)\b", re.IGNORECASE
)
_EXCEPTED = re.compile(r"\bno (?:more|fewer|less) than\b|\bnot (?:more|less) than\b", re.IGNORECASE)


def check_values(condition: Condition, places: PlaceIndex | None) -> Iterator[tuple[Key, str, str]]:
    """Where a condition's values can never be met, are too many or are not understood."""
    yield from _check_never(condition)
    yield from _check_breadth(condition)
    is_limited = condition.min is not None or condition.max is not None
    is_money = condition.dimension in (Dimension.REVENUE, Dimension.BUDGET)
    if is_money and is_limited and not condition.currency:
        yield (), "has no currency, so any currency counts", "add `currency: EUR` (or USD, GBP …)"
    is_team = condition.dimension is Dimension.TEAM_SIZE
    if is_team and not condition.function and not condition.statement:
        yield (), "counts people in any function", "add `function: sales` or the like"
    if condition.dimension is Dimension.GEOGRAPHY:
        yield from _check_places(condition, places)
    if condition.dimension is Dimension.TECH_STACK and "current" not in condition.status:
        yield (("status",), "leaves out tools in use", "add current to the list")


def _check_never(condition: Condition) -> Iterator[tuple[Key, str, str]]:
    forbidden = {value.casefold() for value in condition.none_of}
    wanted = [value for value in condition.any_of if value.casefold() in forbidden]
    if wanted and len(wanted) == len(condition.any_of):
        yield (("any_of",), "can never be met: none_of forbids every value of any_of",
               "take the values out of one of the lists")  # fmt: skip
    elif wanted:
        yield (("any_of",), f"{wanted[0]} is asked for and forbidden", "keep it in one list")
    clash = [value for value in condition.all_of if value.casefold() in forbidden]
    if clash:
        yield (("all_of",), f"can never be met: {clash[0]} is demanded and forbidden",
               "keep it in one list")  # fmt: skip
    single = (Dimension.GROWTH_STAGE, Dimension.INDUSTRY)
    if condition.dimension is Dimension.GROWTH_STAGE and len(condition.all_of) > 1:
        yield (("all_of",), "can hardly be met: a company is at one stage", "use any_of")
    if condition.dimension in single and len(condition.any_of) and condition.none_of and not wanted:
        yield (("none_of",), "none_of adds nothing to any_of here", "leave it out")


def _check_breadth(condition: Condition) -> Iterator[tuple[Key, str, str]]:
    if len(condition.any_of) > MOST_VALUES:
        yield (("any_of",), f"{len(condition.any_of)} values: nearly everyone fits",
               f"keep at most {MOST_VALUES}, or ask for what they have in common")  # fmt: skip
    if condition.dimension not in WIDE:
        return
    low, high = condition.min, condition.max
    if low is not None and low <= 1 and high is None:
        yield (("min",), f"every company has {low:g} or more", "raise min or add max")
    elif low and high and high / low >= WIDE[condition.dimension]:
        yield (("max",), f"from {low:,g} to {high:,g} nearly everyone fits", "narrow the range")
    elif low is not None and low == high:
        yield (("max",), "min and max are equal: hardly anyone fits", "widen the range")


def _check_places(
    condition: Condition, places: PlaceIndex | None
) -> Iterator[tuple[Key, str, str]]:
    for key in ("any_of", "all_of", "none_of"):
        for i, place in enumerate(getattr(condition, key)):
            if place.casefold() in WHOLE_WORLD:
                yield ((key, i), f"{place} is everywhere", "name countries or regions")
            elif places is not None and places.contains(place, place) is None:
                yield ((key, i), f"the gazetteer does not know {place!r}",
                       "check the spelling, or name its country or region")  # fmt: skip


def check_statement(statement: str) -> Iterator[tuple[str, str]]:
    """Why a statement is hard to decide on, and what to write instead."""
    words = statement.split()
    if statement.rstrip().endswith("?"):
        yield "is a question", "write what is true of a good account: “Reps lose time typing”"
    if len(words) < SHORTEST_STATEMENT:
        yield "is too short to mean one thing", "write a whole sentence"
    if len(words) > LONGEST_STATEMENT:
        yield f"has {len(words)} words and more than one claim", "make one rule of each claim"
    if _NEGATION.search(_EXCEPTED.sub("", statement)):
        yield "is negated, which calls seldom say", "state the opposite, as a disqualifier perhaps"


def check_contradictions(rule: Criterion, other: Disqualifier) -> str | None:
    """Why whoever meets a criterion is thrown out by a hard disqualifier; None when not so."""
    asked, thrown = rule.condition, other.condition
    if asked.dimension is None or asked.dimension is not thrown.dimension:
        return None
    if asked.function != thrown.function or asked.kind != thrown.kind:
        return None
    if asked.currency != thrown.currency:
        return None
    if thrown.min is not None or thrown.max is not None:
        return _overlap(asked, thrown)
    out = {value.casefold() for value in thrown.any_of}
    if asked.any_of and out and {value.casefold() for value in asked.any_of} <= out:
        return "can never be met without a hard disqualifier: every value is thrown out by that"
    inside = [value for value in asked.all_of if value.casefold() in out]
    if inside:
        return f"can never be met without a hard disqualifier: {inside[0]} is thrown out by that"
    return None


def _overlap(asked: Condition, thrown: Condition) -> str | None:
    if asked.min is None and asked.max is None:
        return None
    infinite = float("inf")
    low = -infinite if asked.min is None else asked.min
    high = infinite if asked.max is None else asked.max
    out_low = -infinite if thrown.min is None else thrown.min
    out_high = infinite if thrown.max is None else thrown.max
    if out_low <= low and high <= out_high:
        return "can never be met without a hard disqualifier: its range lies inside that"
    if max(low, out_low) < min(high, out_high) or low == out_high or high == out_low:
        return "its range overlaps the range"
    return None
