"""Windows of talk on which a free-text statement is weighed: what the account's side says, in
pieces, alone and with the turns before it.

The trap: an answer means nothing without its question, and a long turn holds many answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain import Role, Turn

SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"')\]]*(?=\s)|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StatementLimits:
    """How much is weighed, and from where on a probability counts as a position."""

    candidates: int = 6
    """Pieces of talk per statement that the entailer sees, each in at most two windows."""
    piece_words: int = 45
    """A longer turn is cut into pieces of at most so many words."""
    context_words: int = 25
    """So many of the last words of a turn before come with a piece."""
    short_turn: int = 5
    """A turn before with fewer words brings the one before it along."""
    context_share: float = 0.9
    """How much nearness of the context counts beside that of the piece itself."""
    far: float = 0.1
    near: float = 0.3
    """Cosines: below `far` a window is about something else; from `near` on it counts fully."""
    support: float = 0.5
    denial: float = 0.4
    """The entailer's probability that is worth a confidence of 0.5."""
    retract: float = 0.15
    """A speaker's later position replaces an earlier one that is surer by no more than this."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of talk: the premise, the turns in it, and the account-side piece it is about."""

    premise: str
    turns: tuple[int, ...]
    turn: Turn
    start: int
    end: int
    context: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The account-side piece, without speaker labels."""
        return self.turn.text[self.start : self.end].strip()


def cut_windows(
    turns: Sequence[Turn], roles: Mapping[str, Role], limits: StatementLimits
) -> Iterator[Window]:
    """Every piece of account-side speech: alone, and with the turn (or two) before it."""
    for place, turn in enumerate(turns):
        if turn.quarantine is not None or roles.get(turn.speaker) is Role.REP:
            continue
        for number, (start, end) in enumerate(cut_pieces(turn.text, limits.piece_words)):
            said = _label(turn, roles) + turn.text[start:end].strip()
            before = _turns_before(turns, place, limits) if number == 0 else []
            if not before or len(said.split()) > limits.short_turn:
                yield Window(said, (turn.index,), turn, start, end)
            if before:
                context = tuple(_tail(t.text, limits.context_words) for t in before)
                labelled = [_label(t, roles) + c for t, c in zip(before, context, strict=True)]
                used = (*(t.index for t in before), turn.index)
                yield Window(" ".join((*labelled, said)), used, turn, start, end, context)


def _turns_before(turns: Sequence[Turn], place: int, limits: StatementLimits) -> list[Turn]:
    """The turn before this one; the one before it too when it is short. No quarantined ones."""
    before = [t for t in turns[max(place - 2, 0) : place] if t.quarantine is None]
    enough = before and len(before[-1].text.split()) >= limits.short_turn
    return before[-1:] if enough else before


def cut_pieces(text: str, longest: int) -> list[tuple[int, int]]:
    """Character spans of whole sentences, each piece at most `longest` words."""
    pieces: list[tuple[int, int]] = []
    start = end = words = 0
    for first, last, count in _short_sentences(text, longest):
        if words and words + count > longest:
            pieces.append((start, end))
            start, words = first, 0
        end, words = last, words + count
    return [*pieces, (start, end)] if words else pieces


def cut_sentences(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences of a text; "2.5" is no end of one."""
    return [m.span() for m in SENTENCE.finditer(text)]


def _short_sentences(text: str, longest: int) -> Iterator[tuple[int, int, int]]:
    """Sentences with their numbers of words; one over `longest` words is cut between words."""
    for start, end in cut_sentences(text):
        words = [(start + m.start(), start + m.end()) for m in re.finditer(r"\S+", text[start:end])]
        for first in range(0, len(words), longest):
            part = words[first : first + longest]
            yield part[0][0], part[-1][1], len(part)


def _label(turn: Turn, roles: Mapping[str, Role]) -> str:
    return "Rep: " if roles.get(turn.speaker) is Role.REP else "Prospect: "


def _tail(text: str, words: int) -> str:
    return " ".join(text.split()[-words:])
