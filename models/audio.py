"""Audio or video file → 16 kHz float32 samples in blocks, as one track or as one track a channel.

`probe` decodes the file once, keeps only levels, and decides over the whole file whether two
channels are two sides of a call; `decode_blocks` then yields samples, never the whole file at once.
Bad packets are skipped and told in `AudioLayout.warning`; a file that gives nothing is an error.
The trap: a stereo file is no two-channel call unless each channel leads at some time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.levels import RATE, STEP, Levels, Samples, choose_channels, is_silent, measure
from pipeline.errors import NoSpeech, UnreadableRecording
from pipeline.ports import Progress, no_progress

__all__ = [
    "RATE",
    "AudioLayout",
    "Samples",
    "check_readable",
    "decode_blocks",
    "layout_of",
    "probe",
]

MIN_SECONDS = 0.3
_LEAST_GAP = 0.25
_INDIRECT = frozenset({"hls", "dash", "concat", "sdp", "rtsp", "imf"})
"""Container formats that only point to other files."""


@dataclass(frozen=True, slots=True)
class AudioLayout:
    """What a recording holds. `duration` in seconds of decoded audio; `mix`: source channels used.

    `layout` is `mono` (the channels of `mix` become one track) or `channels` (one track each);
    `reason` says why; `warning` names damage that did not prevent reading.
    """

    duration: float
    channels: int
    layout: str
    reason: str
    mix: tuple[int, ...]
    warning: str | None = None

    @property
    def tracks(self) -> int:
        """How many rows `decode_blocks` yields."""
        return len(self.mix) if self.layout == "channels" else 1


_probed: dict[tuple[Path, int, int], AudioLayout] = {}
"""The file probed last, by `_state`: the recogniser and the diarizer ask for the same one."""


def probe(
    path: Path, *, max_seconds: float | None = None, progress: Progress = no_progress
) -> AudioLayout:
    """Read the file once and say how long it is and which channels to use; names what is wrong."""
    check_readable(path)
    levels: list[Levels] = []
    rest: Samples | None = None
    samples, source = 0, _Source(path)
    for block in source.frames():
        samples += block.shape[1]
        if max_seconds is not None and max(samples / RATE, source.announced or 0.0) > max_seconds:
            raise UnreadableRecording(
                f"longer than the limit of {max_seconds / 3600:.3g} hours",
                file=str(path),
                remedy="cut the recording, or raise the limit",
            )
        if rest is not None and rest.shape[0] == block.shape[0]:
            block = np.concatenate([rest, block], axis=1)
        whole = block.shape[1] // STEP * STEP
        levels.append(measure(block[:, :whole]))
        rest = block[:, whole:]
        progress("decode", samples / RATE, source.announced or samples / RATE)
    duration = samples / RATE
    _check_duration(path, duration, source)
    if rest is not None and rest.shape[1]:
        levels.append(measure(np.pad(rest, ((0, 0), (0, STEP - rest.shape[1])))))
    channels = max(block.shape[0] for block in levels)
    levels = [block for block in levels if block.shape[0] == channels and block.shape[1]]
    layout = _decide(path, duration, np.concatenate(levels, axis=1), source.warning(duration))
    _probed.clear()
    _probed[_state(path)] = layout
    return layout


def layout_of(path: Path) -> AudioLayout:
    """As `probe`, but the file that was probed last is not read again, unless it changed."""
    known = _probed.get(_state(path)) if path.is_file() else None
    return known or probe(path)


def decode_blocks(
    path: Path, layout: AudioLayout, *, block_seconds: float = 30.0
) -> Iterator[Samples]:
    """The samples in blocks of `block_seconds` (the last is shorter), one row a track."""
    size = int(block_seconds * RATE)
    held: list[Samples] = []
    n_held = 0
    for block in _Source(path).frames():
        tracks = _to_tracks(block, layout)
        held.append(tracks)
        n_held += tracks.shape[1]
        while n_held >= size:
            joined = np.concatenate(held, axis=1)
            yield np.ascontiguousarray(joined[:, :size])
            held, n_held = [joined[:, size:]], n_held - size
    if n_held:
        yield np.concatenate(held, axis=1)


def check_readable(path: Path) -> None:
    """Refuse what cannot be a recording, with the reason in words."""
    file = str(path)
    if path.is_dir():
        raise UnreadableRecording(
            "this is a folder", file=file, remedy="name a recording in it, or use `icp batch`"
        )
    if not path.exists():
        raise UnreadableRecording("no such file", file=file, remedy="check the path")
    if not path.is_file():
        raise UnreadableRecording("not a regular file", file=file, remedy="name a recording")
    if not os.access(path, os.R_OK):
        raise UnreadableRecording(
            "no permission to read it", file=file, remedy="change the file's permissions"
        )
    if path.stat().st_size == 0:
        raise UnreadableRecording(
            "the file is empty", file=file, remedy="export or upload the recording again"
        )


class _Source:
    """One decoding pass over a file: blocks of (channels, samples) at 16 kHz, damage counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.announced: float | None = None
        self.n_bad = 0
        self._heard = 0.0

    def frames(self) -> Iterator[Samples]:
        """Decoded audio with its own channels, resampled; bad packets are skipped."""
        import av

        av.logging.set_level(None)
        resampler, held, shape = None, av.AudioFifo(), None
        with self._open() as container:
            stream = container.streams.audio[0]
            stream.codec_context.thread_type = "AUTO"
            if container.duration:
                self.announced = container.duration / av.time_base
            begun: float | None = None
            for frame in self._decode(container, stream):
                now = (frame.format.name, frame.layout.name, frame.sample_rate)
                gap = 0.0
                if frame.time is not None:
                    begun = frame.time if begun is None else begun
                    gap = frame.time - begun - self._heard
                if now != shape or gap > _LEAST_GAP:
                    yield from _resample(resampler, held, last=now != shape)
                if now != shape:
                    resampler, held, shape = (
                        av.AudioResampler("fltp", frame.layout, RATE), av.AudioFifo(), now
                    )  # fmt: skip
                yield from self._silence(gap, len(frame.layout.channels))
                self._heard += frame.samples / frame.sample_rate
                frame.pts = None
                held.write(frame)
                if held.samples >= frame.sample_rate:
                    yield from _resample(resampler, held)
            yield from _resample(resampler, held, last=True)

    def _silence(self, gap: float, channels: int) -> Iterator[Samples]:
        """Fill a gap in the file's own time, so that later words keep their times."""
        until = self._heard + gap
        if gap > _LEAST_GAP and self.announced and until <= self.announced:
            while self._heard < until:
                length = min(10.0, until - self._heard)
                self._heard += length
                yield np.zeros((channels, round(length * RATE)), np.float32)

    def _open(self) -> Any:
        import av

        try:
            container = av.open(
                f"file:{self.path.absolute()}", options={"protocol_whitelist": "file"}
            )
        except PermissionError as error:
            raise UnreadableRecording(
                "no permission to read it", file=str(self.path), remedy="change its permissions"
            ) from error
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._no_recording("this is no audio or video that can be decoded") from error
        found = container.streams.audio
        if not found or container.format.name in _INDIRECT or found[0].codec_context is None:
            container.close()
            raise self._no_recording("there is no audio in this file that can be decoded")
        return container

    def _decode(self, container: Any, stream: Any) -> Iterator[Any]:
        """Frames of the first audio stream; an unreadable packet is counted and passed over."""
        import av

        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.n_bad += 1
                return
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self.n_bad += 1

    def _no_recording(self, problem: str) -> UnreadableRecording:
        return UnreadableRecording(
            problem,
            file=str(self.path),
            remedy="give an audio or video file such as wav, mp3, m4a, ogg, flac, webm or mp4",
        )

    def warning(self, duration: float) -> str | None:
        """Damage worth telling: the file ends early, or packets could not be read."""
        if self.announced and self.announced - duration > max(1.0, 0.02 * self.announced):
            return f"ends early: {duration:.0f} s of {self.announced:.0f} s could be read"
        if self.n_bad > 1:
            return f"damaged: {self.n_bad} pieces could not be read"
        return None


def _state(path: Path) -> tuple[Path, int, int]:
    """What a file is known by: where it is, its bytes, and when it was written."""
    found = path.stat()
    return path.absolute(), found.st_size, found.st_mtime_ns


def _resample(resampler: Any, held: Any, *, last: bool = False) -> Iterator[Samples]:
    """What is held, resampled at once: a call for each small frame would cost twice as much."""
    if resampler is None:
        return
    frames = [held.read(0, partial=True)] if held.samples else []
    for frame in [*frames, None] if last else frames:
        for out in resampler.resample(frame):
            if out.samples:
                block: Samples = out.to_ndarray()
                yield block


def _check_duration(path: Path, duration: float, source: _Source) -> None:
    if duration == 0.0:
        damaged = source.n_bad > 0 or bool(source.announced)
        raise UnreadableRecording(
            "nothing in it can be decoded" if damaged else "it holds no audio (zero length)",
            file=str(path),
            remedy="export or upload the recording again",
        )
    if duration < MIN_SECONDS:
        raise NoSpeech(
            f"only {duration * 1000:.0f} ms of audio",
            file=str(path),
            remedy="give a recording of a call",
        )


def _decide(path: Path, duration: float, levels: Levels, warning: str | None) -> AudioLayout:
    """Which channels to use, from the levels of the whole file."""
    if is_silent(levels):
        raise NoSpeech(
            "nothing but silence", file=str(path), remedy="check that the right track was recorded"
        )
    layout, reason, mix = choose_channels(levels)
    return AudioLayout(duration, levels.shape[0], layout, reason, mix, warning)


def _to_tracks(block: Samples, layout: AudioLayout) -> Samples:
    """Pick or mix the channels that the layout names."""
    rows = [c for c in layout.mix if c < block.shape[0]] or [0]
    if layout.layout == "channels":
        if len(rows) < len(layout.mix):
            return np.repeat(block[rows[:1]], len(layout.mix), axis=0)
        return block[rows]
    mixed: Samples = block[rows].mean(axis=0, keepdims=True, dtype=np.float32)
    return mixed
