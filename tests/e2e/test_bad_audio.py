"""Recordings in which nothing can be heard, and damaged ones, through the real program."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"
RATE = 8000
Sound = NDArray[np.float64]

pytestmark = pytest.mark.weights


def write_wav(path: Path, sound: Sound) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def music(seconds: float) -> Sound:
    """Chords of sawtooth tones with a beat: loud and tonal, and nobody speaks."""
    t = np.arange(int(seconds * RATE)) / RATE
    chord = np.array([[220.0, 277.2, 329.6], [196.0, 246.9, 293.7]])[(t // 2).astype(int) % 2]
    tones = (chord * t[:, None] % 1.0 - 0.5).sum(axis=1)
    return 0.2 * tones * np.exp(-3 * (t % 0.5))


def write_mp3(path: Path, seconds: float) -> None:
    """The beginning of the sample call as mp3."""
    with av.open(str(SAMPLE / "discovery.ogg")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("mp3", rate=16000, layout="mono")
        resampler = av.AudioResampler("s16p", "mono", 16000)
        for frame in source.decode(audio=0):
            if frame.time is not None and frame.time > seconds:
                break
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        target.mux(stream.encode(None))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> tuple[Path, int, str]:
    """All the recordings in one run, the good one last."""
    folder = tmp_path_factory.mktemp("audio")
    write_wav(folder / "silence.wav", np.zeros(RATE * 12))
    write_wav(folder / "short.wav", music(0.1))
    write_wav(folder / "music.wav", music(12))
    (folder / "text.wav").write_text("Dana: hello, this is no sound.\n" * 20)
    (folder / "folder.wav").mkdir()
    write_mp3(folder / "whole.mp3", 30.0)
    whole = (folder / "whole.mp3").read_bytes()
    (folder / "stump.mp3").write_bytes(whole[:60])
    (folder / "half.mp3").write_bytes(whole[: len(whole) // 2 + 17])
    names = ["silence.wav", "short.wav", "music.wav", "text.wav", "folder.wav", "stump.mp3"]
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import app; app()", "check", *names, "half.mp3",
         "--profile", str(SAMPLE / "profile.yaml"), "--model", "tiny.en", "--json", "o.json"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "ICP_DATA_DIR": str(data_dir)},
    )  # fmt: skip
    return folder, done.returncode, done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("silence.wav", "sil|speak|speech"),
        ("short.wav", "100 ms"),
        ("music.wav", "speak|speech"),
        ("text.wav", "text"),
        ("folder.wav", "folder"),
        ("stump.mp3", "decode|audio|recording"),
    ],
)
def test_the_reason_is_given(ran: tuple[Path, int, str], name: str, reason: str) -> None:
    _, status, errors = ran
    assert status == 1
    line = next(line for line in errors.splitlines() if f"failed: {name}" in line)
    assert any(word in line for word in reason.split("|"))
    assert line.endswith(")")  # the remedy
    assert "unexpected" not in line
    assert "Traceback" not in errors


def test_a_recording_cut_short_is_still_checked(ran: tuple[Path, int, str]) -> None:
    folder, _, errors = ran
    assert "6 of 7 files failed" in errors
    results = json.loads((folder / "o.json").read_text(encoding="utf-8"))
    assert [Path(result["file"]).name for result in results] == ["half.mp3"]
    assert 10 < results[0]["transcript"]["duration"] < 20
    assert len(results[0]["transcript"]["turns"]) >= 1
