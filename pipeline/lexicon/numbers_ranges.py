"""Two numbers that are one range: "two to three hundred", "between forty and fifty", "ten, twelve".

A scale said once counts for both. The trap: "we grew from thirty to sixty" tells a change, so its
two numbers stay apart, and a comma or a mere space joins only numbers that are close to each other.
"""

from __future__ import annotations

from pipeline.lexicon.numbers_bounds import ABOUT, MAYBE, phrase_at
from pipeline.lexicon.numbers_tokens import Token, word_at
from pipeline.lexicon.numbers_units import SIGNS
from pipeline.lexicon.numbers_words import Number, is_glued, read_number


def range_from(
    tokens: list[Token], number: Number, unit_end: int
) -> tuple[float, float, int] | None:
    """The range that `number` opens ("… to three hundred", "forty, fifty"): low, high, end."""
    best: tuple[float, float, int] | None = None
    for at in dict.fromkeys((number.end, unit_end)):
        best = best or _joined(tokens, number, at)
    return best


def _joined(tokens: list[Token], number: Number, at: int) -> tuple[float, float, int] | None:
    if at >= len(tokens) or number.vague or tokens[at].gap == ".":
        return None
    link = tokens[at].text
    between = any(
        word_at(tokens, i) in ("between", "betwixt") for i in range(number.first - 4, number.first)
    )
    strong = link in ("to", "or", "through") or (link == "and" and between)
    step = at + strong
    step += phrase_at(tokens, step, MAYBE) if strong or tokens[step].gap == "," else 0
    step += phrase_at(tokens, step, ABOUT) if strong else 0
    sign = word_at(tokens, step) in SIGNS
    if sign and word_at(tokens, number.first - 1) != tokens[step].text:
        return None
    other = read_number(tokens, step + sign)
    if other is None or other.vague or is_glued(tokens, step + sign):
        return None
    strong = strong or tokens[at].gap == "-"
    low, high = _share(number, other) if strong else _share(number, other, back=False)
    if low >= high or other.year != number.year or (link == "to" and _moved(tokens, number.first)):
        return None
    weak_years = number.digits and 1900 <= number.low <= 2049
    if not strong and (high > 2 * low or number.digits != other.digits or weak_years):
        return None
    further = _joined(tokens, other, other.end) if not strong else None
    if further is not None and low < further[0] <= further[1] <= 2 * low:
        return low, further[1], further[2]
    return low, high, other.end


def _share(one: Number, other: Number, *, back: bool = True) -> tuple[float, float]:
    """The two values, where one lends its scale to the other ("two to three hundred")."""
    low, high = one.low, other.high
    plain = not one.multipliers or max(one.multipliers) <= 100 < max(other.multipliers, default=1)
    if plain:
        for factor in sorted(other.multipliers, reverse=True):
            if high <= low * factor * 20 and low * factor <= high:
                return low * factor, high
    if high <= low and back:
        for factor in sorted(one.multipliers, reverse=True):
            if low < high * factor <= low * 20:
                return low, high * factor
    return low, high


def _moved(tokens: list[Token], first: int) -> bool:
    """Whether "from A to B" tells a change ("we grew from thirty to sixty"), not a range."""
    return word_at(tokens, first - 1) == "from" and word_at(tokens, first - 2) in (
        "grew", "grown", "went", "gone", "go", "goes", "going", "jumped", "moved", "up", "down",
        "back",         "growing", "came", "shrank", "dropped", "scaled",
    )  # fmt: skip
