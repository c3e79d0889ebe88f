"""The account's industry out of a proposal: a label of the taxonomy, by meaning and by phrase.

People say what they make rather than what they are ("we press plastic lids"), so the marked words
and their sentence are compared with what the taxonomy says of each label; a phrase that names one
counts on top. Trap: the nearest label always exists, so the reader's mark must carry the certainty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from operator import mul

from pipeline.domain import Dimension, Proposal
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, squash

NAMED_BONUS = 0.2


def industries_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The industry that the marked words name or mean."""
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, proposal.start, proposal.end)
    label = industry_label(text[proposal.start : proposal.end], text[a:b], lexicon)
    if label is None:
        return []
    return [
        Draft(Dimension.INDUSTRY, label, proposal.turn, a, b, proposal.score, key=squash(label))
    ]


def industry_label(marked: str, sentence: str, lexicon: Lexicon) -> str | None:
    """The label nearest to the marked words and their sentence."""
    known = lexicon.industries.texts_for_embedding()
    vectors = dict(zip(known, lexicon.embed([text for _, text in known]), strict=True))
    totals: dict[str, float] = defaultdict(float)
    for said, named_bonus in ((marked, NAMED_BONUS), (sentence, NAMED_BONUS / 2)):
        for label, likeness in _likeness(lexicon.embed([said])[0], vectors).items():
            totals[label] += likeness
        for _, _, label in lexicon.industries.find(said):
            totals[label] += named_bonus
    return max(totals, key=lambda label: totals[label]) if totals else None


def _likeness(
    wanted: list[float], vectors: Mapping[tuple[str, str], list[float]]
) -> dict[str, float]:
    """For each label the highest cosine of its sentences."""
    best: dict[str, float] = {}
    for (label, _), vector in vectors.items():
        cosine = sum(map(mul, wanted, vector))
        best[label] = max(best.get(label, -1.0), cosine)
    return best
