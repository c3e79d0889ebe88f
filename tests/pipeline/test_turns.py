"""Words and spans become turns: nothing lost, sentences whole, short answers kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain import Recognition, SpeakerSpan, Turn, Word
from pipeline.steps.turns import LONG_S, LONGEST_S, PAUSE_S, build_turns, join_words


def words_of(text: str, start: float = 0.0, pace: float = 0.4, channel: int = 0) -> list[Word]:
    return [
        Word(part, start + i * pace, start + (i + 1) * pace, channel=channel)
        for i, part in enumerate(text.split())
    ]


def heard(words: list[Word], channels: int = 1, language: str = "en") -> Recognition:
    return Recognition(language, max((w.end for w in words), default=0.0), tuple(words), channels)


def lines(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in turns]


def test_each_word_finds_its_own_speaker() -> None:
    words = words_of("How many are you? About two hundred people.")
    turns = build_turns(heard(words), [SpeakerSpan(0, 1.6, "b"), SpeakerSpan(1.6, 4, "a")])
    assert lines(turns) == [("S1", "How many are you?"), ("S2", "About two hundred people.")]
    assert (turns[0].start, turns[1].end) == (0.0, pytest.approx(3.2))
    assert [t.index for t in turns] == [0, 1]


def test_a_word_outside_all_spans_goes_to_the_nearest() -> None:
    words = [*words_of("Hello.", 0.0), *words_of("Late.", 8.0)]
    spans = [SpeakerSpan(0.0, 2.0, "a"), SpeakerSpan(2.0, 2.2, "b"), SpeakerSpan(9.0, 10.0, "a")]
    assert lines(build_turns(heard(words), spans)) == [("S1", "Hello."), ("S1", "Late.")]
    behind = [SpeakerSpan(0.0, 7.9, "a"), SpeakerSpan(2.0, 2.2, "b")]
    assert lines(build_turns(heard(words), behind))[-1] == ("S1", "Late.")


def test_one_speaker_when_nobody_was_told_apart() -> None:
    assert lines(build_turns(heard(words_of("So we begin.")), [])) == [("S1", "So we begin.")]


def test_nothing_said_gives_no_turns() -> None:
    assert build_turns(heard([]), [SpeakerSpan(0, 1, "a")]) == ()


@pytest.mark.parametrize("answer", ["Yes.", "yes", "Yeah.", "No.", "right"])
def test_a_short_answer_between_sentences_is_a_turn(answer: str) -> None:
    words = words_of(f"So you use Zendesk? {answer} And what else then?")
    spans = [SpeakerSpan(0, 1.6, "a"), SpeakerSpan(1.6, 2.0, "b"), SpeakerSpan(2.0, 4, "a")]
    assert [t.text for t in build_turns(heard(words), spans)][1] == answer


def test_a_short_answer_stays_where_the_question_mark_was_not_heard() -> None:
    words = words_of("and you are on Zendesk yes and what else")
    spans = [SpeakerSpan(0, 2.0, "a"), SpeakerSpan(2.0, 2.4, "b"), SpeakerSpan(2.4, 4, "a")]
    assert [t.text for t in build_turns(heard(words), spans)][1] == "yes"


def test_a_flip_in_the_middle_of_a_sentence_is_undone() -> None:
    words = words_of("we moved off HubSpot two years ago.")
    spans = [SpeakerSpan(0, 1.2, "a"), SpeakerSpan(1.2, 1.6, "b"), SpeakerSpan(1.6, 3, "a")]
    assert lines(build_turns(heard(words), spans)) == [
        ("S1", "we moved off HubSpot two years ago.")
    ]


def test_the_last_word_of_a_question_stays_with_it() -> None:
    words = words_of("How many are you? About two hundred.")
    turns = build_turns(heard(words), [SpeakerSpan(0, 1.2, "a"), SpeakerSpan(1.2, 3, "b")])
    assert lines(turns) == [("S1", "How many are you?"), ("S2", "About two hundred.")]


def test_the_first_word_of_an_answer_goes_with_it() -> None:
    words = words_of("And in sales? We have forty reps.")
    turns = build_turns(heard(words), [SpeakerSpan(0, 1.6, "a"), SpeakerSpan(1.6, 3, "b")])
    assert lines(turns) == [("S1", "And in sales?"), ("S2", "We have forty reps.")]


def test_a_word_after_a_pause_is_not_moved() -> None:
    words = [*words_of("it depends on", 0.0), *words_of("legal. We ask them.", 4.0)]
    turns = build_turns(heard(words), [SpeakerSpan(0, 2, "a"), SpeakerSpan(4, 6, "b")])
    assert lines(turns) == [("S1", "it depends on"), ("S2", "legal. We ask them.")]


def test_quarantined_words_are_a_turn_of_their_own() -> None:
    words = words_of("We use Slack. Thank you for watching. And Jira.")
    marked = [replace(w, quarantine="repeat") if 3 <= i < 7 else w for i, w in enumerate(words)]
    turns = build_turns(heard(marked), [SpeakerSpan(0, 9, "a")])
    assert [(t.text, t.quarantine) for t in turns] == [
        ("We use Slack.", None),
        ("Thank you for watching.", "repeat"),
        ("And Jira.", None),
    ]


def test_a_monologue_is_cut_at_the_end_of_a_sentence() -> None:
    words = words_of(" ".join(["one two three four five."] * 80))
    turns = build_turns(heard(words), [SpeakerSpan(0, 200, "a")])
    assert len(turns) > 1
    assert all(t.text.endswith("five.") for t in turns)
    assert all((t.end or 0) - (t.start or 0) < LONG_S + 5 for t in turns)


def test_a_monologue_without_a_full_stop_is_cut_too() -> None:
    turns = build_turns(heard(words_of("and so " * 300)), [SpeakerSpan(0, 300, "a")])
    assert all((t.end or 0) - (t.start or 0) <= LONGEST_S for t in turns)


def test_a_long_silence_begins_a_new_turn() -> None:
    words = [*words_of("One moment.", 0.0), *words_of("Here I am.", 1.0 + PAUSE_S)]
    assert len(build_turns(heard(words), [SpeakerSpan(0, 10, "a")])) == 2


def test_a_backchannel_on_the_other_channel_is_a_turn() -> None:
    words = [
        *words_of("We moved off HubSpot", 0.0, channel=1),
        *words_of("yeah", 1.0, channel=0),
        *words_of("two years ago.", 1.6, channel=1),
    ]
    turns = build_turns(heard(sorted(words, key=lambda w: w.start), channels=2), [])
    assert lines(turns) == [("S1", "We moved off HubSpot two years ago."), ("S2", "yeah")]


def test_channels_take_turns_by_time() -> None:
    words = [
        *words_of("And sales?", 0.0),
        *words_of("Forty reps.", 1.0, channel=1),
        *words_of("Good.", 2.5),
    ]
    turns = build_turns(heard(words, channels=2), [])
    assert lines(turns) == [("S1", "And sales?"), ("S2", "Forty reps."), ("S1", "Good.")]


@pytest.mark.parametrize(
    ("parts", "language", "text"),
    [
        ([" We", " use", " Slack", "."], "en", "We use Slack."),
        (["about", "60", "%", "", "up"], "en", "about 60% up"),
        (["$90,000"], "en", "$90,000"),
        (["我们", "用", "Slack", "。"], "zh", "我们用Slack。"),
    ],
)
def test_spacing(parts: list[str], language: str, text: str) -> None:
    assert join_words(parts, language) == text


def make_recognition(channels: int, rows: list[tuple]) -> Recognition:
    at, words = 0.0, []
    for gap, length, text, mark, channel in rows:
        at += gap
        words.append(Word(text, at, at + length, channel=channel % channels, quarantine=mark))
    return Recognition("en", at + 3.0, tuple(words), channels)


recognitions = st.builds(
    make_recognition,
    st.sampled_from([1, 2]),
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.05, 0.4, 1.0, 7.0, 40.0]),
            st.sampled_from([0.0, 0.1, 0.3, 2.0]),
            st.sampled_from(["we", "We", "yes", "Yes.", "forty", "end.", "$5", "so,", "?"]),
            st.sampled_from([None, None, None, "repeat", "low"]),
            st.integers(0, 1),
        ),
        max_size=30,
    ),
)
spans_strategy = st.lists(
    st.builds(
        lambda start, length, name: SpeakerSpan(start, start + length, name),
        st.floats(0, 300), st.floats(0.01, 60), st.sampled_from("abcd"),
    ),
    max_size=12,
)  # fmt: skip
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(recognitions, spans_strategy)
def test_no_word_is_lost_doubled_or_moved(recognition: Recognition, spans: list) -> None:
    turns = build_turns(recognition, spans)
    said = [w for t in turns for w in t.words]
    if recognition.channels == 1:
        assert said == list(recognition.words)
    else:
        assert sorted(map(id, said)) == sorted(map(id, recognition.words))
        for channel in (0, 1):
            own = [w for w in said if w.channel == channel]
            assert own == [w for w in recognition.words if w.channel == channel]


@unhurried
@given(recognitions, spans_strategy)
def test_turns_hold_their_words(recognition: Recognition, spans: list) -> None:
    turns = build_turns(recognition, spans)
    assert [t.index for t in turns] == list(range(len(turns)))
    for turn in turns:
        assert turn.words
        assert turn.text == join_words(w.text for w in turn.words)
        assert turn.start is not None
        assert turn.end is not None
        assert all(turn.start <= w.start <= w.end <= turn.end for w in turn.words)
        assert {w.quarantine for w in turn.words} == {turn.quarantine}
        assert len({w.channel for w in turn.words}) == 1 or recognition.channels == 1
        assert turn.end - turn.start <= LONGEST_S or len(turn.words) == 1
    starts = [t.start for t in turns]
    assert starts == sorted(starts)  # type: ignore[type-var]


@unhurried
@given(recognitions, spans_strategy)
def test_speakers_are_numbered_by_first_speech(recognition: Recognition, spans: list) -> None:
    names = list(dict.fromkeys(t.speaker for t in build_turns(recognition, spans)))
    assert names == [f"S{i + 1}" for i in range(len(names))]
    known = {s.speaker for s in spans} or {""}
    assert len(names) <= max(len(known), recognition.channels)
