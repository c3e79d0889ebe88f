"""Tiers and quadrants, and the rounding between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.steps.tiers import choose_quadrant, choose_tier, is_capped, round_half_up

TIERS = {"A": 0.75, "B": 0.5, "C": 0.25}


@pytest.mark.parametrize(
    ("fit", "tier"),
    [(1.0, "A"), (0.745, "A"), (0.744, "B"), (0.5, "B"), (0.25, "C"), (0.244, "D"), (0.0, "D")],
)
def test_tier_by_fit_rounded_to_two_places(fit: float, tier: str) -> None:
    assert choose_tier(fit, 1.0, TIERS) == tier


def test_missed_requirement_caps_at_c_and_lifts_nobody() -> None:
    assert choose_tier(0.9, 1.0, TIERS, required_missed=True) == "C"
    assert choose_tier(0.1, 1.0, TIERS, required_missed=True) == "D"
    assert is_capped([(True, "unknown"), (False, "not_met"), (True, "conflicting")]) is False
    assert is_capped([(True, "not_met")]) is True


def test_too_little_known_is_no_verdict_unless_something_hard_is_raised() -> None:
    assert choose_tier(0.9, 0.24, TIERS) is None
    assert choose_tier(0.9, 0.25, TIERS) == "A"
    assert choose_tier(None, 0.0, TIERS) is None
    assert choose_tier(None, 0.0, TIERS, disqualified=True) == "D"


@given(st.floats(0, 1) | st.none(), st.floats(0, 1), st.booleans())
def test_hard_disqualifier_is_always_d(fit: float | None, coverage: float, missed: bool) -> None:
    assert choose_tier(fit, coverage, TIERS, required_missed=missed, disqualified=True) == "D"


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_fit_is_never_a_lower_tier(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert "ABCD".index(choose_tier(high, 1, TIERS) or "") <= "ABCD".index(
        choose_tier(low, 1, TIERS) or ""
    )


def test_quadrants() -> None:
    assert choose_quadrant(0.8, 0.8, TIERS) == "pursue"
    assert choose_quadrant(0.8, 0.2, TIERS) == "warm_up"
    assert choose_quadrant(0.2, 0.8, TIERS) == "distraction"
    assert choose_quadrant(0.2, 0.2, TIERS) == "drop"
    assert choose_quadrant(None, 0.8, TIERS) == ""
    assert choose_quadrant(0.9, 0.8, TIERS, disqualified=True) == "distraction"


@given(st.integers(0, 1000))
def test_half_is_rounded_up(thousandths: int) -> None:
    expected = (thousandths + 5) // 10 / 100
    assert round_half_up(thousandths / 1000) == expected
