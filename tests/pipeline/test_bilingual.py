from __future__ import annotations

from dataclasses import replace

from pipeline.assess import check_call
from pipeline.bilingual import (
    cite_original,
    english_view,
    in_english,
    in_original,
    unread_language,
)
from pipeline.domain import CallAnalysis, Condition, Criterion, StatementEvidence, Transcript, Word
from tests.factories import make_knowledge, make_profile, make_signal, make_transcript

GERMAN = "Guten Tag und danke für die Einladung heute. Wir sind ungefähr zweihundert Leute im Haus."
ENGLISH = "Good day and thanks for the invitation today. We are about two hundred people."
QUOTE_EN, QUOTE = (
    "We are about two hundred people.",
    "Wir sind ungefähr zweihundert Leute im Haus.",
)


def german_call() -> Transcript:
    call = make_transcript((("S1", "Wie viele sind Sie?"), ("S2", GERMAN)), language="de")
    first, second = call.turns
    words = tuple(Word(w, 5 + i, 6 + i) for i, w in enumerate(GERMAN.split()))
    second = replace(second, english=ENGLISH, words=words, end=30.0)
    return replace(call, turns=(replace(first, english="How many are you?"), second))


def analysed() -> CallAnalysis:
    """What the analysis of the English view finds."""
    signal = make_signal(
        "headcount", quote=QUOTE_EN, turns=(0, 1), speaker="S2", start=1.0, end=2.0
    )
    found = StatementEvidence("s", 0.9, 0.0, QUOTE_EN, (0, 1), "S2", 5.0)
    return CallAnalysis(english_view(german_call()), (signal,), (found,))


def test_the_view_is_english_without_word_times() -> None:
    view = english_view(german_call())
    assert [t.text for t in view.turns] == ["How many are you?", ENGLISH]
    assert not view.turns[1].words
    plain = make_transcript()
    assert english_view(plain) is plain


def test_quotes_are_the_words_that_were_spoken() -> None:
    analysis = in_original(analysed(), german_call())
    assert analysis.transcript.turns == german_call().turns
    (signal,), (found,) = analysis.signals, analysis.statements
    assert (signal.quote, signal.quote_en) == (QUOTE, QUOTE_EN)
    assert (signal.start, signal.end) == (13.0, 20.0)
    assert (found.quote, found.quote_en) == (QUOTE, QUOTE_EN)
    assert signal.quote in german_call().turns[1].text


def test_a_turn_without_english_keeps_its_quote() -> None:
    call = german_call()
    call = replace(call, turns=(call.turns[0], replace(call.turns[1], english=None)))
    signal = make_signal("headcount", quote=QUOTE, turns=(1,), speaker="S2")
    analysis = in_original(CallAnalysis(english_view(call), (signal,)), call)
    assert analysis.signals == (signal,)


def test_back_in_english_it_is_what_was_analysed() -> None:
    back = in_english(in_original(analysed(), german_call()))
    assert back.transcript == analysed().transcript
    assert [s.quote for s in back.signals] == [QUOTE_EN]


def test_a_check_reads_english_and_cites_the_original() -> None:
    asked = Condition(statement="The company has two hundred people")
    profile = make_profile(criteria=(Criterion("s", asked),))
    analysis = in_original(analysed(), german_call())
    check = check_call(analysis, profile, make_knowledge())
    (result,) = check.criteria
    assert result.status == "met"
    assert result.quote == QUOTE
    assert f"“{QUOTE}” (“{QUOTE_EN}”)" in result.explanation


def test_an_english_check_stays_as_it_is() -> None:
    call = CallAnalysis(make_transcript(), (make_signal("headcount"),))
    check = check_call(call, make_profile(), make_knowledge())
    assert cite_original(check, (call,)) is check


def test_a_call_that_nobody_translated_is_told() -> None:
    bare = make_transcript((("S1", "Wie viele?"), ("S2", GERMAN)))
    assert unread_language(bare) == "de"
    assert unread_language(replace(bare, language="de-AT")) == "de"
    assert unread_language(replace(bare, language="en")) is None
    assert unread_language(german_call()) is None
    assert unread_language(make_transcript()) is None
