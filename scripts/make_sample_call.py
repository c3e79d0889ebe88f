"""Speaks the sample call with synthetic voices and writes the audio beside its labels.

The dialogue and its gold labels are in sample_call.yaml; the voices' places are arguments, so the
project's tests need only the committed files. Needs flite, sox and ffmpeg, and piper-tts with a
piper voice. The same seed and voices give the same call; other voices move all times.

    python scripts/make_sample_call.py --piper-voice en_US-joe-medium.onnx --out tests/data/sample
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

RATE = 16000
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One turn of the dialogue with its samples and where they start, in seconds."""

    speaker: str
    text: str
    samples: Samples
    start: float

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE


def main() -> None:
    """Write discovery.ogg, .json, .transcript.json and a short two-channel call."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--piper-voice", type=Path, required=True, help="a piper .onnx voice")
    parser.add_argument("--flite", default="flite", help="the flite program")
    parser.add_argument("--dialogue", type=Path, default=Path(__file__).parent / "sample_call.yaml")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--two-channel-turns", type=int, nargs=2, default=(19, 25))
    options = parser.parse_args()

    dialogue = yaml.safe_load(options.dialogue.read_text(encoding="utf-8"))
    turns = speak_dialogue(dialogue, Voices(options.piper_voice, options.flite, options.seed),
                           np.random.default_rng(options.seed))  # fmt: skip
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed + 1)
    write_telephone_call(mix(turns), options.out / "discovery.ogg", rng, kbit_s=20)
    labelled = label(dialogue, turns)
    write_json(labelled, options.out / "discovery.json")
    write_json(labelled["transcript"], options.out / "discovery.transcript.json")

    first, last = options.two_channel_turns
    part = shift(turns[first:last], turns[first].start - 0.3)
    rep = {s["id"] for s in dialogue["speakers"] if s["role"] == "rep"}
    sides = [mix([t for t in part if (t.speaker in rep) is is_rep], part[-1].end + 0.3)
             for is_rep in (True, False)]  # fmt: skip
    write_telephone_call(np.stack(sides, axis=1), options.out / "two_channel.ogg", rng, kbit_s=32)
    write_json(
        {"call_id": "two_channel", "language": "en", "duration": round(part[-1].end + 0.3, 2),
         "channels": ["rep", "prospect"], "turns": transcript_turns(part)},
        options.out / "two_channel.transcript.json",
    )  # fmt: skip


class Voices:
    """The synthesisers: `flite:NAME`, or `piper` with an optional pitch factor."""

    def __init__(self, piper_voice: Path, flite: str, seed: int) -> None:
        import onnxruntime
        from piper import PiperVoice

        onnxruntime.set_seed(seed)
        self._piper = PiperVoice.load(piper_voice)
        self._flite = flite

    def speak(self, text: str, voice: str, pitch: float) -> Samples:
        """Text → samples at 16 kHz, trimmed of silence at both ends and of equal loudness."""
        with tempfile.TemporaryDirectory() as folder:
            raw, fixed = Path(folder) / "raw.wav", Path(folder) / "fixed.wav"
            if voice.startswith("flite:"):
                name = voice.partition(":")[2]
                slower = ["--setf", "duration_stretch=1.12"]
                run([self._flite, "-voice", name, *slower, "-t", text, "-o", str(raw)])
            else:
                with wave.open(str(raw), "wb") as out:
                    self._piper.synthesize_wav(text, out)
            # `speed` moves pitch and formants: another voice; `tempo` restores the pace.
            change = ["speed", str(pitch), "tempo", "-s", str(1.04 / pitch)] if pitch != 1 else []
            run(["sox", "-G", str(raw), "-r", str(RATE), "-c", "1", str(fixed), *change])
            with wave.open(str(fixed), "rb") as spoken:
                frames = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype=np.int16)
        return level(trim(frames.astype(np.float32) / 32768.0))


def speak_dialogue(
    dialogue: dict[str, Any], voices: Voices, rng: np.random.Generator
) -> list[SpokenTurn]:
    """All turns, one after the other, with pauses of natural length between them."""
    speakers = {s["id"]: s for s in dialogue["speakers"]}
    turns: list[SpokenTurn] = []
    at = 0.6
    for row in dialogue["turns"]:
        speaker, spoken, extra = row[0], row[1], row[2] if len(row) > 2 else {}
        voice = speakers[speaker]
        samples = voices.speak(extra.get("say", spoken), voice["voice"], voice.get("pitch", 1.0))
        gap = extra.get("gap", float(rng.uniform(0.2, 0.65)))
        start = max(0.0, at + (gap if turns else 0.0))
        turns.append(SpokenTurn(speaker, extra.get("text", spoken), samples, start))
        at = max(at, turns[-1].end)
    return turns


def trim(samples: Samples) -> Samples:
    """Cut leading and trailing silence, keeping 30 ms."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if len(loud) == 0:
        return samples
    margin = int(0.03 * RATE)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def level(samples: Samples) -> Samples:
    """Bring speech to the same loudness, whichever voice speaks it."""
    speech = samples[np.abs(samples) > 0.02]
    rms = float(np.sqrt(np.mean(speech**2))) if len(speech) else 1.0
    return samples * np.float32(0.11 / rms)


def mix(turns: list[SpokenTurn], duration: float | None = None) -> Samples:
    """Lay the turns on one track; where two overlap, both are heard."""
    end = duration if duration is not None else turns[-1].end + 0.6
    track = np.zeros(int(end * RATE) + RATE, dtype=np.float32)
    for turn in turns:
        first = int(turn.start * RATE)
        track[first : first + len(turn.samples)] += turn.samples
    return track[: int(end * RATE)]


def write_telephone_call(
    track: Samples, path: Path, rng: np.random.Generator, *, kbit_s: int
) -> None:
    """Band-limit to 300–3400 Hz at 8 kHz, add line noise 28 dB down, encode as Ogg Opus."""
    noisy = track + rng.normal(0, 0.11 * 10 ** (-28 / 20), track.shape).astype(np.float32)
    channels = 1 if track.ndim == 1 else track.shape[1]
    pcm = (np.clip(noisy, -1, 1) * 32767).astype("<i2").tobytes()
    band = "highpass=f=300,lowpass=f=3400,aresample=8000"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "s16le", "-ar", str(RATE)]
    command += ["-ac", str(channels), "-i", "-", "-af", band, "-c:a", "libopus"]
    command += ["-b:a", f"{kbit_s}k", "-application", "voip", "-map_metadata", "-1"]
    command += ["-fflags", "+bitexact", "-flags:a", "+bitexact", str(path)]
    subprocess.run(command, input=pcm, check=True)


def label(dialogue: dict[str, Any], turns: list[SpokenTurn]) -> dict[str, Any]:
    """The labelled call: its transcript with true times and roles, and the gold labels."""
    gold = dialogue["gold"]
    for item in (*gold["signals"], *gold["traps"]):
        if not all(0 <= index < len(turns) for index in item["turns"]):
            raise SystemExit(f"no such turn: {item}")
    for signal in gold["signals"]:
        signal.setdefault("optional", False)
    speakers = [{key: s[key] for key in ("id", "role", "name")} for s in dialogue["speakers"]]
    head = {key: dialogue[key] for key in ("call_id", "title", "language", "recorded_at")}
    transcript = {**head, "duration": round(turns[-1].end + 0.6, 2), "speakers": speakers,
                  "turns": transcript_turns(turns)}  # fmt: skip
    return {"id": dialogue["call_id"], "style": dialogue["style"],
            "profiles": dialogue["profiles"], "transcript": transcript, "gold": gold}  # fmt: skip


def transcript_turns(turns: list[SpokenTurn]) -> list[dict[str, Any]]:
    """Turns as the transcript format spells them."""
    return [
        {"index": index, "speaker": t.speaker, "start": round(t.start, 2), "end": round(t.end, 2),
         "text": t.text}
        for index, t in enumerate(turns)
    ]  # fmt: skip


def shift(turns: list[SpokenTurn], by: float) -> list[SpokenTurn]:
    """The same turns, `by` seconds earlier."""
    return [SpokenTurn(t.speaker, t.text, t.samples, t.start - by) for t in turns]


def write_json(content: dict[str, Any], path: Path) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
