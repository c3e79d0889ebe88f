"""The transcript as rows: who, when, and the text cut into marked pieces.

Rows are made for a stretch of turns at a time, for a long call is sent in parts. Trap: a turn is
found by its position on the page, and named by its `index`, which an imported transcript chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.pages.findings import Findings, proofs_of, statements_in
from api.pages.marks import Piece, Stretch, cut, doubts, find_quote
from api.pages.reading import CallNow
from pipeline.domain import Transcript, Turn

FIRST_PART = 100
"""Turns in the page itself; the rest comes in parts of PART."""
PART = 400


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn as the page shows it."""

    index: int
    speaker: str
    name: str
    role: str
    start: float | None
    end: float | None
    pieces: tuple[Piece, ...]
    english: str
    quarantine: str
    same: bool
    """Whether the turn before is the same speaker's."""


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """One speaker: how much they say."""

    id: str
    name: str
    given: str
    """The name that is known; empty when there is none."""
    role: str
    turns: int
    share: float


def turn_rows(
    now: CallNow, findings: Findings | None, start: int = 0, count: int | None = None
) -> list[TurnRow]:
    """The rows from a position on."""
    transcript = now.analysis.transcript
    end = len(transcript.turns) if count is None else start + count
    return _rows(now, findings, transcript, range(start, min(end, len(transcript.turns))))


def rows_of_turns(now: CallNow, findings: Findings | None, indices: Iterable[int]) -> list[TurnRow]:
    """The rows of these turns, by index."""
    wanted, transcript = set(indices), now.analysis.transcript
    places = [at for at, turn in enumerate(transcript.turns) if turn.index in wanted]
    return _rows(now, findings, transcript, places)


def speaker_rows(transcript: Transcript) -> list[SpeakerRow]:
    """All speakers, those who say most first."""
    words: dict[str, int] = {}
    turns: dict[str, int] = {}
    for turn in transcript.turns:
        words[turn.speaker] = words.get(turn.speaker, 0) + len(turn.text.split())
        turns[turn.speaker] = turns.get(turn.speaker, 0) + 1
    total = max(1, sum(words.values()))
    rows = [
        SpeakerRow(
            s.id,
            s.name or s.id,
            s.name or "",
            s.role.value,
            turns.get(s.id, 0),
            words.get(s.id, 0) / total,
        )  # fmt: skip
        for s in transcript.speakers
        if turns.get(s.id)
    ]
    return sorted(rows, key=lambda row: -row.share)


def _rows(
    now: CallNow, findings: Findings | None, transcript: Transcript, places: Sequence[int]
) -> list[TurnRow]:
    evidence = _evidence(now, findings)
    names = {s.id: s.name or s.id for s in transcript.speakers}
    rows = []
    for at in places:
        turn = transcript.turns[at]
        before = transcript.turns[at - 1].speaker if at else None
        rows.append(
            TurnRow(
                turn.index,
                turn.speaker,
                names.get(turn.speaker, turn.speaker),
                transcript.role_of(turn.speaker).value,
                turn.start,
                turn.end,
                tuple(cut(turn.text, _stretches(turn, evidence.get(turn.index, ())))),
                turn.english or "",
                turn.quarantine or "",
                before == turn.speaker,
            )  # fmt: skip
        )
    return rows


def _evidence(now: CallNow, findings: Findings | None) -> dict[int, list[tuple[str, Stretch]]]:
    """Turn index → the quotes to mark in it."""
    found: dict[int, list[tuple[str, Stretch]]] = {}
    for proof in proofs_of(now):
        if proof.turn is not None:
            mark = Stretch(0, 0, "evidence", proof.signal, proof.label, proof.family)
            found.setdefault(proof.turn, []).append((proof.quote, mark))
    for statement in statements_in(now.analysis, findings):
        for turn in statement.turns:
            mark = Stretch(0, 0, "evidence", "", "statement", "need")
            found.setdefault(turn, []).append((statement.quote, mark))
    return found


def _stretches(turn: Turn, quotes: Iterable[tuple[str, Stretch]]) -> list[Stretch]:
    found = list(doubts(turn))
    for quote, mark in quotes:
        place = find_quote(turn.text, quote)
        if place is not None:
            start, end = place
            found.append(Stretch(start, end, mark.kind, mark.signal, mark.label, mark.family))
    return found
