"""Evidence as log-odds: what nothing says, what adds up, what fades."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.log_odds import START, faded, log_odds, probability_of, weight_of

SURE = st.floats(0.11, 0.98)


@given(SURE)
def test_one_witness_is_as_sure_as_he_is(confidence: float) -> None:
    assert probability_of([weight_of(confidence)]) == pytest.approx(confidence)


@given(st.lists(SURE, min_size=1, max_size=6), SURE)
def test_one_more_witness_never_makes_it_less_sure(said: list[float], more: float) -> None:
    weights = [weight_of(c) for c in said]
    assert probability_of([*weights, weight_of(more)]) >= probability_of(weights)


def test_who_says_nothing_adds_nothing() -> None:
    assert weight_of(START) == 0
    assert weight_of(0.01) == 0
    assert probability_of([]) == 0


@given(SURE, st.floats(0, 4000), st.floats(1, 4000))
def test_age_takes_away_but_never_turns_round(confidence: float, days: float, half: float) -> None:
    old = faded(confidence, days, half)
    assert START - 1e-9 <= old <= confidence + 1e-9
    lost = (log_odds(old) - log_odds(START)) / (log_odds(confidence) - log_odds(START))
    assert lost == pytest.approx(0.5 ** (days / half), abs=1e-6)
