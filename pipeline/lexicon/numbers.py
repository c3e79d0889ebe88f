"""Find the quantities that people say: sizes, money, percentages, years, times, with their bounds.

Works on cased text and on raw recognition output alike. `low` and `high` follow the rules for
signals ("just shy of ninety" is None to 90). A corrected number stays in the list as `superseded`,
so that callers skip it. The trap: people leave scales unsaid ("revenue is about nine"), which no
parser can know; see `bare`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.lexicon.numbers_bounds import SHRINKING, bounds_after, bounds_before
from pipeline.lexicon.numbers_idioms import idiom_at
from pipeline.lexicon.numbers_ranges import range_from
from pipeline.lexicon.numbers_special import may_start, special_at, year_or_date
from pipeline.lexicon.numbers_tokens import BARE_SCALES, Token, tokenize, word_at, word_set
from pipeline.lexicon.numbers_units import (
    DURATIONS,
    MONEY_NOUNS,
    currency_after,
    currency_before,
    noun_after,
)
from pipeline.lexicon.numbers_words import Number, is_glued, read_number

_SORRY = word_set(
    "sorry no wait hang actually correction scratch rather mean nope not apologies meant more"
)
_BETWEEN_CORRECTION = _SORRY | word_set(
    "on hold oh well let me think my bad it's it is that's that i i'm we we're us a an lie tell "
    "the or make like was said now yes yeah sure say there's there's it’s to be exact precise but "
    "just lying fault ah so than maybe about around call"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as it was said. `text[start:end] == surface`; a time of day counts in minutes."""

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    """`count`, `money`, `percent`, `year`, `ordinal`, `duration` or `time`."""
    currency: str | None
    noun: str | None
    approx: bool
    corrected: bool
    surface: str
    superseded: bool = False
    bare: bool = True
    """Said without a scale of thousand or more, so "about nine" may mean nine million."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A quantity still in tokens: `first` to `end` (exclusive), and the number it came from."""

    quantity: Quantity
    first: int
    end: int
    multipliers: tuple[float, ...] = ()


def find_quantities(text: str) -> list[Quantity]:
    """Every number of a text in order; the spans do not overlap."""
    tokens = tokenize(text)
    found: list[_Found] = []
    at = floor = 0
    while at < len(tokens):
        if not may_start(tokens[at]):
            at += 1
            continue
        if passed := idiom_at(tokens, at):
            at += passed
            continue
        one = _special(text, tokens, at, floor) or _plain(text, tokens, at, floor)
        if one is None:
            at += 1
            continue
        found.append(one)
        at = floor = one.end
    found = _merge_open_ends(text, tokens, found)
    return [one.quantity for one in _correct(tokens, found)]


def _special(text: str, tokens: list[Token], at: int, floor: int) -> _Found | None:
    special = special_at(tokens, at)
    if special is None:
        return None
    first, bound, approx = bounds_before(tokens, at, floor)
    low: float | None = special.low
    high: float | None = special.high
    if special.low == special.high and special.unit == "percent":
        low, high = _bounded(special.low, special.high, bound)
    elif special.unit not in ("count", "money", "percent"):
        first = at
    currency = currency_after(tokens, special.end) if special.unit != "percent" else None
    currency = currency if special.unit in ("count", "money") else None
    end = currency[1] if currency else special.end
    unit = "money" if currency else special.unit
    if unit == "count" and _is_percent(tokens, end):
        unit, end = "percent", _is_percent(tokens, end)
    noun = noun_after(tokens, end) if unit == "count" else None
    start, stop = tokens[first].start, tokens[end - 1].end
    quantity = Quantity(
        start, stop, low, high, unit, currency[0] if currency else None, noun,
        approx or special.approx, False, text[start:stop], bare=special.high < 1000,
    )  # fmt: skip
    return _Found(quantity, first, end)


def _plain(text: str, tokens: list[Token], at: int, floor: int) -> _Found | None:
    number = read_number(tokens, at)
    if number is None or is_glued(tokens, at):
        return None
    sign = currency_before(tokens, at)
    sign = sign if sign and sign[1] >= floor else None
    unit_end, unit, currency = _unit(tokens, number.end)
    second = range_from(tokens, number, unit_end)
    low, high, end, multipliers = number.low, number.high, number.end, number.multipliers
    if second is not None:
        low, high, end = second
        multipliers = ()
        unit_end, unit_b, currency_b = _unit(tokens, end)
        unit, currency = unit_b or unit, currency_b or currency
        if sign is None and currency is None:
            written = currency_before(tokens, number.end + 1)
            currency = written[0] if written else None
    end = max(end, unit_end) if unit else end
    end, after, approx_after = bounds_after(tokens, end)
    if unit is None:
        unit_end, unit, currency_c = _unit(tokens, end)
        currency, end = currency_c or currency, unit_end if unit else end
        if unit:
            end, after_b, approx_b = bounds_after(tokens, end)
            after, approx_after = after or after_b, approx_after or approx_b
    first, bound, approx = bounds_before(tokens, sign[1] if sign else at, floor)
    if sign:
        unit, currency = "money", sign[0]
    noun = noun_after(tokens, end) if unit != "percent" else None
    unit, noun = _settle(tokens, number, end, unit, noun, second is None)
    if unit == "year" and number.year and noun is None:
        first = max(first, sign[1] if sign else at)
    if unit == "count" and number.year and noun and second is None:
        low, high = _split_year(low)
    start, stop = tokens[first].start, tokens[end - 1].end
    if after is None and text[stop : stop + 1] == "+":
        stop, after = stop + 1, "above"
    if low == high or number.vague and bound:
        limits = _bounded(low, high, after or bound)
    else:
        limits = (low, high)
    if _shrinks(tokens, first, end, unit) and None not in limits:
        limits = (-high, -low)
    quantity = Quantity(
        start, stop, limits[0], limits[1], unit, currency, noun,
        approx or approx_after or number.vague, False, text[start:stop],
        bare=max(multipliers, default=1) < 1000 and high < 1000,
    )  # fmt: skip
    return _Found(quantity, first, end, multipliers)


def _unit(tokens: list[Token], at: int) -> tuple[int, str | None, str | None]:
    """The unit said at token `at`: its end, `percent` or `money` or None, and the currency."""
    if end := _is_percent(tokens, at):
        return end, "percent", None
    if money := currency_after(tokens, at):
        return money[1], "money", money[0]
    return at, None, None


def _shrinks(tokens: list[Token], first: int, end: int, unit: str) -> bool:
    """Whether the number says a decline ("down four percent", "minus fifteen")."""
    before = word_at(tokens, first - 1)
    before = word_at(tokens, first - 2) if before == "by" else before
    if before == "minus" and unit in ("percent", "count") and tokens[first].joined:
        return True
    return unit == "percent" and (before in SHRINKING or word_at(tokens, end) == "down")


def _is_percent(tokens: list[Token], at: int) -> int:
    """The end of "%", "per cent" … at token `at`, 0 when there is none."""
    word = word_at(tokens, at)
    if not word or tokens[at].gap == ".":
        return 0
    if word in ("%", "percent", "pct", "percentage", "percents"):
        return at + 1 + (word_at(tokens, at + 1) in ("point", "points"))
    return at + 2 if word == "per" and word_at(tokens, at + 1) == "cent" else 0


def _bounded(low: float, high: float, bound: str | None) -> tuple[float | None, float | None]:
    if bound == "above":
        return low, None
    return (None, high) if bound == "below" else (low, high)


def _settle(
    tokens: list[Token], number: Number, end: int, unit: str | None, noun: str | None, single: bool
) -> tuple[str, str | None]:
    """The unit when nothing named it, and the noun that it leaves."""
    if unit is None and noun in DURATIONS:
        return "duration", noun
    if unit is None and (calendar := year_or_date(tokens, number, noun)):
        return calendar, None
    if unit is None and (word_at(tokens, end - 1) == "grand" or noun in MONEY_NOUNS):
        return "money", noun
    return unit or "count", noun


def _split_year(value: float) -> tuple[float, float]:
    """Reads "twenty twenty five people" counts 20 to 25."""
    head, tail = divmod(value, 100)
    return (head, tail) if head < tail <= 2 * head else (value, value)


def _merge_open_ends(text: str, tokens: list[Token], found: list[_Found]) -> list[_Found]:
    """Join "north of ninety, south of a hundred" into one range."""
    merged: list[_Found] = []
    for one in found:
        last = merged[-1] if merged else None
        if last is None or not _opens(last.quantity, one.quantity) or one.first - last.end > 4:
            merged.append(one)
            continue
        a, b = last.quantity, one.quantity
        high = b.high or 0.0
        for factor in sorted(last.multipliers, reverse=True):
            if high <= (a.low or 0) < high * factor <= 20 * (a.low or 0):
                high *= factor
                break
        if high <= (a.low or 0):
            merged.append(one)
            continue
        unit = a.unit if b.unit == "count" else b.unit
        quantity = replace(
            a, end=b.end, high=high, unit=unit, currency=a.currency or b.currency,
            noun=b.noun or a.noun, surface=text[a.start : b.end], bare=a.bare and b.bare,
        )  # fmt: skip
        merged[-1] = _Found(quantity, last.first, one.end, last.multipliers)
    return merged


def _opens(a: Quantity, b: Quantity) -> bool:
    units = {a.unit, b.unit}
    return a.high is None and b.low is None and (len(units) == 1 or "count" in units)


def _correct(tokens: list[Token], found: list[_Found]) -> list[_Found]:
    """Mark what "sorry", "no wait" … takes back, and give the new number the old one's scale."""
    found = list(found)
    for i in range(len(found) - 1):
        a, b = found[i], found[i + 1]
        if b.first == a.end and _words(tokens, a) == _words(tokens, b)[: a.end - a.first]:
            found[i] = replace(
                a, quantity=replace(a.quantity, superseded=True)
            )  # "two, two hundred"
            continue
        if not _takes_back(tokens, a, b):
            continue
        found[i] = replace(a, quantity=replace(a.quantity, superseded=True))
        new = replace(b.quantity, corrected=True)
        if new.unit == "count" and a.quantity.unit in ("money", "percent") and new.noun is None:
            new = replace(new, unit=a.quantity.unit, currency=a.quantity.currency)
        factor = max((m for m in a.multipliers if m >= 1000), default=1.0)
        if factor > 1 and new.bare and (new.high or new.low or 0) < 1000:
            low = None if new.low is None else new.low * min(a.multipliers)
            high = None if new.high is None else new.high * min(a.multipliers)
            new = replace(new, low=low, high=high, bare=False)
        found[i + 1] = replace(b, quantity=new)
    return found


def _words(tokens: list[Token], one: _Found) -> list[str]:
    return [token.text for token in tokens[one.first : one.end]]


def _takes_back(tokens: list[Token], a: _Found, b: _Found) -> bool:
    one, other = a.quantity, b.quantity
    if "ordinal" in (one.unit, other.unit) or b.first - a.end > 9:
        return False
    if one.noun and other.noun and one.noun != other.noun:
        return False
    if "count" not in (one.unit, other.unit) and one.unit != other.unit:
        return False
    words = [t.text for t in tokens[a.end : b.first]]
    if one.noun in words[:4]:
        words = words[words.index(one.noun) + 1 :]
    denied = word_at(tokens, a.first - 1) == "not"
    if denied and words and set(words) <= {"it's", "but", "it’s", "we're", "just", "more", "like"}:
        return True
    if not words or not set(words) <= _BETWEEN_CORRECTION or not set(words) & _SORRY:
        return False
    if set(words) & _SORRY == {"more"} and words[-2:] != ["more", "like"]:
        return False
    scales = {t.text for t in tokens[b.first : b.end]}
    return not (set(words) & _SORRY == {"not"} or scales <= BARE_SCALES and "or" in words)
