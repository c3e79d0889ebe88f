"""The shape of a profile file as pydantic models, and their errors in words that people understand.

Models are strict: a number is no text and a truth value is no number. The trap: pydantic names a
field's place and kind of error; the line and the remedy are ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import ErrorDetails

from pipeline.profile_tree import Finding, Lines, dotted

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^\w[\w .:/\-]*$", max_length=100)
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Strict(BaseModel):
    """Unknown fields and near-miss types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SellerIn(Strict):
    """Who uses this software."""

    company: Text
    product: Annotated[str, StringConstraints(max_length=2000)] = ""
    competitors: list[Text] = Field(default=[], max_length=500)


class ConditionIn(Strict):
    """What criteria and disqualifiers have in common."""

    id: Name
    dimension: Text | None = None
    any_of: list[Text] = Field(default=[], max_length=1000)
    all_of: list[Text] = Field(default=[], max_length=1000)
    none_of: list[Text] = Field(default=[], max_length=1000)
    min: Number | None = None
    max: Number | None = None
    currency: Text | None = None
    function: Text | None = None
    kind: Text | None = None
    status: list[Text] | None = None
    statement: Text | None = None


class CriterionIn(ConditionIn):
    """One requirement."""

    weight: Weight = 1.0
    required: bool = False


class DisqualifierIn(ConditionIn):
    """One reason not to sell."""

    hard: bool = False


class TriggerIn(Strict):
    """One event that makes an account more likely to buy."""

    id: Name
    kind: Text | None = None
    statement: Text | None = None
    within_months: Annotated[float, Field(ge=0, le=1200, allow_inf_nan=False)] | None = None
    weight: Weight = 1.0


class TiersIn(Strict):
    """The least fit of each tier."""

    A: Annotated[float, Field(ge=0, le=1)] = 0.75
    B: Annotated[float, Field(ge=0, le=1)] = 0.5
    C: Annotated[float, Field(ge=0, le=1)] = 0.25


class ProfileIn(Strict):
    """A whole profile file."""

    id: Name
    name: Text | None = None
    seller: SellerIn
    criteria: list[CriterionIn] = Field(min_length=1, max_length=500)
    triggers: list[TriggerIn] = Field(default=[], max_length=500)
    disqualifiers: list[DisqualifierIn] = Field(default=[], max_length=500)
    tiers: TiersIn = TiersIn()
    version: Annotated[int, Field(ge=1)] = 1


_PARTS: Mapping[str, type[BaseModel]] = {
    "seller": SellerIn,
    "criteria": CriterionIn,
    "triggers": TriggerIn,
    "disqualifiers": DisqualifierIn,
    "tiers": TiersIn,
}


def describe_error(error: ErrorDetails, data: object, lines: Lines) -> Finding:
    """A pydantic error as a finding with line, field, plain words and a remedy."""
    path = tuple(error["loc"])
    kind, given = error["type"], error["input"]
    field = path[-1] if path else ""
    shown = _show(given)
    if kind == "missing":
        message, remedy = f"the field {field} is missing", _missing_remedy(str(field))
    elif kind == "extra_forbidden":
        known = sorted(_fields_at(path[:-1]))
        near = difflib.get_close_matches(str(field), known, n=1, cutoff=0.6)
        message = f"there is no field {field!r}"
        remedy = f"did you mean {near[0]}?" if near else f"known fields: {', '.join(known)}"
    elif kind == "string_type":
        message = f"expected text, found {shown}"
        remedy = (
            f'put it in quotes, for example "{_spelling(given)}"'
            if isinstance(given, bool | int | float)
            else "write one line of text"
        )
    elif kind in ("float_type", "int_type", "int_from_float"):
        message, remedy = f"expected a number, found {shown}", "write a plain number such as 250000"
    elif kind == "bool_type":
        message, remedy = f"expected true or false, found {shown}", "write true or false"
    elif kind == "list_type":
        message, remedy = f"expected a list, found {shown}", f"write [{given}]" if isinstance(
            given, str
        ) else "write a list: [first, second]"  # fmt: skip
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message, remedy = f"expected fields, found {shown}", "write {id: …, …}"
    elif kind == "string_pattern_mismatch":
        message = f"{shown} cannot be an id"
        remedy = "start with a letter or digit; use letters, digits, blanks, - and _"
    elif kind == "string_too_short":
        message, remedy = "is empty", "write some text or leave the field out"
    elif kind == "too_short":
        message, remedy = f"{field} is empty", "give at least one"
    elif kind in ("too_long", "string_too_long"):
        message, remedy = "is too long", "a profile is a page or two; shorten it"
    elif kind in ("greater_than_equal", "less_than_equal"):
        bounds: dict[str, Any] = error.get("ctx", {})
        if "ge" in bounds:
            message, remedy = f"{shown} is below {bounds['ge']:g}", f"use {bounds['ge']:g} or more"
        else:
            message, remedy = f"{shown} is above {bounds['le']:g}", f"use {bounds['le']:g} or less"
    else:
        message, remedy = error["msg"].lower(), ""
    return Finding(lines.of(path), "error", dotted(path), message, remedy)


def _fields_at(path: tuple[str | int, ...]) -> set[str]:
    names = [part for part in path if isinstance(part, str)]
    model = _PARTS.get(names[0], ProfileIn) if names else ProfileIn
    return set(model.model_fields)


def _missing_remedy(field: str) -> str:
    return {
        "id": "give every rule its own short id, for example `id: size`",
        "seller": "add `seller: {company: …, product: …, competitors: []}`",
        "company": "name the company that sells",
        "criteria": "list what makes an account fit, for example a headcount with min and max",
    }.get(field, "add it")


def _spelling(given: object) -> str:
    """How a value was most likely written before YAML read it as something else."""
    return {True: "yes", False: "no"}[given] if isinstance(given, bool) else str(given)


def _show(given: object) -> str:
    if isinstance(given, bool):
        return "true (or yes, on)" if given else "false (or no, off)"
    if isinstance(given, str):
        return repr(given if len(given) <= 40 else given[:37] + "…")
    if isinstance(given, int | float):
        return f"the number {given:g}"
    if given is None:
        return "nothing"
    return (
        "a list"
        if isinstance(given, list)
        else "fields"
        if isinstance(given, dict)
        else "something else"
    )
