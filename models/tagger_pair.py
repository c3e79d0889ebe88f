"""SignalReader on two taggers that were trained apart: the mean of what both say.

They err in different places, so the mean is right more often than either (see the card). Who is on
which side is asked of the first alone, for that is easy and costs little. The trap: both must cut
turns into the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.tagger import SignalTagger, WordScores, proposals_of
from pipeline.domain import Reading, Role, Turn
from pipeline.ports import Progress, no_progress


class TaggerPair:
    """Reads turns with two sets of weights; both load on first use."""

    def __init__(self, first: SignalTagger, second: SignalTagger) -> None:
        self._first, self._second = first, second

    @property
    def made_by(self) -> str:
        """Names and revisions of the weights."""
        return f"{self._first.made_by}+{self._second.made_by.partition('@')[2]}"

    def tell_sides(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> dict[str, float]:
        """Each speaker's probability of being a rep."""
        return self._first.scores(turns, roles, progress=progress)[1]

    def read(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> Reading:
        """Proposals for every turn that is not quarantined, and each speaker's odds of being a
        rep.
        """
        one, sides = self._first.scores(turns, roles, progress=progress)
        other, opposite = self._second.scores(turns, roles, progress=progress)
        proposals = [
            proposal
            for turn in turns
            if turn.index in one
            for proposal in proposals_of(
                turn, _mean(one[turn.index], other[turn.index]), self._first.floor
            )
        ]
        return Reading(tuple(proposals), {who: (sides[who] + opposite[who]) / 2 for who in sides})


def _mean(one: WordScores, other: WordScores) -> WordScores:
    half = np.float32(0.5)
    return WordScores(
        word=(one.word + other.word) * half,
        begin=(one.begin + other.begin) * half,
        attribute=(one.attribute + other.attribute) * half,
        turn=(one.turn + other.turn) * half,
    )
