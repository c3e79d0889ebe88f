"""Cardinal numbers as people say or write them, from tokens to one number and its end.

This is the grammar only ("two and a half thousand", "one sixty", "2 crore"); units, bounds and
ranges are in the files beside it. "One sixty" is 160 but "sixty seventy" is two numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.lexicon.numbers_tokens import (
    BARE_SCALES,
    LETTER_SCALES,
    ONES,
    SCALES,
    TEENS,
    TENS,
    VAGUE,
    Token,
    word_at,
)

_DIGITS = {*ONES, "oh", "o"}
_POINTS = ("point", "comma", "dot")
_HALVES = {
    ("and", "a", "half"): 0.5, ("and", "half"): 0.5, ("and", "a", "quarter"): 0.25,
    ("and", "three", "quarters"): 0.75,
}  # fmt: skip
_PARTS = {
    ("half",): 0.5, ("a", "half"): 0.5, ("a", "quarter"): 0.25, ("quarter",): 0.25,
    ("three", "quarters"): 0.75,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A number over the tokens `first` to `end` (exclusive). `multipliers`: scales it can lend.

    "three hundred thousand" lends 100,000 or 1,000 to the "two" of "two to three hundred thousand".
    """

    low: float
    high: float
    first: int
    end: int
    multipliers: tuple[float, ...] = ()
    vague: bool = False
    digits: bool = False
    year: bool = False
    pair: bool = False
    """Said as two halves ("nine thirty", "one sixty"), so it may be a time of day."""


def read_number(tokens: list[Token], at: int) -> Number | None:
    """The longest number that begins at token `at`, or None."""
    return _fraction_of_scale(tokens, at) or _vague(tokens, at) or _number(tokens, at)


def _number(tokens: list[Token], at: int) -> Number | None:
    first = at
    if word_at(tokens, at) in ("a", "an") and word_at(tokens, at + 1) in BARE_SCALES:
        at += 1
    part = _group(tokens, at)
    if part is None:
        return None
    part = _scaled(tokens, part)
    total, last, multipliers = part.low, _outer(part), part.multipliers
    while last >= 1e3:
        step = part.end + (word_at(tokens, part.end) == "and")
        following = _group(tokens, step)
        if following is None or following.digits != part.digits:
            break
        plain, following = following, _scaled(tokens, following)
        pause = any(not t.joined for t in tokens[part.end : step + 1])
        if not pause and 100 <= plain.low < last <= following.low:
            # "nine thousand one hundred crore": the last scale is that of the whole number
            factor = following.low / plain.low
            total = (total + plain.low) * factor
            part, multipliers = following, (factor,)
            break
        if following.low >= last or _outer(following) >= last:
            break
        if (pause and (tokens[step].gap != "," or step > part.end)) or (
            (pause or following.pair) and not following.multipliers
        ):
            break
        total += following.low
        part, last = following, min(last, _outer(following))
    number = replace(part, low=total, high=total, first=first, multipliers=multipliers)
    return _and_a_half(tokens, number)


def _outer(number: Number) -> float:
    return number.multipliers[-1] if number.multipliers else 1.0


def _scaled(tokens: list[Token], number: Number) -> Number:
    """`number` times the scale words behind it ("… hundred thousand", "… lakh crore")."""
    at, value, factors = number.end, number.low, list(number.multipliers)
    while at < len(tokens) and (scale := _scale(tokens, at, number.digits or value % 1 > 0)):
        if scale == 100 and 100 in factors:
            break
        value *= scale
        factors = [f * scale for f in factors] + [scale]
        at += 1
    if value == number.low:
        return number
    value = round(value, 6)
    return replace(
        number, low=value, high=value, end=at, multipliers=tuple(factors), year=False, pair=False
    )


def _scale(tokens: list[Token], at: int, exact: bool) -> float:
    """The factor that token `at` says, 0 when it is none."""
    token = tokens[at]
    factor = SCALES.get(token.text, 0.0)
    if not factor and exact and token.gap in ("", " "):
        factor = LETTER_SCALES.get(token.text, 0.0)
        if token.gap == " " and word_at(tokens, at + 1) in ("a", "the"):
            return 0.0
    if token.gap == "," and not (exact and factor >= 1e6):
        return 0.0
    return factor if token.gap != "." else 0.0


def _group(tokens: list[Token], at: int) -> Number | None:
    """A number without outer scales: 0 to 9,999 in words, any in digits, with decimals."""
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.text[0].isdigit():
        value = _digits(token.text)
        return None if value is None else Number(value, value, at, at + 1, digits=True)
    if token.text in BARE_SCALES:
        number = Number(1, 1, at, at)
        factor = SCALES[token.text]
        number = Number(factor, factor, at, at + 1, (factor,))
        return _below_hundred(tokens, number) if factor == 100 else number
    small = _small(tokens, at)
    if small is None:
        return None
    value, end = small
    number = Number(value, value, at, end)
    if _is(tokens, end, "hundred", "hundreds") and tokens[end].joined:
        hundreds = replace(number, low=value * 100, high=value * 100, end=end + 1)
        return _below_hundred(tokens, replace(hundreds, multipliers=(100.0,)))
    return _decimal(tokens, number) or _two_halves(tokens, number) or number


def _below_hundred(tokens: list[Token], number: Number) -> Number:
    """`number` (whole hundreds) plus the "(and) sixty five" behind it, if any."""
    step = number.end + (word_at(tokens, number.end) == "and")
    if not all(t.joined for t in tokens[number.end : step + 1]):
        return number
    small = _small(tokens, step)
    if small is None or small[0] == 0:
        return number
    bare = number.end == number.first + 1  # "hundred ten, hundred fifteen" without the pause
    further = _is(tokens, small[1], "hundred", "hundreds") and tokens[small[1]].joined
    if further and not (bare and small[0] >= 10):
        return number
    if word_at(tokens, small[1]) in _POINTS and number.end != step:
        return number
    value = number.low + small[0]
    return replace(number, low=value, high=value, end=small[1])


def _small(tokens: list[Token], at: int) -> tuple[float, int] | None:
    """0 to 99 in words."""
    word = word_at(tokens, at)
    if word in TENS:
        unit = word_at(tokens, at + 1)
        if unit in ONES and unit != "zero" and tokens[at + 1].joined:
            return TENS[word] + ONES[unit], at + 2
        return TENS[word], at + 1
    value = ONES.get(word, TEENS.get(word))
    return None if value is None else (value, at + 1)


def _decimal(tokens: list[Token], number: Number) -> Number | None:
    """Reads "four point two", "zero point seven five", "one point twenty five"."""
    at = number.end
    if word_at(tokens, at) not in _POINTS or not tokens[at].joined:
        return None
    digits, at = "", at + 1
    while word_at(tokens, at) in _DIGITS and tokens[at].joined:
        digits += str(ONES.get(tokens[at].text, 0))
        at += 1
    if not digits and (small := _small(tokens, at)) and tokens[at].joined:
        digits, at = f"{small[0]:.0f}", small[1]
    if not digits:
        return None
    value = float(f"{number.low:.0f}.{digits}")
    return replace(number, low=value, high=value, end=at)


def _two_halves(tokens: list[Token], number: Number) -> Number | None:
    """Reads "one sixty" 160, "twelve fifty" 1,250, "five oh two" 502, "nineteen ninety four"."""
    at, head = number.end, int(number.low)
    if head == 0 or at >= len(tokens) or not tokens[at].joined:
        return None
    if tokens[at].text in ("oh", "o") and word_at(tokens, at + 1) in ONES:
        value = head * 100.0 + ONES[tokens[at + 1].text]
        year = head in (19, 20)
        return replace(number, low=value, high=value, end=at + 2, pair=True, year=year)
    tail = _small(tokens, at)
    if tail is None or tail[0] < 10 or _is(tokens, tail[1], "hundred", "hundreds"):
        return None
    if head < 10 and tail[0] % 10 == head and _small(tokens, tail[1]):
        tail = (tail[0] - head, tail[1] - 1)  # "one forty | one forty five"
    low, year = int(tail[0]), head == 19 and tail[0] >= 20 or head == 20 and 10 <= tail[0] <= 45
    if head >= 10 and not year:
        if head < low and (
            low - head <= max(5, head / 2) or head >= 20 and head % 10 == low % 10 == 0
        ):
            return None
        if head >= low or head >= 30:
            return None
    value = head * 100.0 + low
    lends = (100.0,) if head < 10 else ()
    return Number(value, value, number.first, tail[1], lends, year=year, pair=True)


def _and_a_half(tokens: list[Token], number: Number) -> Number:
    """`number` with "and a half" added to its outermost scale, and the scale that may follow."""
    words = tuple(word_at(tokens, number.end + i) for i in range(4))
    for phrase, share in _HALVES.items():
        if words[: len(phrase)] == phrase and tokens[number.end].joined:
            value = number.low + share * (_outer(number) if _outer(number) >= 1e3 else 1)
            end = number.end + len(phrase)
            return _scaled(tokens, replace(number, low=value, high=value, end=end))
    return number


def _fraction_of_scale(tokens: list[Token], at: int) -> Number | None:
    """Reads "half a million", "a quarter of a million", "three quarters of a million"."""
    for phrase, share in _PARTS.items():
        if tuple(word_at(tokens, at + i) for i in range(len(phrase))) != phrase:
            continue
        end = at + len(phrase)
        end += _is(tokens, end, "of")
        end += _is(tokens, end, "a", "an")
        if word_at(tokens, end) in SCALES and tokens[end].joined:
            return _scaled(tokens, Number(share, share, at, end))
    return None


def _vague(tokens: list[Token], at: int) -> Number | None:
    """Reads "a couple (of) hundred" is 200; "a few dozen", "several thousand" are ranges."""
    first = at
    at += _is(tokens, at, "a")
    word = word_at(tokens, at)
    if word not in VAGUE:
        return None
    low, high = VAGUE[word]
    at += 1
    at += _is(tokens, at, "of")
    if word_at(tokens, at) in SCALES and tokens[at].joined:
        factor = _scaled(tokens, Number(1, 1, first, at))
        low, high, at = low * factor.low, high * factor.low, factor.end
    elif word in ("few", "several") or (word == "handful" and tokens[at - 1].text != "of"):
        return None
    return Number(low, high, first, at, vague=True)


def _digits(text: str) -> float | None:
    """Reads "1,200" is 1200, "1.2" is 1.2, "12,50" is 12.5, "1.200.000" is 1200000."""
    text = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", text):
        return float(text.replace(".", ""))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text) and len(text) < 40:
        return float(text.replace(",", "."))
    return None


def _is(tokens: list[Token], at: int, *words: str) -> bool:
    return word_at(tokens, at) in words


def is_glued(tokens: list[Token], at: int) -> bool:
    """Whether the digits hang on letters ("S3", "covid19"), so that they count nothing."""
    token, before = tokens[at], word_at(tokens, at - 1)
    return token.gap == "" and token.text[0].isdigit() and before[:1].isalpha()
