"""Bytes → text: UTF-8, or UTF-16 as some Windows programs write it; nothing is guessed beyond that.

Trap: UTF-16 without a byte order mark is known by its zero bytes, which are otherwise a sign that a
file is no text at all.
"""

from __future__ import annotations

import codecs
import re

from pipeline.errors import BadTranscript

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(content: bytes, file: str) -> str:
    """The text, with line ends as newlines; raises BadTranscript that names the bad place."""
    encoding, body = encoding_of(content)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise BadTranscript(
            f"is no valid {encoding.upper()}: byte {error.start} cannot be read",
            file=file, field=f"line {line}", remedy="save it as UTF-8",
        ) from error  # fmt: skip
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def encoding_of(content: bytes) -> tuple[str, bytes]:
    """The encoding that the first bytes show, and the bytes behind the byte order mark."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, content[len(mark) :]
    head = content[:400]
    even, odd = head[0::2], head[1::2]
    if len(head) >= 8 and odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le", content
    if len(head) >= 8 and even.count(0) > 0.7 * len(even) and not odd.count(0):
        return "utf-16-be", content
    return "utf-8", content


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text."""
    encoding, body = encoding_of(head)
    unit = 4 if "32" in encoding else 2 if "16" in encoding else 1
    body = body[: len(body) // unit * unit]
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(body)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(text)
