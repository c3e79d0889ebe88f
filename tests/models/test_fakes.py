from __future__ import annotations

import math
from pathlib import Path

import pytest

from models.fakes import (
    FakeDiarizer,
    FakeEmbedder,
    FakeEntailer,
    FakeEntityTagger,
    FakePlaces,
    FakeReader,
    FakeTranscriber,
    fake_toolbox,
    say,
)
from models.toolbox import ToolboxOptions, _Lazy, build_toolbox
from pipeline.domain import Entity, Proposal, Recording, SpeakerSpan, Turn
from pipeline.ports import PlaceHit

RECORDING = Recording(Path("call.wav"), "c")


def test_the_transcriber_says_its_words_and_reports_progress() -> None:
    told: list[tuple[str, float, float]] = []
    fake = FakeTranscriber(say("hello there", start=1.0))
    heard = fake.transcribe(RECORDING, hints=["Gong"], progress=lambda *a: told.append(a))
    assert [(w.text, w.start) for w in heard.words] == [("hello", 1.0), ("there", 1.4)]
    assert heard.duration == pytest.approx(1.8)
    assert fake.hints == ("Gong",)
    assert told[-1] == ("transcribe", heard.duration, heard.duration)


def test_the_diarizer_gives_its_spans_or_one_speaker() -> None:
    heard = FakeTranscriber(say("hello there")).transcribe(RECORDING)
    assert FakeDiarizer().diarize(RECORDING, heard) == (SpeakerSpan(0.0, heard.duration, "S0"),)
    spans = (SpeakerSpan(0, 1, "S1"),)
    assert FakeDiarizer(spans).diarize(RECORDING, heard) == spans


def test_the_other_stand_ins_follow_their_script() -> None:
    tagger = FakeEntityTagger({"Acme": "ORG", "Lee": "PERSON"})
    assert tagger.tag(["Lee of Acme", "Acmes"]) == [
        [Entity(0, 3, "PERSON"), Entity(7, 11, "ORG")],
        [],
    ]
    entailer = FakeEntailer({("on HubSpot", "uses HubSpot"): 0.9}, default=0.1)
    pairs = [
        ("we are on HubSpot", "The company uses HubSpot."),
        ("no", "The company uses HubSpot."),
    ]
    assert entailer.entail(pairs) == [0.9, 0.1]
    reader = FakeReader([("HubSpot", "tech_stack:current"), ("We", "pain", 0.3)], {"S1": 0.2})
    reading = reader.read([Turn(4, "S1", "we use hubspot")], {})
    assert reading.proposals == (
        Proposal(4, 7, 14, "tech_stack:current", 0.95),
        Proposal(4, 0, 2, "pain", 0.3),
    )
    assert reading.rep_scores == {"S1": 0.2}
    places = FakePlaces()
    assert places.find("near Munich") == [PlaceHit(5, 11, "Munich", "DE")]
    assert places.contains("DACH", "Munich") is True
    assert places.contains("DACH", "London") is False
    assert places.contains("DACH", "Atlantis") is None


def test_embeddings_are_unit_vectors_and_like_shared_words() -> None:
    one, same, other = FakeEmbedder().embed(["sales team", "team sales", "warehouse"])
    assert math.hypot(*one) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(one, same, strict=True)) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(one, other, strict=True)) < 0.9


def test_a_toolbox_of_stand_ins_is_whole() -> None:
    toolbox = fake_toolbox(reader=FakeReader(made_by="mine"))
    assert toolbox.reader.made_by == "mine"
    assert toolbox.places.country_of("Munich") == "DE"


def test_the_real_toolbox_loads_nothing_until_it_is_used(tmp_path: Path) -> None:
    toolbox = build_toolbox(ToolboxOptions(tmp_path))
    assert isinstance(toolbox.transcriber, _Lazy)
    assert not list(tmp_path.iterdir())


def test_an_adapter_is_built_once_and_on_first_use() -> None:
    built: list[FakeEmbedder] = []

    def build() -> FakeEmbedder:
        built.append(FakeEmbedder())
        return built[-1]

    lazy = _Lazy(build)
    assert not built
    assert lazy.made_by == "fake-embedding"
    assert lazy.embed(["a"])
    assert len(built) == 1
