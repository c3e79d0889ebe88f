from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quarantine import Decoding, compression_ratio, is_suspect, mark_words
from pipeline.domain import Word

SURE = Decoding(seconds=10.0, mean_log_probability=-0.1, no_speech=0.05)


def said(text: str, *, step: float = 0.3, probability: float = 0.9) -> list[Word]:
    return [
        Word(part, i * step, i * step + step * 0.9, probability)
        for i, part in enumerate(text.split())
    ]


def reasons(text: str, decoding: Decoding = SURE, **fields: float) -> list[str | None]:
    return [word.quarantine for word in mark_words(said(text, **fields), decoding)]


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, we never did that.",
        "Yeah, yeah, yeah. We have about two hundred people in Munich.",
        "Thank you.",
        "Thank you very much for showing us the product. Bye.",
        "It is one thing after one thing after one thing, you know.",
        "We put subtitles on our training videos.",
        "Twenty twenty five was better than twenty twenty four.",
    ],
)
def test_what_people_say_is_trusted(text: str) -> None:
    assert set(reasons(text)) == {None}


def test_a_loop_is_marked_and_its_first_saying_kept() -> None:
    marked = reasons("Well, we use it " + "in the office " * 5 + "too.")
    assert marked == [None] * 7 + ["repetition"] * 12 + [None]


def test_a_chunk_that_is_all_loop_is_marked_whole() -> None:
    marked = reasons("I think it is a good idea to do this now. " * 12, step=0.07)
    assert set(marked) == {"repetition"}


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Please subscribe to my channel.",
        "Subtitles by the Amara.org community",
        "Untertitel im Auftrag des ZDF, 2021",
        "♪ ♪",
        "[Music]",
    ],
)
def test_phrases_of_videos_and_music_are_marked(text: str) -> None:
    assert set(reasons(text)) == {"no_speech"}


def test_a_stock_sentence_taints_nothing_around_it() -> None:
    marked = reasons("We use HubSpot. Thanks for watching. We like it.")
    assert marked == [None] * 3 + ["no_speech"] * 3 + [None] * 3


def test_everyday_words_need_a_second_reason() -> None:
    noise = Decoding(seconds=2.0, mean_log_probability=-0.8, no_speech=0.7)
    assert reasons("Thank you.", noise, probability=0.2) == ["no_speech"] * 2
    assert reasons("Thank you.", noise, probability=0.8) == [None] * 2


def test_no_speech_with_a_low_score_is_marked() -> None:
    noise = Decoding(seconds=10.0, mean_log_probability=-1.2, no_speech=0.8)
    assert set(reasons("and the other one there", noise)) == {"no_speech"}


def test_a_very_unsure_chunk_is_marked() -> None:
    assert set(reasons("a few odd words", Decoding(4.0, -1.8, 0.1))) == {"unsure"}


def test_text_that_nobody_could_say_so_fast_is_marked() -> None:
    text = "several quite different words that were never spoken in such a short time"
    assert set(reasons(text, Decoding(1.0, -0.2, 0.1))) == {"too_fast"}
    assert is_suspect(said(text), Decoding(1.0, -0.2, 0.1))


def test_a_rush_of_words_inside_a_chunk_is_marked() -> None:
    rush = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    late = [Word(text, 5 + i * 0.01, 5 + i * 0.01 + 0.01) for i, text in enumerate(rush)]
    words = [*said("we are fine with that"), *late]
    marked = mark_words(words, SURE)
    assert [w.quarantine for w in marked] == [None] * 5 + ["too_fast"] * 8


@given(st.lists(st.text("abc ", min_size=1, max_size=6).filter(str.strip), max_size=40))
def test_no_word_is_dropped_or_changed(parts: list[str]) -> None:
    words = said(" ".join(parts))
    marked = mark_words(words, SURE)
    assert [(w.text, w.start, w.end) for w in marked] == [(w.text, w.start, w.end) for w in words]


@given(st.text())
def test_compression_ratio_is_never_negative(text: str) -> None:
    assert compression_ratio(text) >= 0
