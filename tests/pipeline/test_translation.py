from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from models.fakes import FakeDiarizer, FakePlaces, FakeReader, FakeTranscriber, fake_toolbox, say
from pipeline.analyze import analyze_call
from pipeline.domain import Recording, SpeakerSpan, Turn, Word
from pipeline.lexicon.products import ProductGazetteer
from pipeline.ports import EnglishPiece, Progress, Stretch, no_progress
from pipeline.steps.translation import (
    LONGEST_S,
    cut_words,
    english_numbers,
    keep_names,
    translate_turns,
)

PLACES = FakePlaces()
CALL = Recording(Path("call.ogg"), "c-1")


def turn(index: int, text: str, start: float, **more: object) -> Turn:
    words = say(text, start=start)
    return Turn(index, more.pop("speaker", "S1"), text, start, words[-1].end, words, **more)  # type: ignore[arg-type]


class Says:
    """Translates by times: (start, end, English), first in common stretches, then alone."""

    def __init__(self, *pieces: tuple[float, float, str], alone: Sequence[str] = ()) -> None:
        self.pieces, self.alone = [EnglishPiece(*p) for p in pieces], list(alone)
        self.asked: list[list[Stretch]] = []
        self.language = ""

    def __call__(
        self,
        recording: Recording,
        language: str,
        stretches: Sequence[Stretch],
        *,
        progress: Progress = no_progress,
    ) -> list[tuple[EnglishPiece, ...]]:
        self.asked.append(list(stretches))
        self.language = language
        if len(self.asked) > 1:
            texts = [self.alone.pop(0) if self.alone else "" for _ in stretches]
            return [
                (EnglishPiece(s.start, s.end, text),) if text else ()
                for s, text in zip(stretches, texts, strict=True)
            ]
        return [
            tuple(p for p in self.pieces if s.start <= p.start < s.end and s.channel == 0)
            for s in stretches
        ]


def test_each_sentence_goes_to_the_turn_it_lies_in() -> None:
    turns = (
        turn(0, "Wie viele sind Sie?", 0.0),
        turn(1, "Ja.", 2.0, speaker="S2"),
        turn(2, "Zweihundert Leute. In zwei Büros.", 3.0, speaker="S2"),
    )
    says = Says((0.0, 1.9, "How many are you?"), (2.0, 2.9, "Yes, we"), (3.1, 4.0, "Two hundred."),
                (4.0, 5.2, "In two offices."))  # fmt: skip
    found = translate_turns(turns, CALL, "de", says, places=PLACES)
    assert [t.english for t in found] == [
        "How many are you?", "Yes.", "Two hundred. In two offices.",
    ]  # fmt: skip
    assert [t.text for t in found] == [t.text for t in turns]
    assert ([len(asked) for asked in says.asked], says.language) == ([1], "de")


def test_turns_that_share_a_sentence_or_have_none_are_heard_alone() -> None:
    turns = (
        turn(0, "Wie viele sind Sie denn?", 0.0),
        turn(1, "Wir sind zweihundert Leute hier.", 2.1, speaker="S2"),
        turn(2, "Das ist schön.", 5.0),
        turn(3, "Das finde ich auch.", 7.0, speaker="S2"),
    )
    says = Says((0.0, 4.0, "How many are you we are two hundred."), (7.0, 8.6, "I think so too."),
                alone=["How many are you?", "We are two hundred.", "That is nice."])  # fmt: skip
    found = translate_turns(turns, CALL, "de", says, places=PLACES)
    assert [t.english for t in found] == [
        "How many are you?", "We are two hundred.", "That is nice.", "I think so too.",
    ]  # fmt: skip
    assert [len(asked) for asked in says.asked] == [1, 3]


def test_a_stretch_takes_silence_but_no_word_of_a_neighbour() -> None:
    turns = (
        turn(0, "Guten Tag zusammen", 1.0),
        turn(1, "Wir sind viele", 2.3, speaker="S2"),
        turn(2, "Schön zu hören", 9.0),
    )
    says = Says()
    translate_turns(turns, CALL, "de", says, places=PLACES)
    together, alone = says.asked
    assert [(s.start, s.end) for s in together] == [pytest.approx((0.75, 10.45))]
    assert [(s.start, s.end) for s in alone[:2]] == [
        pytest.approx((0.75, 2.25)), pytest.approx((2.25, 3.75)),
    ]  # fmt: skip


def test_stretches_are_of_one_channel_and_at_most_half_a_minute() -> None:
    talk = [turn(i, "Wir sind viele hier", 10.0 * i) for i in range(6)]
    words = say("Und wir auch", start=1.0, channel=1)
    says = Says()
    translate_turns((*talk, Turn(6, "S2", "", 1.0, 2.2, words)), CALL, "de", says, places=PLACES)
    together = says.asked[0]
    assert sorted(s.channel for s in together) == [0, 0, 1]
    assert all(s.end - s.start <= LONGEST_S + 0.5 for s in together)


def test_what_cannot_be_trusted_has_no_english() -> None:
    doubtful = turn(0, "Untertitel von irgendwem", 0.0, quarantine="no_speech")
    says = Says()
    found = translate_turns(
        (doubtful, turn(1, "Wir sind Viele", 5.0)), CALL, "de", says, places=PLACES
    )
    assert [t.english for t in found] == [None, None]
    assert [len(asked) for asked in says.asked] == [1, 1]


def test_a_model_that_only_repeats_the_original_has_not_translated() -> None:
    text = "Wir haben heute zweihundert Leute im Vertrieb."
    (found,) = translate_turns(
        (turn(0, text, 0.0),), CALL, "de", Says((0.0, 2.8, text)), places=PLACES
    )
    assert found.english is None


def test_a_long_turn_is_cut_at_sentences_and_joined_again() -> None:
    text = " ".join(["Wir reden hier sehr lange über alles."] * 25)
    long = turn(0, text, 0.0)
    pieces = cut_words(long.words)
    assert [w for piece in pieces for w in piece] == list(long.words)
    assert all(piece[-1].end - piece[0].start <= LONGEST_S for piece in pieces)
    assert all(piece[-1].text.endswith(".") for piece in pieces)
    says = Says(*((piece[0].start, piece[-1].end, "Talk.") for piece in pieces))
    (found,) = translate_turns((long,), CALL, "de", says, places=PLACES)
    assert found.english == " ".join(["Talk."] * len(pieces))


def test_words_without_any_gap_are_cut_all_the_same() -> None:
    words = tuple(Word("ja", i * 1.0, i * 1.0 + 1.0) for i in range(100))
    assert all(len(piece) <= LONGEST_S for piece in cut_words(words))
    assert cut_words(()) == []


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        ("50.000 euros a year.", "50,000 euros a year."),
        ("1.250.000 and 30.000.", "1,250,000 and 30,000."),
        ("12\u202f000 euros", "12,000 euros"),
        ("2.5 percent of 3.14159, or 1.50", "2.5 percent of 3.14159, or 1.50"),
        ("50,000.00 in 2024.", "50,000.00 in 2024."),
    ],
)
def test_thousands_are_written_as_in_english(english: str, wanted: str) -> None:
    assert english_numbers(english) == wanted


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        ("We work with Salesforce today.", "We work with Salesforce today."),
        ("We work with the sales force.", "We work with the Salesforce."),
        ("We work with sales false.", "We work with Salesforce."),
        ("We work with it today.", "We work with it today (Salesforce)."),
    ],
)
def test_names_that_were_heard_stay(english: str, wanted: str) -> None:
    found = keep_names(english, ("Salesforce",), ProductGazetteer.load())
    assert ProductGazetteer.load().find(found)[0].name == "Salesforce"
    assert found in (wanted, english)


def test_products_and_given_names_are_offered_to_the_translation() -> None:
    says = Says((0.0, 2.8, "We work with it and know Brightline."))
    turns = (turn(0, "Wir arbeiten mit Salesforce und kennen Brightline", 0.0),)
    names = ("Brightline", "Gong")
    (found,) = translate_turns(turns, CALL, "de", says, places=PLACES, names=names)
    assert says.asked[0][0].names == ("Salesforce", "Brightline")
    assert "Salesforce" in (found.english or "")


def test_a_place_is_kept_where_it_must_be_one() -> None:
    says = Says((0.0, 2.0, "Our center is closed."), (39.0, 40.6, "London calls."))
    turns = (turn(0, "Unsere Zentrale ist in Munich", 0.0), turn(1, "London ruft uns an", 39.0))
    found = translate_turns(turns, CALL, "de", says, places=PLACES)
    assert [s.names for s in says.asked[0]] == [("Munich",), ()]
    assert found[0].english == "Our center is closed (Munich)."


def test_a_german_call_is_read_in_english_and_quoted_in_german() -> None:
    asked = say("Wie viele Leute sind Sie denn insgesamt?", start=0.0)
    said = say(
        "Guten Tag zusammen, also das ist eine gute Frage. Wir sind ungefähr 450 Leute.", start=5.0
    )
    heard = FakeTranscriber(
        words=(*asked, *said),
        language="de",
        english={
            "Wie viele Leute sind Sie denn insgesamt?": "How many people are you in all?",
            "Guten Tag zusammen, also das ist eine gute Frage.": "Good day, good question.",
            "Wir sind ungefähr 450 Leute.": "We are about 450 people.",
        },
    )
    spans = (SpeakerSpan(0.0, 4.0, "a"), SpeakerSpan(4.5, 60.0, "b"))
    toolbox = fake_toolbox(
        transcriber=heard,
        diarizer=FakeDiarizer(spans),
        reader=FakeReader(
            [("We are about 450 people", "headcount")], rep_scores={"S1": 0.9, "S2": 0.1}
        ),
    )
    analysis = analyze_call(CALL, (), toolbox)
    second = analysis.transcript.turns[1]
    assert second.text.endswith("Wir sind ungefähr 450 Leute.")
    assert second.english == "Good day, good question. We are about 450 people."
    assert second.words == said
    (signal,) = analysis.signals
    assert signal.quote == "Wir sind ungefähr 450 Leute."
    assert signal.quote_en
    assert "about 450 people" in signal.quote_en
    assert (signal.start, signal.end) == (said[9].start, said[13].end)


def test_an_english_call_is_not_translated() -> None:
    heard = FakeTranscriber(
        words=say("How many are you today?"), english={"How many are you today?": "x"}
    )
    analysis = analyze_call(CALL, (), fake_toolbox(transcriber=heard))
    assert heard.stretches == ()
    assert analysis.transcript.turns[0].english is None
