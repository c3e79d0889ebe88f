"""Statements about sizes, revenue, growth and budgets, with thresholds around the labelled number.

Near thresholds teach the most, so half of them lie within a third of the number. The trap: an open
end ("over two hundred") makes few statements true.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from entailment_premises import Claim, Row

Limits = tuple[float | None, float | None]

COINS = {
    "EUR": "euros", "USD": "dollars", "GBP": "pounds", "CHF": "Swiss francs",
    "SEK": "Swedish kronor", "NOK": "Norwegian kroner", "DKK": "Danish kroner", "INR": "rupees",
    "PLN": "zloty", "BRL": "reais", "JPY": "yen", "AUD": "Australian dollars",
    "CAD": "Canadian dollars", "MXN": "Mexican pesos", "ZAR": "rand", "NGN": "naira",
    "KES": "Kenyan shillings", "CZK": "Czech crowns", "HUF": "forint", "SGD": "Singapore dollars",
}  # fmt: skip
_SUBJECT = {
    "headcount": [
        "The company has {} employees.", "The company has {} people.", "There are {} employees.",
        "The company employs {} people.", "{} people work at the company.",
        "The company's headcount is {}.",
    ],
    "team_size": [
        "The company has {} people in {f}.", "The {f} team has {} people.",
        "{} people work in {f}.", "The company's {f} team is made up of {} people.",
        "The size of the {f} team is {}.",
    ],
    "revenue": [
        "The company's revenue is {}.", "The company makes {} a year.",
        "The company has {} in revenue.", "The yearly revenue of the company is {}.",
        "The company turns over {} a year.",
    ],
    "growth_rate": [
        "The company grows by {} a year.", "The company's growth is {}.",
        "The company is growing {}.",
    ],
    "budget": [
        "The budget is {}.", "The company has {} for this.", "The company can spend {} on it.",
    ],
}  # fmt: skip
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9)
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)


def number_claims(signal: Row, same: list[Row], rng: random.Random) -> Iterator[Claim]:
    """True and false statements about the number of a signal."""
    limits = read_limits(signal)
    if limits is None or signal["dimension"] not in _SUBJECT or (limits[1] or limits[0] or 0) <= 0:
        return
    rivals = [v for s in same if _alike(s, signal) and (v := read_limits(s)) is not None]
    wanted = [1, 1, -1, -1]
    for _ in range(24):
        if not wanted:
            return
        text, allowed = _threshold(signal, limits, rng)
        truths = {_truth(limit, allowed) for limit in rivals}
        truth = truths.pop() if len(truths) == 1 else 0
        if truth in wanted:
            wanted.remove(truth)
            yield Claim(text, truth)


def read_limits(signal: Row) -> Limits | None:
    """The labelled minimum and maximum."""
    value = signal["value"]
    if not isinstance(value, dict) or signal.get("status") == "unavailable":
        return None
    low, high = value.get("min"), value.get("max")
    return None if low is None and high is None else (low, high)


def _alike(one: Row, other: Row) -> bool:
    return one.get("function") == other.get("function")


def _truth(said: Limits, allowed: Limits) -> int:
    """1 when everything said lies within what is allowed, -1 when nothing can, else 0."""
    low = float("-inf") if said[0] is None else said[0]
    high = float("inf") if said[1] is None else said[1]
    least = float("-inf") if allowed[0] is None else allowed[0]
    most = float("inf") if allowed[1] is None else allowed[1]
    if least <= low and high <= most:
        return 1
    return -1 if high < least or low > most else 0


def _threshold(signal: Row, said: Limits, rng: random.Random) -> tuple[str, Limits]:
    """A statement with a limit, and the numbers that it allows."""
    value = next(v for v in (said if rng.random() < 0.5 else said[::-1]) if v is not None)
    near = rng.random() < 0.5
    factors = (0.75, 0.8, 0.9, 1.1, 1.25, 1.3) if near else (0.2, 0.4, 0.5, 1.6, 2, 3, 5, 10)
    limit = tidy(value * rng.choice(factors)) if value else 5.0
    unit = _unit(signal)
    templates = _SUBJECT[signal["dimension"]]
    countable = signal["dimension"] in ("headcount", "team_size")
    form, allowed = rng.choice(_forms(limit, value, countable, rng))
    said_limit = [_spell(n, rng) for n in form[1:]]
    if signal["dimension"] == "growth_rate":
        said_limit = [f"{n} percent" if rng.random() < 0.7 else f"{n} %" for n in said_limit]
    phrase = str(form[0]).format(*said_limit) + unit
    text = rng.choice(templates).replace("{}", phrase)
    text = text.replace("{f}", str(signal.get("function") or "this"))
    return text[:1].upper() + text[1:], allowed


def _forms(
    limit: float, value: float, countable: bool, rng: random.Random
) -> list[tuple[tuple[str | float, ...], Limits]]:
    upper = tidy(max(limit * rng.choice((1.5, 2, 3, 5)), limit + 1))
    more = rng.choice(("more than {}", "over {}", "above {}"))
    less = rng.choice(("fewer than {}" if countable else "less than {}", "under {}", "below {}"))
    return [
        ((more, limit), (limit * 1.0000001, None)),
        (("at least {}", limit), (limit, None)),
        ((less, limit), (None, limit * 0.9999999)),
        (("at most {}", limit), (None, limit)),
        (("between {} and {}", limit, upper), (limit, upper)),
        (("about {}", value), (value * 0.9, value * 1.1)),
        (("around {}", limit), (limit * 0.95, limit * 1.05)),
    ]


def tidy(value: float) -> float:
    """The nearest round number, as people write thresholds."""
    sign, size = (-1 if value < 0 else 1), abs(value)
    if size < 10:
        return sign * float(max(1, round(size)))
    power = 10.0 ** (len(str(int(size))) - 1)
    return sign * min((step * power for step in (*_STEPS, 10)), key=lambda n: abs(n - size))


def _unit(signal: Row) -> str:
    currency = signal["value"].get("currency")
    return f" {COINS.get(currency, currency)}" if currency else ""


def _spell(value: float | str, rng: random.Random) -> str:
    number = float(value)
    if number % 1:
        return f"{number:g}" if number < 1e6 else f"{number / 1e6:g} million"
    size = abs(int(number))
    if size >= 1_000_000 and rng.random() < 0.8:
        return f"{number / 1e9:g} billion" if size >= 1e9 else f"{number / 1e6:g} million"
    words = _WORDS.split()
    if 0 < number <= 20 and rng.random() < 0.4:
        return words[int(number)]
    if size % 100 == 0 and 0 < number < 1000 and rng.random() < 0.25:
        return f"{words[size // 100]} hundred"
    return f"{int(number):,}" if rng.random() < 0.6 else str(int(number))
