"""Drafts that tell the same fact become one: by value where there is one, by nearness for
sentences.

Later words of the same speaker win over earlier ones; two speakers who disagree both stand. Trap:
one mark may carry two attributes (`current` and `past`); only the likelier may survive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain import Dimension, Range
from pipeline.values.draft import Draft, Scene

REACH = {
    Dimension.PAIN: 1, Dimension.USE_CASE: 2, Dimension.SUCCESS_METRIC: 2, Dimension.TRIGGER: 2,
    Dimension.AUTHORITY: 1, Dimension.TIMELINE: 2, Dimension.BLOCKER: 2, Dimension.NEXT_STEP: 2,
}  # fmt: skip
"""Sentence-like facts of one dimension and kind in turns this near to each other are one."""
ONE_VALUE = frozenset({Dimension.HEADCOUNT, Dimension.REVENUE, Dimension.GROWTH_RATE})
SECOND_OPINION = 0.6
RUNNER_UP = 0.5
STATUS_WEIGHT = {"current": 0.75}
"""A tool is named in passing as if in use even where its end or start is told elsewhere."""


@dataclass(frozen=True, slots=True)
class Fact:
    """All drafts of one fact; `best` gives value, quote and attribute, `score` is uncalibrated."""

    drafts: tuple[Draft, ...]
    best: Draft
    score: float


def merge_drafts(drafts: Iterable[Draft], scene: Scene) -> list[Fact]:
    """One fact per thing said, in order of first mention."""
    by_dimension: dict[Dimension, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_dimension[draft.dimension].append(draft)
    facts: list[Fact] = []
    for dimension, group in by_dimension.items():
        ordered = sorted(group, key=lambda d: (scene.order.index(d.turn), d.start))
        facts += _rule(dimension)(ordered, scene)
    return facts


def _rule(dimension: Dimension) -> Callable[[Sequence[Draft], Scene], list[Fact]]:
    if dimension in REACH:
        return _by_nearness
    if dimension in ONE_VALUE:
        return _single_number
    if dimension is Dimension.INDUSTRY:
        return _single_label
    return _by_key


def _by_key(drafts: Sequence[Draft], scene: Scene) -> list[Fact]:
    """One fact for each name or value; its attribute is the one with the most weight."""
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.key].append(draft)
    return [fact for group in groups.values() for fact in _by_attribute(group, scene)]


def _by_attribute(group: Sequence[Draft], scene: Scene) -> list[Fact]:
    sides: dict[str | None, list[Draft]] = defaultdict(list)
    for draft in group:
        sides[draft.attribute].append(draft)
    facts = [_fact(side) for side in sides.values()]
    facts.sort(key=lambda f: -f.score * STATUS_WEIGHT.get(f.best.attribute or "", 1.0))
    kept = facts[:1]
    for fact in facts[1:]:
        speakers = {scene.turns[d.turn].speaker for d in kept[0].drafts}
        other = scene.turns[fact.best.turn].speaker not in speakers
        if other and fact.score >= SECOND_OPINION:
            kept.append(fact)
        else:
            # the same thing under a weaker label lends its mention, and some trust, to the winner
            score = 1 - (1 - kept[0].score) * (1 - RUNNER_UP * fact.score)
            kept[0] = Fact((*kept[0].drafts, *fact.drafts), kept[0].best, score)
    return kept


def _by_nearness(drafts: Sequence[Draft], scene: Scene) -> list[Fact]:
    reach = REACH[drafts[0].dimension]
    chosen = _best_label_per_place(drafts)
    groups: list[list[Draft]] = []
    for draft in chosen:
        place = scene.order.index(draft.turn)
        for group in groups:
            near = abs(scene.order.index(group[-1].turn) - place) <= reach
            if near and group[-1].attribute == draft.attribute:
                group.append(draft)
                break
        else:
            groups.append([draft])
    return [_fact(group) for group in groups]


def _best_label_per_place(drafts: Sequence[Draft]) -> list[Draft]:
    """Of several kinds for the same words only the likeliest."""
    best: dict[tuple[int, int, int], Draft] = {}
    for draft in drafts:
        place = (draft.turn, draft.start, draft.end)
        if place not in best or draft.score > best[place].score:
            best[place] = draft
    return list(best.values())


def _single_number(drafts: Sequence[Draft], scene: Scene) -> list[Fact]:
    """A company has one headcount: the best-scored position of each speaker, the later one on a
    tie.
    """
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.key].append(draft)
    facts = sorted((_fact(g) for g in groups.values()), key=lambda f: -f.score)
    kept = facts[:1]
    for fact in facts[1:]:
        same = any(_overlaps(fact.best.value, k.best.value) for k in kept)
        other = scene.turns[fact.best.turn].speaker not in {
            scene.turns[k.best.turn].speaker for k in kept
        }
        if not same and other and fact.score >= SECOND_OPINION:
            kept.append(fact)
    return kept


def _single_label(drafts: Sequence[Draft], scene: Scene) -> list[Fact]:
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.key].append(draft)
    return sorted((_fact(g) for g in groups.values()), key=lambda f: -f.score)[:1]


def _fact(drafts: Sequence[Draft]) -> Fact:
    best = max(drafts, key=lambda d: d.score)
    doubt = 1.0
    for draft in drafts:
        doubt *= 1 - 0.5 * draft.score if draft is not best else 1 - draft.score
    return Fact(tuple(drafts), best, 1 - doubt)


def _overlaps(a: object, b: object) -> bool:
    if not isinstance(a, Range) or not isinstance(b, Range):
        return False
    low = max(a.low or 0.0, b.low or 0.0)
    high = min(a.high or float("inf"), b.high or float("inf"))
    return low <= high * 1.1
