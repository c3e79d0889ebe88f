"""Values of sentence-like facts: short, without fillers, never empty of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.values.draft import quote_span
from pipeline.values.sentences import shorten, when_said


def test_fillers_go_and_the_first_letter_is_capital():
    assert shorten("so um the close takes nine days") == "The close takes nine days"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go-live is the first of October, they say", "the first of October"),
        ("We closed it in February", "in February"),
        ("by the end of Q3 we decide", "by the end of Q3"),
        ("we raised two years ago", "two years ago"),
        ("nothing here", None),
    ],
)
def test_the_time_is_found_as_said(text, expected):
    assert when_said(text) == expected


@given(st.text(max_size=300))
def test_any_text_can_be_shortened(text):
    assert len(shorten(text)) <= 161
    when_said(text)


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 30))
def test_a_quote_stays_inside_its_text(text, start, length):
    start = min(start, len(text))
    a, b = quote_span(text, start, min(len(text), start + length))
    assert 0 <= a <= b <= len(text)
