"""Numbers and times that statements ask for: "at least twice", "more than three", "within a year".

A small classifier cannot do arithmetic. So the number that the talk names takes the place of the
asked one ("… is offered in five languages"): whether the talk says that is a question for the
entailer, whether five is more than three is arithmetic. The trap: numbers of another kind in the
same breath; only those of the asked unit (and noun, where both name one) are tried.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.domain import Range
from pipeline.lexicon.numbers import Quantity, find_quantities
from pipeline.lexicon.when import MONTHS, UNIT_DAYS, parse_when
from pipeline.limits import Limits, compare

_AT_LEAST = r"at least|no (?:less|fewer) than|not (?:less|fewer) than|a minimum of|minimum"
_OVER = r"(?:more|greater|longer|larger|bigger|higher|older) than|over|above|beyond|exceeding"
_AT_MOST = r"at most|no (?:more|longer) than|not more than|up to|a maximum of|within"
_UNDER = r"(?:less|fewer|shorter|smaller|lower|younger) than|under|below"
_BOUND = rf"(?P<bound>{_AT_LEAST}|{_OVER}|{_AT_MOST}|{_UNDER})\s+(?:about\s+|roughly\s+)?"
_TIMES = re.compile(
    r"\b(?:(?P<word>twice|doubl(?:e[sd]?|ing)|tripl(?:e[sd]?|ing)|trebl(?:e[sd]?|ing)|"
    r"quadrupl(?:e[sd]?|ing))|(?<![\d.,/])(?P<count>\d+(?:\.\d+)?|[a-z]+)(?:\s+times|[\s-]?fold|x)\b)",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"\b(?:an? |one )(?P<part>third|quarter|fifth)(?: of)?\b|"
    r"\b(?:a |one )?(?P<whole>half)(?: of)?\b|"
    r"\b(?P<two>two|three)[ -](?P<parts>thirds|quarters|fifths)\b",
    re.IGNORECASE,
)
_PARTS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0}
_MULTIPLES = {"tw": 2.0, "do": 2.0, "tr": 3.0, "qu": 4.0}
_MORE = re.compile(r"\b(?:plus|more|over|higher|up|above|extra|on top|increase)\b", re.IGNORECASE)
_WINDOW = re.compile(
    r"\b(?:with)?in (?:the )?(?P<way>last|past|next|coming)?\s*(?P<span>"
    r"(?:\w+ )?(?:day|week|month|quarter|year)s?)\b|"
    r"\b(?:with)?in (?P<bare>\w+ (?:days|weeks|months|quarters|years))\b",
    re.IGNORECASE,
)
_MONTH_NAMES = "|".join(sorted((m for m in MONTHS if len(m) > 3 or m == "may"), key=len)[::-1])
_WHEN = re.compile(
    r"\b(?:(?:by |before |until |till |from |since |to )?(?:the )?(?:(?:end|start|beginning|middle|"
    r"rest) of )?"
    r"(?:(?:last|next|this|coming) (?:year|month|week|quarter|spring|summer|autumn|fall|winter)|"
    rf"(?:early |late |mid )?(?:{_MONTH_NAMES})(?: (?:the )?\d{{1,2}}(?:st|nd|rd|th)?)?"
    r"(?:,? (?:of )?(?:last|next|this) year)?(?:,? \d{4})?|q[1-4](?: \d{4})?|20[1-5]\d)|"
    r"(?:(?:in|for|over|within) )?(?:the )?(?:(?:last|past|next|coming) )?"
    r"(?:a couple of |a few |[\w-]+ (?:and a half )?)"
    r"(?:days|weeks|months|quarters|years)(?: ago| back| earlier)?|"
    r"(?:a|one|last|next) (?:week|month|quarter|year)(?: ago| from now)?|yesterday|today)\b",
    re.IGNORECASE,
)
_ANYBODY = frozenset({"us", "them", "you", "people", "of", "in", "or", "and", "who", "that"})
_DAYS_A_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Question:
    """What a statement asks of a number: `before` + [number] + `after` is the statement.

    `unit`: `count`, `money`, `percent`, `duration` (limits in months), `times`, or `when` (limits
    in months from the day of the call; `way`: they count -1 back, 1 ahead, 0 both ways).
    """

    before: str
    after: str
    unit: str
    limits: Limits
    noun: str | None = None
    way: int = 0

    def fill(self, words: str) -> str:
        """The statement with other words in the place of the asked number."""
        claim = " ".join(f"{self.before} {words} {self.after}".split())
        return claim.replace(" .", ".").replace(" of of ", " of ")


@dataclass(frozen=True, slots=True)
class Answer:
    """A number of the talk in its words, whether it keeps the limits, and how surely (0.5..1)."""

    words: str
    holds: bool
    certainty: float


def read_question(text: str) -> Question | None:
    """The one limit that a statement sets, or None when it sets none or several."""
    window = _read_window(text)
    if window is not None:
        return window
    found = [*_bounded_quantities(text), *_bounded_multiples(text)]
    return found[0] if len(found) == 1 else None


def find_answers(question: Question, said: str, on: date | None) -> list[Answer]:
    """The numbers or times in a piece of talk that may answer the question.

    `on` is the day of the call; without it times that need it give none.
    """
    if question.unit == "when":
        return list(_answer_times(question, said, on))
    answers = []
    for words, value in _numbers_in(question, said):
        holds, certainty = compare(value, question.limits)
        if certainty > 0:
            answers.append(Answer(words, holds, certainty))
    return list(dict.fromkeys(answers))


def _read_window(text: str) -> Question | None:
    """ "in the last six months", "within two years": a stretch of time around the call."""
    found = _WINDOW.search(text)
    if found is None:
        return None
    span = found["span"] or found["bare"]
    months = _months_of(span)
    within = found[0].lower().startswith("within")
    if months is None or not (found["way"] or within):
        return None
    way = {"last": -1, "past": -1, "next": 1, "coming": 1}.get((found["way"] or "").lower(), 0)
    limits = Limits(None, months)
    return Question(text[: found.start()], text[found.end() :], "when", limits, None, way)


def _months_of(span: str) -> float | None:
    unit = next((u for u in UNIT_DAYS if re.search(rf"\b{u}s?\b", span.lower())), None)
    if unit is None:
        return None
    said = [q.high for q in find_quantities(span) if q.high is not None]
    if not said and not re.search(
        r"\b(?:an?|one|last|past|next|coming|this)\b|^\w+$", span.lower()
    ):
        return None
    return (said[0] if said else 1.0) * UNIT_DAYS[unit] / _DAYS_A_MONTH


def _bounded_quantities(text: str) -> Iterator[Question]:
    """Counts, money, shares and durations with a bound of their own, or one written before."""
    for quantity in find_quantities(text):
        if quantity.superseded or quantity.unit not in ("count", "money", "percent", "duration"):
            continue
        if re.match(r"\s*(?:times|fold|x)\b", text[quantity.end :], re.IGNORECASE):
            continue
        start, low, high = quantity.start, quantity.low, quantity.high
        if low == high:
            bound = re.search(_BOUND + r"$", text[:start], re.IGNORECASE)
            if bound is None or low is None:
                continue
            start, (low, high) = bound.start(), _bounds(bound["bound"], low)
        elif quantity.unit == "count" and low is not None and high is None:
            low += 1.0 if re.match(_OVER, quantity.surface, re.IGNORECASE) else 0.0
        elif quantity.unit == "count" and high is not None and low is None:
            high -= 1.0 if re.match(_UNDER, quantity.surface, re.IGNORECASE) else 0.0
        if quantity.unit == "duration":
            scale = _months_of(f"one {quantity.noun or 'months'}")
            if scale is None:
                continue
            low, high = _each(low, scale), _each(high, scale)
            after = re.sub(
                r"^\s*(?:days?|weeks?|months?|quarters?|years?)\b", "", text[quantity.end :]
            )
        else:
            after = text[quantity.end :]
        limits = Limits(low, high, quantity.currency)
        yield Question(text[:start], after, quantity.unit, limits, quantity.noun)


def _bounded_multiples(text: str) -> Iterator[Question]:
    """ "at least twice", "more than half of": multiples and fractions with a bound before them."""
    for bound in re.finditer(_BOUND, text, re.IGNORECASE):
        rest = text[bound.end() :]
        times, part = _TIMES.match(rest), _FRACTION.match(rest)
        if times is not None and (number := _multiple(times)) is not None:
            found, unit = times, "times"
        elif part is not None:
            found, unit, number = part, "percent", _fraction(part)
        else:
            continue
        low, high = _bounds(bound["bound"], number)
        after = rest[found.end() :]
        after = f"of{after}" if unit == "percent" and found[0].lower().endswith(" of") else after
        yield Question(text[: bound.start()], after, unit, Limits(low, high))


def _bounds(bound: str, number: float) -> tuple[float | None, float | None]:
    """The ends that a bound sets; "more than" and "less than" leave the number itself out."""
    if re.fullmatch(_AT_LEAST, bound, re.IGNORECASE):
        return number, None
    if re.fullmatch(_OVER, bound, re.IGNORECASE):
        return math.nextafter(number, math.inf), None
    if re.fullmatch(_UNDER, bound, re.IGNORECASE):
        return None, math.nextafter(number, -math.inf)
    return None, number


def _multiple(found: re.Match[str]) -> float | None:
    if found["word"]:
        return _MULTIPLES[found["word"][:2].lower()]
    if re.fullmatch(r"[\d.]+", found["count"]):
        return float(found["count"])
    counts = find_quantities(found["count"])
    return counts[0].high if counts and counts[0].unit == "count" else None


def _fraction(found: re.Match[str]) -> float:
    if found["part"] or found["whole"]:
        return _PARTS[(found["part"] or found["whole"]).lower()]
    return {"two": 2, "three": 3}[found["two"].lower()] * _PARTS[found["parts"].lower()[:-1]]


def _numbers_in(question: Question, said: str) -> Iterator[tuple[str, Range]]:
    """The words and the value of every number of the asked unit, corrected ones left out."""
    if question.unit in ("times", "percent"):
        for found in _TIMES.finditer(said):
            if question.unit == "times" and (number := _multiple(found)) is not None:
                yield found[0], Range(number, number)
        for found in _FRACTION.finditer(said):
            if question.unit == "percent":
                yield found[0], Range(_fraction(found), _fraction(found))
    for quantity in find_quantities(said):
        if not quantity.superseded and (value := _value(question, quantity, said)) is not None:
            more = " more than" if question.unit == "times" else _unit_after(quantity, said)
            yield quantity.surface + more, value


def _unit_after(quantity: Quantity, said: str) -> str:
    if quantity.unit != "duration":
        return ""
    word = re.match(r"\s*\w+", said[quantity.end :])
    return word[0] if word else ""


def _value(question: Question, quantity: Quantity, said: str) -> Range | None:
    low, high = quantity.low, quantity.high
    if question.unit == "times":
        near = said[max(0, quantity.start - 20) : quantity.end + 20]
        if quantity.unit != "percent" or not _MORE.search(near):
            return None
        return Range(_each(low, 0.01, 1.0), _each(high, 0.01, 1.0))
    if quantity.unit != question.unit:
        return None
    if question.unit == "duration":
        scale = _months_of(f"one {quantity.noun or 'months'}")
        if scale is None:
            return None
        return Range(_each(low, scale), _each(high, scale))
    if question.unit == "count" and question.noun and quantity.noun:
        other = quantity.noun.lower() not in _ANYBODY
        if other and quantity.noun.lower()[:4] != question.noun.lower()[:4]:
            return None
    return Range(low, high, quantity.currency)


def _each(number: float | None, scale: float, plus: float = 0.0) -> float | None:
    return None if number is None else number * scale + plus


def _answer_times(question: Question, said: str, on: date | None) -> Iterator[Answer]:
    """Days and months named, as months from the call; a plain "fifteen years" is that far off."""
    limit = question.limits.high or 0.0
    for found in _WHEN.finditer(said):
        words = found[0].strip()
        span = parse_when(words, on) if on is not None else None
        if span is None or on is None:
            length = _months_of(words)
            if length is None:
                continue
            yield Answer(_as_time(words), length <= limit, 1.0)
            continue
        months = span.months_from(on)
        ahead = span.last >= on
        fits = question.way == 0 or (question.way > 0) == ahead or span.first <= on <= span.last
        yield Answer(_as_time(words), fits and months <= limit, 0.95)


def _as_time(words: str) -> str:
    """The words of a time as a statement says them: "until June" → "in June"."""
    if re.search(
        r"\b(?:last|past|next|coming)\b.*\b(?:days|weeks|months|quarters|years)\b", words.lower()
    ):
        return words.lower()
    plain = re.sub(r"^(?:by|before|until|till|from|since|to|for|in) ", "", words.lower())
    plain = re.sub(r"^the (?=end|start|beginning|middle)", "", plain)
    if re.match(r"(?:end|start|beginning) of\b", plain):
        return f"at the {plain}"
    if re.search(r" (?:ago|back|earlier)$", plain) or re.match(
        r"(?:last|next|this|coming|yesterday|today)\b", plain
    ):
        return plain
    return f"in {plain}"
