"""Small builders for tests: turns, signals, rules, profiles, stand-ins for what checks look up.

Every builder has defaults for all that a test does not care about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from pipeline.domain import (
    CallAnalysis,
    Condition,
    Criterion,
    Dimension,
    Disqualifier,
    Profile,
    Range,
    Role,
    Seller,
    Signal,
    Speaker,
    StatementEvidence,
    Transcript,
    TriggerRule,
    Turn,
)  # fmt: skip
from pipeline.knowledge import Knowledge
from pipeline.ports import PlaceHit

_numbers = count(1)


def make_turn(
    index: int = 0, text: str = "We are about two hundred people.", **fields: object
) -> Turn:
    """A turn of the prospect (S2) of five seconds."""
    given: dict[str, object] = {
        "speaker": "S2", "start": index * 5.0, "end": index * 5.0 + 4.0, **fields
    }  # fmt: skip
    return Turn(index=index, text=text, **given)  # type: ignore[arg-type]


def make_transcript(
    lines: Sequence[tuple[str, str]] = (("S1", "How many are you?"), ("S2", "About two hundred.")),
    **fields: object,
) -> Transcript:
    """A call of (speaker, text) lines; S1 is the rep, all others prospects."""
    turns = tuple(make_turn(i, text, speaker=speaker) for i, (speaker, text) in enumerate(lines))
    speakers = tuple(
        Speaker(s, Role.REP if s == "S1" else Role.PROSPECT)
        for s in dict.fromkeys(s for s, _ in lines)
    )
    given: dict[str, object] = {
        "call_id": "c-1", "speakers": speakers, "recorded_at": datetime(2026, 6, 15, tzinfo=UTC),
        **fields,
    }  # fmt: skip
    return Transcript(turns=turns, **given)  # type: ignore[arg-type]


def make_signal(dimension: str, value: object = None, **fields: object) -> Signal:
    """A signal of the prospect with confidence 0.9; a pair of numbers becomes a range."""
    if isinstance(value, tuple):
        value = Range(*value)
    number = next(_numbers)
    given: dict[str, object] = {
        "id": f"sig_{number}", "call_id": "c-1", "quote": f"{value}", "turns": (1,),
        "speaker": "S2", "role": Role.PROSPECT, "confidence": 0.9, "start": 62.0, "end": 64.0,
        **fields,
    }  # fmt: skip
    return Signal(dimension=Dimension(dimension), value=value, **given)  # type: ignore[arg-type]


def make_criterion(dimension: str | None = None, **fields: object) -> Criterion:
    """A criterion; weight and required apart, the fields are those of its condition."""
    rule = {key: fields.pop(key) for key in ("id", "weight", "required") if key in fields}
    condition = Condition(dimension=Dimension(dimension) if dimension else None, **fields)  # type: ignore[arg-type]
    return Criterion(**{"id": "rule", "condition": condition, **rule})  # type: ignore[arg-type]


def make_disqualifier(dimension: str | None = None, **fields: object) -> Disqualifier:
    """A hard disqualifier."""
    rule = {key: fields.pop(key) for key in ("id", "hard") if key in fields}
    condition = Condition(dimension=Dimension(dimension) if dimension else None, **fields)  # type: ignore[arg-type]
    return Disqualifier(**{"id": "out", "condition": condition, "hard": True, **rule})  # type: ignore[arg-type]


def make_profile(
    criteria: Sequence[Criterion] = (),
    triggers: Sequence[TriggerRule] = (),
    disqualifiers: Sequence[Disqualifier] = (),
    **fields: object,
) -> Profile:
    """A profile of the seller Northwind; without criteria it asks for 200 to 1,000 employees."""
    rules = tuple(criteria) or (make_criterion("headcount", id="size", min=200, max=1000),)
    given: dict[str, object] = {
        "id": "p", "name": "P", "seller": Seller("Northwind", competitors=("Gong",)), **fields
    }  # fmt: skip
    return Profile(
        criteria=rules, triggers=tuple(triggers), disqualifiers=tuple(disqualifiers), **given
    )  # type: ignore[arg-type]


def make_evidence(
    rule: str = "rule", supports: float = 0.0, denies: float = 0.0
) -> StatementEvidence:
    """What the classifier found on a rule's statement."""
    return StatementEvidence(rule, supports, denies, "as they said", (3,), "S2", 70.0)


def make_analysis(
    signals: Sequence[Signal] = (),
    statements: Sequence[StatementEvidence] = (),
    transcript: Transcript | None = None,
) -> CallAnalysis:
    """An analysed call; its transcript is long enough to be judged."""
    talk = "We have been at this for a good while and there is a lot to say about how we work. "
    lines = (("S1", "How do you work today?"), ("S2", talk * 4), ("S2", "What does it cost?"))
    return CallAnalysis(transcript or make_transcript(lines), tuple(signals), tuple(statements))


REGIONS: Mapping[str, tuple[str, ...]] = {
    "DACH": ("Germany", "Austria", "Switzerland"),
    "European Union": ("Germany", "Austria", "Ireland"),
    "Germany": ("Munich", "Berlin"),
    "Ireland": ("Dublin",),
    "United Kingdom": ("Leeds", "Glasgow"),
    "Australia": ("Brisbane",),
}
CATEGORIES = {
    "Salesforce": "crm", "HubSpot": "crm", "Pipedrive": "crm", "Zendesk": "help desk",
    "Gorgias": "help desk", "NetSuite": "erp", "Visma": "erp", "Skillcast": "training",
    "Moodle": "training", "Stripe": "payments",
}  # fmt: skip
FUNCTIONS = {
    "customer care": "customer support", "customer service": "customer support",
    "rev ops": "revenue operations", "cfo": "finance",
}  # fmt: skip


class Places:
    """A gazetteer of a few places."""

    made_by = "test"

    def find(self, text: str) -> list[PlaceHit]:
        return []

    def country_of(self, place: str) -> str | None:
        return None

    def contains(self, region: str, place: str) -> bool | None:
        known = {name for names in REGIONS.values() for name in names} | set(REGIONS)
        if place not in known or region not in known:
            return None
        inside = REGIONS.get(region, ())
        return (
            place == region
            or place in inside
            or any(place in REGIONS.get(name, ()) for name in inside)
        )


class Products:
    """A catalogue of a few tools."""

    def canonical(self, text: str) -> str | None:
        return {"hub spot": "HubSpot", "sfdc": "Salesforce"}.get(text.lower())

    def category(self, name: str) -> str | None:
        return CATEGORIES.get(name)

    def same_category(self, a: str, b: str) -> bool:
        return CATEGORIES.get(a, a) == CATEGORIES.get(b, b)


class Industries:
    """A tree of two branches; other labels are unknown."""

    def is_a(self, label: str, ancestor: str) -> bool | None:
        known = {"payments": "fintech", "fintech": "fintech", "retail": "retail"}
        return known[label] == ancestor if label in known else None


class Functions:
    """Functions with a few other names."""

    def matches(self, a: str, b: str) -> bool:
        first, second = a.lower(), b.lower()
        first, second = FUNCTIONS.get(first, first), FUNCTIONS.get(second, second)
        return first == second or {first, second} == {"sales", "revenue operations"}

    def normalise(self, text: str) -> str | None:
        return FUNCTIONS.get(text.lower())

    def parents(self, label: str) -> tuple[str, ...]:
        return ("sales",) if label == "revenue operations" else ()


class Titles:
    """Titles that end in a function, and the CFO."""

    def function_of(self, title: str) -> str | None:
        return "finance" if title == "CFO" else title.lower().rpartition("head of ")[2] or None


def make_knowledge(**fields: object) -> Knowledge:
    """What checks look up, as small stand-ins."""
    return Knowledge(
        **{
            "places": Places(), "products": Products(), "industries": Industries(),
            "functions": Functions(), "titles": Titles(), **fields,
        }
    )  # type: ignore[arg-type]  # fmt: skip


FIRST_DAY = datetime(2026, 1, 10, tzinfo=UTC)


def make_deal_call(
    day: int,
    *signals: Signal,
    statements: Sequence[StatementEvidence] = (),
    names: Sequence[str] = ("Lee", "Kim"),
) -> CallAnalysis:
    """A call of the deal d-1 so many days after the first, with S2 and S3 by name."""
    people = tuple(Speaker(f"S{i + 2}", Role.PROSPECT, name) for i, name in enumerate(names))
    transcript = replace(
        make_analysis().transcript, call_id=f"c-{day}", deal_id="d-1",
        recorded_at=FIRST_DAY + timedelta(days=day),
        speakers=(Speaker("S1", Role.REP, "Dana"), *people),
    )  # fmt: skip
    own = tuple(replace(signal, call_id=f"c-{day}") for signal in signals)
    return CallAnalysis(transcript, own, tuple(statements))
