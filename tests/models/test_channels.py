"""Channel = speaker, and the choice between channels and voices."""

from __future__ import annotations

from pathlib import Path

from models.channels import CallDiarizer, ChannelDiarizer
from models.fakes import FakeDiarizer, say
from pipeline.domain import Recognition, Recording, SpeakerSpan
from pipeline.steps.turns import build_turns

RECORDING = Recording(Path("call.ogg"), "c-1")


def two_sides() -> Recognition:
    words = (
        *say("How many are you?", start=0.0, channel=0),
        *say("About two hundred.", start=2.0, channel=1),
        *say("Good.", start=9.0, channel=0),
    )
    return Recognition("en", 10.0, words, channels=2)


def test_spans_follow_the_words_of_a_channel() -> None:
    spans = ChannelDiarizer().diarize(RECORDING, two_sides())
    assert [s.speaker for s in spans] == ["channel 0", "channel 1", "channel 0"]
    assert [round(s.start, 2) for s in spans] == [0.0, 2.0, 9.0]
    assert round(spans[0].end, 2) == 1.6


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[str, float, float]] = []
    ChannelDiarizer().diarize(RECORDING, two_sides(), progress=lambda *a: seen.append(a))
    assert seen[-1] == ("diarize", 10.0, 10.0)


def test_one_channel_is_decided_by_voice() -> None:
    voices = FakeDiarizer(spans=(SpeakerSpan(0.0, 10.0, "V"),))
    diarizer = CallDiarizer(voices)
    mono = Recognition("en", 10.0, say("Hello there."), channels=1)
    assert [s.speaker for s in diarizer.diarize(RECORDING, mono)] == ["V"]
    assert {s.speaker for s in diarizer.diarize(RECORDING, two_sides())} == {
        "channel 0",
        "channel 1",
    }
    assert voices.made_by in diarizer.made_by


def test_a_two_channel_call_becomes_turns() -> None:
    found = two_sides()
    turns = build_turns(found, ChannelDiarizer().diarize(RECORDING, found))
    assert [(t.speaker, t.text) for t in turns] == [
        ("S1", "How many are you?"),
        ("S2", "About two hundred."),
        ("S1", "Good."),
    ]
