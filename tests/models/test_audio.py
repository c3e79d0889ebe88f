from __future__ import annotations

import os
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from models.audio import RATE, AudioLayout, Samples, decode_blocks, layout_of, probe
from pipeline.errors import NoSpeech, UnreadableRecording

FORMATS = {
    "call.wav": ("pcm_s16le", 8000),
    "call.mp3": ("mp3", 44100),
    "call.m4a": ("aac", 48000),
    "call.ogg": ("libopus", 48000),
    "call.flac": ("flac", 16000),
    "call.webm": ("libopus", 48000),
    "call.mp4": ("aac", 22050),
}


def voice(
    seconds: float, pitch: float = 180.0, *, begins: float = 0.0, until: float = 99.0
) -> Samples:
    """A buzzing tone in syllables between two times; quiet noise elsewhere."""
    t = np.arange(int(seconds * RATE)) / RATE
    speaks = (t >= begins) & (t < until) & (t % 0.5 < 0.35)
    noise = np.random.default_rng(1).normal(0, 1e-4, len(t))
    buzz = 0.3 * np.sin(2 * np.pi * pitch * t) + 0.1 * np.sin(4 * np.pi * pitch * t)
    return np.asarray(buzz * speaks + noise, dtype=np.float32)


def write(path: Path, *channels: Samples, codec: str = "pcm_s16le", rate: int = RATE) -> Path:
    """Encode channels to a file with the codec that its ending wants."""
    layout = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1"}[len(channels)]
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.codec_context.format, layout, rate)
        frame = av.AudioFrame.from_ndarray(np.stack(channels), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size)) or (part := fifo.read(0, partial=True)):
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return path


def read(path: Path, layout: AudioLayout | None = None, **options: float) -> Samples:
    return np.concatenate(list(decode_blocks(path, layout or probe(path), **options)), axis=1)


@pytest.mark.parametrize("name", FORMATS)
def test_every_usual_format_is_read_as_two_tracks(tmp_path: Path, name: str) -> None:
    codec, rate = FORMATS[name]
    sides = voice(8, until=4), voice(8, 240, begins=4)
    path = write(tmp_path / name, *sides, codec=codec, rate=rate)
    layout = probe(path)
    assert (layout.layout, layout.tracks, layout.channels) == ("channels", 2, 2)
    assert layout.duration == pytest.approx(8, abs=0.15)
    assert layout.warning is None
    samples = read(path, layout)
    assert samples.dtype == np.float32
    assert samples.shape == (2, round(layout.duration * RATE))
    half = 4 * RATE
    assert np.abs(samples[0, : half - RATE]).max() > 10 * np.abs(samples[0, half + RATE :]).max()
    assert np.abs(samples[1, half + RATE :]).max() > 10 * np.abs(samples[1, : half - RATE]).max()


def test_blocks_have_the_size_that_was_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", voice(5))
    layout = probe(path)
    blocks = list(decode_blocks(path, layout, block_seconds=2))
    assert [b.shape for b in blocks] == [(1, 2 * RATE), (1, 2 * RATE), (1, RATE)]
    whole = read(path, layout, block_seconds=60)
    assert np.array_equal(np.concatenate(blocks, axis=1), whole)


def test_nearly_identical_channels_are_one_track(tmp_path: Path) -> None:
    one = voice(6)
    path = write(tmp_path / "call.mp3", one, 0.8 * one, codec="mp3", rate=44100)
    assert probe(path).layout == "mono"
    assert read(path).shape[0] == 1


def test_a_silent_channel_leaves_the_other(tmp_path: Path) -> None:
    one = voice(6)
    path = write(tmp_path / "call.wav", np.zeros_like(one), one)
    layout = probe(path)
    assert (layout.layout, layout.mix) == ("mono", (1,))
    assert np.abs(read(path, layout) - one).max() < 1e-3


@pytest.mark.parametrize("channels", [4, 6])
def test_more_channels_are_mixed_from_those_that_have_sound(tmp_path: Path, channels: int) -> None:
    one = voice(6)
    tracks = [np.zeros_like(one)] * channels
    tracks[0], tracks[2] = one, one
    path = write(tmp_path / "call.wav", *tracks)
    layout = probe(path)
    assert (layout.layout, layout.mix) == ("mono", (0, 2))
    assert np.abs(read(path, layout) - one).max() < 1e-3


def test_a_truncated_file_gives_what_is_there_and_a_warning(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.flac", voice(10), codec="flac").read_bytes()
    path = tmp_path / "call.flac"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    layout = probe(path)
    assert 2 < layout.duration < 9
    assert layout.warning is not None
    assert "10 s" in layout.warning
    assert read(path, layout).shape[1] == round(layout.duration * RATE)


def test_a_gap_in_the_files_own_time_becomes_silence(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libopus", rate=48000, layout="mono")
        tone = (0.3 * np.sin(np.arange(48000) / 20)).astype(np.float32)
        for second in (0, 1, 5):
            for n, part in enumerate(tone.reshape(50, 960)):
                frame = av.AudioFrame.from_ndarray(part[None], format="flt", layout="mono")
                frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
                frame.pts = second * 48000 + n * 960
                target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    samples = read(path)[0]
    assert len(samples) == pytest.approx(6 * RATE, abs=RATE / 4)
    assert np.abs(samples[int(2.5 * RATE) : int(4.5 * RATE)]).max() < 1e-3
    assert np.abs(samples[int(5.3 * RATE) : int(5.6 * RATE)]).max() > 0.1


def text_as_wav(path: Path) -> None:
    path.write_text("this is no audio\n" * 50)


def video_without_sound(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as target:
        stream = target.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        image = np.zeros((32, 32, 3), np.uint8)
        for _ in range(5):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        target.mux(stream.encode(None))


def wav_without_samples(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))


def wav_of_no_bits(path: Path) -> None:
    wav_without_samples(path)
    content = bytearray(path.read_bytes()) + bytes(16_000)
    content[34:36], content[40:44] = b"\0\0", (16_000).to_bytes(4, "little")
    path.write_bytes(content)


def playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n")


BAD = {
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "text": (text_as_wav, "decoded"),
    "noise": (lambda path: path.write_bytes(os.urandom(4000)), "decoded"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "missing": (lambda path: None, "no such file"),
    "video only": (video_without_sound, "no audio"),
    "zero length": (wav_without_samples, "zero length"),
    "unknown codec": (wav_of_no_bits, "no audio"),
    "playlist": (playlist, "audio"),
    "pipe": (os.mkfifo, "regular"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    make, problem = BAD[kind]
    path = tmp_path / "call.wav"
    make(path)
    with pytest.raises(UnreadableRecording, match=problem) as caught:
        probe(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "call.wav", voice(2))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UnreadableRecording, match="permission"):
        probe(path)


def test_permission_that_fails_only_on_opening_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "call.wav", voice(2))

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(UnreadableRecording, match="permission"):
        probe(path)


def test_silence_and_a_tenth_of_a_second_hold_no_speech(tmp_path: Path) -> None:
    with pytest.raises(NoSpeech, match="silence"):
        probe(write(tmp_path / "silent.wav", np.zeros(5 * RATE, np.float32)))
    with pytest.raises(NoSpeech, match="100 ms"):
        probe(write(tmp_path / "short.wav", voice(0.1)))


def test_a_recording_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", voice(8))
    assert probe(path, max_seconds=9).duration == 8
    with pytest.raises(UnreadableRecording, match="limit"):
        probe(path, max_seconds=7)


def test_progress_ends_at_the_duration(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", voice(4))
    steps: list[tuple[str, float, float]] = []
    probe(path, progress=lambda *step: steps.append(step))
    assert steps[-1] == ("decode", 4.0, 4.0)


def test_a_file_is_probed_once_and_again_when_it_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", voice(2))
    first = probe(path)
    assert layout_of(path) is first
    write(path, voice(3))
    assert layout_of(path).duration == pytest.approx(3.0)
    path.unlink()
    with pytest.raises(UnreadableRecording, match="no such file"):
        layout_of(path)
