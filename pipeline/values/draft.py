"""A draft: one proposal with its value read out of the words, before drafts of one fact are merged.

Also what all kinds of values share: the lexicon they look things up in, and the quote around a
span. Trap: raw recognition output has no sentences, so a quote there is a number of words to
either side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain import Dimension, Entity, Proposal, Range, Role, Turn
from pipeline.lexicon.functions import FunctionIndex
from pipeline.lexicon.industries import IndustryTaxonomy
from pipeline.lexicon.phrases import fold
from pipeline.lexicon.products import ProductGazetteer
from pipeline.lexicon.titles import TitleIndex
from pipeline.ports import PlaceIndex

Embed = Callable[[Sequence[str]], list[list[float]]]
Entail = Callable[[Sequence[tuple[str, str]]], list[float]]
SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+[\"')\]]*(?=\s|$)|$)")
LONGEST_QUOTE, SIDE_WORDS = 32, 12


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that values are looked up in."""

    products: ProductGazetteer
    places: PlaceIndex
    industries: IndustryTaxonomy
    functions: FunctionIndex
    titles: TitleIndex
    embed: Embed
    entail: Entail
    entities: Mapping[int, Sequence[Entity]] = field(default_factory=dict)
    """What the entity recogniser found, by turn index; only turns with names were shown to it."""
    seller: str = ""
    people: frozenset[str] = frozenset()
    """Names of the people on the call, squashed: no products, places or titles."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One mention of a fact. `start`/`end`: the quote, as character offsets in the turn's text."""

    dimension: Dimension
    value: str | Range | None
    turn: int
    start: int
    end: int
    score: float
    attribute: str | None = None
    function: str | None = None
    when: str | None = None
    heard: str | None = None
    key: str = ""
    at: int = -1
    """Where the mention itself begins; -1 when the whole quote is meant."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The call as drafts are made: its turns by index, in order, and who is on which side."""

    turns: Mapping[int, Turn]
    order: tuple[int, ...]
    roles: Mapping[str, Role]

    def role(self, turn: int) -> Role:
        """The side of the speaker of a turn."""
        return self.roles.get(self.turns[turn].speaker, Role.UNKNOWN)

    def neighbour(self, turn: int, step: int) -> Turn | None:
        """The turn `step` places away, skipping quarantined ones; None at the ends."""
        place = self.order.index(turn) + step
        return self.turns[self.order[place]] if 0 <= place < len(self.order) else None


def scene_of(turns: Sequence[Turn], roles: Mapping[str, Role]) -> Scene:
    """The readable turns of a call as a scene."""
    readable = [t for t in turns if not t.quarantine]
    return Scene({t.index: t for t in readable}, tuple(t.index for t in readable), roles)


def squash(text: str) -> str:
    """Letters and digits alone, in lower case: what stays the same however a name is written."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def split_label(proposal: Proposal) -> tuple[str, str | None]:
    """`tech_stack:past` → (`tech_stack`, `past`); `pain` → (`pain`, None)."""
    dimension, _, attribute = proposal.label.partition(":")
    return dimension, attribute or None


def quote_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a span, or, in a long one, the words to either side of the span."""
    left = max((m.start() for m in SENTENCE.finditer(text) if m.start() <= start), default=0)
    right = min((m.end() for m in SENTENCE.finditer(text) if m.end() >= end), default=len(text))
    words = [m.span() for m in re.finditer(r"\S+", text[left:right])]
    if len(words) > LONGEST_QUOTE:
        inside = [i for i, (a, b) in enumerate(words) if left + b > start and left + a < end]
        if inside:
            first = max(0, inside[0] - SIDE_WORDS)
            last = min(len(words) - 1, inside[-1] + SIDE_WORDS)
            left, right = left + words[first][0], left + words[last][1]
    while left < right and text[left].isspace():
        left += 1
    while right > left and text[right - 1].isspace():
        right -= 1
    return left, right
