"""Does a call say that a profile's free-text statement is true of the account, or that it is not?

Premises are short windows of talk that hold account-side speech (with the turns before it); the
embedder picks those that are about the statement, the entailer weighs each against the statement
and against its denial. Of one speaker the latest clear position counts. Trap: the best of many
windows always looks good, so the entailer sees only a fixed few, and weak ones prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain import Role, Statement, StatementEvidence, Transcript, Turn
from pipeline.ports import Embedder, Entailer

SENTENCE = re.compile(r"\S.*?(?:[.!?…][\"')\]]*(?=\s)|\Z)", re.DOTALL)
_NEGATED = re.compile(r"\b(?:not|no longer|never)\s", re.IGNORECASE)


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
    far: float = 0.15
    near: float = 0.35
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


@dataclass(frozen=True, slots=True)
class Position:
    """What one window says on a statement: confidences for and against."""

    window: Window
    supports: float
    denies: float

    @property
    def strength(self) -> float:
        """The larger of the two."""
        return max(self.supports, self.denies)

    @property
    def holds(self) -> bool:
        """Whether the window speaks for the statement rather than against it."""
        return self.supports >= self.denies


def weigh_statements(
    transcript: Transcript,
    roles: Mapping[str, Role],
    statements: Sequence[Statement],
    entailer: Entailer,
    embedder: Embedder,
    *,
    limits: StatementLimits | None = None,
) -> tuple[StatementEvidence, ...]:
    """For each statement how surely the call supports and denies it, with the best quote."""
    options = limits or StatementLimits()
    windows = list(cut_windows(transcript.turns, roles, options))
    if not windows or not statements:
        return tuple(StatementEvidence(statement.id, 0.0, 0.0) for statement in statements)
    chosen = _choose(windows, statements, embedder, options)
    pairs = [
        (window.premise, claim)
        for statement, near in zip(statements, chosen, strict=True)
        for claim in (statement.text, negate(statement.text))
        for window in near
    ]
    weighed = iter(entailer.entail(pairs))
    evidence = []
    for statement, near in zip(statements, chosen, strict=True):
        supports = [scale(next(weighed) * c, options.support) for c in near.values()]
        denies = [scale(next(weighed) * c, options.denial) for c in near.values()]
        positions = [Position(w, s, d) for w, s, d in zip(near, supports, denies, strict=True)]
        evidence.append(_decide(statement, positions, embedder, options))
    return tuple(evidence)


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


def negate(text: str) -> str:
    """The denial of a statement: "X is Y" → "X is not Y", else "It is not true that …"."""
    plain = text.strip().rstrip(".")
    if _NEGATED.search(plain):
        return _NEGATED.sub("", plain, count=1)
    return f"It is not true that {plain[:1].lower()}{plain[1:]}"


def scale(probability: float, threshold: float) -> float:
    """Move a probability so that `threshold` becomes 0.5 (linear on both sides)."""
    if probability < threshold:
        return 0.5 * probability / threshold
    return 0.5 + 0.5 * (probability - threshold) / (1 - threshold)


def _label(turn: Turn, roles: Mapping[str, Role]) -> str:
    return "Rep: " if roles.get(turn.speaker) is Role.REP else "Prospect: "


def _tail(text: str, words: int) -> str:
    return " ".join(text.split()[-words:])


def _choose(
    windows: Sequence[Window],
    statements: Sequence[Statement],
    embedder: Embedder,
    limits: StatementLimits,
) -> list[dict[Window, float]]:
    """For each statement the windows of the pieces nearest to it, and how much each counts."""
    texts = list(dict.fromkeys(text for w in windows for text in (w.said, *w.context)))
    vectors = embedder.embed([*texts, *(statement.text for statement in statements)])
    chosen = []
    for claim in vectors[len(texts) :]:
        near = {text: _dot(claim, vector) for text, vector in zip(texts, vectors, strict=False)}
        best: dict[tuple[int, int], float] = {}
        for window in windows:
            around = max((near[text] for text in window.context), default=-1.0)
            key = (window.turn.index, window.start)
            best[key] = max(best.get(key, -1.0), near[window.said], around * limits.context_share)
        kept = set(sorted(best, key=lambda key: (-best[key], key))[: limits.candidates])
        chosen.append(
            {
                window: _share(max(near[text] for text in (window.said, *window.context)), limits)
                for window in windows
                if (window.turn.index, window.start) in kept
            }
        )
    return chosen


def _share(nearness: float, limits: StatementLimits) -> float:
    return min(max((nearness - limits.far) / (limits.near - limits.far), 0.0), 1.0)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _decide(
    statement: Statement,
    positions: Sequence[Position],
    embedder: Embedder,
    limits: StatementLimits,
) -> StatementEvidence:
    """Let every speaker's latest clear position stand; the surest one gives the quote."""
    standing: dict[str, Position] = {}
    for position in positions:
        speaker = position.window.turn.speaker
        before = standing.get(speaker)
        if before is None or _replaces(position, before, limits):
            standing[speaker] = position
    supports = max((p.supports for p in standing.values() if p.holds), default=0.0)
    denies = max((p.denies for p in standing.values() if not p.holds), default=0.0)
    best = max(standing.values(), key=lambda p: p.strength)
    start, end = _best_sentence(best.window, statement, embedder)
    return StatementEvidence(
        statement=statement.id,
        supports=round(supports, 4),
        denies=round(denies, 4),
        quote=best.window.turn.text[start:end].strip(),
        turns=best.window.turns,
        speaker=best.window.turn.speaker,
        start=best.window.turn.start,
    )


def _replaces(later: Position, earlier: Position, limits: StatementLimits) -> bool:
    same_turn = later.window.turn.index == earlier.window.turn.index
    if same_turn or later.holds == earlier.holds or later.strength < 0.5:
        return later.strength > earlier.strength
    return later.strength >= earlier.strength - limits.retract


def _best_sentence(window: Window, statement: Statement, embedder: Embedder) -> tuple[int, int]:
    """The sentence of the piece that is nearest to the statement, as offsets in its turn."""
    text = window.turn.text[window.start : window.end]
    spans = cut_sentences(text)
    if len(spans) < 2:
        return window.start, window.end
    claim, *said = embedder.embed([statement.text, *(text[a:b] for a, b in spans)])
    near = [_dot(claim, vector) for vector in said]
    start, end = spans[near.index(max(near))]
    return window.start + start, window.start + end
