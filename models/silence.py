"""A recording with some stretches made silent, written as a new file.

The sound is decoded and encoded again (Ogg Opus) in a stream, so memory does not grow with its
length. A picture, if there is one, is left out. Trap: times are those of the transcript, so the
decoding is the recogniser's own: gaps in the file's time are filled as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.audio import RATE, AudioLayout, Samples, decode_blocks
from pipeline.errors import UnreadableRecording

MEDIA_TYPE = "audio/ogg"
MARGIN = 0.08
"""Seconds that are silenced before and after a stretch: word times are not exact."""
_FADE = 0.01
_BITS = 32_000


def write_silenced(
    source: Path,
    layout: AudioLayout,
    seconds: Sequence[tuple[float, float]],
    target: Path,
) -> None:
    """Write `source` to `target` with these stretches (from, to; in seconds) silent."""
    import av

    with av.open(str(target), "w", format="ogg") as container:
        tracks = layout.tracks
        stream = container.add_stream("libopus", rate=48_000)
        stream.bit_rate = _BITS * tracks
        stream.layout = "stereo" if tracks == 2 else "mono"
        if tracks > 2:
            raise UnreadableRecording("more than two channels cannot be redacted", file=source.name)
        for block in silenced(decode_blocks(source, layout), seconds):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block), format="fltp", layout=stream.layout.name
            )
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def silenced(
    blocks: Iterator[Samples], seconds: Sequence[tuple[float, float]]
) -> Iterator[Samples]:
    """The samples with these stretches silent, faded at their ends so that they do not click."""
    at = 0
    for block in blocks:
        block = block.copy()
        times = (at + np.arange(block.shape[1])) / RATE
        for start, end in seconds:
            if start - 1 > times[-1] or end + 1 < times[0]:
                continue
            inside = np.minimum(times - (start - MARGIN), (end + MARGIN) - times)
            block *= np.clip(-inside / _FADE, 0.0, 1.0).astype(np.float32)
        at += block.shape[1]
        yield block
