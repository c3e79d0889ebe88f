from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import RATE
from models.chunks import Chunk
from models.decoder import Piece, read_words, spread


def chunk(seconds: float = 10.0, start: float = 100.0) -> Chunk:
    first = int(start * RATE)
    length = int(seconds * RATE)
    return Chunk(1, ((first, first + length),), np.zeros(length, np.float32))


def pieces(*texts: str, step: float = 0.3) -> list[Piece]:
    return [Piece(t, i * step, (i + 1) * step, 0.9) for i, t in enumerate(texts)]


def texts(*given: str, spaced: bool = True) -> list[str]:
    return [w.text for w in read_words(pieces(*given), chunk(), spaced=spaced)]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((" in", " 2014", ".", " It"), ["in", "2014.", "It"]),
        ((" £", "13", ".", "60", " each"), ["£13.60", "each"]),
        ((" it", "'s", " 10", ",", "000", "."), ["it's", "10,000."]),
        ((' "', "Hub", "Spot", '"', " now"), ['"HubSpot"', "now"]),
        (("We", " are"), ["We", "are"]),
        ((" ", " yes"), ["yes"]),
        ((" e", "-", "mail"), ["e-mail"]),
    ],
)
def test_pieces_are_joined_to_words(given: tuple[str, ...], wanted: list[str]) -> None:
    assert texts(*given) == wanted


def test_languages_without_spaces_keep_their_pieces() -> None:
    assert texts("我们", "使用", "。", spaced=False) == ["我们", "使用。"]


def test_times_are_those_of_the_recording_and_name_the_channel() -> None:
    (first, second) = read_words(pieces(" two", " hundred"), chunk(), spaced=True)
    assert (first.start, first.end) == (100.0, 100.3)
    assert second.end == pytest.approx(100.6)
    assert first.channel == 1


def test_a_mark_does_not_lengthen_its_word() -> None:
    given = [Piece(" yes", 0.0, 0.4, 0.9), Piece(".", 0.4, 3.0, 0.2)]
    (word,) = read_words(given, chunk(), spaced=True)
    assert (word.end, word.probability) == (100.4, 0.9)


def test_a_word_beside_a_pause_is_as_long_as_it_can_be_spoken() -> None:
    given = [
        Piece(" Yes.", 0.0, 4.0, 0.9),
        Piece(" So", 4.0, 8.0, 0.9),
        Piece(" we", 8.0, 9.9, 0.9),
    ]
    words = read_words(given, chunk(), spaced=True)
    assert [(round(w.start - 100, 1), round(w.end - 100, 1)) for w in words] == [
        (3.2, 4.0),
        (7.2, 8.0),
        (8.0, 8.8),
    ]


def test_text_without_alignment_is_spread_over_the_chunk() -> None:
    words = read_words(spread("we are two hundred", 8.0), chunk(8.0), spaced=True)
    assert [w.text for w in words] == ["we", "are", "two", "hundred"]
    assert words[0].end == pytest.approx(100 + 8 * 2 / 15)
    assert words[3].start == pytest.approx(100 + 8 * 8 / 15)


@given(
    st.lists(
        st.tuples(st.sampled_from([" we", " £", "13", ".", " ", "60", "?"]), st.floats(0, 11)),
        max_size=30,
    )
)
def test_every_word_has_a_time_in_order(given: list[tuple[str, float]]) -> None:
    rough = [Piece(text, at, at + 0.1, 0.5) for text, at in given]
    words = read_words(rough, chunk(), spaced=True)
    assert all(word.end > word.start >= 100.0 for word in words)
    assert [w.start for w in words] == sorted(w.start for w in words)
    assert "".join(w.text for w in words) == "".join(text.strip() for text, _ in given)
