"""The words that bound a number: "just shy of", "north of", "-odd", "or so", "max", "plus".

Phrases stand before or after it. The trap is negation and idiom: "we won't go over" is a ceiling,
and "we turn over sixty million" bounds nothing.
"""

from __future__ import annotations

from pipeline.lexicon.numbers_tokens import Token, word_at, word_set
from pipeline.lexicon.numbers_units import noun_after
from pipeline.lexicon.numbers_words import read_number

Phrase = tuple[str, ...]


def _phrases(text: str) -> frozenset[Phrase]:
    return frozenset(tuple(line.split()) for line in text.split("|"))


BELOW = _phrases(
    "just shy of|a bit shy of|a little shy of|shy of|just under|a bit under|a little under|"
    "slightly under|well under|under|just below|slightly below|below|less than|fewer than|"
    "lower than|up to|at most|at the most|no more than|not more than|max|maximum|a maximum of|"
    "maximum of|max of|capped at|south of|smaller than|almost|nearly|not quite|anything up to|"
    "as many as|as much as|close on|just short of|a bit short of|short of|until"
)
ABOVE = _phrases(
    "over|just over|a bit over|a little over|slightly over|well over|above|just above|a bit above|"
    "well above|more than|a bit more than|north of|just north of|a bit north of|well north of|"
    "at least|at minimum|upwards of|upward of|minimum|a minimum of|no less than|not less than|no "
    "fewer than|greater than|bigger than|larger than|in excess of|beyond|well past|exceeding"
)
NEGATIONS = word_set(
    "not won't wont don't dont can't cannot never isn't wouldn't nobody without no won’t don’t"
)
TURNED_OVER = word_set(
    "turn turns turned turning tick ticks hand handed took take carry come came start went"
)
SHRINKING = word_set(
    "down minus negative shrunk shrank shrinking fell falling dropped declined declining decreased "
    "lost contracted"
)
ABOUT = _phrases(
    "about|around|roughly|approximately|approx|circa|ca|some|something like|somewhere around|"
    "somewhere about|close to|in the region of|in the neighbourhood of|in the neighborhood of|"
    "in the ballpark of|ballpark|order of|on the order of|give or take"
)
MAYBE = _phrases("like|say|maybe|probably|perhaps|i think|i'd say|i guess|let's say|call it|what")
_AFTER_ABOVE = _phrases(
    "and change|and some|and something|something|or more|or above|and above|and up|or over|"
    "and over|upwards|minimum|at least|or so plus|and counting|or higher|and more"
)
_AFTER_BELOW = _phrases(
    "not more|and not more|no more|or less|or fewer|or under|or below|max|maximum|tops|"
    "at most|at the most|at the outside|at best"
)
_AFTER_ABOUT = _phrases(
    "odd|ish|or so|give or take|or thereabouts|thereabouts|or something|more or less|and a bit|"
    "or something like that|something like that|approximately|approx|roughly"
)
AFTER: tuple[tuple[str, frozenset[Phrase]], ...] = (
    ("above", _AFTER_ABOVE),
    ("below", _AFTER_BELOW),
    ("about", _AFTER_ABOUT),
)


def bounds_before(tokens: list[Token], at: int, floor: int) -> tuple[int, str | None, bool]:
    """What leads up to the number: first token of it, `above` or `below` or None, and `approx`."""
    bound, approx, first, step = None, False, at, at
    step -= word_at(tokens, step - 1) in ("the", "a", "an", "between", "from") and step > floor
    while step > floor and tokens[step].gap in (" ", "-", ""):
        for name, phrases in (("below", BELOW), ("above", ABOVE), ("about", ABOUT)):
            size = phrase_before(tokens, step, phrases)
            if size and step - size >= floor:
                step = first = step - size
                approx = approx or name == "about"
                bound = bound or (_turned(tokens, step, name) if name != "about" else None)
                break
        else:
            size = phrase_before(tokens, step, MAYBE)
            if not size or step - size < floor:
                break
            step, approx = step - size, True
    return first, bound, approx


def _turned(tokens: list[Token], step: int, bound: str) -> str | None:
    """`bound` as its context has it: "we won't go over" is a ceiling, "we turn over" no bound."""
    before = [word_at(tokens, i) for i in range(step - 3, step)]
    if word_at(tokens, step) == "over" and before[-1] in TURNED_OVER:
        return None
    if bound == "above" and tokens[step].joined and set(before) & NEGATIONS:
        return "below"
    return bound


def bounds_after(tokens: list[Token], at: int) -> tuple[int, str | None, bool]:
    """What follows the number ("plus", "-odd", "or so", "max"): end, bound, `approx`."""
    bound, approx = None, False
    while at < len(tokens) and tokens[at].gap != ".":
        sizes = [(phrase_at(tokens, at, phrases), name) for name, phrases in AFTER]
        for size, name in sorted(sizes, reverse=True)[:1]:
            if size and not _leads_on(tokens, at, size):
                at, approx = at + size, approx or name == "about"
                bound = bound or (name if name != "about" else None)
                break
        else:
            if not (word_at(tokens, at) == "plus" and _ends_with_plus(tokens, at + 1)):
                break
            at, bound = at + 1, "above"
    return at, bound, approx


def _leads_on(tokens: list[Token], at: int, size: int) -> bool:
    """Whether "max", "at least" … belongs to a number after it ("twenty, max ten of them")."""
    step = at + size
    if tokens[at].text in ("odd", "ish", "and", "or") or step >= len(tokens):
        return False
    return tokens[step].joined and read_number(tokens, step) is not None


def _ends_with_plus(tokens: list[Token], at: int) -> bool:
    """Whether "plus" closes the number ("four hundred plus people") and adds nothing to it."""
    if at >= len(tokens) or tokens[at].gap in (".", ","):
        return True
    noun = noun_after(tokens, at)
    return noun is not None and (noun.endswith("s") or noun == "people") and tokens[at].text == noun


def phrase_at(tokens: list[Token], at: int, phrases: frozenset[Phrase], longest: int = 4) -> int:
    """How many tokens from `at` form the longest of `phrases` (0: none)."""
    for size in range(min(longest, len(tokens) - at), 0, -1):
        run = tokens[at : at + size]
        if tuple(t.text for t in run) in phrases and all(t.gap in ("", " ", "-") for t in run[1:]):
            return size
    return 0


def phrase_before(tokens: list[Token], end: int, phrases: frozenset[Phrase]) -> int:
    """How many tokens that end before `end` form the longest of `phrases` (0: none)."""
    for size in range(min(5, end), 0, -1):
        if phrase_at(tokens, end - size, phrases, size) == size:
            return size
    return 0
