"""Turns as the signal tagger reads them: words → word pieces, turns → windows, and the label set.

Training and inference share this file, so both cut text in the same way. A window is a run of whole
turns; each turn starts with two markers, the speaker's role and the speaker. Trap: the markers are
the vocabulary's unused entries, so their ids must not move once a model is trained.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.domain import (
    BLOCKER_KINDS,
    BUDGET_STATUSES,
    BUSINESS_MODELS,
    GROWTH_STAGES,
    PERSONA_KINDS,
    PLACE_KINDS,
    TEAM_STATUSES,
    TOOL_STATUSES,
    TRIGGER_KINDS,
    Dimension,
    Role,
)

WORD = re.compile(r"\S+")
CLS, SEP = 101, 102
ROLE_IDS = {Role.REP: 1, Role.PROSPECT: 2, Role.OTHER: 3, Role.UNKNOWN: 4}
FIRST_SPEAKER_ID, N_SPEAKER_IDS = 11, 10
WINDOW_TOKENS = 320

FUNCTION = "function"
DIMENSIONS: tuple[str, ...] = (*(d.value for d in Dimension), FUNCTION)
"""What a word can be evidence for; `function` marks the words that name a team's function."""

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "tech_stack": TOOL_STATUSES,
    "team": TEAM_STATUSES,
    "budget": BUDGET_STATUSES,
    "geography": PLACE_KINDS,
    "persona": PERSONA_KINDS,
    "trigger": TRIGGER_KINDS,
    "blocker": BLOCKER_KINDS,
    "business_model": BUSINESS_MODELS,
    "growth_stage": GROWTH_STAGES,
}
ATTRIBUTE_LABELS: tuple[str, ...] = tuple(
    f"{d}:{a}" for d, values in ATTRIBUTES.items() for a in values
)


@cache
def attribute_slices() -> dict[str, slice]:
    """Where each dimension's attributes stand in `ATTRIBUTE_LABELS`."""
    slices, start = {}, 0
    for dimension, values in ATTRIBUTES.items():
        slices[dimension] = slice(start, start + len(values))
        start += len(values)
    return slices


@dataclass(frozen=True, slots=True)
class EncodedTurn:
    """One turn (or a piece of a long one) as ids; `word_of` gives each piece's word, -1 for
    markers; `kinds` what the lists say of it (see `word_kinds.py`).
    """

    turn: int
    ids: tuple[int, ...]
    word_of: tuple[int, ...]
    kinds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A run of encoded turns with [CLS] and [SEP]; `origin` gives (turn, word) of each position."""

    ids: tuple[int, ...]
    origin: tuple[tuple[int, int], ...]
    kinds: tuple[int, ...] = ()


def word_spans(text: str) -> list[tuple[int, int]]:
    """Character offsets of the blank-separated words of a text."""
    return [m.span() for m in WORD.finditer(text)]


def encode_turn(
    turn: int,
    words: Sequence[Sequence[int]],
    role: Role,
    speaker: int,
    kinds: Sequence[int] = (),
    *,
    limit: int = WINDOW_TOKENS - 2,
) -> list[EncodedTurn]:
    """Word pieces of one turn behind its two markers; a turn over `limit` becomes several
    pieces. `kinds` has one for each word, or none at all.
    """
    head = [ROLE_IDS[role], FIRST_SPEAKER_ID + min(speaker, N_SPEAKER_IDS - 1)]
    pieces: list[EncodedTurn] = []
    ids, word_of, types = list(head), [-1, -1], [0, 0]
    for number, piece in enumerate(words):
        cut = list(piece)[: limit - 2]
        if len(ids) + len(cut) > limit:
            pieces.append(EncodedTurn(turn, tuple(ids), tuple(word_of), tuple(types)))
            ids, word_of, types = list(head), [-1, -1], [0, 0]
        ids += cut
        word_of += [number] * len(cut)
        types += [kinds[number] if kinds else 0] * len(cut)
    pieces.append(EncodedTurn(turn, tuple(ids), tuple(word_of), tuple(types)))
    return pieces


def cut_windows(
    turns: Sequence[EncodedTurn], *, size: int = WINDOW_TOKENS, overlap: float = 0.5
) -> list[Window]:
    """Whole turns packed into windows of at most `size` ids, each sharing about `overlap` with the
    next.
    """
    windows: list[Window] = []
    start = 0
    while start < len(turns):
        end, used = start, 2
        while end < len(turns) and (end == start or used + len(turns[end].ids) <= size):
            used += len(turns[end].ids)
            end += 1
        windows.append(_join(turns[start:end]))
        if end == len(turns):
            break
        following, shared = end, 0
        while following - 1 > start and shared + len(turns[following - 1].ids) <= used * overlap:
            following -= 1
            shared += len(turns[following].ids)
        start = following
    return windows


def _join(turns: Sequence[EncodedTurn]) -> Window:
    ids, origin, kinds = [CLS], [(-1, -1)], [0]
    for turn in turns:
        ids += turn.ids
        kinds += turn.kinds
        origin += [(turn.turn, word) for word in turn.word_of]
    return Window((*ids, SEP), (*origin, (-1, -1)), (*kinds, 0))
