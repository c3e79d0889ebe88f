"""When something happened or will happen, read from a few words and the day of the call.

"February", "end of Q3", "31 January", "last autumn", "in two years", "spring of last year", "2027"
become a span of days. The trap: a month without a year is the nearest one, past or coming, unless a
word ("last", "next") points one way. Quarters and years are calendar ones.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_A_MONTH = 30.44
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
MONTHS["sept"] = 9
SEASONS = {
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
    "fall": (9, 11),
    "winter": (12, 14),
}
UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": DAYS_A_MONTH, "quarter": 91.3, "year": 365.25}
CARDINALS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "eighteen": 18, "couple": 2,
    "few": 3, "several": 4,
}  # fmt: skip
ORDINALS = {
    word: number
    for number, word in enumerate(
        (
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
            "seventeenth", "eighteenth", "nineteenth", "twentieth",
        ),
        start=1,
    )
}  # fmt: skip
ORDINALS["thirtieth"] = 30
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_COUNT = rf"(\d+|{'|'.join(CARDINALS)})"
_ORDINAL = r"(?:(?:twenty|thirty)[ -])?(?:" + "|".join(ORDINALS) + ")"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day of a time that was named."""

    first: date
    last: date

    def months_from(self, day: date) -> float:
        """Months between the span and a day, either way; 0 when the day lies inside."""
        days = max((self.first - day).days, (day - self.last).days, 0)
        return days / DAYS_A_MONTH


def parse_when(text: str, on: date) -> Span | None:
    """The span of days that `text` names, seen from the day `on`; None when it names none."""
    said = " ".join(re.sub(r"[^\w\s/-]", " ", text.lower()).split())
    said = re.sub(r"\bof (?=last|next|this)", "", said)
    for reader in (
        _read_iso,
        _read_distance,
        _read_day,
        _read_month,
        _read_part_of_year,
        _read_year,
    ):
        try:
            span = reader(said, on)
        except (ValueError, OverflowError):
            return None
        if span is not None:
            return span
    return None


def _read_iso(said: str, on: date) -> Span | None:
    found = re.search(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b", said)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    if found[3]:
        return Span(date(year, month, int(found[3])), date(year, month, int(found[3])))
    return _months(year, month, month)


def _read_distance(said: str, on: date) -> Span | None:
    """A distance from the day of the call: in two years, six months ago, last week, yesterday."""
    now = re.search(r"\b(?:today|now|just|recently|soon|currently|yesterday|tomorrow)\b", said)
    if now and not re.search(rf"\b(?:{_MONTH})\b|\d", said):
        return Span(on, on)
    found = re.search(rf"\b{_COUNT}(?: of)? (day|week|month|quarter|year)s?\b", said)
    if found:
        count = int(found[1]) if found[1].isdigit() else CARDINALS[found[1]]
        if "couple" in said:
            count = 2
        days = timedelta(days=count * UNIT_DAYS[found[2]])
        if re.search(r"\b(?:ago|since|last|past|before|back|earlier)\b", said):
            past = on - days
            return Span(past, on if re.search(r"\b(?:last|past)\b", said) else past)
        ahead = on + days
        return Span(on if re.search(r"\b(?:within|next)\b", said) else ahead, ahead)
    found = re.search(r"\b(last|next|this|coming|past) (day|week|month)\b", said)
    if found:
        sign = {"last": -1, "past": -1, "this": 0}.get(found[1], 1)
        day = on + timedelta(days=sign * UNIT_DAYS[found[2]])
        return Span(day, day)
    return None


def _read_day(said: str, on: date) -> Span | None:
    found = re.search(rf"\b({_DAY})(?: of)? ({_MONTH})\b(?: (\d{{4}}))?", said)
    if found:
        day, month, year = found[1], found[2], found[3]
    else:
        found = re.search(rf"\b({_MONTH}) (?:the )?({_DAY})\b(?: (\d{{4}}))?(?!\d)", said)
        if not found:
            return None
        day, month, year = found[2], found[1], found[3]
    number = _day_number(day)
    years = [int(year)] if year else _years(said, on)
    spans = [
        Span(date(y, MONTHS[month], number), date(y, MONTHS[month], number))
        for y in years
        if number <= calendar.monthrange(y, MONTHS[month])[1]
    ]
    return _nearest(spans, said, on)


def _day_number(text: str) -> int:
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    tens, _, rest = text.replace("-", " ").rpartition(" ")
    return {"twenty": 20, "thirty": 30, "": 0}[tens] + ORDINALS[rest]


def _read_month(said: str, on: date) -> Span | None:
    found = re.search(rf"\b({_MONTH})\b", said)
    if not found or (found[1] == "may" and re.search(r"\b(?:we|they|it|you|i) may\b", said)):
        return None
    month = MONTHS[found[1]]
    return _nearest([_months(y, month, month) for y in _years(said, on)], said, on)


def _read_part_of_year(said: str, on: date) -> Span | None:
    """Quarters, halves and seasons."""
    part = _named_part(said, on)
    if part is None:
        return None
    first, last = part
    spans = [_months(y, first, last) for y in _years(said, on)]
    span = _nearest(spans, said, on)
    if span and re.search(r"\bend of\b", said):
        return Span(span.last, span.last)
    if span and re.search(r"\b(?:start|beginning) of\b", said):
        return Span(span.first, span.first)
    return span


def _named_part(said: str, on: date) -> tuple[int, int] | None:
    quarter = re.search(r"\bq([1-4])\b|\b(first|second|third|fourth|last) quarter\b", said)
    if quarter:
        number = int(quarter[1]) if quarter[1] else ("first", "second", "third", "fourth").index(
            "fourth" if quarter[2] == "last" else quarter[2]
        ) + 1  # fmt: skip
        return 3 * number - 2, 3 * number
    now = re.search(r"\b(this|next|last) quarter\b", said)
    if now:
        number = (on.month - 1) // 3 + {"last": -1, "this": 0, "next": 1}[now[1]]
        return 3 * number + 1, 3 * number + 3
    half = re.search(r"\bh([12])\b|\b(first|second) half\b", said)
    if half:
        second = half[1] == "2" or half[2] == "second"
        return (7, 12) if second else (1, 6)
    season = re.search(rf"\b({'|'.join(SEASONS)})\b", said)
    return SEASONS[season[1]] if season else None


def _read_year(said: str, on: date) -> Span | None:
    found = re.search(
        r"\b((?:19|20)\d{2})\b|\b(?:fy|fiscal) ?(\d{2})\b|\b(this|last|next)\b.*\byear\b", said
    )
    if found:
        year = int(found[1]) if found[1] else 2000 + int(found[2]) if found[2] else on.year + {
            "last": -1, "this": 0, "next": 1
        }[found[3]]  # fmt: skip
    elif re.search(r"\b(?:end|start|middle|later|earlier)\b.*\byear\b|\byear[- ]end\b", said):
        year = on.year
    else:
        return None
    if re.search(r"\b(?:end of|late|by the end|year[- ]end)\b", said):
        return _months(year, 10, 12)
    if re.search(r"\b(?:start|beginning|early)\b", said):
        return _months(year, 1, 3)
    if re.search(r"\b(?:mid|middle)\b", said):
        return _months(year, 5, 8)
    return _months(year, 1, 12)


def _years(said: str, on: date) -> list[int]:
    """The years that a month or season may belong to."""
    named = re.search(r"\b((?:19|20)\d{2})\b", said)
    if named:
        return [int(named[1])]
    beside = re.search(r"\b(last|this|next) year\b", said)
    if beside:
        return [on.year + {"last": -1, "this": 0, "next": 1}[beside[1]]]
    return [on.year - 1, on.year, on.year + 1]


def _nearest(spans: list[Span], said: str, on: date) -> Span | None:
    if len(spans) > 1 and re.search(r"\b(?:last|past|ago)\b", said):
        spans = [span for span in spans if span.last < on] or spans
    elif len(spans) > 1 and re.search(r"\bsince\b", said):
        spans = [span for span in spans if span.first <= on] or spans
    elif len(spans) > 1 and re.search(r"\b(?:next|coming|upcoming)\b", said):
        spans = [span for span in spans if span.first > on] or spans
    return min(spans, key=lambda span: span.months_from(on), default=None)


def _months(year: int, first: int, last: int) -> Span:
    """From the start of month `first` to the end of month `last`; 0 or 13 carry over."""
    start_year, start = year + (first - 1) // 12, (first - 1) % 12 + 1
    end_year, end = year + (last - 1) // 12, (last - 1) % 12 + 1
    return Span(
        date(start_year, start, 1), date(end_year, end, calendar.monthrange(end_year, end)[1])
    )
