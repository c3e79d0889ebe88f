"""Cutting turns into windows loses no word and keeps to the size."""

from hypothesis import given
from hypothesis import strategies as st

from models.tagger_text import ATTRIBUTE_LABELS, attribute_slices, cut_windows, encode_turn
from pipeline.domain import Role

turns = st.lists(
    st.lists(st.lists(st.integers(1000, 2000), min_size=1, max_size=4), max_size=120), max_size=25
)


@given(turns, st.integers(64, 320))
def test_every_word_is_in_a_window_and_no_window_is_too_long(words_of_turns, size):
    encoded = []
    for i, words in enumerate(words_of_turns):
        encoded += encode_turn(i, words, Role.REP, 0, limit=size - 2)
    windows = cut_windows(encoded, size=size)
    seen = {place for window in windows for place in window.origin}
    for i, words in enumerate(words_of_turns):
        assert {(i, n) for n in range(len(words))} <= seen
    for window in windows:
        assert len(window.ids) == len(window.origin) <= size


def test_attribute_slices_cover_the_labels():
    covered = [label for part in attribute_slices().values() for label in ATTRIBUTE_LABELS[part]]
    assert tuple(covered) == ATTRIBUTE_LABELS
