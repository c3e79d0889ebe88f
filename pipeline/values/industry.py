"""The account's industry: all that was said of it, put against the taxonomy's labels by meaning.

People say what they make rather than what they are ("we press plastic lids"). The embedder picks
the nearest labels, phrases that name one count on top, and the entailer chooses among them with
all the evidence in view. Trap: the nearest label always exists, so the reader's mark carries the
certainty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from operator import mul

from pipeline.domain import Dimension, Proposal
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span
from pipeline.values.merge import Fact

NAMED_BONUS = 0.2
CANDIDATES = 8
ENTAILED_SHARE = 0.6
LONGEST_CONTEXT = 500
HYPOTHESIS = "The company is in {}."


def industries_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """A mark that tells what the company does; `name_industry` finds the label for all of them."""
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, proposal.start, proposal.end)
    marked = text[proposal.start : proposal.end]
    return [Draft(Dimension.INDUSTRY, marked, proposal.turn, a, b, proposal.score, key="industry")]


def name_industry(fact: Fact, scene: Scene, lexicon: Lexicon) -> Fact:
    """The fact with the label that its evidence means, in place of the marked words."""
    likeness: dict[str, float] = defaultdict(float)
    weight = 0.0
    for draft in fact.drafts:
        sentence = scene.turns[draft.turn].text[draft.start : draft.end]
        weight += draft.score
        for label, share in label_scores(str(draft.value), sentence, lexicon).items():
            likeness[label] += draft.score * share
    nearest = sorted(likeness, key=lambda label: (-likeness[label], label))[:CANDIDATES]
    if not nearest:
        return fact
    context = _evidence(fact, scene)
    said = lexicon.entail([(context, HYPOTHESIS.format(label)) for label in nearest])
    scores = {
        label: (1 - ENTAILED_SHARE) * likeness[label] / weight + ENTAILED_SHARE * entailed
        for label, entailed in zip(nearest, said, strict=True)
    }
    label = max(nearest, key=lambda name: scores[name])
    return replace(fact, best=replace(fact.best, value=label, key=label))


def label_scores(marked: str, sentence: str, lexicon: Lexicon) -> dict[str, float]:
    """How near each label is to the marked words and their sentence (about 0..1.2)."""
    known = lexicon.industries.texts_for_embedding()
    vectors = dict(zip(known, lexicon.embed([text for _, text in known]), strict=True))
    totals: dict[str, float] = defaultdict(float)
    for said, bonus in ((marked, NAMED_BONUS), (sentence, NAMED_BONUS / 2)):
        for label, likeness in _likeness(lexicon.embed([said])[0], vectors).items():
            totals[label] += likeness / 2
        for _, _, label in lexicon.industries.find(said):
            totals[label] += bonus
    return totals


def _likeness(
    wanted: list[float], vectors: Mapping[tuple[str, str], list[float]]
) -> dict[str, float]:
    """For each label the highest cosine of its sentences."""
    best: dict[str, float] = {}
    for (label, _), vector in vectors.items():
        best[label] = max(best.get(label, -1.0), sum(map(mul, wanted, vector)))
    return best


def _evidence(fact: Fact, scene: Scene) -> str:
    """The turns behind a fact in order, the strongest ones, as one premise."""
    strongest = sorted(fact.drafts, key=lambda d: -d.score)[:4]
    turns = sorted({d.turn for d in strongest}, key=scene.order.index)
    return "Prospect: " + " ".join(scene.turns[t].text for t in turns)[-LONGEST_CONTEXT:]
