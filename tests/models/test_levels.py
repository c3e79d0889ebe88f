from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.levels import RATE, Levels, Samples, choose_channels, is_silent, measure

QUIET = -80.0


def talk(*stretches: tuple[float, float], length: int = 100, level: float = -25.0) -> Levels:
    """Levels of one channel that speaks in these stretches (steps of 100 ms)."""
    levels = np.full(length, QUIET, np.float32)
    for first, last in stretches:
        steps = np.arange(int(first), int(last))
        levels[steps] = level - 8.0 * (steps % 4)
    return levels


def layout(*channels: Levels) -> tuple[str, tuple[int, ...]]:
    chosen, _, mix = choose_channels(np.stack(channels))
    return chosen, mix


def test_two_sides_of_a_call_are_two_tracks() -> None:
    assert layout(talk((0, 40)), talk((45, 95))) == ("channels", (0, 1))


def test_echo_of_the_other_side_changes_nothing() -> None:
    rep, prospect = talk((0, 40)), talk((45, 95))
    echoed = np.maximum(rep, prospect - 20), np.maximum(prospect, rep - 20)
    assert layout(*echoed) == ("channels", (0, 1))


def test_a_side_that_hardly_speaks_still_is_one() -> None:
    assert layout(talk((0, 900), length=1000), talk((950, 962), length=1000))[0] == "channels"


@pytest.mark.parametrize("gain", [0.0, -3.0, -15.0])
def test_the_same_in_both_is_mono(gain: float) -> None:
    one = talk((0, 40), (50, 90))
    assert layout(one, np.maximum(one + gain, QUIET)) == ("mono", (0,))


def test_a_silent_or_noisy_channel_is_left_out() -> None:
    one = talk((0, 40), (50, 90))
    assert layout(one, talk()) == ("mono", (0,))
    assert layout(np.full(100, -48.0, np.float32), one) == ("mono", (1,))


def test_more_than_two_channels_are_mixed_without_the_silent_ones() -> None:
    one = talk((0, 40))
    assert layout(one, talk(), one, talk()) == ("mono", (0, 2))
    assert layout(talk(), talk(), one) == ("mono", (2,))


@given(st.floats(0.01, 1.0), st.integers(1, 3))
def test_a_tone_measures_as_its_power(amplitude: float, channels: int) -> None:
    t = np.arange(RATE) / RATE
    tone = (amplitude * np.sin(2 * np.pi * 200 * t)).astype(np.float32)
    block: Samples = np.stack([tone] * channels)
    levels = measure(block)
    assert levels.shape == (channels, 10)
    assert np.allclose(levels, 20 * np.log10(amplitude / np.sqrt(2)), atol=0.1)
    assert is_silent(levels * 0 - 70)
