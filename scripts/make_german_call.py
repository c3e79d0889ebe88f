"""Speaks the German sample call with synthetic voices and writes the audio beside its labels.

The dialogue and its labels are in sample_call_de.yaml. Both voices are SVOX Pico's German one, with
pitch and formants moved. Needs sox, ffmpeg and the package py-nanotts, which brings Pico's voices.
The trap: over a telephone this voice's "s" and "f" are lost, so names such as Salesforce are not in
the dialogue; words that recognition always missed were replaced by others.

    python scripts/make_german_call.py --out tests/data/sample_de
"""

from __future__ import annotations

import argparse
import tempfile
import wave
from pathlib import Path

import numpy as np
import yaml
from make_sample_call import (
    RATE,
    Samples,
    label,
    level,
    mix,
    run,
    speak_dialogue,
    trim,
    write_json,
    write_telephone_call,
)


def main() -> None:
    """Write erstgespraech.ogg, .json (with labels) and .transcript.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    folder = Path(__file__).parent
    parser.add_argument("--dialogue", type=Path, default=folder / "sample_call_de.yaml")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()

    dialogue = yaml.safe_load(options.dialogue.read_text(encoding="utf-8"))
    rng = np.random.default_rng(options.seed)
    turns = speak_dialogue(dialogue, PicoVoices(), rng)
    options.out.mkdir(parents=True, exist_ok=True)
    name = dialogue["call_id"]
    write_telephone_call(mix(turns), options.out / f"{name}.ogg", rng, kbit_s=24)
    labelled = label(dialogue, turns)
    write_json(labelled, options.out / f"{name}.json")
    write_json(labelled["transcript"], options.out / f"{name}.transcript.json")


class PicoVoices:
    """SVOX Pico by language (`pico:de-DE`), with an optional pitch factor."""

    def speak(self, text: str, voice: str, pitch: float) -> Samples:
        """Text → samples at 16 kHz, trimmed of silence at both ends and of equal loudness."""
        from py_nanotts import NanoTTS

        spoken = NanoTTS().speak(text, voice=voice.partition(":")[2])
        with tempfile.TemporaryDirectory() as folder:
            raw, fixed = Path(folder) / "raw.wav", Path(folder) / "fixed.wav"
            with wave.open(str(raw), "wb") as out:
                out.setparams((1, 2, RATE, 0, "NONE", ""))
                out.writeframes(spoken)
            # `speed` moves pitch and formants: another voice; `tempo` restores the pace.
            change = ["speed", str(pitch), "tempo", "-s", str(1 / pitch)] if pitch != 1 else []
            run(["sox", "-G", str(raw), "-r", str(RATE), "-c", "1", str(fixed), *change])
            with wave.open(str(fixed), "rb") as file:
                frames = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        return level(trim(frames.astype(np.float32) / 32768.0))


if __name__ == "__main__":
    main()
