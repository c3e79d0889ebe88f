"""WebVTT and SRT: cues → pieces. Zoom writes `Name: text`, Teams voice tags with a name.

Well-kept libraries read these formats too, but drop what breaks the rules; here no text is lost and
an error names its line. Trap: cues follow each other without a blank line in some exports, and a
cue's id may look like text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from pipeline.domain import Transcript
from pipeline.errors import BadTranscript
from pipeline.importers.clock import clock_seconds
from pipeline.importers.names import speaker_names, split_prefix, tidy_name
from pipeline.importers.pieces import Head, Piece, to_transcript

_STAMP = r"-?[\d:]+[.,]?\d*"
_TIMING = re.compile(rf"\s*({_STAMP})\s*-->\s*({_STAMP})(?:\s+\S.*)?\s*", re.ASCII)
_LIKE_TIMING = re.compile(r"\s*-?\d+:\S*\s*-->")
_GUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?(?:[/-][\d-]+)?", re.I)
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t\n]+([^<>]*))?>|(</v\s*>)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:c|i|b|u|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d+(?::\d+)+(?:\.\d+)?>|\{\\an?\d\}",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"^Language:\s*([A-Za-z]{2,3}(?:-\w+)*)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its id, its times (None: before the recording), and its lines."""

    id: str
    start: float | None
    end: float | None
    lines: tuple[str, ...]


def is_captions(text: str) -> bool:
    """Whether a text has cues."""
    return text.lstrip().startswith("WEBVTT") or any(
        _LIKE_TIMING.match(line) for line in text.split("\n")[:50]
    )


def read_captions(text: str, file: str, call_id: str) -> Transcript:
    """The transcript in a VTT or SRT text; raises BadTranscript that names the line."""
    cues, top = _cues(text, file)
    voiced = any(_VOICE.search(line) for cue in cues for line in cue.lines)
    pieces = [p for cue in cues for p in _voices(cue)] if voiced else list(_prefixed(cues))
    if cues and not any(piece.speaker for piece in pieces) and _is_teams(cues, text):
        raise BadTranscript(
            "is the text-only export of Teams: it does not say who speaks, and without that nothing"
            " counts as the prospect's words", file=file, field="content",
            remedy="download the transcript as .vtt with speaker names, or give the recording",
        )  # fmt: skip
    language = _LANGUAGE.search(top)
    return to_transcript(pieces, Head(call_id, language=language[1] if language else None), file)


def _cues(text: str, file: str) -> tuple[list[Cue], str]:
    """All cues, and what stands above the first one."""
    lines = text.split("\n")
    at = [i for i, line in enumerate(lines) if _is_timing(line, i, file)]
    strict = text.lstrip().startswith("WEBVTT")
    top = lines[: at[0]] if at else lines
    if top and at and _is_id(top, strict):
        top = top[:-1]
    if not strict and any(line.strip() for line in top):
        _fail(file, next(i for i, line in enumerate(top) if line.strip()), "stands before any cue")
    cues = []
    for i, begin in enumerate(at):
        before = lines[begin - 1].strip() if begin and _is_id(lines[:begin], strict) else ""
        chunk = lines[begin + 1 : at[i + 1] if i + 1 < len(at) else len(lines)]
        if i + 1 < len(at) and _is_id(chunk, strict):
            chunk = chunk[:-1]
        start, end = _times(lines[begin], begin, file)
        cues.append(Cue(before, start, end, tuple(_said(chunk, strict))))
    return cues, "\n".join(top)


def _is_timing(line: str, number: int, file: str) -> bool:
    if _TIMING.fullmatch(line):
        return True
    if _LIKE_TIMING.match(line):
        _fail(file, number, "has times that cannot be read")
    return False


def _times(line: str, number: int, file: str) -> tuple[float | None, float | None]:
    found = _TIMING.fullmatch(line)
    assert found is not None
    for stamp in found.groups():
        if clock_seconds(stamp.removeprefix("-")) is None:
            _fail(file, number, f"{stamp[:20]!r} is no time")
    return clock_seconds(found[1]), clock_seconds(found[2])


def _fail(file: str, number: int, problem: str) -> NoReturn:
    raise BadTranscript(
        problem, file=file, field=f"line {number + 1}",
        remedy="a cue begins with a line such as 00:02:24.720 --> 00:02:32.850",
    )  # fmt: skip


def _is_id(chunk: Sequence[str], strict: bool) -> bool:
    """Whether the last line before a cue's times is its id."""
    last = chunk[-1].strip() if chunk else ""
    if not last:
        return False
    if last.isdigit() or _GUID.fullmatch(last):
        return True
    apart = len(chunk) > 1 and not chunk[-2].strip()
    return strict and apart and not _BLOCK.match(last) and split_prefix(last) is None


def _said(chunk: Sequence[str], strict: bool) -> Iterator[str]:
    """The lines of a cue, without notes and styles that follow it."""
    skip, blank = False, False
    for line in chunk:
        if not line.strip():
            skip, blank = False, True
            continue
        if strict and blank and _BLOCK.match(line):
            skip = True
        blank = False
        if not skip:
            yield line.strip()


def _voices(cue: Cue) -> Iterator[Piece]:
    """A cue's text by its voice tags; the closing ones may be missing."""
    text, speaker, at = "\n".join(cue.lines), None, 0
    for tag in _VOICE.finditer(text):
        yield _piece(cue, speaker, text[at : tag.start()])
        speaker = None if tag[2] else tidy_name(_plain(tag[1] or ""))
        at = tag.end()
    yield _piece(cue, speaker, text[at:])


def _prefixed(cues: Sequence[Cue]) -> Iterator[Piece]:
    """The cues' text by `Name:` at the beginning of lines."""
    names = speaker_names([_plain(line) for cue in cues for line in cue.lines], len(cues))
    for cue in cues:
        speaker, lines = None, list[str]()
        for line in cue.lines:
            split = split_prefix(_plain(line))
            if split and split[0] in names:
                yield _piece(cue, speaker, "\n".join(lines))
                speaker, lines = tidy_name(split[0]), [html.escape(split[1], quote=False)]
            else:
                lines.append(line)
        yield _piece(cue, speaker, "\n".join(lines))


def _piece(cue: Cue, speaker: str | None, marked: str) -> Piece:
    return Piece(speaker, _plain(marked), cue.start, cue.end)


def _plain(marked: str) -> str:
    return html.unescape(_TAG.sub("", marked))


def _is_teams(cues: Sequence[Cue], text: str) -> bool:
    ids = sum(1 for cue in cues if _GUID.fullmatch(cue.id))
    return ids > len(cues) / 2 or "NOTE Confidence:" in text or "NOTE recognizability" in text
