"""Which signals speak for and against a condition on values, dimension by dimension (contract 4).

A dimension with one true value is refuted by another value; in one that can have many only a denial
or a value that takes the asked one's place counts: a rival tool in use, sales-led for product-led,
head office and markets all elsewhere. The trap: silence and unrelated values give no vote at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain import Condition, Dimension, Signal
from pipeline.knowledge import CheckOptions, Knowledge
from pipeline.verdict import Vote

MODEL_RIVALS = {
    "b2b": {"b2c"},
    "b2c": {"b2b"},
    "sales_led": {"product_led"},
    "product_led": {"sales_led"},
}
LOOSE_STAGES = {
    "startup": {"pre_seed", "seed", "series_a", "series_b", "bootstrapped"},
    "scaleup": {"series_a", "series_b", "series_c", "series_d_plus", "pe_backed", "bootstrapped"},
    "enterprise": {"public", "pe_backed", "series_d_plus", "government", "nonprofit"},
}
"""A loose word for a stage neither proves nor refutes the exact stages that it goes with."""

TOOL_DENIALS = ("past", "not_used")


@dataclass(frozen=True, slots=True)
class Asked:
    """Values asked of one dimension, their condition, and what is known of the world."""

    values: tuple[str, ...]
    condition: Condition
    knowledge: Knowledge
    options: CheckOptions


def find_votes(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    """The votes on "one of the asked values holds" (any_of)."""
    dimension = asked.condition.dimension
    finder = _FINDERS.get(dimension, _find_in_text) if dimension else _find_in_text
    return finder(asked, signals)


def find_absence_votes(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    """The votes on "none of the asked values holds" (none_of)."""
    votes = find_votes(asked, signals)
    if asked.condition.dimension is Dimension.TECH_STACK and not any(v.holds for v in votes):
        votes = votes + [
            Vote(s, False, s.confidence)
            for s in _of(signals, Dimension.TECH_STACK)
            if s.status in TOOL_DENIALS and _names_tool(asked, s)
        ]
    if asked.condition.dimension is Dimension.GEOGRAPHY and not any(v.holds for v in votes):
        heads = [s for s in _of(signals, Dimension.GEOGRAPHY) if s.kind == "hq"]
        votes = [Vote(s, False, s.confidence) for s in heads if _elsewhere(asked, s)]
    return [Vote(vote.signal, not vote.holds, vote.certainty) for vote in votes]


def _of(signals: Iterable[Signal], dimension: Dimension) -> list[Signal]:
    return [s for s in signals if s.dimension is dimension and isinstance(s.value, str)]


def _text(signal: Signal) -> str:
    return signal.value if isinstance(signal.value, str) else ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("_", " ")))


def _prefer_yes(votes: list[Vote]) -> list[Vote]:
    """What stands beside a value that fits is no objection to it."""
    return [vote for vote in votes if vote.holds] or votes


def _find_industry(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    votes = []
    for signal in _of(signals, Dimension.INDUSTRY):
        answers = [_same_industry(asked, signal, value) for value in asked.values]
        holds = any(yes for yes, _ in answers)
        sure = max(sure for yes, sure in answers if yes) if holds else min(s for _, s in answers)
        votes.append(Vote(signal, holds, signal.confidence * sure))
    return _prefer_yes(votes)


def industry_hypothesis(value: str) -> str:
    """What the words of an industry signal must entail for an asked industry."""
    return f"The company is in {value}."


def _same_industry(asked: Asked, signal: Signal, value: str) -> tuple[bool, float]:
    """By name, by the tree, else by what the quote itself entails: labels are only the nearest."""
    label = _text(signal)
    known = asked.knowledge.industries.is_a(label, value)
    if known or _plain(label) == _plain(value):
        return True, 1.0
    if asked.knowledge.entails is not None:
        entailed = asked.knowledge.entails(signal.quote, industry_hypothesis(value))
        if entailed >= asked.options.entailed:
            return True, entailed
    if known is not None:
        return False, 1.0
    if asked.knowledge.similarity is None:
        return False, 0.7
    likeness = asked.knowledge.similarity(label, value)
    return likeness >= asked.options.similar, max(0.6, min(1.0, abs(likeness - 0.5) + 0.6))


def _find_stage(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    votes = []
    for signal in _of(signals, Dimension.GROWTH_STAGE):
        stage = _text(signal)
        if stage in asked.values:
            votes.append(Vote(signal, True, signal.confidence))
        elif any(stage in LOOSE_STAGES.get(value, ()) for value in asked.values):
            votes.append(Vote(signal, True, signal.confidence * 0.8))
        elif not any(value in LOOSE_STAGES.get(stage, ()) for value in asked.values):
            votes.append(Vote(signal, False, signal.confidence))
    return _yes_of_each_speaker(votes)


def _yes_of_each_speaker(votes: list[Vote]) -> list[Vote]:
    """Two values of one speaker are both true, for corrections are replaced before."""
    fitting = {vote.signal.speaker for vote in votes if vote.holds}
    return [vote for vote in votes if vote.holds or vote.signal.speaker not in fitting]


def _find_model(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    votes = []
    for signal in _of(signals, Dimension.BUSINESS_MODEL):
        model = _text(signal)
        if model in asked.values:
            votes.append(Vote(signal, True, signal.confidence))
        elif any(model in MODEL_RIVALS.get(value, ()) for value in asked.values):
            votes.append(Vote(signal, False, signal.confidence))
    return _prefer_yes(votes)


def _find_place(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    kind = asked.condition.kind
    places = [s for s in _of(signals, Dimension.GEOGRAPHY) if kind is None or s.kind == kind]
    inside = [s for s in places if any(_is_in(asked, _text(s), value) for value in asked.values)]
    if inside:
        return [Vote(s, True, s.confidence) for s in inside]
    heads = [s for s in places if s.kind == "hq"]
    markets = [s for s in places if s.kind == "market"]
    proof = heads if kind == "hq" else [*heads, *markets] if heads and markets else []
    if proof and all(_elsewhere(asked, s) for s in places):
        return [Vote(s, False, s.confidence) for s in proof]
    return []


def _is_in(asked: Asked, place: str, region: str) -> bool:
    return _plain(place) == _plain(region) or asked.knowledge.places.contains(region, place) is True


def _elsewhere(asked: Asked, signal: Signal) -> bool:
    """Whether the place is known to lie outside all asked ones, and is no wider area around one."""
    contains = asked.knowledge.places.contains
    return all(
        contains(value, _text(signal)) is False and contains(_text(signal), value) is not True
        for value in asked.values
    )


def _find_tool(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    """In use; or, when none of the asked is, refused or replaced by a tool of its category."""
    wanted = asked.condition.status or ("current",)
    tools = _of(signals, Dimension.TECH_STACK)
    yes = [s for s in tools if s.status in wanted and _names_tool(asked, s, part_counts=True)]
    if yes:
        same = {_tool_key(asked, _text(s)) for s in yes}
        against = [
            s for s in tools if s.status not in wanted and _tool_key(asked, _text(s)) in same
        ]
        return [Vote(s, s in yes, s.confidence) for s in (*yes, *against)]
    rivals = [s for s in tools if s.status == "current" and _is_rival(asked, s)]
    votes = [Vote(s, False, s.confidence * 0.95) for s in rivals]
    denied = [s for s in tools if s.status in TOOL_DENIALS and s.status not in wanted]
    if all(any(_denies_tool(asked, s, value) for s in denied) for value in asked.values):
        votes += [Vote(s, False, s.confidence) for s in denied if _names_tool(asked, s)]
    return votes


def _tool_key(asked: Asked, name: str) -> str:
    return _plain(asked.knowledge.products.canonical(name) or name)


def _names_tool(asked: Asked, signal: Signal, *, part_counts: bool = False) -> bool:
    """Whether the signal names an asked product; "Stripe Billing" is a part of "Stripe"."""
    said = _tool_key(asked, _text(signal))
    keys = [_tool_key(asked, value) for value in asked.values]
    return said in keys or (part_counts and any(said.startswith(key + " ") for key in keys))


def _denies_tool(asked: Asked, signal: Signal, value: str) -> bool:
    said, key = _tool_key(asked, _text(signal)), _tool_key(asked, value)
    return said == key or key.startswith(said + " ")


def _is_rival(asked: Asked, signal: Signal) -> bool:
    rival = asked.knowledge.products.same_category
    return not _names_tool(asked, signal) and any(
        rival(value, _text(signal)) for value in asked.values
    )


def _find_team(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    """A team, a team's size or a person's title shows that a function is there."""
    wants_present = "present" in (asked.condition.status or ("present",))
    votes = []
    for signal in signals:
        there, sure = _shows_team(asked, signal)
        if there is not None:
            votes.append(Vote(signal, there is wants_present, signal.confidence * sure))
    return votes


def _shows_team(asked: Asked, signal: Signal) -> tuple[bool | None, float]:
    text, fits = _text(signal), asked.knowledge.is_part_of
    if signal.dimension is Dimension.TEAM and signal.status == "absent":
        return (False, 1.0) if any(fits(value, text) for value in asked.values) else (None, 0.0)
    if signal.dimension is Dimension.TEAM and any(fits(text, value) for value in asked.values):
        return True, 1.0
    function = signal.function if signal.dimension is Dimension.TEAM_SIZE else None
    if function and any(fits(function, value) for value in asked.values):
        return getattr(signal.value, "high", None) != 0, 0.95
    if signal.dimension is Dimension.PERSONA and text:
        function = asked.knowledge.titles.function_of(text)
        if any(fits(name, v) for name in (text, function) if name for v in asked.values):
            return True, 0.9
        if any(_is_in_title(value, text, signal) for value in asked.values):
            return True, 0.9
    return None, 0.0


def _is_in_title(value: str, title: str, signal: Signal) -> bool:
    """Whether the title begins with the value as it was said: "Support Manager" for "field
    support manager".
    """
    said, short = _plain(signal.quote_en or signal.quote), _plain(title)
    at, name = said.find(short), _plain(value)
    start = said.rfind(name, 0, at + len(short)) if at >= 0 else -1
    return start >= 0 and start < at < start + len(name)


def _find_in_text(asked: Asked, signals: Sequence[Signal]) -> list[Vote]:
    """Sentences and titles: all words of an asked value are said, or its kind is."""
    votes = []
    for signal in signals:
        if signal.dimension is not asked.condition.dimension:
            continue
        if asked.condition.kind and signal.kind != asked.condition.kind:
            continue
        said = set(f"{_plain(_text(signal))} {_plain(signal.quote)}".split())
        if any(
            set(_plain(value).split()) <= said or value in (signal.kind, signal.status)
            for value in asked.values
        ):
            votes.append(Vote(signal, True, signal.confidence * 0.9))
    return votes


_FINDERS: dict[Dimension, Callable[[Asked, Sequence[Signal]], list[Vote]]] = {
    Dimension.INDUSTRY: _find_industry,
    Dimension.GROWTH_STAGE: _find_stage,
    Dimension.BUSINESS_MODEL: _find_model,
    Dimension.GEOGRAPHY: _find_place,
    Dimension.TECH_STACK: _find_tool,
    Dimension.TEAM: _find_team,
}
