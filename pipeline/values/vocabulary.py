"""Fixed vocabularies out of proposals: business models and growth stages. The label is the
value.
"""

from __future__ import annotations

from pipeline.domain import Dimension, Proposal
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, split_label


def words_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The value that the reader named, with the sentence around the mark as its quote."""
    name, value = split_label(proposal)
    a, b = quote_span(scene.turns[proposal.turn].text, proposal.start, proposal.end)
    if value is None:
        return []
    return [Draft(Dimension(name), value, proposal.turn, a, b, proposal.score, key=value)]
