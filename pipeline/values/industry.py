"""The account's industry out of a proposal: a label of the taxonomy, by phrase or by meaning.

People say what they make rather than what they are ("we press plastic lids"). Trap: the nearest
label in meaning always exists, so a weak likeness must not be called an industry.
"""

from __future__ import annotations

from pipeline.domain import Dimension, Proposal
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, squash


def industries_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The industry that the marked words name or mean."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    a, b = quote_span(text, start, end)
    label = industry_label(text[start:end], text[a:b], lexicon)
    if label is None:
        return []
    return [
        Draft(Dimension.INDUSTRY, label, proposal.turn, a, b, proposal.score, key=squash(label))
    ]


def industry_label(marked: str, sentence: str, lexicon: Lexicon) -> str | None:
    """The taxonomy's label for marked words: by phrase, else the nearest in meaning."""
    for text in (marked, sentence):
        hits = lexicon.industries.find(text)
        if hits:
            return max(hits, key=lambda h: h[1] - h[0])[2]
    known = lexicon.industries.texts_for_embedding()
    vectors = lexicon.embed([marked, *(sentence for _, sentence in known)])
    wanted, rest = vectors[0], vectors[1:]
    scored = [
        (sum(x * y for x, y in zip(wanted, v, strict=True)), label)
        for (label, _), v in zip(known, rest, strict=True)
    ]
    return max(scored)[1] if scored else None
