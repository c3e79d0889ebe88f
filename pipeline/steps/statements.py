"""Does a call say that a profile's free-text statement is true of the account, or that it is not?

Premises are short windows of talk that hold account-side speech (with the turns before it); the
embedder picks those that are about the statement, the entailer says whether each says it or denies
it. Of one speaker the latest clear position counts. Trap: the best of many windows always looks
good, so the entailer sees only a fixed few, and weak ones prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.domain import Role, Statement, StatementEvidence, Transcript
from pipeline.ports import Embedder, Entailer, Judgement
from pipeline.statement_limits import Answer, find_answers, read_question
from pipeline.statement_windows import StatementLimits, Window, cut_sentences, cut_windows

MOST_NUMBERS = 3
UNSURE = 0.45
"""As sure as a window may make of a limit by itself when it names a number: not a position."""
Answers = tuple[tuple[str, Answer], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window that a statement is weighed on: its nearness (cosine), and the numbers in it."""

    window: Window
    nearness: float
    answers: Answers


Judged = tuple[Candidate, list[Judgement]]
"""A candidate with the judgement on the statement, and those on it with each number filled in."""


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
    evidence = []
    for statement, judged in zip(
        statements,
        judge_windows(transcript, roles, statements, entailer, embedder, options),
        strict=True,
    ):
        evidence.append(decide(statement, judged, embedder, options))
    return tuple(evidence)


def judge_windows(
    transcript: Transcript,
    roles: Mapping[str, Role],
    statements: Sequence[Statement],
    entailer: Entailer,
    embedder: Embedder,
    options: StatementLimits,
) -> list[list[Judged]]:
    """For each statement the windows that may bear on it, and what the entailer makes of each."""
    windows = list(cut_windows(transcript.turns, roles, options))
    if not windows or not statements:
        return [[] for _ in statements]
    on = transcript.recorded_at.date() if transcript.recorded_at else None
    chosen = [
        [Candidate(window, cosine, read_answers(statement, window, on)) for window, cosine in near]
        for statement, near in zip(
            statements, _choose(windows, statements, embedder, options), strict=True
        )
    ]
    judged = iter(
        entailer.judge(
            [
                (candidate.window.premise, claim)
                for statement, near in zip(statements, chosen, strict=True)
                for candidate in near
                for claim in (statement.text, *(claim for claim, _ in candidate.answers))
            ]
        )
    )
    return [
        [
            (candidate, [next(judged) for _ in range(1 + len(candidate.answers))])
            for candidate in near
        ]
        for near in chosen
    ]


def read_answers(statement: Statement, window: Window, on: date | None) -> Answers:
    """The numbers that the piece names where the statement sets a limit, put into the statement."""
    question = read_question(statement.text)
    if question is None:
        return ()
    answers = find_answers(question, window.said, on)[:MOST_NUMBERS]
    return tuple((question.fill(answer.words), answer) for answer in answers)


def _position(judged: Judged, limits: StatementLimits) -> Position:
    """What a window says: by the number that it names, where the entailer accepts that one."""
    candidate, (plain, *filled) = judged
    share = ramp(candidate.nearness, limits.far, limits.near)
    accepted = [
        (said.entailed, answer) for said, (_, answer) in zip(filled, candidate.answers, strict=True)
    ]
    said, answer = max(accepted, key=lambda row: row[0], default=(0.0, None))
    if answer is not None and said * share >= limits.support:
        sure = scale(said * answer.certainty * share, limits.support)
        return Position(candidate.window, *((sure, 0.0) if answer.holds else (0.0, sure)))
    supports = scale(plain.entailed * share, limits.support)
    denies = scale(plain.denied * share, limits.denial)
    if candidate.answers:
        supports, denies = min(supports, UNSURE), min(denies, UNSURE)
    return Position(candidate.window, supports, denies)


def scale(probability: float, threshold: float) -> float:
    """Move a probability so that `threshold` becomes 0.5 (linear on both sides)."""
    if probability < threshold:
        return 0.5 * probability / threshold
    return 0.5 + 0.5 * (probability - threshold) / (1 - threshold)


def _choose(
    windows: Sequence[Window],
    statements: Sequence[Statement],
    embedder: Embedder,
    limits: StatementLimits,
) -> list[list[tuple[Window, float]]]:
    """For each statement the windows of the pieces nearest to it, each with its cosine."""
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
            [
                (window, max(near[text] for text in (window.said, *window.context)))
                for window in windows
                if (window.turn.index, window.start) in kept
            ]
        )
    return chosen


def ramp(nearness: float, far: float, near: float) -> float:
    """How much a window counts: 0 below `far`, 1 from `near` on."""
    return min(max((nearness - far) / (near - far), 0.0), 1.0)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def decide(
    statement: Statement,
    judged: Sequence[Judged],
    embedder: Embedder,
    limits: StatementLimits,
) -> StatementEvidence:
    """Let every speaker's latest clear position stand; the surest one gives the quote."""
    standing: dict[str, Position] = {}
    for position in (_position(row, limits) for row in judged):
        speaker = position.window.turn.speaker
        before = standing.get(speaker)
        if before is None or _replaces(position, before, limits):
            standing[speaker] = position
    supports = max((p.supports for p in standing.values() if p.holds), default=0.0)
    denies = max((p.denies for p in standing.values() if not p.holds), default=0.0)
    best = max(standing.values(), key=lambda p: p.strength, default=None)
    if best is None:
        return StatementEvidence(statement.id, 0.0, 0.0)
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
