"""What checks must know of the world, as Protocols: products, industries, functions, titles …

The lexicons and the place index fulfil them; tests use small stand-ins. `CheckOptions` holds every
threshold of a check in one place. The trap: `is_a` and `contains` answer None for "not known",
which is never the same as False.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from pipeline.ports import PlaceIndex


class ProductCatalog(Protocol):
    """Named products: their usual name, and what they are for."""

    def canonical(self, text: str) -> str | None: ...

    def category(self, name: str) -> str | None: ...

    def same_category(self, a: str, b: str) -> bool:
        """Whether one of the two takes the other's place in a company (both are a CRM)."""
        ...


class IndustryTree(Protocol):
    """Industries by meaning: payments is a fintech."""

    def is_a(self, label: str, ancestor: str) -> bool | None: ...


class FunctionNames(Protocol):
    """Departments and roles: customer care is customer support."""

    def matches(self, a: str, b: str) -> bool:
        """Whether two names mean one function, or either is part of the other."""
        ...

    def normalise(self, text: str) -> str | None: ...

    def parents(self, label: str) -> tuple[str, ...]: ...


class TitleNames(Protocol):
    """Titles of people: a CFO works in finance."""

    def function_of(self, title: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything a check looks up. `similarity` (0..1) helps where the tree knows nothing.

    `entails` gives the probability that words of the account's side entail a statement.
    """

    places: PlaceIndex
    products: ProductCatalog
    industries: IndustryTree
    functions: FunctionNames
    titles: TitleNames
    similarity: Callable[[str, str], float] | None = None
    entails: Callable[[str, str], float] | None = None

    def is_part_of(self, said: str, asked: str) -> bool:
        """Whether a function is the asked one or a part of it: sales is no revenue operations."""
        if not self.functions.matches(said, asked):
            return False
        part, whole = (self.functions.normalise(name) or name for name in (said, asked))
        return part == whole or part not in self.functions.parents(whole)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Thresholds of a check in 0..1, and days; the defaults are chosen on the development calls."""

    floor: float = 0.25
    """A position held with less confidence than this decides nothing."""
    conflict_margin: float = 0.35
    """Of two opposed positions the clearly stronger one wins; nearer than this they conflict."""
    statement_met: float = 0.65
    statement_denied: float = 0.7
    statement_detected: float = 0.85
    """An event that a statement names is rarer than a fact, so it takes more to believe it."""
    kind_denied: float = 0.75
    """A kind of blocker is cleared by a denial that is at least so sure."""
    raise_blocker: float = 0.6
    """A blocker must be this likely before it warns of an account."""
    raise_hard: float = 0.93
    """A statement needs more support than usual to throw an account out."""
    hypothesis_met: float = 0.8
    hypothesis_denied: float = 0.9
    hypothesis_detected: float = 0.95
    """Where no signal settles a rule, talk must be clear to do so (see `hypotheses.py`)."""
    hypothesis_beside: bool = True
    """Whether a value that is clearly described stands beside another that signals name."""
    entailed: float = 0.8
    """From here the words of an industry signal put the account into another asked industry."""
    similar: float = 0.6
    """From here two industry labels mean the same."""
    half_life_days: float = 730.0
    """In a deal what was said so many days before the last call counts half; 0: age is nothing."""
    same_moment_days: float = 14.0
    """Calls of a deal no further apart than this can disagree; else the later one counts."""


def remembering(knowledge: Knowledge) -> Knowledge:
    """The same knowledge, that looks nothing up twice and asks no model twice."""

    def once(ask: Callable[[str, str], float] | None) -> Callable[[str, str], float] | None:
        return None if ask is None else cache(ask)

    return Knowledge(
        places=cast(PlaceIndex, _Once(knowledge.places)),
        products=cast(ProductCatalog, _Once(knowledge.products)),
        industries=cast(IndustryTree, _Once(knowledge.industries)),
        functions=cast(FunctionNames, _Once(knowledge.functions)),
        titles=cast(TitleNames, _Once(knowledge.titles)),
        entails=once(knowledge.entails),
        similarity=once(knowledge.similarity),
    )


class _Once:
    """An index that remembers every answer."""

    def __init__(self, index: object) -> None:
        self._index = index

    def __getattr__(self, name: str) -> object:
        found = getattr(self._index, name)
        remembered = cache(found) if callable(found) else found
        setattr(self, name, remembered)
        return remembered
