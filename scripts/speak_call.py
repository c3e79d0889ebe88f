"""Speaks a labelled call: every turn by its speaker's voice, through a telephone, in noise.

Needs flite, and espeak-ng when a call has more speakers than flite has voices; a piper voice (with
piper-tts) is taken first when one is given. The trap: labels are said as they are written, so a
synthesiser's wrong reading of a name is part of what is measured. Notes such as "[laughs]" are not
said.
"""

from __future__ import annotations

import re
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import resample_poly

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.make_sample_call import RATE, Samples, SpokenTurn, level, mix, run, trim

VOICES = (
    "flite:slt", "flite:rms", "espeak-ng:en-gb+f3", "flite:awb", "espeak-ng:en-us+m3", "flite:kal16"
)  # fmt: skip
LINE_RATE = 8000
SNR_DB = 15.0


class Synthesiser:
    """Text → samples, by voices called `flite:NAME`, `espeak-ng:NAME` or `piper`."""

    def __init__(self, piper_voice: Path | None, seed: int) -> None:
        self.voices = VOICES
        if piper_voice:
            import onnxruntime
            from piper import PiperVoice

            onnxruntime.set_seed(seed)
            self._piper = PiperVoice.load(piper_voice)
            self.voices = ("piper", *VOICES)

    def speak(self, text: str, voice: str) -> Samples:
        """Samples at RATE, without silence at the ends, all voices equally loud."""
        program, _, name = voice.partition(":")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "spoken.wav"
            if program == "piper":
                with wave.open(str(path), "wb") as out:
                    self._piper.synthesize_wav(text, out)
            elif program == "flite":
                run(["flite", "-voice", name, "-t", text, "-o", str(path)])
            else:
                run(["espeak-ng", "-v", name, "-s", "165", "-w", str(path), "--", text])
            return level(trim(read_wave(path)))


def speak_call(
    transcript: dict[str, Any], synthesiser: Synthesiser, dice: np.random.Generator
) -> list[SpokenTurn]:
    """All turns one after the other, with short pauses; turn n of the labels is item n."""
    ids = list(dict.fromkeys(turn["speaker"] for turn in transcript["turns"]))
    voices = dict(zip(ids, synthesiser.voices, strict=False))
    if len(voices) < len(ids):
        raise SystemExit(f"{len(ids)} speakers, but {len(voices)} voices")
    turns: list[SpokenTurn] = []
    at = 0.5
    for turn in transcript["turns"]:
        text, voice = without_notes(turn["text"]), voices[turn["speaker"]]
        samples = synthesiser.speak(text, voice) if text else np.zeros(RATE // 2, np.float32)
        turns.append(SpokenTurn(turn["speaker"], text, samples, at))
        at = turns[-1].end + float(dice.uniform(0.2, 0.65))
    return turns


def without_notes(text: str) -> str:
    """What is said of a turn: no notes in brackets; empty when nothing to be spoken is left."""
    said = " ".join(re.sub(r"\[[^\]]*\]", " ", text).split())
    return said if re.search(r"\w", said) else ""


def write_call(turns: list[SpokenTurn], path: Path, dice: np.random.Generator) -> None:
    """The call as a telephone line gives it: 8 kHz, white noise SNR_DB below the speech."""
    track = resample_poly(mix(turns), 1, RATE // LINE_RATE)
    speech = track[np.abs(track) > 0.02]
    noise = float(np.sqrt(np.mean(speech**2))) * 10 ** (-SNR_DB / 20)
    noisy = track + dice.normal(0.0, noise, track.shape)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(LINE_RATE)
        out.writeframes((np.clip(noisy, -1, 1) * 32767).astype("<i2").tobytes())


def read_wave(path: Path) -> Samples:
    """A mono 16-bit file at RATE."""
    with wave.open(str(path), "rb") as spoken:
        frames = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype="<i2")
        rate = spoken.getframerate()
    samples = frames.astype(np.float32) / 32768.0
    if rate != RATE:
        shared = np.gcd(rate, RATE)
        samples = resample_poly(samples, RATE // shared, rate // shared).astype(np.float32)
    return samples
