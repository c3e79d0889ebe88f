"""Text and speech for the benchmark: sentences of sales talk from templates, spoken by flite
voices.

Everything is made from a seed, so two machines with the same flite speak the same recording. The
trap: a recogniser may find synthetic voices easier or harder than people; the figures compare two
ways to run the same weights, they are no claim about real calls.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.audio import RATE, Samples, decode_blocks, probe

VOICES = ("slt", "rms", "awb", "kal16")
_FILLERS = {
    "tool": [
        "Salesforce",
        "HubSpot",
        "Snowflake",
        "Zendesk",
        "Jira",
        "Slack",
        "Workday",
        "Tableau",
    ],
    "team": [
        "sales",
        "support",
        "marketing",
        "finance",
        "operations",
        "product",
        "engineering",
        "hiring",
    ],
    "number": ["twelve", "forty", "eighty", "two hundred", "three hundred and fifty", "sixteen"],
    "city": ["Munich", "London", "Chicago", "Madrid", "Toronto", "Dublin", "Stockholm", "Boston"],
    "month": ["January", "March", "April", "June", "August", "September", "October", "November"],
    "pain": [
        "the notes never reach the system",
        "nobody trusts the forecast",
        "reports take a whole day",
        "new people need months to learn it",
        "the data is full of duplicates",
        "customers wait too long for an answer",
    ],
}
_TEMPLATES = (
    "Thanks for making the time today, I know that {month} is a busy month for the {team} team.",
    "Could you tell me a little about how the {team} group works right now?",
    "Sure, we are about {number} people, and most of us sit in {city}.",
    "We have been using {tool} for a few years, and honestly {pain}.",
    "So what happens in a normal week when {pain}?",
    "Well, somebody from {team} exports everything to a spreadsheet and checks it by hand.",
    "We looked at {tool} last {month}, but the price was too high for us.",
    "Our office in {city} wants to move to {tool} before the end of {month}.",
    "Who else would need to be part of that decision on your side?",
    "The head of {team} signs anything above {number} thousand dollars.",
    "I would say we lose {number} hours every month because of that.",
    "That is helpful, and how would you know that the project went well?",
    "If we could cut the work in half by {month}, everybody would be happy.",
    "Last year we opened a second office in {city}, and that changed a lot.",
    "Do you connect {tool} with any other system today?",
    "Yes, it sends data to {tool} every night, and about {number} records fail.",
    "Let me show you how other companies of your size have solved this.",
    "Before we go on, is there anything in the contract that would stop you?",
    "The current agreement runs until {month}, and we cannot leave it early.",
    "Our security people in {city} will want to look at it first.",
    "I can send you the documents for that tomorrow morning.",
    "We hired {number} people in {team} since the spring, and we are still growing.",
    "The board asked us in {month} to bring the costs down.",
    "Shall we meet again in two weeks with the person who runs {team}?",
)


def sentences(seconds: float, seed: int) -> Iterator[tuple[str, str]]:
    """(voice, sentence) for at least this long, at about two and seven tenths words a second."""
    rng = random.Random(seed)
    said = 0.0
    templates: list[str] = []
    while said < seconds:
        templates = templates or rng.sample(_TEMPLATES, len(_TEMPLATES))
        words = {name: rng.choice(values) for name, values in _FILLERS.items()}
        text = templates.pop().format(**words)
        said += len(text.split()) / 2.7
        yield rng.choice(VOICES), text


def make_recording(
    out: Path, *, minutes: float = 10.5, seed: int = 1, flite: str = "flite"
) -> Path:
    """Speak a recording of at least `minutes` as 16 kHz wav; its text goes beside it as .txt."""
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as scratch, wave.open(str(out), "wb") as sink:
        sink.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        n_samples = 0
        for voice, text in sentences(minutes * 60, seed):
            spoken = _speak(flite, voice, text, Path(scratch) / "one.wav")
            pause = np.zeros(int(rng.uniform(0.2, 1.2) * RATE), np.float32)
            samples = np.concatenate([spoken, pause])
            samples = samples + rng.normal(0, 0.002, len(samples)).astype(np.float32)
            sink.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
            lines.append(text)
            n_samples += len(samples)
    reference = out.with_suffix(".txt")
    reference.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return reference


def _speak(flite: str, voice: str, text: str, path: Path) -> Samples:
    subprocess.run([flite, "-voice", voice, "-t", text, "-o", str(path)], check=True)
    layout = probe(path)
    spoken: Samples = np.concatenate([b[0] for b in decode_blocks(path, layout)])
    return spoken
