"""Captions: what a player's parser reads back is what was said, by whom and when."""

from __future__ import annotations

import html
import io
import re

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions import MOST_CHARACTERS, cues, write_srt, write_txt, write_vtt
from pipeline.domain import Speaker, Transcript, Turn, Word
from pipeline.errors import InputError

TEXT = st.text(
    st.one_of(st.sampled_from("a<>&;-\n\r\t :.,0123/v"), st.characters(exclude_categories=["Cs"])),
    min_size=1, max_size=60,
).filter(lambda text: text.split() and "\0" not in text)  # fmt: skip
TURN = st.tuples(TEXT, st.floats(0, 400_000), st.floats(0, 30), st.integers(0, 2))


def told(turns: list[tuple[str, float, float, int]], names: list[str]) -> Transcript:
    return Transcript(
        call_id="c",
        turns=tuple(
            Turn(i, f"S{who}", text, start, start + length)
            for i, (text, start, length, who) in enumerate(turns)
        ),
        speakers=tuple(Speaker(f"S{i}", name=name) for i, name in enumerate(names)),
    )


def clean(text: str) -> str:
    return " ".join(text.split())


@given(st.lists(TURN, min_size=1, max_size=6), st.lists(TEXT, min_size=3, max_size=3))
def test_vtt_is_read_back(turns: list[tuple[str, float, float, int]], names: list[str]) -> None:
    transcript = told(turns, names)
    read = webvtt.from_buffer(io.StringIO(write_vtt(transcript)))
    wanted = sorted(turns, key=lambda turn: round(turn[1] * 1000))
    assert [clean(html.unescape(cue.text)) for cue in read] == [clean(t[0]) for t in wanted]
    voices = [re.match(r"<v ([^>]*)>", cue.raw_text) for cue in read]
    assert [html.unescape(voice[1]) for voice in voices if voice] == [
        clean(names[turn[3]]) for turn in wanted
    ]
    assert [cue.start_in_seconds for cue in read] == [
        int(round(t[1] * 1000) / 1000) for t in wanted
    ]


@given(st.lists(TURN, min_size=1, max_size=6), st.lists(TEXT, min_size=3, max_size=3))
def test_srt_is_read_back(turns: list[tuple[str, float, float, int]], names: list[str]) -> None:
    read = webvtt.from_buffer(io.StringIO(write_srt(told(turns, names))), format="srt")
    wanted = sorted(turns, key=lambda turn: round(turn[1] * 1000))
    assert [clean(cue.text) for cue in read] == [
        f"{clean(names[turn[3]])}: {clean(turn[0])}" for turn in wanted
    ]


def long_turn(n_words: int, text: str | None = None) -> Transcript:
    words = tuple(Word(f"word{i}", i * 0.5, i * 0.5 + 0.4) for i in range(n_words))
    said = " ".join(word.text for word in words) if text is None else text
    return Transcript("c", (Turn(0, "S1", said, 0.0, n_words * 0.5, words),))


def test_a_long_turn_is_cut_where_its_words_are() -> None:
    found = cues(long_turn(100))
    assert len(found) > 5
    assert all(len(cue.text) <= MOST_CHARACTERS and cue.end - cue.start <= 7000 for cue in found)
    assert " ".join(cue.text for cue in found) == " ".join(f"word{i}" for i in range(100))
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    assert len(cues(long_turn(100, text="mended text"))) == 1


def test_times_are_never_invented() -> None:
    transcript = Transcript("c", (Turn(0, "S1", "Hello"), Turn(1, "S2", "Bye", 1.0, 2.0)))
    for write in (write_vtt, write_srt):
        with pytest.raises(InputError, match="no times"):
            write(transcript)
    assert write_txt(transcript) == "S1: Hello\n[0:01] S2: Bye\n"


def test_what_is_not_trusted_or_empty_is_no_caption() -> None:
    turns = (
        Turn(0, "S1", "thank you thank you", 0.0, 1.0, quarantine="loop"),
        Turn(1, "S1", "  ", 1.0, 2.0),
        Turn(2, "S1", "Hi", 3661.5, 3661.5),
    )
    text = write_vtt(Transcript("c", turns))
    assert text == "WEBVTT\n\n1\n01:01:01.500 --> 01:01:01.501\n<v S1>Hi</v>\n"
    assert write_srt(Transcript("c", turns)) == "1\n01:01:01,500 --> 01:01:01,501\nS1: Hi\n"
