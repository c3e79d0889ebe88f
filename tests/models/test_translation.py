from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audio import RATE
from models.chunks import Chunk
from models.decoder import Piece
from models.quarantine import Decoding
from models.translation import LEAST_SECONDS, cut_stretches, translate_batch
from pipeline.ports import EnglishPiece, Stretch


def sound(seconds: float, channels: int = 1) -> np.ndarray:
    """Every sample is its own time in seconds, with the channel added in hundreds."""
    times = np.arange(int(seconds * RATE), dtype=np.float32) / RATE
    return np.stack([times + 100 * channel for channel in range(channels)])


def blocks(track: np.ndarray, seconds: float) -> list[np.ndarray]:
    size = int(seconds * RATE)
    return [track[:, a : a + size] for a in range(0, track.shape[1], size)]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 18), st.floats(0.3, 6), st.integers(0, 1)), max_size=6),
    st.sampled_from([0.5, 3.0, 30.0]),
)
def test_each_stretch_has_its_own_sound(
    given_stretches: list[tuple[float, float, int]], block_seconds: float
) -> None:
    stretches = [Stretch(start, start + length, channel)
                 for start, length, channel in given_stretches]  # fmt: skip
    pieces = dict(cut_stretches(blocks(sound(20.0, channels=2), block_seconds), stretches))
    for place, stretch in enumerate(stretches):
        end = min(stretch.end, 20.0)
        if end - stretch.start < LEAST_SECONDS + 0.01:
            continue
        chunk = pieces[place]
        assert chunk.track == stretch.channel
        assert chunk.audio[0] == pytest.approx(stretch.start + 100 * stretch.channel, abs=1e-3)
        assert chunk.seconds == pytest.approx(end - stretch.start, abs=1e-3)
        assert chunk.start == pytest.approx(stretch.start, abs=1e-3)


def test_what_lies_behind_the_end_is_left_out() -> None:
    pieces = list(cut_stretches(blocks(sound(5.0), 2.0), [Stretch(6.0, 8.0), Stretch(1.0, 2.0)]))
    assert [place for place, _ in pieces] == [1]
    assert list(cut_stretches([], [Stretch(0.0, 1.0)])) == []
    assert list(cut_stretches(blocks(sound(5.0), 2.0), [])) == []


class FakeDecoder:
    """Says the given texts in turn; remembers with which names, and whether against loops."""

    def __init__(self, *texts: str, sure: float = -0.2, silent: float = 0.0) -> None:
        self.texts, self.sure, self.silent = list(texts), sure, silent
        self.asked: list[tuple[int, tuple[str, ...], bool]] = []

    def encode(self, chunks: Sequence[Chunk]) -> list[object]:
        return list(chunks)

    def read(
        self,
        chunks: Sequence[Chunk],
        encoded: Sequence[object],
        *,
        names: Sequence[str] = (),
        break_loops: bool = False,
    ) -> list[tuple[list[Piece], Decoding]]:
        assert list(chunks) == list(encoded)
        self.asked.append((len(chunks), tuple(names), break_loops))
        return [
            (list(self._next()), Decoding(chunk.seconds, self.sure, self.silent))
            for chunk in chunks
        ]

    def _next(self) -> Iterator[Piece]:
        """Sentences of a text, a second and a half each."""
        for n, text in enumerate(filter(None, self.texts.pop(0).split("|"))):
            yield Piece(text, n * 1.5, n * 1.5 + 1.5, 1.0)


def texts_of(found: list[tuple[int, tuple[EnglishPiece, ...]]]) -> dict[int, str]:
    return {place: " ".join(piece.text for piece in pieces) for place, pieces in found}


def batch(n: int) -> list[tuple[int, Chunk]]:
    return [(i, Chunk(0, ((0, 3 * RATE),), np.zeros(3 * RATE, np.float32))) for i in range(n)]


def test_stretches_without_names_are_decoded_together() -> None:
    decoder = FakeDecoder("One.", "Three.", "We use HubSpot.")
    stretches = [Stretch(0, 3), Stretch(3, 6, names=("HubSpot",)), Stretch(6, 9)]
    found = texts_of(translate_batch(decoder, stretches, batch(3)))  # type: ignore[arg-type]
    assert found == {0: "One.", 1: "We use HubSpot.", 2: "Three."}
    assert decoder.asked == [(2, (), False), (1, ("HubSpot",), False)]


def test_a_loop_is_decoded_once_more() -> None:
    decoder = FakeDecoder("the hub the hub the hub the hub the hub the hub", "We use it.")
    assert texts_of(translate_batch(decoder, [Stretch(0, 3)], batch(1))) == {0: "We use it."}  # type: ignore[arg-type]
    assert decoder.asked[-1] == (1, (), True)


@pytest.mark.parametrize(
    ("text", "sure", "silent"),
    [
        ("Thank you for watching!", -0.2, 0.0),
        ("Subtitles by the community", -0.2, 0.0),
        ("", -0.2, 0.0),
        ("We have two hundred.", -1.6, 0.0),
        ("We have two hundred.", -1.1, 0.9),
    ],
)
def test_invented_text_is_no_translation(text: str, sure: float, silent: float) -> None:
    decoder = FakeDecoder(text, sure=sure, silent=silent)
    assert translate_batch(decoder, [Stretch(0, 3)], batch(1)) == [(0, ())]  # type: ignore[arg-type]


def test_sentences_have_times_of_the_recording_and_stock_phrases_go() -> None:
    decoder = FakeDecoder("We use it.|Thank you for watching!")
    heard = [(0, Chunk(0, ((5 * RATE, 8 * RATE),), np.zeros(3 * RATE, np.float32)))]
    ((_, pieces),) = translate_batch(decoder, [Stretch(5, 8)], heard)  # type: ignore[arg-type]
    assert [(p.text, round(p.start, 1), round(p.end, 1)) for p in pieces] == [
        ("We use it.", 5.0, 6.5)
    ]
