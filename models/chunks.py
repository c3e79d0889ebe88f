"""Sample blocks → chunks of speech of at most 30 s, as the recogniser wants them.

Silero finds speech in pieces of a few minutes, each cut at a silence, so memory stays small however
long the recording is. Pauses are taken out of a chunk, which makes two-channel calls cheap; `spans`
remember where each part stood. The trap: a word next to a removed pause must not stretch over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.audio import RATE, Samples

Track = NDArray[np.float32]
"""Shape (samples,), 16 kHz."""
Span = tuple[int, int]
"""First and past-the-last sample of a stretch, counted from the start of the recording."""
FindSpeech = Callable[[Track], list[Span]]

MAX_CHUNK_SECONDS = 30.0
PIECE_SECONDS = 240.0
_LONGEST_PIECE_SECONDS = 480.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Speech of one track with its pauses taken out; `spans` in samples of the recording."""

    track: int
    spans: tuple[Span, ...]
    audio: Track

    @property
    def seconds(self) -> float:
        """Length of the speech in it."""
        return len(self.audio) / RATE

    @property
    def start(self) -> float:
        """Seconds from the start of the recording."""
        return self.spans[0][0] / RATE

    @property
    def end(self) -> float:
        """Seconds from the start of the recording."""
        return self.spans[-1][1] / RATE

    def place(self, start: float, end: float) -> tuple[float, float]:
        """Times inside the chunk → times in the recording, inside the one span a word is in."""
        middle = (start + end) / 2 * RATE
        passed = 0
        for first, last in self.spans:
            length = last - first
            if middle < passed + length or (first, last) == self.spans[-1]:
                offset = first - passed
                low = min(max(start * RATE + offset, first), last)
                high = min(max(end * RATE + offset, low), last)
                return float(low / RATE), float(high / RATE)
            passed += length
        return self.start, self.end


def find_speech(track: Track) -> list[Span]:
    """Stretches of speech by Silero VAD, none longer than a chunk."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(max_speech_duration_s=MAX_CHUNK_SECONDS, min_silence_duration_ms=160)
    return [(int(s["start"]), int(s["end"])) for s in get_speech_timestamps(track, options)]


def split_speech(
    blocks: Iterable[Samples],
    *,
    piece_seconds: float = PIECE_SECONDS,
    speech: FindSpeech = find_speech,
) -> Iterator[Chunk]:
    """Chunks of every track in order of time, piece by piece."""
    held: list[_Held] = []
    for block in blocks:
        if not held:
            held = [_Held(track) for track in range(block.shape[0])]
        for one, samples in zip(held, block, strict=True):
            one.add(samples)
            if one.seconds >= piece_seconds:
                yield from one.take(speech, final=False)
    for one in held:
        yield from one.take(speech, final=True)


class _Held:
    """Samples of one track that are not yet cut into chunks."""

    def __init__(self, track: int) -> None:
        self.track = track
        self.begins = 0
        self.parts: list[Track] = []
        self.n_samples = 0

    @property
    def seconds(self) -> float:
        return self.n_samples / RATE

    def add(self, samples: Track) -> None:
        self.parts.append(samples)
        self.n_samples += len(samples)

    def take(self, speech: FindSpeech, *, final: bool) -> Iterator[Chunk]:
        """Chunks of what is held; unless final, the last speech stays for the next piece."""
        if not self.n_samples:
            return
        audio = np.concatenate(self.parts)
        spans = _split_long(speech(audio))
        keep = len(audio)
        if not final and spans:
            keep = _cut(spans, len(audio))
            spans = [span for span in spans if span[1] <= keep]
        for group in _pack(spans):
            placed = tuple((a + self.begins, b + self.begins) for a, b in group)
            joined = np.concatenate([audio[a:b] for a, b in group])
            yield Chunk(self.track, placed, joined)
        self.begins += keep
        self.parts, self.n_samples = [audio[keep:]], len(audio) - keep


def _cut(spans: Sequence[Span], n_samples: int) -> int:
    """Where a piece ends: before its last speech, unless nothing would be left of it."""
    last = spans[-1]
    if n_samples - last[1] > RATE or n_samples > _LONGEST_PIECE_SECONDS * RATE:
        return n_samples
    return last[0] if len(spans) > 1 else 0


def _split_long(spans: Iterable[Span]) -> list[Span]:
    """Padding can make a stretch longer than a chunk may be: halve it until it fits."""
    limit = int(MAX_CHUNK_SECONDS * RATE)
    fitting: list[Span] = []
    for first, last in spans:
        n_parts = -(-(last - first) // limit)
        edges = (
            [first + (last - first) * i // n_parts for i in range(n_parts + 1)] if n_parts else []
        )
        fitting += [(a, b) for a, b in zip(edges, edges[1:], strict=False)]
    return fitting


def _pack(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Neighbouring stretches together, up to the length of a chunk."""
    group: list[Span] = []
    total = 0
    for first, last in spans:
        if group and total + last - first > MAX_CHUNK_SECONDS * RATE:
            yield group
            group, total = [], 0
        if group and group[-1][1] >= first:
            group[-1] = (group[-1][0], last)
        else:
            group.append((first, last))
        total += last - first
    if group:
        yield group
