"""From positions to a status: who says the condition holds, who says it does not, and how surely.

A vote is one signal's (or the classifier's) position on one condition. Votes of one side add up as
log-odds, so two doubtful ones may decide what neither decides alone. The trap: one speaker who says
both has corrected himself, so the later position counts; only different speakers can be in
conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain import Signal, StatementEvidence
from pipeline.knowledge import CheckOptions
from pipeline.log_odds import REPEATED, probability_of, weight_of

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
    weights: tuple[tuple[str, float], ...] = ()
    """Signal id and what it adds to the log-odds of the status (takes away: negative)."""

    @property
    def signals(self) -> tuple[str, ...]:
        """Ids of the deciding signals, each once, strongest first."""
        return tuple(dict.fromkeys(vote.signal.id for vote in self.votes))


Moments = Mapping[str, tuple[int, int]]
"""For each call of a deal the number of its moment, and its own: calls of one moment, a few days
apart, can disagree; otherwise the later one counts.
"""


def weigh(votes: Iterable[Vote], options: CheckOptions, moments: Moments | None = None) -> Verdict:
    """Let the votes on one condition decide its status."""
    cast = sorted(votes, key=lambda vote: -vote.certainty)
    yes = [vote for vote in cast if vote.holds]
    no = [vote for vote in cast if not vote.holds]
    if yes and no:
        yes, no = _drop_corrected(yes, no, moments or {}, options.floor)
    plus, minus = _weights(yes), _weights(no)
    for_it = probability_of(weight for _, weight in plus)
    against = probability_of(weight for _, weight in minus)
    if round(max(for_it, against), 9) < options.floor:
        return Verdict(UNKNOWN)
    weaker = min(for_it, against)
    if weaker >= options.floor and abs(for_it - against) < options.conflict_margin:
        return Verdict(CONFLICTING, weaker, (*yes, *no), weights=_signed(plus, minus))
    if for_it >= against:
        weights = _signed(plus, minus)
        return Verdict(MET, probability_of(w for _, w in weights), tuple(yes), weights=weights)
    weights = _signed(minus, plus)
    return Verdict(NOT_MET, probability_of(w for _, w in weights), tuple(no), weights=weights)


def _weights(votes: Sequence[Vote]) -> tuple[tuple[str, float], ...]:
    """Signal id and weight of each vote; of one speaker in one call the first counts in full."""
    heard: set[tuple[str, str]] = set()
    found = []
    for vote in votes:
        who = (vote.signal.call_id, vote.signal.speaker)
        share = REPEATED if who in heard else 1.0
        heard.add(who)
        found.append((vote.signal.id, share * weight_of(vote.certainty)))
    return tuple(found)


def _signed(
    plus: Sequence[tuple[str, float]], minus: Sequence[tuple[str, float]]
) -> tuple[tuple[str, float], ...]:
    return (*plus, *((signal, -weight) for signal, weight in minus))


def _drop_corrected(
    yes: list[Vote], no: list[Vote], moments: Moments, floor: float
) -> tuple[list[Vote], list[Vote]]:
    """Keep the side of the latest moment, and of every speaker in it the side that he took last.

    A vote below the floor is too doubtful to say which moment is the latest.
    """

    def moment_of(vote: Vote) -> int:
        return moments.get(vote.signal.call_id, (0, 0))[0]

    def newest(votes: list[Vote]) -> int:
        return max((moment_of(v) for v in votes if v.certainty >= floor), default=-1)

    newest_yes, newest_no = newest(yes), newest(no)
    if len({moment_of(vote) for vote in (*yes, *no)}) > 1 and max(newest_yes, newest_no) >= 0:
        if newest_yes != newest_no:
            return (yes, []) if newest_yes > newest_no else ([], no)
        yes = [vote for vote in yes if moment_of(vote) == newest_yes]
        no = [vote for vote in no if moment_of(vote) == newest_no]
    last: dict[str, tuple[tuple[int, int], bool]] = {}
    for vote in (*yes, *no):
        call = moments.get(vote.signal.call_id, (0, 0))[1]
        at = ((call, max(vote.signal.turns, default=-1)), vote.holds)
        last[vote.signal.speaker] = max(last.get(vote.signal.speaker, ((-1, -2), False)), at)
    kept_yes = [vote for vote in yes if last[vote.signal.speaker][1]]
    kept_no = [vote for vote in no if not last[vote.signal.speaker][1]]
    return kept_yes, kept_no
