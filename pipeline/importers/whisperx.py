"""WhisperX: `segments[]` with words, each of which may have a speaker, or no time at all.

Where words name their speakers, those count, for a change of speaker often falls inside a segment.
Trap: a word without times (a number, mostly) stays in the text but not among the timed words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from pipeline.domain import Speaker, Transcript, Word
from pipeline.importers.clock import SECONDS, Unit, check_times, read_stamp, unit_of
from pipeline.importers.pieces import MOST_PIECES, Head, Piece, tidy_text, to_transcript
from pipeline.json_fields import Fields


def is_whisperx(data: Mapping[str, object]) -> bool:
    """Whether a JSON object is WhisperX's (or plain Whisper's, which has no speakers)."""
    return isinstance(data.get("segments"), list)


def read_whisperx(top: Fields, call_id: str) -> Transcript:
    """The transcript, with the words that have times."""
    rows = top.objects("segments", most=MOST_PIECES)
    unit = unit_of(
        ((read_stamp(r, "start"), read_stamp(r, "end"), r.text("text") or "") for r in rows),
        SECONDS,
    )
    pieces = [piece for row in rows for piece in _pieces(row, unit)]
    check_times((t for piece in pieces for t in (piece.start, piece.end)), top, "segments")
    ids = dict.fromkeys(p.speaker for p in pieces if p.speaker)
    people = {key: Speaker(key) for key in ids}
    head = Head(call_id, language=top.text("language"))
    return to_transcript(pieces, head, top.file, people=people)


def _pieces(row: Fields, unit: Unit) -> Iterator[Piece]:
    speaker = row.text("speaker") or None
    text = row.text("text") or ""
    words = row.objects("words")
    start, end = unit.of(read_stamp(row, "start")), unit.of(read_stamp(row, "end"))
    whole = tidy_text("".join((w.text("word") or w.text("text") or "") for w in words))
    same = "".join(whole.split()) == "".join(tidy_text(text).split())
    voices = {w.text("speaker") for w in words} - {None, ""}
    if not same or voices <= {speaker}:
        timed = tuple(found for w in words if (found := _word(w, unit)))
        yield Piece(speaker, text, start, end, timed if same else ())
        return
    for number, (who, group) in enumerate(groupby(_voiced(words, speaker), key=itemgetter(0))):
        part = [word for _, word in group]
        timed = tuple(found for w in part if (found := _word(w, unit)))
        said = " ".join((w.text("word") or w.text("text") or "").strip() for w in part)
        first = timed[0].start if timed else start if number == 0 else None
        yield Piece(who, said, first, timed[-1].end if timed else None, timed)


def _voiced(words: Sequence[Fields], speaker: str | None) -> Iterator[tuple[str | None, Fields]]:
    """Words with their speakers; one without (it has no times, mostly) goes with those before."""
    who = speaker
    for word in words:
        who = word.text("speaker") or who
        yield who, word


def _word(row: Fields, unit: Unit) -> Word | None:
    text = tidy_text(row.text("word") or row.text("text") or "")
    start, end = unit.of(read_stamp(row, "start")), unit.of(read_stamp(row, "end"))
    score = row.number("score")
    if not text or start is None or end is None or end < start:
        return None
    return Word(text, start, end, 1.0 if score is None else min(1.0, max(0.0, score)))
