"""What is personal in speech, and what only looks like it: figures are evidence and must stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audio import RATE, decode_blocks, layout_of
from models.fakes import FakeEntityTagger
from models.ner import SpacyTagger
from models.personal import PersonalFinder, has_card_check, has_iban_check
from models.silence import silenced, write_silenced
from models.weights import find
from pipeline.domain import CallAnalysis
from pipeline.redaction import redact
from tests.factories import make_transcript

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "two_channel.ogg"


def shown(text: str, tagger: object = None, *, english: bool = True) -> str:
    """The text with labels in place of what is personal."""
    finder = PersonalFinder(tagger or FakeEntityTagger(), lambda name: name == "Gong")  # type: ignore[arg-type]

    def find_all(texts: Sequence[str], _english: Sequence[bool]) -> object:
        return finder(texts, [english] * len(texts))

    call = make_transcript((("S1", text),))
    return redact(CallAnalysis(call, ()), find_all).transcript.turns[0].text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to lee.park@acme.co.uk, please.", "Write to [EMAIL], please."),
        ("It is lee dot park at acme dot com.", "It is [EMAIL]."),
        ("Call me on (415) 555-0123 or 415.555.0199.", "Call me on [PHONE] or [PHONE]."),
        ("My number is +49 30 901820.", "My number is [PHONE]."),
        ("Ring 020 7946 0958 then.", "Ring [PHONE] then."),
        ("It is four one five, five five five, oh one two three.", "It is [NUMBER]."),
        ("The card is 4242 4242 4242 4242.", "The card is [CARD]."),
        ("IBAN DE89 3704 0044 0532 0130 00 BANK", "IBAN [IBAN] BANK"),
        ("Social is 078-05-1120, yes.", "Social is [NUMBER], yes."),
        ("We sit at 1600 Amphitheatre Parkway Drive, Boston.", "We sit at [ADDRESS], Boston."),
        ("Wir sitzen in der Königsallee 27 in Köln.", "Wir sitzen in der [ADDRESS] in Köln."),
        ("Guten Tag, Frau Lindner.", "Guten Tag, Frau [NAME]."),
        ("Hello, my name is Sam Hill.", "Hello, my name is [NAME]."),
    ],
)
def test_what_is_personal_is_taken_out(text: str, left: str) -> None:
    assert shown(text, english=False) == left


@pytest.mark.parametrize(
    "text",
    [
        "We are 250 people, about 10 000 000 dollars in revenue.",
        "ARR is $2,500,000,000 and we grow 35 percent.",
        "From 2023 to 2026, by 12/31/2026 at 10:30.",
        "We pay 4,111,111,111,111,111 yen.",
        "Two hundred and fifty, maybe three hundred.",
        "One two three, testing.",
        "We look at Salesforce and HubSpot.",
        "Invoice 20261122 and order 1234567890123.",
        "We have offices in Denver and Munich on 3 floors.",
        "It was 1500000000 dollars.",
    ],
)
def test_figures_and_places_stay(text: str) -> None:
    assert shown(text) == text


def test_names_come_from_the_tagger_unless_they_are_things() -> None:
    tagger = FakeEntityTagger({"Lee Park": "PERSON", "Gong": "PERSON", "Denver": "GPE"})
    said = "Lee Park's team uses Gong in Denver."
    assert shown(said, tagger) == "[NAME]'s team uses Gong in Denver."
    assert shown(said, tagger, english=False) == said


@settings(deadline=None)
@given(st.integers(10**12, 10**18))
def test_one_wrong_digit_is_no_card(number: int) -> None:
    digits = str(number)
    right = [d for d in "0123456789" if has_card_check(digits[:-1] + d)]
    assert len(right) == 1 or len(set(digits[:-1])) == 1


def test_an_account_number_has_check_digits() -> None:
    assert has_iban_check("GB82WEST12345698765432")
    assert not has_iban_check("GB83WEST12345698765432")


def test_a_stretch_is_silent_and_the_rest_is_not(tmp_path: Path) -> None:
    target = tmp_path / "silenced.ogg"
    layout = layout_of(SAMPLE)
    write_silenced(SAMPLE, layout, [(2.0, 4.0)], target)
    before, after = (
        np.concatenate(list(decode_blocks(path, layout)), axis=1) for path in (SAMPLE, target)
    )
    assert abs(before.shape[1] - after.shape[1]) < 0.1 * RATE
    assert after.shape[0] == before.shape[0] == 2

    def loud(samples: np.ndarray, start: float, end: float) -> float:
        part = samples[:, int(start * RATE) : int(end * RATE)]
        return float(np.sqrt((part**2).mean()))

    assert loud(before, 2.0, 4.0) > 100 * loud(after, 2.0, 4.0)
    assert loud(after, 4.3, 12.0) == pytest.approx(loud(before, 4.3, 12.0), rel=0.2)


@settings(max_examples=20, deadline=None)
@given(st.integers(200, 5000), st.floats(0, 0.3), st.floats(0, 0.3))
def test_silence_does_not_depend_on_the_blocks(size: int, start: float, length: float) -> None:
    samples = np.ones((1, RATE // 2), np.float32)
    whole = next(silenced(iter([samples]), [(start, start + length)]))
    pieces = (samples[:, at : at + size] for at in range(0, samples.shape[1], size))
    joined = np.concatenate(list(silenced(pieces, [(start, start + length)])), axis=1)
    assert np.array_equal(whole, joined)
    middle = int((start + length / 2) * RATE)
    assert whole[0, middle] == 0.0
    assert whole[0, -1] == (1.0 if start + length < 0.4 else whole[0, -1])


@pytest.mark.weights
def test_real_names_are_found_in_recognised_speech(data_dir: Path) -> None:
    tagger = SpacyTagger(find("spacy-en", data_dir))
    said = "Anything over fifty thousand goes to Karen, our CFO. We use Salesforce in Denver."
    left = "Anything over fifty thousand goes to [NAME], our CFO. We use Salesforce in Denver."
    assert shown(said, tagger) == left
