"""Currencies as people say them, the money of each country, and conversion at fixed yearly rates.

The rates (`data/rates.yaml`) are approximate yearly averages, rounded: they decide on which side of
a limit an amount lies and never change on their own, so a check can be repeated. The trap:
"dollars", "kroner" and "rupees" belong to several currencies; the account's country settles which.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

WORDS_TOO = frozenset({"try", "ron", "won"})
"""Currency codes and names that are ordinary words or names; they count in capitals only."""


@dataclass(frozen=True, slots=True)
class RateTable:
    """Units of each currency for one euro by year, and the words and countries of each currency."""

    source: str
    years: Mapping[int, Mapping[str, float]]
    by_country: Mapping[str, str]
    by_word: Mapping[str, tuple[str, ...]]


def convert(amount: float, source: str, target: str, year: int | None = None) -> float | None:
    """An amount of `source` currency in `target` currency, at the rate of `year` (None: newest).

    A year without rates takes the nearest that has some; None when a currency is not known.
    """
    source, target = source.upper(), target.upper()
    if source == target:
        return amount
    years = load_rates().years
    rates = years[min(years, key=lambda y: abs(y - (year if year is not None else max(years))))]
    if source not in rates or target not in rates or not math.isfinite(amount):
        return None
    return amount / rates[source] * rates[target]


def currency_named(text: str, country: str | None = None) -> str | None:
    """The ISO 4217 code of a currency word, symbol or code ("quid", "€", "kroner"); None: not one.

    `country` (ISO 3166 alpha-2) settles words of several currencies: "dollars" in AU is AUD.
    """
    word = " ".join(text.lower().split()).strip(".,;")
    if word in WORDS_TOO and not text.strip(" .,;").isupper():
        return None
    codes = load_rates().by_word.get(word, ())
    if not codes:
        return None
    local = currency_of_country(country)
    return local if local in codes else codes[0]


def currency_of_country(country: str | None) -> str | None:
    """The currency of a country given as ISO 3166 alpha-2; None when the country is not listed."""
    return load_rates().by_country.get((country or "").upper())


def known_currencies() -> tuple[str, ...]:
    """All ISO 4217 codes that amounts can be converted between, sorted."""
    years = load_rates().years
    return tuple(sorted(years[max(years)]))


def currency_words() -> Mapping[str, tuple[str, ...]]:
    """Each currency word, symbol or code in lower case, and the currencies it may mean."""
    return load_rates().by_word


@lru_cache(maxsize=1)
def load_rates() -> RateTable:
    """The table of `data/rates.yaml`, read once a process."""
    text = resources.files("pipeline").joinpath("data/rates.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    words: dict[str, tuple[str, ...]] = {}
    for code, spoken in data["spoken"].items():
        for word in dict.fromkeys((str(code).lower(), *map(str, spoken))):
            words[word.lower()] = (*words.get(word.lower(), ()), str(code))
    return RateTable(
        source=str(data["source"]),
        years={
            int(year): {str(code): float(rate) for code, rate in row.items()}
            for year, row in data["years"].items()
        },
        by_country={
            str(country): str(code)
            for code, countries in data["countries"].items()
            for country in countries
        },
        by_word=words,
    )
