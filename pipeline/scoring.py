"""Fit, coverage and engagement: pure arithmetic on statuses and on who says how much.

Fit says whether the account is the right kind of company, engagement how much its people take part.
The trap: they are never mixed; a lively call with a wrong account is a distraction, not a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain import Dimension, Role, Signal, Transcript, Turn

TRIGGER_SHARE = 0.25
FULL_TRIGGER_WEIGHT = 2.0
WORTH = {"met": 1.0, "conflicting": 0.5, "not_met": 0.0}


@dataclass(frozen=True, slots=True)
class Engagement:
    """How much the prospect's side takes part (0..1), its parts by name, and one line about it."""

    score: float
    parts: tuple[tuple[str, float], ...]
    explanation: str


def weigh_fit(
    criteria: Sequence[tuple[str, float]], triggers: Sequence[tuple[str, float]]
) -> float | None:
    """Fit 0..1 from (status, weight) pairs; None while no criterion with weight is known."""
    known = [(WORTH[status], weight) for status, weight in criteria if status in WORTH]
    total = sum(weight for _, weight in known)
    if total <= 0:
        return None
    static = sum(worth * weight for worth, weight in known) / total
    if not triggers:
        return static
    detected = sum(weight for status, weight in triggers if status == "detected")
    trigger = min(1.0, detected / FULL_TRIGGER_WEIGHT)
    return (1 - TRIGGER_SHARE) * static + TRIGGER_SHARE * trigger


def weigh_coverage(criteria: Iterable[tuple[str, float]]) -> float:
    """The share of the criteria's weight whose status is known (0..1)."""
    pairs = list(criteria)
    total = sum(weight for _, weight in pairs)
    known = sum(weight for status, weight in pairs if status in WORTH)
    return known / total if total > 0 else 0.0


def measure_engagement(transcripts: Sequence[Transcript], signals: Sequence[Signal]) -> Engagement:
    """How much the prospect's side talks, asks, answers, commits and brings people along."""
    turns = [(t, turn) for t in transcripts for turn in t.turns if not turn.quarantine]
    theirs = [turn for t, turn in turns if _is_theirs(t, turn, signals)]
    if not theirs:
        return Engagement(0.0, (), "nobody of the prospect's side speaks")
    words = sum(_n_words(turn) for _, turn in turns)
    share = sum(_n_words(turn) for turn in theirs) / max(1, words)
    asked = sum(turn.text.count("?") for turn in theirs)
    rate = asked / max(1.0, words / 1000)
    steps = sum(1 for s in signals if s.dimension is Dimension.NEXT_STEP)
    people = _n_people(transcripts, theirs, signals)
    answered = _answered_share(transcripts, signals)
    parts = (
        ("talk share", min(1.0, share / 0.5)),
        ("questions", min(1.0, rate / 4)),
        ("next steps", min(1.0, steps * 0.75)),
        ("people", 1.0 if people > 1 else 0.5),
        ("answers", answered),
    )
    weights = {
        "talk share": 2.0,
        "questions": 2.0,
        "next steps": 3.0,
        "people": 1.0,
        "answers": 2.0,
    }
    score = sum(weights[name] * part for name, part in parts) / sum(weights.values())
    # A handful of words is no conversation, however one-sided its words are.
    score *= min(1.0, words / 150)
    text = (
        f"prospect speaks {share:.0%} of the words, asks {_count(asked, 'question')}, answers "
        f"{answered:.0%} of the rep's; {_count(steps, 'next step')}; "
        f"{_count(people, 'person', 'people')} on their side"
    )
    return Engagement(round(score, 3), parts, text)


def _is_theirs(transcript: Transcript, turn: Turn, signals: Sequence[Signal]) -> bool:
    role = transcript.role_of(turn.speaker)
    if role is not Role.UNKNOWN:
        return role is Role.PROSPECT
    # Where nobody knows the sides, those who gave most facts about the account are on its side.
    given: dict[str, int] = {}
    for signal in signals:
        if signal.call_id == transcript.call_id:
            given[signal.speaker] = given.get(signal.speaker, 0) + 1
    return given.get(turn.speaker, 0) * 3 >= max(given.values(), default=1)


def _n_people(
    transcripts: Sequence[Transcript], theirs: Sequence[Turn], signals: Sequence[Signal]
) -> int:
    named = {
        speaker.name or f"{transcript.call_id}/{speaker.id}"
        for transcript in transcripts
        for speaker in transcript.speakers
        if any(turn.speaker == speaker.id for turn in theirs)
    }
    titles = {
        str(s.value).casefold()
        for s in signals
        if s.dimension is Dimension.PERSONA and s.kind == "attendee"
    }
    return max(len(named), len(titles), 1)


def _answered_share(transcripts: Sequence[Transcript], signals: Sequence[Signal]) -> float:
    """The share of the other side's questions that get an answer of four words or more."""
    asked = answered = 0
    for transcript in transcripts:
        for turn, reply in zip(transcript.turns, transcript.turns[1:], strict=False):
            if _is_theirs(transcript, turn, signals) or not turn.text.rstrip().endswith("?"):
                continue
            if _is_theirs(transcript, reply, signals):
                asked += 1
                answered += _n_words(reply) >= 4
    return answered / asked if asked else 0.5


def _n_words(turn: Turn) -> int:
    return len(turn.text.split())


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word}" if number == 1 else f"{number} {plural or word + 's'}"
