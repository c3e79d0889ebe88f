"""Errors of meaning in a profile: words outside a vocabulary, limits that contradict, doubled ids.

Works on the plain values, so that one broken rule does not hide what is wrong with the next. The
trap: a field of the wrong type is the schema's finding; here it is passed over.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.domain import (
    BLOCKER_KINDS,
    BUDGET_STATUSES,
    BUSINESS_MODELS,
    GROWTH_STAGES,
    PERSONA_KINDS,
    PLACE_KINDS,
    TEAM_STATUSES,
    TOOL_STATUSES,
    TRIGGER_KINDS,
    Dimension,
)  # fmt: skip
from pipeline.lexicon.money import known_currencies
from pipeline.limits import NUMERIC
from pipeline.profile_tree import Finding, Lines, Path, dotted

DEFAULT_STATUS: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.TECH_STACK: ("current",),
    Dimension.TEAM: ("present",),
}
FIXED = {"business_model": BUSINESS_MODELS, "growth_stage": GROWTH_STAGES}
STATUSES = {"tech_stack": TOOL_STATUSES, "team": TEAM_STATUSES, "budget": BUDGET_STATUSES}
KINDS = {
    "geography": PLACE_KINDS,
    "trigger": TRIGGER_KINDS,
    "blocker": BLOCKER_KINDS,
    "persona": PERSONA_KINDS,
}
MONEY = ("revenue", "budget")
VALUES = ("any_of", "all_of", "none_of")


def find_conflicts(data: Mapping[str, object], lines: Lines) -> list[Finding]:
    """Everything wrong with the meaning of a profile's plain values."""
    found = list(_find_doubles(data, lines))
    for section in ("criteria", "disqualifiers"):
        for i, rule in _rules(data, section):
            found += _check_rule((section, i), rule, lines)
    for i, rule in _rules(data, "triggers"):
        found += _check_trigger(("triggers", i), rule, lines)
    found += _check_tiers(data.get("tiers"), lines)
    return found


def _rules(data: Mapping[str, object], section: str) -> Iterator[tuple[int, dict[str, object]]]:
    rules = data.get(section)
    if isinstance(rules, list):
        yield from ((i, rule) for i, rule in enumerate(rules) if isinstance(rule, dict))


def _error(lines: Lines, path: Path, message: str, remedy: str) -> Finding:
    return Finding(lines.of(path), "error", dotted(path), message, remedy)


def _find_doubles(data: Mapping[str, object], lines: Lines) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for section in ("criteria", "triggers", "disqualifiers"):
        for i, rule in _rules(data, section):
            name, path = rule.get("id"), (section, i, "id")
            if not isinstance(name, str):
                continue
            if name in first:
                taken = f"{dotted(first[name][:-1])} (line {lines.of(first[name])})"
                yield _error(
                    lines, path, f"the id {name!r} is taken by {taken}",
                    "give every criterion, trigger and disqualifier an id of its own",
                )  # fmt: skip
            first.setdefault(name, path)


def _check_rule(path: Path, rule: Mapping[str, object], lines: Lines) -> Iterator[Finding]:
    dimension = rule.get("dimension")
    known = dimension if isinstance(dimension, str) and dimension in set(Dimension) else None
    if isinstance(dimension, str) and known is None:
        yield _unknown_word(lines, (*path, "dimension"), "dimension", dimension, list(Dimension))
        return
    yield from _check_content(path, rule, known, lines)
    if known:
        yield from _check_words(path, rule, known, lines)
    yield from _check_limits(path, rule, known, lines)


def _check_content(
    path: Path, rule: Mapping[str, object], dimension: str | None, lines: Lines
) -> Iterator[Finding]:
    """Something must be asked, and of some dimension."""
    compares = [
        key for key in (*VALUES, "min", "max", "statement") if rule.get(key) not in (None, [])
    ]
    by_kind = "kind" in rule and path[0] == "disqualifiers"
    if "statement" in rule and rule["statement"] is None:
        yield _error(lines, (*path, "statement"), "the statement has no text", "write a sentence")
    elif (
        not compares
        and not by_kind
        and not (dimension in ("trigger", "blocker") and "kind" in rule)
    ):
        here = f"of {dimension} " if dimension else ""
        yield _error(
            lines, path, f"nothing {here}is asked for",
            "add any_of, all_of, none_of, min, max or a statement",
        )  # fmt: skip
    elif dimension is None and set(compares) - {"statement"}:
        yield _error(
            lines, path, f"{compares[0]} needs a dimension to compare with", "add `dimension: …`"
        )
    if dimension is None and by_kind:
        kind = rule["kind"]
        if isinstance(kind, str) and kind not in BLOCKER_KINDS:
            yield _unknown_word(lines, (*path, "kind"), "kind of blocker", kind, BLOCKER_KINDS)


def _check_words(
    path: Path, rule: Mapping[str, object], dimension: str, lines: Lines
) -> Iterator[Finding]:
    """Values, statuses and kinds must be in the dimension's vocabulary."""
    vocabulary = FIXED.get(dimension)
    for key in VALUES:
        values = rule.get(key)
        if not isinstance(values, list):
            continue
        if dimension in {str(d) for d in NUMERIC} and values:
            yield _error(lines, (*path, key), f"{dimension} is a number", "use min and max")
        for i, value in enumerate(values):
            word = re.sub(r"[\s-]+", "_", value.strip().lower()) if isinstance(value, str) else ""
            if vocabulary and word and word not in vocabulary:
                yield _unknown_word(lines, (*path, key, i), dimension, str(value), vocabulary)
    yield from _check_field(path, rule, "status", STATUSES.get(dimension), dimension, lines)
    yield from _check_field(path, rule, "kind", KINDS.get(dimension), dimension, lines)
    if rule.get("function") is not None and dimension != "team_size":
        yield _error(
            lines, (*path, "function"), f"{dimension} takes no function",
            "use it with team_size, or ask for the function with any_of of dimension team",
        )  # fmt: skip


def _check_field(
    path: Path,
    rule: Mapping[str, object],
    key: str,
    words: Sequence[str] | None,
    dimension: str,
    lines: Lines,
) -> Iterator[Finding]:
    given = rule.get(key)
    if given is None:
        return
    if words is None:
        yield _error(lines, (*path, key), f"{dimension} takes no {key}", f"leave {key} out")
        return
    values = given if isinstance(given, list) else [given]
    for value in values:
        if isinstance(value, str) and value not in words:
            yield _unknown_word(lines, (*path, key), f"{key} of {dimension}", value, words)


def _check_limits(
    path: Path, rule: Mapping[str, object], dimension: str | None, lines: Lines
) -> Iterator[Finding]:
    low, high = rule.get("min"), rule.get("max")
    numbers = [n for n in (low, high) if isinstance(n, int | float) and not isinstance(n, bool)]
    if numbers and dimension and dimension not in {str(d) for d in NUMERIC}:
        key = "min" if low is not None else "max"
        yield _error(lines, (*path, key), f"{dimension} is no number", "use any_of or a statement")
    elif len(numbers) == 2 and numbers[0] > numbers[1]:
        yield _error(
            lines,
            (*path, "min"),
            f"min {numbers[0]:,g} is above max {numbers[1]:,g}",
            "swap the two",
        )
    elif numbers and dimension != "growth_rate" and min(numbers) < 0:
        yield _error(lines, path, f"{min(numbers):g} is below zero", "use 0 or more")
    currency = rule.get("currency")
    if isinstance(currency, str):
        if dimension and dimension not in MONEY:
            yield _error(
                lines, (*path, "currency"), f"{dimension} is no money", "leave currency out"
            )
        elif currency.upper() not in known_currencies():
            yield _unknown_word(
                lines, (*path, "currency"), "currency", currency, known_currencies()
            )


def _check_trigger(path: Path, rule: Mapping[str, object], lines: Lines) -> Iterator[Finding]:
    kind, statement = rule.get("kind"), rule.get("statement")
    if isinstance(kind, str) and kind not in TRIGGER_KINDS:
        yield _unknown_word(lines, (*path, "kind"), "kind of trigger", kind, TRIGGER_KINDS)
    if "statement" in rule and statement is None:
        yield _error(lines, (*path, "statement"), "the statement has no text", "write a sentence")
    elif kind is None and statement is None:
        yield _error(lines, path, "has neither kind nor statement", "add one of the two")


def _check_tiers(tiers: object, lines: Lines) -> Iterator[Finding]:
    if not isinstance(tiers, dict):
        return
    defaults = {"A": 0.75, "B": 0.5, "C": 0.25}
    least = {letter: tiers.get(letter, default) for letter, default in defaults.items()}
    for upper, lower in (("A", "B"), ("B", "C")):
        a, b = least[upper], least[lower]
        if isinstance(a, int | float) and isinstance(b, int | float) and a <= b:
            where = upper if upper in tiers else lower
            yield _error(
                lines, ("tiers", where), f"{upper} ({a:g}) must be above {lower} ({b:g})",
                "let the limits fall from A to C, for example A: 0.75, B: 0.5, C: 0.25",
            )  # fmt: skip


def _unknown_word(lines: Lines, path: Path, what: str, word: str, words: Iterable[str]) -> Finding:
    known = [str(w) for w in words]
    wanted = re.sub(r"[\s-]+", "_", word.strip().lower())
    near = difflib.get_close_matches(wanted, [k.lower() for k in known], n=1, cutoff=0.6)
    hint = next((k for k in known if near and k.lower() == near[0]), None)
    remedy = f"did you mean {hint}?" if hint else f"use one of {', '.join(known)}"
    return _error(lines, path, f"unknown {what} {word!r}", remedy)
