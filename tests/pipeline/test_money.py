"""Currencies as said, and conversion at the yearly rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon.money import (
    convert,
    currency_named,
    currency_of_country,
    known_currencies,
    load_rates,
)  # fmt: skip

codes = st.sampled_from(known_currencies())
years = st.integers(2023, 2026)


def test_every_year_has_every_currency() -> None:
    rows = load_rates().years
    assert set(rows) == {2023, 2024, 2025, 2026}
    assert len({frozenset(row) for row in rows.values()}) == 1
    assert all(row["EUR"] == 1 and min(row.values()) > 0 for row in rows.values())


def test_the_source_says_that_rates_are_rounded() -> None:
    assert load_rates().source == "approximate yearly average, rounded"


def test_every_country_and_word_belongs_to_a_known_currency() -> None:
    table = load_rates()
    assert set(table.by_country.values()) <= set(known_currencies())
    assert {code for row in table.by_word.values() for code in row} == set(known_currencies())


def test_rates_are_of_the_right_size() -> None:
    assert convert(1_000_000, "EUR", "USD", 2024) == pytest.approx(1_080_000, rel=0.02)
    assert convert(1_000_000, "GBP", "EUR", 2023) == pytest.approx(1_150_000, rel=0.02)
    assert convert(100, "INR", "EUR", 2024) == pytest.approx(1.1, rel=0.05)


@given(st.floats(0.01, 1e12), codes, codes, years)
def test_there_and_back(amount: float, a: str, b: str, year: int) -> None:
    there = convert(amount, a, b, year)
    assert there is not None
    assert convert(there, b, a, year) == pytest.approx(amount)


def test_unlisted_years_take_the_nearest_and_unlisted_currencies_nothing() -> None:
    assert convert(1, "EUR", "USD", 1999) == convert(1, "EUR", "USD", 2023)
    assert convert(1, "EUR", "USD", 2050) == convert(1, "EUR", "USD", 2026)
    assert convert(1, "EUR", "USD") == convert(1, "EUR", "USD", 2026)
    assert convert(1, "EUR", "XTS", 2024) is None


@pytest.mark.parametrize(
    ("word", "country", "code"),
    [
        ("euros", None, "EUR"),
        ("€", None, "EUR"),
        ("quid", None, "GBP"),
        ("bucks", None, "USD"),
        ("bucks", "AU", "AUD"),
        ("dollars", "CA", "CAD"),
        ("Dollars", "DE", "USD"),
        ("kroner", "DK", "DKK"),
        ("kroner", "NO", "NOK"),
        ("rupees", "PK", "PKR"),
        ("swiss  francs", None, "CHF"),
        ("TRY", None, "TRY"),
        ("try", None, None),
        ("won", None, None),
        ("apples", None, None),
    ],
)
def test_spoken_currencies(word: str, country: str | None, code: str | None) -> None:
    assert currency_named(word, country) == code


def test_currency_of_country() -> None:
    assert currency_of_country("IE") == "EUR"
    assert currency_of_country("no") == "NOK"
    assert currency_of_country(None) is None
    assert currency_of_country("ZZ") is None
