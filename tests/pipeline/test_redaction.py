"""Personal data is gone from every text, and the evidence still stands literally in its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain import CallAnalysis, Speaker, StatementEvidence, Word
from pipeline.redaction import Personal, redact, silent_seconds
from tests.factories import make_signal, make_transcript


def finder(*known: tuple[str, str]):  # type: ignore[no-untyped-def]
    """Finds these surfaces with their labels."""

    def find(texts: Sequence[str], english: Sequence[bool]) -> list[list[Personal]]:
        return [
            [Personal(t.index(s), t.index(s) + len(s), label) for s, label in known if s in t]
            for t in texts
        ]

    return find


def spoken(text: str) -> tuple[Word, ...]:
    return tuple(Word(w, float(i), i + 0.9) for i, w in enumerate(text.split()))


SAID = "Ask Lee Park, our CFO. We run everything on Salesforce."


def analysis() -> CallAnalysis:
    call = make_transcript((("S1", "Who signs, Lee?"), ("S2", SAID)), title="With Lee Park")
    first, second = call.turns
    call = replace(
        call,
        turns=(first, replace(second, words=spoken(SAID))),
        speakers=(Speaker("S1"), Speaker("S2", name="Ann")),
    )
    signals = (
        make_signal(
            "tech_stack", "Salesforce", quote="We run everything on Salesforce.", turns=(1,)
        ),
        make_signal("authority", "Lee Park, CFO", quote="Lee Park, our CFO.", turns=(0, 1)),
    )
    return CallAnalysis(call, signals, (StatementEvidence("s", 0.9, 0.0, "Park, our CFO.", (1,)),))


def test_names_go_and_the_evidence_stays() -> None:
    done = redact(analysis(), finder(("Lee Park", "NAME")))
    first, second = done.transcript.turns
    assert first.text == "Who signs, [NAME]?"
    assert second.text == "Ask [NAME], our CFO. We run everything on Salesforce."
    tool, person = done.signals
    assert (tool.value, tool.quote) == ("Salesforce", "We run everything on Salesforce.")
    assert (person.value, person.quote) == ("[NAME], CFO", "[NAME], our CFO.")
    assert done.statements[0].quote == "[NAME], our CFO."
    assert all(quote in second.text for quote in (tool.quote, person.quote))
    assert done.transcript.title == "With [NAME]"
    assert [s.name for s in done.transcript.speakers] == [None, None]
    assert done.made_by["redaction"]


def test_the_words_of_a_name_become_one_with_its_time() -> None:
    done = redact(analysis(), finder(("Lee Park", "NAME")))
    words = done.transcript.turns[1].words
    assert [w.text for w in words][:4] == ["Ask", "[NAME],", "our", "CFO."]
    assert (words[1].start, words[1].end) == (1.0, 2.9)
    assert silent_seconds(done.transcript) == ((1.0, 2.9),)


def test_a_speakers_name_goes_though_nobody_recognised_it() -> None:
    call = make_transcript((("S1", "Thanks, Ann. Announce it, Will you?"),))
    call = replace(call, speakers=(Speaker("S1", name="Ann Bolt"),))
    done = redact(CallAnalysis(call, ()), finder(("Will", "NAME")))
    assert done.transcript.turns[0].text == "Thanks, [NAME]. Announce it, [NAME] you?"
    elsewhere = make_transcript((("S1", "Ask Will Bolt."), ("S2", "Will Bolt do it? Will you?")))
    done = redact(CallAnalysis(elsewhere, ()), finder(("Will Bolt", "NAME")))
    assert done.transcript.turns[1].text == "[NAME] do it? Will you?"


def test_a_translated_turn_loses_the_name_in_both_languages() -> None:
    call = make_transcript((("S1", "Fragen Sie Julia Lindner dazu."),), language="de")
    english = "Ask Julia Lindner about it."
    call = replace(call, turns=(replace(call.turns[0], english=english),))
    told: list[tuple[str, bool]] = []

    def find(texts: Sequence[str], is_english: Sequence[bool]) -> list[list[Personal]]:
        told.extend(zip(texts, is_english, strict=True))
        return [[Personal(4, 17, "NAME")] if e else [] for e in is_english]

    signal = make_signal("authority", "x", quote=call.turns[0].text, turns=(0,), quote_en=english)
    done = redact(CallAnalysis(call, (signal,)), find)
    (turn,) = done.transcript.turns
    assert (turn.text, turn.english) == ("Fragen Sie [NAME] dazu.", "Ask [NAME] about it.")
    assert (done.signals[0].quote, done.signals[0].quote_en) == (turn.text, turn.english)
    assert dict(told)[call.turns[0].text] is False


def test_a_place_that_the_analysis_knows_is_no_person() -> None:
    call = make_transcript((("S1", "Our office is in Austin. Ask Austin Fox."),))
    signal = make_signal("geography", "Austin", quote="Our office is in Austin.", turns=(0,))
    done = redact(CallAnalysis(call, (signal,)), finder(("Austin", "NAME"), ("Austin Fox", "NAME")))
    assert done.transcript.turns[0].text == "Our office is in Austin. Ask [NAME]."
    assert (done.signals[0].value, done.signals[0].quote) == ("Austin", signal.quote)


WORDS = st.sampled_from(["we", "use", "Salesforce,", "and", "Lee Park", "Ann", "Bo.", "250"])


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=12), min_size=1, max_size=4), st.data())
def test_every_quote_stands_in_its_turn(said: list[list[str]], data: st.DataObject) -> None:
    texts = [" ".join(words) for words in said]
    call = make_transcript(tuple(("S1", text) for text in texts))
    call = replace(
        call, turns=tuple(replace(t, words=spoken(t.text)) for t in call.turns), speakers=()
    )
    index = data.draw(st.integers(0, len(texts) - 1))
    words = texts[index].split()
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    signal = make_signal("pain", "x", quote=" ".join(words[start:end]), turns=(index,))
    known = (("Lee Park", "NAME"), ("Ann", "NAME"), ("Bo", "NAME"))
    done = redact(CallAnalysis(call, (signal,)), finder(*known))
    for turn in done.transcript.turns:
        assert not any(name in turn.text for name in ("Lee Park", "Ann"))
        assert " ".join(word.text for word in turn.words) == turn.text
    assert done.signals[0].quote in done.transcript.turns[index].text
    assert done.signals[0].quote
