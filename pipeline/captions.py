"""A transcript as captions (WebVTT, SubRip) and as plain text to read.

A turn that has its words is cut into cues of at most two lines; else a turn is one cue. Turns that
recognition is not trusted in are left out. Trap: a transcript that came without times cannot be
captions, for times are never invented; it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pipeline.domain import Transcript, Turn
from pipeline.errors import InputError

MOST_CHARACTERS = 84
MOST_SECONDS = 7.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of what one speaker says, with its times in milliseconds."""

    start: int
    end: int
    speaker: str
    text: str


def write_vtt(transcript: Transcript) -> str:
    """WebVTT, the speaker as the cue's voice."""
    blocks = ["WEBVTT"]
    for i, cue in enumerate(cues(transcript), 1):
        times = f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}"
        voice, text = escape(cue.speaker, quote=False), escape(cue.text, quote=False)
        blocks.append(f"{i}\n{times}\n<v {voice}>{text}</v>")
    return "\n\n".join(blocks) + "\n"


def write_srt(transcript: Transcript) -> str:
    """SubRip, the speaker before the text. It knows no escapes, so text goes in as it is."""
    blocks = [
        f"{i}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{cue.speaker}: {cue.text}\n"
        for i, cue in enumerate(cues(transcript), 1)
    ]
    return "\n".join(blocks)


def write_txt(transcript: Transcript) -> str:
    """One line a turn: `[m:ss] Name: text`, without the time where there is none."""
    names = _names(transcript)
    lines = []
    for turn in _said(transcript):
        at = "" if turn.start is None else f"[{int(turn.start) // 60}:{int(turn.start) % 60:02}] "
        lines.append(f"{at}{names[turn.speaker]}: {_line(turn.text)}\n")
    return "".join(lines)


def cues(transcript: Transcript) -> list[Cue]:
    """All cues in order of their start; raises InputError where a turn has no times."""
    names = _names(transcript)
    found = [
        Cue(_ms(start), max(_ms(end), _ms(start) + 1), names[turn.speaker], text)
        for turn in _said(transcript)
        for start, end, text in _pieces(turn)
    ]
    return sorted(found, key=lambda cue: cue.start)


def _said(transcript: Transcript) -> Iterator[Turn]:
    return (turn for turn in transcript.turns if not turn.quarantine and turn.text.strip())


def _pieces(turn: Turn) -> list[tuple[float, float, str]]:
    if turn.start is None or turn.end is None:
        raise InputError(
            f"the transcript has no times (turn {turn.index})", field="format",
            remedy="ask for txt or json",
        )  # fmt: skip
    words = [(word.start, word.end, _line(word.text)) for word in turn.words]
    if not words or " ".join(text for _, _, text in words) != _line(turn.text):
        return [(turn.start, turn.end, _line(turn.text))]
    pieces = [words[0]]
    for start, end, text in words[1:]:
        begun, _, so_far = pieces[-1]
        longer = f"{so_far} {text}"
        if len(longer) <= MOST_CHARACTERS and end - begun <= MOST_SECONDS:
            pieces[-1] = (begun, max(end, begun), longer)
        else:
            pieces.append((start, max(end, start), text))
    return pieces


def _names(transcript: Transcript) -> dict[str, str]:
    names = {turn.speaker: _line(turn.speaker) for turn in transcript.turns}
    for speaker in transcript.speakers:
        names[speaker.id] = _line(speaker.name or "") or _line(speaker.id)
    return names


def _line(text: str) -> str:
    """The text on one line, for a blank line would end a cue."""
    return " ".join(text.split())


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _clock(ms: int, mark: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{ms:03}"
