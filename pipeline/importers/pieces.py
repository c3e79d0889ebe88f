"""Pieces of speech → turns: neighbours of one speaker are joined as recognition joins them.

Trap: who speaks in pieces without a name is not known, so such pieces are joined only within a
sentence, and are never given to the speaker before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from pipeline.domain import Role, Speaker, Transcript, Turn, Word
from pipeline.errors import BadTranscript
from pipeline.importers.clock import LONGEST_S
from pipeline.importers.names import is_numbered
from pipeline.json_fields import LONGEST_TEXT

NOBODY = "unknown"
"""The id of whoever speaks where the file names nobody."""
MOST_PIECES, MOST_TURNS = 400_000, 100_000
_PAUSE_S, _LONG_S, _LONGEST_S = 5.0, 60.0, 120.0
_LONG_TEXT, _LONGEST_TEXT = 1200, 2400
_ENDING = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech as a file has it; `speaker` as the file names them, None: not named."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says about its call."""

    call_id: str
    title: str | None = None
    language: str | None = None
    recorded_at: datetime | None = None


def tidy_text(text: str) -> str:
    """One line without control characters, which no store takes."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def to_transcript(
    pieces: Sequence[Piece], head: Head, file: str, *, people: Mapping[str, Speaker] | None = None
) -> Transcript:
    """The transcript; `people` has the speakers by the file's ids, else pieces carry their names.

    Raises BadTranscript when nobody says anything.
    """
    said = [tidy for piece in pieces if (tidy := _tidy(piece)).text]
    if not said:
        raise BadTranscript(
            "nobody says anything", file=file, field="content",
            remedy="export the transcript again, with what was said",
        )  # fmt: skip
    _must_fit(said, file)
    if all(piece.start is not None for piece in said):
        said.sort(key=lambda piece: piece.start or 0.0)
    voices = _voices(said, people)
    turns: list[Turn] = []
    for group in _groups(said):
        speaker = voices[group[0].speaker]
        turns.append(_turn(len(turns), speaker.id, group))
    if len(turns) > MOST_TURNS:
        raise BadTranscript(f"has more than {MOST_TURNS:,} turns", file=file, remedy="split it")
    return Transcript(
        call_id=tidy_text(head.call_id) or "call",
        turns=tuple(turns),
        speakers=tuple({voice.id: voice for voice in voices.values()}.values()),
        title=head.title,
        language=head.language,
        recorded_at=head.recorded_at,
    )


def _tidy(piece: Piece) -> Piece:
    start, end = piece.start, piece.end
    if start is not None and end is not None and end < start:
        end = None
    return replace(piece, text=tidy_text(piece.text), start=start, end=end)


def _must_fit(said: Sequence[Piece], file: str) -> None:
    """Refuse what could not be read again from a result."""
    times = (t for p in said for t in (p.start, p.end, *(w.end for w in p.words)) if t is not None)
    if (latest := max(times, default=0.0)) > LONGEST_S:
        raise BadTranscript(
            f"{latest:,.0f} s is no time within a call", file=file, field="content",
            remedy="give seconds from its start",
        )  # fmt: skip
    if (longest := max(len(piece.text) for piece in said)) > LONGEST_TEXT:
        raise BadTranscript(
            f"somebody says {longest:,} characters in one piece", file=file, field="content",
            remedy=f"say who speaks when; at most {LONGEST_TEXT:,} are read",
        )  # fmt: skip


def _voices(
    said: Sequence[Piece], people: Mapping[str, Speaker] | None
) -> dict[str | None, Speaker]:
    voices: dict[str | None, Speaker] = {}
    taken, named = {piece.speaker for piece in said}, 0
    for piece in said:
        key = piece.speaker
        if key in voices:
            continue
        if key is None:
            voices[key] = Speaker(NOBODY)
        elif people is not None:
            voices[key] = people.get(key, Speaker(key))
        elif is_numbered(key):
            voices[key] = Speaker(key)
        else:
            named = next(n for n in count(named + 1) if f"S{n}" not in taken)
            voices[key] = Speaker(f"S{named}", Role.UNKNOWN, key)
    return voices


def _groups(said: Sequence[Piece]) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    length = 0
    for piece in said:
        if groups and _goes_on(groups[-1], length, piece):
            groups[-1].append(piece)
            length += len(piece.text) + 1
        else:
            groups.append([piece])
            length = len(piece.text)
    return groups


def _goes_on(group: Sequence[Piece], length: int, piece: Piece) -> bool:
    """Whether a piece belongs to the turn of the pieces before it."""
    first, last = group[0], group[-1]
    ended = _ENDING.search(last.text) is not None
    if piece.speaker != last.speaker or (piece.speaker is None and ended):
        return False
    if length >= _LONGEST_TEXT or (length >= _LONG_TEXT and ended):
        return False
    if first.start is None or piece.start is None:
        return first.start is piece.start
    if last.end is None:
        return False
    lasted = last.end - first.start
    if piece.start - last.end >= _PAUSE_S or lasted >= _LONGEST_S:
        return False
    return lasted < _LONG_S or not ended


def _turn(index: int, speaker: str, group: Sequence[Piece]) -> Turn:
    ends = [piece.end for piece in group]
    known = [end for end in ends if end is not None]
    return Turn(
        index=index,
        speaker=speaker,
        text=" ".join(piece.text for piece in group),
        start=group[0].start,
        end=max(known) if len(known) == len(ends) else None,
        words=tuple(word for piece in group for word in piece.words),
    )
