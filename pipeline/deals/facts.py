"""What a CRM says of an account, read from JSON into signals of the source `crm`.

They are shown apart from speech and decide a rule only where speech says nothing. Trap: a fact has
no quote, so its quote stays empty; nothing here may look as if somebody had said it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from pipeline.domain import (
    BUSINESS_MODELS,
    GROWTH_STAGES,
    Dimension,
    Range,
    Role,
    Signal,
)  # fmt: skip
from pipeline.json_fields import Fields, name_of, object_of

SOURCE = "crm"
CONFIDENCE = 0.8
"""A CRM is often out of date; no calibrated figure is known for a team's own."""
NUMBERS = {
    "headcount": Dimension.HEADCOUNT, "revenue": Dimension.REVENUE,
    "growth_rate": Dimension.GROWTH_RATE,
}  # fmt: skip
TEXTS = {
    "industry": (Dimension.INDUSTRY, None, None),
    "hq": (Dimension.GEOGRAPHY, None, "hq"),
    "geography": (Dimension.GEOGRAPHY, None, "office"),
    "markets": (Dimension.GEOGRAPHY, None, "market"),
    "business_model": (Dimension.BUSINESS_MODEL, None, None),
    "growth_stage": (Dimension.GROWTH_STAGE, None, None),
    "tech_stack": (Dimension.TECH_STACK, "current", None),
    "team": (Dimension.TEAM, "present", None),
}
FIXED = {"business_model": BUSINESS_MODELS, "growth_stage": GROWTH_STAGES}
NAMES = (*NUMBERS, *TEXTS, "team_size")
MOST = 200


def read_facts(facts: object, deal_id: str, file: str = "facts") -> tuple[Signal, ...]:
    """The signals in `{"headcount": 250, "tech_stack": ["HubSpot"], …}`; raises InputError."""
    fields = object_of(facts or {}, file)
    found: list[Signal] = []
    for name, value in fields.data.items():
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            known = f"did you mean {near[0]}?" if near else f"use one of {', '.join(NAMES)}"
            fields.fail(name[:60], "is no fact about an account", known)
        if value is not None:
            found += _read(fields, name, deal_id)
    if len(found) > MOST:
        fields.fail("", f"has {len(found)} facts, at most {MOST} are read")
    return tuple(found)


def _read(fields: Fields, name: str, deal_id: str) -> Iterator[Signal]:
    if name in NUMBERS:
        value = _number(fields, name, money=name == "revenue")
        yield _signal(deal_id, name, NUMBERS[name], value)
        return
    if name == "team_size":
        inside = fields.inside(name)
        for function in inside.data:
            value = _number(inside, function)
            yield _signal(deal_id, name, Dimension.TEAM_SIZE, value, function=function)
        return
    dimension, status, kind = TEXTS[name]
    given = fields.data[name]
    listed = given if isinstance(given, list) else [given]
    for i, item in enumerate(listed):
        one = Fields({name: item}, fields.file, fields.path, fields.error)
        text = one.needed_text(name).strip()
        if name in FIXED:
            text = "_".join(text.lower().replace("-", " ").split())
            Fields({name: text}, fields.file, fields.path, fields.error).one_of(name, FIXED[name])
        yield _signal(deal_id, f"{name}_{i}", dimension, text, status=status, kind=kind)


def _number(fields: Fields, name: str, *, money: bool = False) -> Range:
    """A number, or an object with min, max and (for money) currency."""
    value = fields.data[name]
    if isinstance(value, Mapping):
        inside = fields.inside(name)
        low, high = inside.number("min", least=0.0), inside.number("max", least=0.0)
        if low is None and high is None:
            inside.fail("min", "is missing", "give min, max or both")
        if low is not None and high is not None and low > high:
            inside.fail("min", f"{low:g} is above max {high:g}")
        currency = inside.text("currency") if money else None
        if currency is not None and not (len(currency) == 3 and currency.isalpha()):
            inside.fail("currency", f"{currency[:20]!r} is no currency", "write it as EUR")
        return Range(low, high, currency.upper() if currency else None)
    if isinstance(value, str):
        fields.fail(name, f"expected a number, found {name_of(value)}", "write 250, not '250'")
    number = fields.number(name, least=0.0)
    return Range(number, number)


def _signal(
    deal_id: str,
    key: str,
    dimension: Dimension,
    value: str | Range,
    *,
    status: str | None = None,
    kind: str | None = None,
    function: str | None = None,
) -> Signal:
    suffix = f"_{function}" if function else ""
    return Signal(
        id=f"crm_{deal_id}_{key}{suffix}", call_id="", dimension=dimension, value=value, quote="",
        turns=(), speaker="", role=Role.UNKNOWN, confidence=CONFIDENCE, status=status, kind=kind,
        function=function, source=SOURCE,
    )  # fmt: skip
