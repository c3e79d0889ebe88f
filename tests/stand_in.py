"""A worker whose models are stand-ins, so that a call takes 50 ms: for tests of the service.

What is "heard" is the text in the uploaded file. A line that starts with `!` gives an order:
`!sleep 2`, `!die` (the child), `!unreadable`, `!kill-worker`. Run it as
`python -m tests.stand_in worker`, or `… serve PORT` for the API without a worker.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from api.commands.serve import run_serve
from api.commands.worker import run_worker
from api.jobs import child, failures
from api.settings import Settings, load_settings
from api.wiring import Services
from models.fakes import FakeDiarizer, FakeEntityTagger, FakeReader, FakeTranscriber, fake_toolbox
from models.fakes import say as spoken
from pipeline.domain import Recognition, Recording, SpeakerSpan
from pipeline.errors import UnreadableRecording
from pipeline.ports import Progress, no_progress

CHILD = (sys.executable, "-m", "tests.stand_in", "child")
SCRIPT = [
    ("two hundred and fifty people", "headcount"),
    ("Salesforce", "tech_stack:current"),
    ("HubSpot", "tech_stack:current"),
    ("losing hours on notes", "pain"),
]


@dataclass
class TextTranscriber(FakeTranscriber):
    """Hears what is written in the file, after obeying its orders."""

    seconds: float = 0.05

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition:
        text = recording.path.read_text(encoding="utf-8", errors="replace")
        progress("transcribe", 0.0, 1.0)
        time.sleep(self.seconds)
        words = []
        for line in text.splitlines():
            if line.startswith("!"):
                _obey(line[1:].split())
            else:
                words += spoken(line, start=len(words) * 0.4)
        progress("transcribe", 1.0, 1.0)
        return Recognition("en", len(words) * 0.4, tuple(words))


@dataclass
class HalfDiarizer(FakeDiarizer):
    """The first eight words are S0's, the rest S1's."""

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        progress("diarize", 1.0, 1.0)
        return (SpeakerSpan(0.0, 3.2, "S0"), SpeakerSpan(3.2, recognition.duration, "S1"))


def _obey(order: list[str]) -> None:
    match order:
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["die"]:
            os._exit(7)
        case ["kill-worker"]:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(5)
        case ["unless", path]:
            if not os.path.exists(path):
                raise UnreadableRecording("holds no sound yet")
        case ["unreadable"]:
            raise UnreadableRecording("holds no sound")


def wire(settings: Settings) -> Services:
    """Services on stand-ins that understand a few phrases."""
    toolbox = fake_toolbox(
        transcriber=TextTranscriber(),
        diarizer=HalfDiarizer(),
        reader=FakeReader(script=SCRIPT, rep_scores={"S0": 0.95, "S1": 0.05}),
        tagger=FakeEntityTagger({"Salesforce": "ORG", "HubSpot": "ORG"}),
    )
    return Services(settings, toolbox)


def talk(number: int, *orders: str) -> bytes:
    """A recording of call `number`: who has that tool and so many people."""
    tool = "Salesforce" if number % 2 else "HubSpot"
    said = (
        "How many people are you now Lee today? We are two hundred and fifty people."
        f" We run everything on {tool} and are losing hours on notes every week. " * 3
    )
    return "\n".join(
        (*(f"!{order}" for order in orders), said, f"This is number {number}.")
    ).encode()


if __name__ == "__main__":
    failures.FIRST_DELAY = 2.0
    if sys.argv[1] == "child":
        child.main(wire)
    elif sys.argv[1] == "serve":
        sys.exit(run_serve(load_settings(), "127.0.0.1", int(sys.argv[2]), worker=None))
    else:
        sys.exit(run_worker(load_settings(), attached=True, command=CHILD))
