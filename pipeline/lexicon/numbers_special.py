"""Number words that are no plain count: figures, decades, ordinals, dates, times, idioms.

Each reader takes the tokens and a position and says what stands there, or None. The trap is English
itself: "nine thirty" is a time after "at" but 930 after "we're at", and "twenty twenty five" a year
unless people are counted by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.lexicon.numbers_tokens import (
    BARE_SCALES,
    ONES,
    SCALES,
    TEENS,
    TENS,
    VAGUE,
    Token,
    word_at,
    word_set,
)
from pipeline.lexicon.numbers_units import DURATIONS, LABELS, MONTHS, WEEKDAYS
from pipeline.lexicon.numbers_words import Number, read_number

_NTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_FIRST = {word: value for value, word in enumerate(_NTH.split(), 1)}
_TENTHS = {word[:-1] + "ieth": value for word, value in TENS.items()}
_DECADES = {word[:-1] + "ies": value for word, value in TENS.items()}
_GROWTH = {
    "doubled": 100, "doubling": 100, "double": 100, "tripled": 200, "tripling": 200, "triple": 200,
    "trebled": 200, "treble": 200, "quadrupled": 300, "quadrupling": 300,
}  # fmt: skip
_GROWTH_NEXT = word_set("the what last our in from that year where size revenue")
_APPOINTMENT = word_set(
    "speak talk talking call calls meet meeting meetings start starts begin begins back again free "
    "lunch dinner train flight today tonight afternoon evening tomorrow clock open opens close "
    "closes ring phone kickoff standup demo"
)
_COUNTED = word_set("people percent per staff fte employees million thousand dollars euro euros")
_WHICH = word_set("last this next a per each every the one that other whole first second")
_FLAT = word_set("was were are is been pretty dead basically roughly broadly stayed mostly")
_FLAT_NEXT = word_set("year for on since so this last compared versus and we but to")
_YEAR_CUES = word_set(
    "in since by from of for until till during before after year founded started established end "
    "back circa spring summer autumn fall winter early late mid through fiscal fy"
)

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Special:
    """What a special form means: values, unit, and the tokens `first` to `end` it covers."""

    low: float
    high: float
    unit: str
    first: int
    end: int
    approx: bool = False
    vague: bool = False


_STARTS = (
    {*ONES, *TEENS, *TENS, *BARE_SCALES, *VAGUE, *_FIRST, *_TENTHS, *_DECADES, *_GROWTH}
    | {"a", "an", "half", "quarter", "flat", "low", "lower", "early", "mid", "middle", "high"}
    | {"upper", "late"}
)


def may_start(token: Token) -> bool:
    """Whether a number can begin with this token at all (a cheap test for the many that cannot)."""
    return token.text in _STARTS or token.text[0].isdigit()


def special_at(tokens: list[Token], at: int) -> Special | None:
    """A special form that begins at token `at`, or None."""
    return (
        _figures(tokens, at)
        or _decade(tokens, at)
        or _growth(tokens, at)
        or _label(tokens, at)
        or _clock(tokens, at)
        or _fraction(tokens, at)
        or _ordinal(tokens, at)
    )


def _figures(tokens: list[Token], at: int) -> Special | None:
    """Reads "(low) seven figures" is 1,000,000 to 9,999,999 (to 3,999,999)."""
    shade = word_at(tokens, at)
    step = at + (shade in ("low", "mid", "high", "lower", "upper", "middle"))
    number = read_number(tokens, step)
    if number is None or word_at(tokens, number.end) not in ("figure", "figures", "digits"):
        return None
    if not 3 <= number.low <= 12 or number.low % 1:
        return None
    base = 10 ** (number.low - 1)
    first, last = _shade(shade, (1, 10), (1, 4), (4, 7), (7, 10))
    return Special(first * base, last * base - 1, "money", at, number.end + 1, approx=step > at)


def _shade(word: str, plain: _Pair, low: _Pair, mid: _Pair, high: _Pair) -> _Pair:
    if word in ("low", "lower", "early"):
        return low
    if word in ("mid", "middle"):
        return mid
    return high if word in ("high", "upper", "late") else plain


def _decade(tokens: list[Token], at: int) -> Special | None:
    """Reads "mid forties" is 44 to 46, "the nineties" are years."""
    shade = word_at(tokens, at)
    step = at + (shade in ("low", "lower", "early", "mid", "middle", "high", "upper", "late"))
    decade = _DECADES.get(word_at(tokens, step))
    if decade is None:
        return None
    first, last = _shade(shade, (0, 9), (1, 3), (4, 6), (7, 9))
    end = step + 1
    before = (word_at(tokens, at - 2), word_at(tokens, at - 1))
    if shade not in ("low", "mid", "high", "lower", "upper") and before[1] == "the":
        return Special(1900 + decade + first, 1900 + decade + last, "year", at, end, approx=True)
    factor = 1.0
    while word_at(tokens, end) in SCALES and tokens[end].joined:
        factor *= SCALES[tokens[end].text]
        end += 1
    low, high = (decade + first) * factor, (decade + last) * factor
    return Special(low, high, "count", at, end, approx=True)


def _growth(tokens: list[Token], at: int) -> Special | None:
    """Reads "doubled" is growth of 100 percent, "four times from last year" of 300."""
    word = word_at(tokens, at)
    if word in _GROWTH:
        before = (word_at(tokens, at - 2), word_at(tokens, at - 1))
        bound = before[1] in ("over", "than", "about", "nearly", "almost", "to")
        if word in ("double", "triple", "treble") and not (
            bound or word_at(tokens, at + 1) in _GROWTH_NEXT
        ):
            return None
        return Special(_GROWTH[word], _GROWTH[word], "percent", at, at + 1)
    number = read_number(tokens, at)
    if number is None or word_at(tokens, number.end) != "times" or not 1 < number.low <= 20:
        return None
    if word_at(tokens, number.end + 1) not in ("from", "last", "what"):
        return None
    value = (number.low - 1) * 100
    return Special(value, value, "percent", at, number.end + 1)


def _label(tokens: list[Token], at: int) -> Special | None:
    """Reads "tier two", "SOC 2", "q3", "FY26": a number that names something."""
    word, number = word_at(tokens, at - 1), None
    if word in LABELS or word in ("q", "h", "fy", "cy", "s", "v"):
        number = read_number(tokens, at)
    if number is None or not tokens[at].joined or number.vague or number.low >= 1e5:
        return None
    if word in ("s", "v", "m", "p", "h") and tokens[at].gap == " " and not number.low <= 4:
        return None
    if word in ("q", "h", "fy", "cy"):
        return Special(number.low, number.high, "time", at, number.end)
    # "part two hundred people", "week, ten reps": a label counts to small numbers or stands alone.
    if number.multipliers and word not in ("iso", "microsoft", "office", "dynamics"):
        return None
    if tokens[at].gap == " " and _is_counted(tokens, number.end):
        return None
    if word in DURATIONS and (number.low > 12 or word_at(tokens, at - 2) in _WHICH):
        return None
    return Special(number.low, number.high, "ordinal", at, number.end)


def _clock(tokens: list[Token], at: int) -> Special | None:
    """Reads "half past nine", "9:30", "nine o'clock", "3pm", "at nine thirty", "tuesday at ten"."""
    step, shift = at, 0.0
    if word_at(tokens, at) in ("half", "quarter") and word_at(tokens, at + 1) in ("past", "to"):
        sign = 1 if tokens[at + 1].text == "past" else -1
        step, shift = at + 2, sign * (30.0 if tokens[at].text == "half" else 15.0)
    number = read_number(tokens, step)
    if number is None or number.vague:
        return None
    end, value = number.end, number.low
    if number.digits and end < len(tokens) and tokens[end].gap == ":" and value <= 24:
        past = word_at(tokens, end)
        if len(past) == 2 and past.isdigit() and int(past) < 60:
            end += 1 + (word_at(tokens, end + 1) in ("am", "pm"))
            return Special(value * 60 + int(past), value * 60 + int(past), "time", at, end)
    minutes = value // 100 * 60 + value % 100 if number.pair else value * 60
    after, next_after = word_at(tokens, end), word_at(tokens, end + 1)
    if after in ("am", "pm", "o'clock", "o’clock", "oclock") and tokens[end].gap in ("", " "):
        end += 1
    elif after in ("a", "p") and next_after == "m" and tokens[end].gap in ("", " "):
        end += 2
    elif not (step > at or _after_at(tokens, at, number)):
        return None
    if not 0 <= minutes <= 24 * 60:
        return None
    return Special(minutes + shift, minutes + shift, "time", at, end)


def _after_at(tokens: list[Token], at: int, number: Number) -> bool:
    """Whether "at", "by" or a weekday before the number makes it a time of day."""
    hour, minute = divmod(number.low, 100) if number.pair else (number.low, 0.0)
    if number.multipliers and not number.pair or not 1 <= hour <= 12 or minute >= 60:
        return False
    before, counted = word_at(tokens, at - 1), _is_counted(tokens, number.end)
    if counted or before not in ("at", "by", "until", "till") and before not in WEEKDAYS:
        return False
    if before in WEEKDAYS:
        return number.pair and not number.digits and tokens[at].gap == " "
    near = {t.text for t in tokens[max(0, at - 7) : number.end + 4]}
    if near & WEEKDAYS:
        return number.pair or before == "at"
    return number.pair and (bool(near & _APPOINTMENT) or at <= 1)


def _is_counted(tokens: list[Token], at: int) -> bool:
    """Whether what stands at `at` is a plural or another word that is counted."""
    word = word_at(tokens, at)
    plural = word.endswith("s") and word not in ("is", "was", "has", "as", "does", "us", "this")
    return bool(word) and tokens[at].joined and (plural or word in _COUNTED)


def _fraction(tokens: list[Token], at: int) -> Special | None:
    """Reads "a third" as growth is 33 percent, "flat" 0; "half a person", "thirty something"."""
    words = tuple(word_at(tokens, at + i) for i in range(3))
    if words[0] in TENS and words[1] == "something":
        return Special(TENS[words[0]], TENS[words[0]] + 9, "count", at, at + 2, approx=True)
    if words[:2] == ("half", "a") and words[2] in ("person", "fte", "head"):
        return Special(0.5, 0.5, "count", at, at + 2)
    if words[0] == "flat" and word_at(tokens, at - 1) in _FLAT:
        ends = at + 1 >= len(tokens) or tokens[at + 1].gap in (",", ".")
        return Special(0, 0, "percent", at, at + 1) if ends or words[1] in _FLAT_NEXT else None
    if words[:2] == ("two", "thirds"):
        return Special(67, 67, "percent", at, at + 2, approx=True)
    if words[:2] != ("a", "third"):
        return None
    ends = at + 2 >= len(tokens) or tokens[at + 2].gap in (",", ".")
    if ends or words[2] in ("of", "more", "up", "growth"):
        return Special(33, 33, "percent", at, at + 2, approx=True)
    return None


def _ordinal(tokens: list[Token], at: int) -> Special | None:
    """Reads "twenty-seventh", "27th", "second"."""
    word, following = word_at(tokens, at), word_at(tokens, at + 1)
    if word in TENS and following in _FIRST and _FIRST[following] < 10 and tokens[at + 1].joined:
        value = TENS[word] + _FIRST[following]
        return Special(value, value, "ordinal", at, at + 2)
    if word.isdigit() and following in ("st", "nd", "rd", "th") and tokens[at + 1].gap == "":
        return Special(float(word[:12]), float(word[:12]), "ordinal", at, at + 2)
    value_ = _FIRST.get(word) or _TENTHS.get(word)
    return Special(value_, value_, "ordinal", at, at + 1) if value_ else None


def year_or_date(tokens: list[Token], number: Number, noun: str | None) -> str | None:
    """`year` or `time` when the number is a calendar year or a day of a month, else None."""
    before, after = word_at(tokens, number.first - 1), word_at(tokens, number.end)
    beside = {before} if tokens[number.first].joined else set()
    if number.end < len(tokens) and tokens[number.end].joined:
        beside |= {after} | ({word_at(tokens, number.end + 1)} if after == "of" else set())
    if before == "may" and word_at(tokens, number.first - 2) in ("we", "you", "it", "they", "that"):
        beside.discard("may")
    if beside & MONTHS and 1 <= number.low <= 31 and noun in (None, *MONTHS):
        return "time"
    value = number.low
    if not 1900 <= value <= 2049 or value % 1 or noun in DURATIONS:
        return None
    counted = noun is not None and (noun.endswith("s") or noun in ("people", "staff", "fte"))
    cue = before in _YEAR_CUES or before in MONTHS
    if number.digits:
        plain = tokens[number.first].text.isdigit()
        return "year" if plain and (cue or value % 100 and not counted) else None
    if number.year:
        return None if counted else "year"
    said = value % 1000 < 100 and value >= 2000 and value % 100
    return "year" if said and cue and not counted else None
