"""The types of an ideal customer profile: what it asks for, what it rules out, its tiers.

Import them from `domain`, where all types are together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.vocabularies import Dimension


@dataclass(frozen=True, slots=True)
class Statement:
    """A free-text sentence of a profile that the classifier decides on."""

    id: str
    text: str
    dimension: Dimension | None = None


@dataclass(frozen=True, slots=True)
class Seller:
    """The company that uses this software, as a profile describes it."""

    company: str
    product: str = ""
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a criterion or disqualifier asks of the signals of one dimension."""

    dimension: Dimension | None = None
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    currency: str | None = None
    function: str | None = None
    kind: str | None = None
    status: tuple[str, ...] = ()
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement of a profile."""

    id: str
    condition: Condition
    weight: float = 1.0
    required: bool = False


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """An event that makes an account more likely to buy."""

    id: str
    kind: str | None = None
    statement: str | None = None
    within_months: float | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Disqualifier:
    """A reason not to sell. `condition.kind` names a kind of blocker when no dimension is given."""

    id: str
    condition: Condition
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """An ideal customer profile. `tiers` maps A, B, C to their least fit, in falling order."""

    id: str
    name: str
    seller: Seller
    criteria: tuple[Criterion, ...]
    triggers: tuple[TriggerRule, ...] = ()
    disqualifiers: tuple[Disqualifier, ...] = ()
    tiers: Mapping[str, float] = field(default_factory=lambda: {"A": 0.75, "B": 0.5, "C": 0.25})
    version: int = 1

    def statements(self) -> tuple[Statement, ...]:
        """Every free-text statement of the profile, under the id of the rule that holds it."""
        rules: tuple[Criterion | Disqualifier, ...] = (*self.criteria, *self.disqualifiers)
        conditions = [(rule.id, rule.condition) for rule in rules]
        found = [Statement(i, c.statement, c.dimension) for i, c in conditions if c.statement]
        found += [Statement(t.id, t.statement) for t in self.triggers if t.statement]
        return tuple(found)
