"""From positions to a status: who says the condition holds, who says it does not, and how surely.

A vote is one signal's (or the classifier's) position on one condition. Votes of one side add up, so
two doubtful ones may decide what neither decides alone. The trap: one speaker who says both has
corrected himself, so the later position counts; only different speakers can be in conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain import Signal, StatementEvidence
from pipeline.knowledge import CheckOptions

MET, NOT_MET, UNKNOWN, CONFLICTING = "met", "not_met", "unknown", "conflicting"


@dataclass(frozen=True, slots=True)
class Vote:
    """One signal's position on a condition, with its certainty in 0..1."""

    signal: Signal
    holds: bool
    certainty: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of one condition, the confidence in it (0..1), and what decided it."""

    status: str
    score: float = 0.0
    votes: tuple[Vote, ...] = ()
    evidence: StatementEvidence | None = None

    @property
    def signals(self) -> tuple[str, ...]:
        """Ids of the deciding signals, each once, strongest first."""
        return tuple(dict.fromkeys(vote.signal.id for vote in self.votes))


def weigh(
    votes: Iterable[Vote], options: CheckOptions, calls: Mapping[str, int] | None = None
) -> Verdict:
    """Let the votes on one condition decide its status. `calls` numbers a deal's calls in order."""
    cast = sorted(votes, key=lambda vote: -vote.certainty)
    yes = [vote for vote in cast if vote.holds]
    no = [vote for vote in cast if not vote.holds]
    if yes and no:
        yes, no = _drop_corrected(yes, no, calls or {})
    for_it, against = _strength(yes), _strength(no)
    if max(for_it, against) < options.floor:
        return Verdict(UNKNOWN)
    weaker = min(for_it, against)
    if weaker >= options.floor and abs(for_it - against) < options.conflict_margin:
        return Verdict(CONFLICTING, weaker, (*yes, *no))
    if for_it >= against:
        return Verdict(MET, for_it * (1 - against / 2), tuple(yes))
    return Verdict(NOT_MET, against * (1 - for_it / 2), tuple(no))


def _strength(votes: Sequence[Vote]) -> float:
    doubt = 1.0
    for vote in votes:
        doubt *= 1 - min(max(vote.certainty, 0.0), 0.99)
    return 1 - doubt if votes else 0.0


def _drop_corrected(
    yes: list[Vote], no: list[Vote], calls: Mapping[str, int]
) -> tuple[list[Vote], list[Vote]]:
    """Keep the side of the latest call, and of every speaker in it the side that he took last."""

    def call_of(vote: Vote) -> int:
        return calls.get(vote.signal.call_id, 0)

    newest_yes, newest_no = max(map(call_of, yes)), max(map(call_of, no))
    if newest_yes != newest_no:
        return (yes, []) if newest_yes > newest_no else ([], no)
    yes = [vote for vote in yes if call_of(vote) == newest_yes]
    no = [vote for vote in no if call_of(vote) == newest_no]
    last: dict[str, tuple[int, bool]] = {}
    for vote in (*yes, *no):
        at = (max(vote.signal.turns, default=-1), vote.holds)
        last[vote.signal.speaker] = max(last.get(vote.signal.speaker, (-2, False)), at)
    kept_yes = [vote for vote in yes if last[vote.signal.speaker][1]]
    kept_no = [vote for vote in no if not last[vote.signal.speaker][1]]
    return kept_yes, kept_no
