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

SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+[\"')\]]*|$)\s*")
_NEGATED = re.compile(r"\b(?:not|no longer|never)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatementLimits:
    """How much is weighed, and from where on a probability counts as a position."""

    candidates: int = 12
    """Windows per statement that the entailer sees."""
    piece_words: int = 60
    """A longer turn is cut into pieces of at most so many words."""
    context_words: int = 40
    """So much of the turns before comes with a piece."""
    support: float = 0.5
    denial: float = 0.5
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
    chosen = _choose(windows, statements, embedder, options.candidates)
    pairs = [
        (window.premise, claim)
        for statement, near in zip(statements, chosen, strict=True)
        for claim in (statement.text, negate(statement.text))
        for window in near
    ]
    weighed = iter(entailer.entail(pairs))
    evidence = []
    for statement, near in zip(statements, chosen, strict=True):
        supports = [scale(next(weighed), options.support) for _ in near]
        denies = [scale(next(weighed), options.denial) for _ in near]
        positions = [Position(w, s, d) for w, s, d in zip(near, supports, denies, strict=True)]
        evidence.append(_decide(statement, positions, embedder, options))
    return tuple(evidence)


def cut_windows(
    turns: Sequence[Turn], roles: Mapping[str, Role], limits: StatementLimits
) -> Iterator[Window]:
    """Every piece of account-side speech: alone, after the turn before it, after the two before."""
    for place, turn in enumerate(turns):
        if turn.quarantine is not None or roles.get(turn.speaker) is Role.REP:
            continue
        for number, (start, end) in enumerate(cut_pieces(turn.text, limits.piece_words)):
            said = _label(turn, roles) + turn.text[start:end].strip()
            if number > 0 or len(said.split()) > 4:
                yield Window(said, (turn.index,), turn, start, end)
            if number > 0:
                continue
            before = [t for t in turns[max(place - 2, 0) : place] if t.quarantine is None]
            for n in range(1, len(before) + 1):
                context = " ".join(
                    _label(t, roles) + _tail(t.text, limits.context_words) for t in before[-n:]
                )
                used = (*(t.index for t in before[-n:]), turn.index)
                yield Window(f"{context} {said}", used, turn, start, end)


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
    """Character spans of the sentences of a text, blank ones left out."""
    return [m.span() for m in SENTENCE.finditer(text) if m.group().strip()]


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
    windows: Sequence[Window], statements: Sequence[Statement], embedder: Embedder, most: int
) -> list[list[Window]]:
    """For each statement the windows nearest to it in meaning, in order of the call."""
    vectors = embedder.embed([*(w.premise for w in windows), *(s.text for s in statements)])
    said, claims = vectors[: len(windows)], vectors[len(windows) :]
    chosen = []
    for claim in claims:
        near = [sum(a * b for a, b in zip(claim, vector, strict=True)) for vector in said]
        best = sorted(range(len(windows)), key=lambda i: (-near[i], i))[:most]
        chosen.append([windows[i] for i in sorted(best)])
    return chosen


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
    if later.holds == earlier.holds or later.strength < 0.5:
        return later.strength > earlier.strength
    return later.strength >= earlier.strength - limits.retract


def _best_sentence(window: Window, statement: Statement, embedder: Embedder) -> tuple[int, int]:
    """The sentence of the piece that is nearest to the statement, as offsets in its turn."""
    text = window.turn.text[window.start : window.end]
    spans = cut_sentences(text)
    if len(spans) < 2:
        return window.start, window.end
    claim, *said = embedder.embed([statement.text, *(text[a:b] for a, b in spans)])
    near = [sum(x * y for x, y in zip(claim, vector, strict=True)) for vector in said]
    start, end = spans[near.index(max(near))]
    return window.start + start, window.start + end
