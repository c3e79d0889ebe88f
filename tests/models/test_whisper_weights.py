"""Real Whisper weights on short recordings: words, times, languages, channels, music."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from models.audio import RATE
from models.whisper import WhisperTranscriber
from pipeline.domain import Recognition, Recording
from pipeline.errors import NoSpeech

AUDIO = Path(__file__).parents[1] / "data" / "audio"
SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="module")
def heard(data_dir: Path) -> dict[tuple[str, str, bool], Recognition]:
    """The short recordings through both small models, each with and without hints."""
    hints = ["HubSpot", "Pipedrive", "Gong", "NetSuite", "Xero", "DocuSign", "Intercom", "Stripe"]
    found = {}
    for model in ("base", "tiny.en"):
        one = WhisperTranscriber(model, data_dir=data_dir, threads=2, device="cpu")
        for name in ("names.ogg", "no_names.ogg", "numbers.wav"):
            for given in (False, True):
                recording = Recording(AUDIO / name, name)
                found[model, name, given] = one.transcribe(recording, hints=hints if given else ())
    return found


def text_of(recognition: Recognition) -> str:
    return " ".join(word.text for word in recognition.words if not word.quarantine)


@pytest.mark.weights
@pytest.mark.parametrize("model", ["base", "tiny.en"])
class TestRealWeights:
    def test_names_that_are_said_are_kept(
        self, heard: dict[tuple[str, str, bool], Recognition], model: str
    ) -> None:
        plain, hinted = text_of(heard[model, "names.ogg", False]), text_of(
            heard[model, "names.ogg", True]
        )  # fmt: skip
        names = ("Pipedrive", "NetSuite", "Xero", "DocuSign", "Gong")
        assert [name for name in names if name not in hinted] == []
        # hints must be what does it: without them most of these names come out wrong
        assert sum(name not in plain for name in names) >= 3

    def test_names_that_are_not_said_are_not_invented(
        self, heard: dict[tuple[str, str, bool], Recognition], model: str
    ) -> None:
        plain, hinted = heard[model, "no_names.ogg", False], heard[model, "no_names.ogg", True]
        assert text_of(plain) == text_of(hinted)
        assert "zero" in text_of(hinted).lower()

    def test_numbers_have_times(
        self, heard: dict[tuple[str, str, bool], Recognition], model: str
    ) -> None:
        words = heard[model, "numbers.wav", False].words
        numbers = [w for w in words if any(c.isdigit() for c in w.text)]
        assert len(numbers) >= 2
        assert numbers[0].text.startswith("2014")
        assert all(0 < w.end - w.start < 1.5 for w in words)
        assert [w.start for w in words] == sorted(w.start for w in words)


@pytest.mark.weights
def test_german_is_recognised_as_german(data_dir: Path) -> None:
    found = WhisperTranscriber("base", data_dir=data_dir, threads=2, device="cpu").transcribe(
        Recording(AUDIO / "german.ogg", "g")
    )
    assert found.language == "de"
    assert "wir haben" in text_of(found)


@pytest.mark.weights
def test_two_channels_keep_their_sides_apart(data_dir: Path) -> None:
    found = WhisperTranscriber("tiny.en", data_dir=data_dir, threads=2, device="cpu").transcribe(
        Recording(SAMPLE / "two_channel.ogg", "t")
    )
    assert found.channels == 2
    assert {w.channel for w in found.words} == {0, 1}


@pytest.mark.weights
def test_music_gives_no_trusted_words(data_dir: Path, tmp_path: Path) -> None:
    t = np.arange(12 * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6)) * np.exp(-3 * (t % 0.5))
    with wave.open(str(tmp_path / "music.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((0.2 * tones * 32767).astype("<i2").tobytes())
    one = WhisperTranscriber("base", data_dir=data_dir, threads=2, device="cpu")
    text = complaint = ""
    try:
        text = text_of(one.transcribe(Recording(tmp_path / "music.wav", "m")))
    except NoSpeech as error:
        complaint = str(error)
    assert text == ""
    assert not complaint or "music.wav" in complaint
