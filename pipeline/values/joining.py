"""Marks that belong together: recognition cuts a name in two ("bris bane") and so does the reader.

Two marks of one label side by side become one when a gazetteer knows the words of both together but
not each alone. Trap: "Slack Jira" is two names, so nothing is joined without a gazetteer's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain import Proposal
from pipeline.values.draft import Lexicon, Scene, split_label

JOINED = frozenset({"tech_stack", "geography"})


def join_neighbours(
    proposals: Sequence[Proposal], scene: Scene, lexicon: Lexicon
) -> list[Proposal]:
    """The same proposals, with names in two pieces put together."""
    out: list[Proposal] = []
    last: dict[str, int] = {}
    for proposal in proposals:
        dimension = split_label(proposal)[0]
        place = last.get(proposal.label)
        if dimension in JOINED and place is not None:
            before = out[place]
            if _belong_together(before, proposal, dimension, scene, lexicon):
                score = max(before.score, proposal.score)
                out[place] = replace(before, end=proposal.end, score=score)
                continue
        last[proposal.label] = len(out)
        out.append(proposal)
    return out


def _belong_together(
    a: Proposal, b: Proposal, dimension: str, scene: Scene, lexicon: Lexicon
) -> bool:
    if a.turn != b.turn or not 0 <= b.start - a.end <= 1:
        return False
    text = scene.turns[a.turn].text
    finder = lexicon.places.find if dimension == "geography" else lexicon.products.find
    return any(h.start <= a.start and h.end >= b.end for h in finder(text))
