"""Who speaks when in a mono call: speech windows → voice vectors → voices → one voice each 0.1 s.

Silero VAD finds speech; each stretch of it is cut into windows of 1.5 s, which CAM++ turns into
vectors; `models/voices.py` decides how many voices there are; Viterbi smoothing then gives every
tenth of a second to one of them. The recording is read in blocks, so memory does not grow with it
but for 800 bytes a window. The trap: pauses matter — a short "yes" between two pauses is a window
of its own, which is why the VAD splits at 0.15 s already.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.audio import RATE, decode_blocks, layout_of
from models.registry import get_model
from models.voices import group_voices
from models.weights import find
from pipeline.domain import Recognition, Recording, SpeakerSpan
from pipeline.ports import Progress, no_progress

if TYPE_CHECKING:
    from models.campplus import VoiceEncoder

WINDOW_S = 1.5
HOP_S = 0.75
STEP_S = 0.1
_LEAST_WINDOW_S = 0.2
_BLOCK_S = 30.0
_LONGEST_HELD_S = 60.0
_BRIDGED_GAP_S = 0.6
_PAUSE_FRAMES = 12
_CHANGE_IN_SPEECH = 0.7
_CHANGE_IN_PAUSE = 0.2

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Windows:
    """What was heard: speech stretches and windows as rows of (start, end) in seconds."""

    speech: Array
    spans: Array
    vectors: Array


class VoiceDiarizer:
    """`Diarizer` for calls on one channel. Weights are loaded at the first call."""

    def __init__(self, data_dir: Path, *, threads: int = 0, max_speakers: int = 8) -> None:
        self._data_dir, self._threads, self._max_speakers = data_dir, threads, max_speakers
        self._encoder: VoiceEncoder | None = None
        self._lock = threading.Lock()
        self.made_by = get_model("campplus").tag

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        """Spans of the voices heard, named S1, S2 … in order of first speech."""
        heard = self.listen(recording.path, progress=progress)
        voices = group_voices(heard.vectors, heard.spans, max_voices=self._max_speakers)
        return decide_spans(heard, voices)

    def listen(self, path: Path, *, progress: Progress = no_progress) -> Windows:
        """Read the recording once and turn its speech into voice vectors."""
        encoder = self._load()
        layout = layout_of(path)
        speech: list[tuple[float, float]] = []
        spans: list[tuple[float, float]] = []
        waiting: list[Array] = []
        vectors: list[Array] = []
        blocks = (
            block.mean(axis=0) for block in decode_blocks(path, layout, block_seconds=_BLOCK_S)
        )
        for offset, samples, found in _speech_blocks(blocks):
            for start, end in found:
                speech.append((offset + start, offset + end))
                for window, features in _cut(samples, start, end):
                    spans.append((offset + window[0], offset + window[1]))
                    waiting.append(features)
            if len(waiting) >= 32:
                vectors.append(encoder.encode(waiting))
                waiting = []
            done = min(offset + len(samples) / RATE, layout.duration)
            progress("diarize", done, layout.duration)
        vectors.append(encoder.encode(waiting))
        progress("diarize", layout.duration, layout.duration)
        return Windows(_rows(speech), _rows(spans), np.concatenate(vectors))

    def _load(self) -> VoiceEncoder:
        """The voice encoder, loaded once."""
        import torch

        from models.campplus import VoiceEncoder

        with self._lock:
            if self._encoder is None:
                if self._threads > 0:
                    torch.set_num_threads(self._threads)
                self._encoder = VoiceEncoder(find("campplus", self._data_dir))
            return self._encoder


def decide_spans(heard: Windows, voices: Array) -> tuple[SpeakerSpan, ...]:
    """Give each 0.1 s of speech to one voice (rows of `voices`), smoothed, and join equal ones."""
    if len(heard.speech) == 0 or len(voices) == 0:
        return ()
    scores, is_speech = _step_scores(heard, voices)
    runs = _runs(_smooth(scores, is_speech), heard.speech)
    names: dict[int, str] = {}
    return tuple(
        SpeakerSpan(start, end, names.setdefault(voice, f"S{len(names) + 1}"))
        for start, end, voice in runs
    )


def _speech_blocks(
    blocks: Iterator[Array],
) -> Iterator[tuple[float, Array, list[tuple[float, float]]]]:
    """(offset in seconds, samples, speech in them); speech at a block's end waits for the next."""
    held, at = np.zeros(0, np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block])
        found = _find_speech(held)
        keep = len(held)
        if found and found[-1][1] > len(held) / RATE - 0.5 and len(held) < _LONGEST_HELD_S * RATE:
            keep = max(0, int((found.pop()[0] - 0.1) * RATE))
        yield at / RATE, held, found
        at, held = at + keep, held[keep:]
    yield at / RATE, held, _find_speech(held)


def _find_speech(samples: Array) -> list[tuple[float, float]]:
    """Stretches of speech in seconds, split at pauses of 0.12 s."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if len(samples) < RATE // 10:
        return []
    options = VadOptions(
        threshold=0.45, min_silence_duration_ms=150, min_speech_duration_ms=120, speech_pad_ms=40
    )
    level = _levels(samples)
    floor = float(np.percentile(level, 5))
    found: list[tuple[float, float]] = []
    for row in get_speech_timestamps(samples, options):
        found += _split_at_dips(row["start"] / RATE, row["end"] / RATE, level, floor)
    return found


def _levels(samples: Array) -> Array:
    """Loudness in dB, one value each 10 ms, smoothed over 30 ms."""
    tenth = RATE // 100
    frames = samples[: len(samples) // tenth * tenth].reshape(-1, tenth)
    power = np.convolve(np.square(frames).mean(axis=1), np.ones(3) / 3, "same")
    level: Array = (10 * np.log10(power + 1e-10)).astype(np.float32)
    return level


def _split_at_dips(
    start: float, end: float, level: Array, floor: float
) -> list[tuple[float, float]]:
    """Cut a stretch where it is near silence for 0.12 s: the VAD's memory hides short pauses."""
    first, last = round(start * 100), min(round(end * 100), len(level))
    part = level[first:last]
    if len(part) < 40:
        return [(start, end)]
    quiet = part < max(floor + 4.0, float(np.percentile(part, 80)) - 20.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet, [0]]).astype(np.int8)))
    pieces, begin = [], start
    for dip, rise in zip(edges[::2], edges[1::2], strict=True):
        if rise - dip >= _PAUSE_FRAMES and dip > 0 and rise < len(part):
            pieces.append((begin, (first + dip) / 100))
            begin = (first + rise) / 100
    return [*pieces, (begin, end)]


def _cut(samples: Array, start: float, end: float) -> Iterator[tuple[tuple[float, float], Array]]:
    """Windows of one stretch with their features; a short stretch is repeated to fill one."""
    from models.campplus import FRAMES_PER_S, filter_banks

    features = filter_banks(samples[int(start * RATE) : int(end * RATE)])
    size = int(WINDOW_S * FRAMES_PER_S)
    if len(features) < _LEAST_WINDOW_S * FRAMES_PER_S:
        return
    if len(features) <= size:
        filled = size // 2 if len(features) <= size // 2 else size
        yield (start, end), features[np.arange(filled) % len(features)]
        return
    count = math.ceil((len(features) - size) / (HOP_S * FRAMES_PER_S)) + 1
    for first in np.linspace(0, len(features) - size, count).round().astype(int):
        begin = start + first / FRAMES_PER_S
        yield (begin, begin + WINDOW_S), features[first : first + size]


def _step_scores(heard: Windows, voices: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """For each 0.1 s: likeness to each voice (mean over its windows), and whether it is speech."""
    steps = int(heard.speech[-1, 1] / STEP_S) + 1
    likeness = heard.vectors @ voices.T
    total = np.zeros((steps, len(voices)), np.float32)
    weight = np.zeros(steps, np.float32)
    for (start, end), row in zip(heard.spans, likeness, strict=True):
        first, last = (
            int(start / STEP_S),
            min(steps, max(int(start / STEP_S) + 1, round(end / STEP_S))),
        )
        near = np.minimum(np.arange(1, last - first + 1), np.arange(last - first, 0, -1))
        total[first:last] += near[:, None] * row
        weight[first:last] += near
    is_speech = np.zeros(steps, bool)
    for start, end in heard.speech:
        # Its first step stays unmarked: a voice may change there, however short the pause was.
        is_speech[int(start / STEP_S) + 1 : round(end / STEP_S)] = True
    mean = (total / np.maximum(weight, 1.0)[:, None]).astype(np.float32)
    return mean, is_speech


def _smooth(scores: Array, is_speech: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The likeliest voice of each step, when a change costs more inside speech than in a pause."""
    steps, count = scores.shape
    cost = np.where(is_speech, _CHANGE_IN_SPEECH, _CHANGE_IN_PAUSE)
    best = scores[0].copy()
    came = np.zeros((steps, count), np.int64)
    stay = np.arange(count)
    for step in range(1, steps):
        top = int(best.argmax())
        moved = best[top] - cost[step] > best
        came[step] = np.where(moved, top, stay)
        best = np.where(moved, best[top] - cost[step], best) + scores[step]
    path = np.zeros(steps, np.int64)
    path[-1] = int(best.argmax())
    for step in range(steps - 1, 0, -1):
        path[step - 1] = came[step, path[step]]
    return path


def _runs(path: npt.NDArray[np.int64], speech: Array) -> list[tuple[float, float, int]]:
    """(start, end, voice) of speech; stretches of one voice with a short pause between are one."""
    runs: list[tuple[float, float, int]] = []
    for start, end in speech.tolist():
        first, last = int(start / STEP_S), max(int(start / STEP_S) + 1, round(end / STEP_S))
        borders = [s for s in range(first + 1, last) if path[s] != path[s - 1]]
        times = [start, *(s * STEP_S for s in borders), end]
        for (begin, stop), step in zip(
            zip(times, times[1:], strict=False), [first, *borders], strict=True
        ):
            voice = int(path[step])
            if runs and runs[-1][2] == voice and begin - runs[-1][1] < _BRIDGED_GAP_S:
                runs[-1] = (runs[-1][0], stop, voice)
            else:
                runs.append((begin, stop, voice))
    return runs


def _rows(spans: list[tuple[float, float]]) -> Array:
    return np.asarray(spans, np.float32).reshape(-1, 2)
