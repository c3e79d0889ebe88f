from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.words import plain


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07text", "text"),
        ("a\r\nb\tc", "a b c"),
        ("bell\x07 and \x9b31m", "bell and 31m"),
        ("\u202egnihtemos", "gnihtemos"),
        ("[bold]kept as it is[/bold]", "[bold]kept as it is[/bold]"),
        ("zero\u200bwidth", "zero width"),
        ("\ud800", ""),
    ],
)
def test_plain_takes_out_what_a_terminal_obeys(raw: str, safe: str) -> None:
    assert plain(raw) == safe


@given(st.text())
def test_plain_text_is_one_printable_line(raw: str) -> None:
    line = plain(raw)
    line.encode("utf-8")
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    assert plain(line) == line


@given(st.text(min_size=1), st.integers(1, 50))
def test_plain_keeps_to_its_limit(raw: str, limit: int) -> None:
    assert len(plain(raw, limit)) <= max(limit, 2)
