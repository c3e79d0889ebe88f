"""The questions to ask next: one for each criterion unknown or in conflict, most telling first.

Templates by dimension are data (`data/questions.yaml`); a statement becomes a question of its own.
The trap: a statement is written about "the company", a question is put to "you".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

import yaml

from pipeline.domain import Condition, Criterion, Dimension, OpenQuestion
from pipeline.limits import read_limits

ADDRESSED = (
    (r"\bthe (company|business|firm|organi[sz]ation)'s\b", r"your \1's"),
    (r"\bthe (company|business|firm|organi[sz]ation)\b", r"your \1"),
    (r"\bthey are\b", "you are"),
    (r"\bthey\b", "you"),
    (r"\btheir\b", "your"),
    (r"\bthem\b", "you"),
)
LIMITED_TO = 4
_WITH_ARTICLE = re.compile(
    r"(?:United \w+|.* Union|Nordics|Baltics|Netherlands|Middle East|Gulf|UK|USA?|EU)$"
)


def find_open_questions(
    criteria: Sequence[Criterion], statuses: Mapping[str, str]
) -> tuple[OpenQuestion, ...]:
    """A question for every criterion that is unknown or conflicting; required ones first."""
    opened = [c for c in criteria if statuses.get(c.id) in ("unknown", "conflicting")]
    ranked = sorted(opened, key=lambda c: (not c.required, -c.weight))
    return tuple(
        OpenQuestion(c.id, ask(c.condition, in_conflict=statuses[c.id] == "conflicting"))
        for c in ranked
    )


def ask(condition: Condition, *, in_conflict: bool = False) -> str:
    """The question that would settle a condition."""
    templates = load_templates()
    named = (condition.any_of or condition.all_of or condition.none_of)[:LIMITED_TO]
    if condition.dimension is Dimension.GEOGRAPHY:
        named = tuple(f"the {p}" if _WITH_ARTICLE.match(p) else p for p in named)
    values = _list(named, "and" if condition.all_of and not condition.any_of else "or")
    question = templates[_pick_template(condition)].format(
        values=values or "this",
        function=_function(condition),
        statement=_address(condition.statement or ""),
    )
    return f"{templates['conflict']} {question}" if in_conflict else question


def _pick_template(condition: Condition) -> str:
    dimension = condition.dimension
    if condition.statement and not (
        dimension and (read_limits(condition.statement, dimension) or condition.function)
    ):
        return "statement"
    if dimension is None:
        return "statement"
    if dimension is Dimension.GEOGRAPHY and condition.kind:
        return f"geography_{condition.kind}"
    if dimension is Dimension.TECH_STACK and condition.none_of and not condition.any_of:
        return "tech_stack_none"
    return str(dimension)


def _function(condition: Condition) -> str:
    if condition.function:
        return condition.function
    limits = read_limits(condition.statement or "", condition.dimension)
    rest = limits.rest if limits else ""
    found = re.search(r"\b(?:in|on|for) (?:the |its |their )?(.+?)(?: team| department)?$", rest)
    if found:
        return found[1]
    words = re.sub(
        r"^(?:the|a)\s+|\b(?:company|has|have|employs|there are|people|team)\b", " ", rest
    )
    return " ".join(words.split()) or "that team"


def _address(statement: str) -> str:
    text = statement.strip().rstrip(".!?; ")
    for pattern, put in ADDRESSED:
        text = re.sub(pattern, put, text, flags=re.IGNORECASE)
    first = text.split(" ", 1)[0]
    keeps_capital = first == "I" or any(
        letter.isupper() or letter.isdigit() for letter in first[1:]
    )
    return text if keeps_capital else text[:1].lower() + text[1:]


def _list(values: Sequence[str], word: str) -> str:
    shown = [value.replace("_", " ") for value in values]
    return (
        shown[0]
        if len(shown) == 1
        else f"{', '.join(shown[:-1])} {word} {shown[-1]}"
        if shown
        else ""
    )


@lru_cache(maxsize=1)
def load_templates() -> Mapping[str, str]:
    """The templates of `data/questions.yaml`, read once a process."""
    text = resources.files("pipeline").joinpath("data/questions.yaml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in yaml.safe_load(text).items()}
