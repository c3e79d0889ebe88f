"""Levels of each channel over a whole recording → which channels to use, and as how many tracks.

Pure arithmetic on loudness each 100 ms, so it costs little however long the recording is. The trap:
a stereo file is no two-channel call unless each channel leads at some time, and noise never leads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (channels, samples), 16 kHz, -1..1."""
Levels = NDArray[np.float32]
"""Shape (channels, steps), in dB of full scale."""

RATE = 16_000
STEP = RATE // 10
"""Samples in 100 ms."""
_SILENCE_DB = -60.0
_LEAD_DB = 6.0
_FAR_BELOW_DB = 40.0


def measure(block: Samples) -> Levels:
    """Level of each channel each 100 ms; the block holds whole steps."""
    shaped = block.reshape(block.shape[0], -1, STEP)
    power = np.mean(np.square(shaped), axis=2)
    return np.asarray(10.0 * np.log10(power + 1e-10), dtype=np.float32)


def is_silent(levels: Levels) -> bool:
    """Whether no channel has sound at any time."""
    return float(levels.max()) < _SILENCE_DB


def choose_channels(levels: Levels) -> tuple[str, str, tuple[int, ...]]:
    """Layout (`mono` or `channels`), the reason in words, and the source channels to use."""
    channels = levels.shape[0]
    if channels == 1:
        return "mono", "one channel", (0,)
    peaks = levels.max(axis=1)
    least = max(_SILENCE_DB, float(peaks.max()) - _FAR_BELOW_DB)
    heard = tuple(c for c in range(channels) if peaks[c] > least)
    if len(heard) == 1:
        return "mono", f"only channel {heard[0]} of {channels} has sound", heard
    if channels > 2:
        return "mono", f"{len(heard)} of {channels} channels mixed", heard
    if _take_turns(levels):
        return "channels", "each channel is one side", heard
    return "mono", "both channels carry the same", (int(peaks.argmax()),)


def _take_turns(levels: Levels) -> bool:
    """Whether each of two channels is at some time clearly louder than the other, and not as noise.

    A channel counts as active 10 dB above its own floor, so steady noise never is.
    """
    floor = np.percentile(levels, 10, axis=1, keepdims=True)
    active = levels > np.maximum(_SILENCE_DB, floor + 10.0)
    ahead = levels[0] - levels[1]
    leads = ((active[0] & (ahead > _LEAD_DB)).sum(), (active[1] & (ahead < -_LEAD_DB)).sum())
    return bool(min(leads) >= max(3, 0.005 * active.any(axis=0).sum()))
