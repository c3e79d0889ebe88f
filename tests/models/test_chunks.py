from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audio import RATE, Samples
from models.chunks import MAX_CHUNK_SECONDS, Chunk, Span, Track, split_speech


def loud_spans(track: Track) -> list[Span]:
    """Stands in for the voice detector: speech is where samples are not zero."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], track != 0, [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def blocks(track: Track, seconds: float = 1.0) -> Iterator[Samples]:
    size = int(seconds * RATE)
    for first in range(0, len(track), size):
        yield track[None, first : first + size]


def recording(*stretches: tuple[float, float], length: float) -> Track:
    """Ones where somebody speaks; each sample tells its own place, so nothing can be mixed up."""
    track = np.zeros(int(length * RATE), np.float32)
    for first, last in stretches:
        a, b = int(first * RATE), int(last * RATE)
        track[a:b] = np.arange(a + 1, b + 1)
    return track


def split(track: Track, **options: float) -> list[Chunk]:
    return list(split_speech(blocks(track), speech=loud_spans, **options))


def test_pauses_are_taken_out_and_words_find_their_place() -> None:
    (chunk,) = split(recording((2, 5), (60, 62), length=70))
    assert chunk.seconds == 5
    assert chunk.spans == ((2 * RATE, 5 * RATE), (60 * RATE, 62 * RATE))
    assert chunk.place(1.0, 1.5) == (3.0, 3.5)
    assert chunk.place(3.5, 4.0) == (60.5, 61.0)


def test_a_word_beside_a_pause_does_not_reach_over_it() -> None:
    (chunk,) = split(recording((2, 5), (60, 62), length=70))
    assert chunk.place(2.5, 3.2) == (4.5, 5.0)
    assert chunk.place(2.9, 3.9) == (60.0, 60.9)


def test_each_track_has_its_own_chunks() -> None:
    one, two = recording((0, 3), length=10), recording((4, 8), length=10)
    both = [np.stack([one, two])]
    chunks = list(split_speech(both, speech=loud_spans))
    assert [(c.track, c.start, c.end) for c in chunks] == [(0, 0.0, 3.0), (1, 4.0, 8.0)]


def test_silence_gives_nothing() -> None:
    assert split(recording(length=20)) == []
    assert list(split_speech([], speech=loud_spans)) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.2, 50), st.floats(0.1, 20)), max_size=8),
    st.floats(5, 60),
)
def test_no_speech_is_lost_or_doubled(
    stretches: list[tuple[float, float]], piece_seconds: float
) -> None:
    at, placed = 0.0, []
    for length, pause in stretches:
        placed.append((at, at + length))
        at += length + pause
    track = recording(*placed, length=at + 1)
    chunks = split(track, piece_seconds=piece_seconds)
    joined = np.concatenate([c.audio for c in chunks]) if chunks else np.zeros(0)
    assert np.array_equal(joined, track[track != 0])
    for chunk in chunks:
        assert chunk.seconds <= MAX_CHUNK_SECONDS
        spoken = np.concatenate([track[a:b] for a, b in chunk.spans])
        assert np.array_equal(chunk.audio, spoken)


def test_a_long_recording_is_never_held_as_a_whole() -> None:
    longest = 0

    def speech(track: Track) -> list[Span]:
        nonlocal longest
        longest = max(longest, len(track))
        return loud_spans(track)

    endless = (np.ones((1, 30 * RATE), np.float32) for _ in range(60))
    total = sum(len(c.audio) for c in split_speech(endless, speech=speech))
    assert total == 60 * 30 * RATE
    assert longest <= 600 * RATE
