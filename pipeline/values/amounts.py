"""Numbers out of proposals: headcount, team sizes, revenue, growth, budgets.

The mark says which number of a turn is meant; the number parser says how much it is. Trap: a number
that its speaker takes back right away is `superseded` and must not be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain import Dimension, Proposal, Range
from pipeline.lexicon.money import currency_named, currency_of_country
from pipeline.lexicon.numbers import Quantity, find_quantities
from pipeline.values.correction import latest_position
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, split_label

UNITS: dict[str, frozenset[str]] = {
    "headcount": frozenset({"count"}),
    "team_size": frozenset({"count"}),
    "revenue": frozenset({"money", "count"}),
    "growth_rate": frozenset({"percent", "count"}),
    "budget": frozenset({"money", "count"}),
}
LEAST_REVENUE = 1000.0
UNSAID_SCALE = {"revenue": 1e6, "budget": 1e3}
"""People say "we turn over nine" and mean millions, "I have forty for it" and mean thousands."""
MONEY = frozenset({"revenue", "budget"})
ONCE_SHARE = 0.6
"""How much a number of an earlier time counts beside one of today."""
_ONCE = re.compile(
    r"\b(?:(?:a|two|three|five|ten|few|couple of) years? (?:ago|back)|back then|back in|used to be|"
    r"the year before|at (?:the )?peak|when (?:i|we) (?:started|joined))\b",
    re.IGNORECASE,
)
_INDIAN = re.compile(r"\b(?:lakhs?|lacs?|crores?|crs?)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.;!?](?:\s|$)|,\s")
MOST_WORDS_OF_UNIT = 4
"""A turn that only names the unit of a number is no longer than this."""


def amounts_of(
    proposal: Proposal, scene: Scene, lexicon: Lexicon, function_marks: dict[int, list[Proposal]]
) -> list[Draft]:
    """The number inside the mark as a value of the mark's dimension."""
    name, attribute = split_label(proposal)
    dimension = Dimension(name)
    text = scene.turns[proposal.turn].text
    quantity = _quantity(text, proposal, name)
    if quantity is None:
        if dimension is not Dimension.BUDGET:
            return []
        a, b = quote_span(text, proposal.start, proposal.end)
        return [Draft(dimension, None, proposal.turn, a, b, proposal.score, attribute, key="none")]
    quantity, turn = latest_position(quantity, proposal.turn, scene)
    text = scene.turns[turn].text
    currency = None
    if name in MONEY:
        currency = quantity.currency or _named_after(turn, scene) or _usual_currency(quantity)
    scale = UNSAID_SCALE.get(name, 1.0) if _is_unscaled(quantity) else 1.0
    value = Range(_times(quantity.low, scale), _times(quantity.high, scale), currency)
    quantity = replace(quantity, low=value.low, high=value.high)
    if name == "revenue" and max(quantity.low or 0, quantity.high or 0) < LEAST_REVENUE:
        return []
    a, b = quote_span(text, quantity.start, quantity.end)
    function = None
    if dimension is Dimension.TEAM_SIZE:
        function = function_near(quantity, turn, scene, lexicon, function_marks)
    key = f"{function or ''}:{quantity.low}:{quantity.high}"
    return [
        Draft(
            dimension,
            value,
            turn,
            a,
            b,
            proposal.score * (ONCE_SHARE if _was_once(text, quantity) else 1.0),
            attribute,
            function,
            key=key,
            at=quantity.start,
        )
    ]


def one_meaning_each(drafts: Sequence[Draft]) -> list[Draft]:
    """A number counts one thing: of several readings of one number only the likeliest stays."""
    best: dict[tuple[int, int], Draft] = {}
    for draft in drafts:
        place = (draft.turn, draft.at)
        if draft.at >= 0 and (place not in best or draft.score > best[place].score):
            best[place] = draft
    return [d for d in drafts if d.at < 0 or best[d.turn, d.at].dimension is d.dimension]


def _named_after(turn: int, scene: Scene) -> str | None:
    """The currency that a short turn right after the number names ("Thousand? Pounds?")."""
    for step in (1, 2):
        after = scene.neighbour(turn, step)
        words = re.findall(r"[^\W\d_]+|[€$£]", after.text) if after else []
        if not words or len(words) > MOST_WORDS_OF_UNIT:
            return None
        if found := next((code for word in words if (code := currency_named(word))), None):
            return found
    return None


def _was_once(text: str, quantity: Quantity) -> bool:
    """Whether the clause of a number tells of an earlier time ("a year ago it was maybe five")."""
    before = _CLAUSE_END.split(text[: quantity.start])[-1]
    after = _CLAUSE_END.split(text[quantity.end :])[0]
    return bool(_ONCE.search(f"{before} {after}"))


def _usual_currency(quantity: Quantity) -> str | None:
    """Lakhs and crores are of rupees where no currency is named."""
    return "INR" if _INDIAN.search(quantity.surface) else None


def _is_unscaled(quantity: Quantity) -> bool:
    return quantity.bare and max(quantity.low or 0, quantity.high or 0) < LEAST_REVENUE


def _times(number: float | None, scale: float) -> float | None:
    return None if number is None else number * scale


def _quantity(text: str, proposal: Proposal, name: str) -> Quantity | None:
    wanted = UNITS[name]
    inside = [
        q
        for q in find_quantities(text)
        if q.start < proposal.end and q.end > proposal.start and not q.superseded
    ]
    fitting = [q for q in inside if q.unit in wanted]
    if not fitting and name != "growth_rate":
        # recognition writes years and times where people count ("twenty twenty of us")
        fitting = [q for q in inside if q.unit in {"year", "time"} and name in {"headcount"}]
    best = max(
        fitting,
        key=lambda q: (q.unit == "money", q.unit == "percent", q.end - q.start),
        default=None,
    )
    return best


def function_near(
    quantity: Quantity, turn: int, scene: Scene, lexicon: Lexicon, marks: dict[int, list[Proposal]]
) -> str | None:
    """The function whose people are counted: the marked word nearest to the number, else a known
    one.
    """
    text = scene.turns[turn].text
    centre = (quantity.start + quantity.end) / 2
    here = [
        (abs((p.start + p.end) / 2 - centre) - 60 * p.score, text[p.start : p.end])
        for p in marks.get(turn, [])
    ]
    before = scene.neighbour(turn, -1)
    if before:
        here += [
            (120 - 60 * p.score, before.text[p.start : p.end]) for p in marks.get(before.index, [])
        ]
    for _, words in sorted(here):
        label = lexicon.functions.normalise(words.strip(" .,?!"))
        if label:
            return label
    if here:
        return min(here)[1].strip(" .,?!'\"").lower()
    a, b = quote_span(text, quantity.start, quantity.end)
    for where in (text[a:b], before.text if before else ""):
        hits = lexicon.functions.find(where)
        if hits:
            return hits[0][2]
    return quantity.noun


def fill_currency(value: Range, country: str | None) -> Range:
    """A currency nobody named is that of the account's country."""
    if value.currency or not country:
        return value
    return Range(value.low, value.high, currency_of_country(country))
