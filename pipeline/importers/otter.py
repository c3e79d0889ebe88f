"""Otter's text export: `Name  m:ss` above what is said, or `[mm:ss] Name: text`.

Trap: a line of speech may end with a time of day ("let's say 10:30"), so a heading stands alone
above text and its name looks like a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.domain import Transcript
from pipeline.importers.clock import clock_seconds
from pipeline.importers.names import is_numbered, looks_like_name, split_prefix, tidy_name
from pipeline.importers.pieces import Head, Piece, to_transcript

_CLOCK = r"(?:\d{1,2}:)?\d{1,3}:\d{2}"
_HEADING = re.compile(rf"(\S.{{0,79}}?)?(\s+)({_CLOCK})\s*", re.ASCII)
_BRACKET = re.compile(rf"[\[(]({_CLOCK}(?:\.\d+)?)[\])]\s*(.*)", re.ASCII)
_CREDIT = re.compile(r"Transcribed by https?://otter\.ai/?\s*", re.IGNORECASE)


def is_otter(text: str) -> bool:
    """Whether a text is one of the two shapes."""
    lines = text.split("\n")[:400]
    return _bracketed(lines) or any(_is_heading(lines, i) for i in range(len(lines)))


def read_otter(text: str, file: str, call_id: str) -> Transcript:
    """The transcript in Otter's text."""
    lines = text.split("\n")
    pieces = _read_brackets(lines) if _bracketed(lines) else _read_headings(lines)
    return to_transcript(pieces, Head(call_id), file)


def _bracketed(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return _BRACKET.match(first.strip()) is not None


def _is_heading(lines: Sequence[str], i: int) -> bool:
    found = _HEADING.fullmatch(lines[i].rstrip())
    if not found or (i and lines[i - 1].strip()):
        return False
    if i + 1 >= len(lines) or not lines[i + 1].strip() or clock_seconds(found[3]) is None:
        return False
    name = (found[1] or "").strip()
    wide = len(found[2]) > 1 or "\t" in found[2]
    return not name or is_numbered(name) or (looks_like_name(name) and (wide or not name.islower()))


def _read_headings(lines: Sequence[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for i, line in enumerate(lines):
        found = _HEADING.fullmatch(line.rstrip()) if _is_heading(lines, i) else None
        if found:
            pieces.append(Piece(tidy_name(found[1] or ""), "", clock_seconds(found[3])))
        elif pieces and line.strip() and not _CREDIT.fullmatch(line.strip()):
            pieces[-1] = _longer(pieces[-1], line)
    return pieces


def _read_brackets(lines: Sequence[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for line in lines:
        found = _BRACKET.match(line.strip())
        if found and (start := clock_seconds(found[1])) is not None:
            split = split_prefix(found[2])
            if split and looks_like_name(split[0]):
                pieces.append(Piece(tidy_name(split[0]), split[1], start))
            else:
                pieces.append(Piece(None, found[2], start))
        elif pieces and line.strip() and not _CREDIT.fullmatch(line.strip()):
            pieces[-1] = _longer(pieces[-1], line)
    return pieces


def _longer(piece: Piece, line: str) -> Piece:
    return Piece(piece.speaker, f"{piece.text} {line.strip()}".strip(), piece.start)
