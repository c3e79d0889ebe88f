from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sentence_pairs import cut_sentences, original_span, pair_sentences

GERMAN = (
    "Wir arbeiten mit Salesforce. Früher hatten wir HubSpot, das haben wir abgelöst."
    " Und wir sind 450 Leute."
)
ENGLISH = (
    "We work with Salesforce. We used to have HubSpot, we have replaced that."
    " And we are 450 people."
)


def original_of(original: str, english: str, quote: str) -> str:
    start = english.index(quote)
    first, last = original_span(original, english, start, start + len(quote))
    return original[first:last]


@pytest.mark.parametrize(
    ("quote", "wanted"),
    [
        ("We work with Salesforce.", "Wir arbeiten mit Salesforce."),
        ("HubSpot", "Früher hatten wir HubSpot, das haben wir abgelöst."),
        ("we are 450 people", "Und wir sind 450 Leute."),
        ("replaced that. And we", "Früher hatten wir HubSpot, das haben wir abgelöst."
         " Und wir sind 450 Leute."),
    ],
)  # fmt: skip
def test_a_quote_finds_its_sentences(quote: str, wanted: str) -> None:
    assert original_of(GERMAN, ENGLISH, quote) == wanted


def test_a_joined_translation_stands_for_both_sentences() -> None:
    english = "We work with Salesforce, and earlier we had HubSpot, which we replaced. We are 450."
    found = original_of(GERMAN, english, "which we replaced")
    assert (
        found == "Wir arbeiten mit Salesforce. Früher hatten wir HubSpot, das haben wir abgelöst."
    )
    assert original_of(GERMAN, english, "We are 450.") == "Und wir sind 450 Leute."


def test_a_sentence_that_was_left_out_loses_no_other() -> None:
    english = "We work with Salesforce. And we are 450 people."
    assert original_of(GERMAN, english, "450 people").endswith("Und wir sind 450 Leute.")
    assert original_of(GERMAN, english, "Salesforce").startswith("Wir arbeiten mit Salesforce.")


def test_a_point_in_a_number_ends_no_sentence() -> None:
    assert [GERMAN[a:b] for a, b in cut_sentences(GERMAN)][0] == "Wir arbeiten mit Salesforce."
    assert len(cut_sentences("Um 2.5 Prozent. Ja.")) == 2
    assert cut_sentences("") == []


def test_one_very_long_turn_is_one_pair() -> None:
    long = "Ja. " * 200
    assert len(pair_sentences(long, long)) == 1


texts = st.text(alphabet="ab .!?A1", max_size=60)


@given(texts, texts.filter(str.strip), st.data())
def test_the_original_is_always_a_part_of_its_turn(
    original: str, english: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(english) - 1))
    end = data.draw(st.integers(start + 1, len(english)))
    first, last = original_span(original, english, start, end)
    assert 0 <= first <= last <= len(original)
    assert last > first or not original.strip()
