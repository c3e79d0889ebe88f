"""Proposals → signals: read the values, drop what is no evidence, merge what is one fact,
calibrate.

Several mentions of one fact become one signal with all its turns; a later position replaces an
earlier one of the same speaker. Trap: the order matters — vetoes first, or a rep's question would
lend its score to the answer.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.calibration import Calibration
from pipeline.domain import Dimension, Proposal, Range, Reading, Signal, Transcript
from pipeline.values import amounts, industry, names, ownership, sentences, vocabulary
from pipeline.values.draft import Draft, Lexicon, Scene, scene_of, split_label
from pipeline.values.joining import join_neighbours
from pipeline.values.merge import Fact, merge_drafts
from pipeline.values.span import evidence_turns, seconds_of

ATTRIBUTE_FIELD: Mapping[str, str] = {
    "tech_stack": "status", "team": "status", "budget": "status", "geography": "kind",
    "trigger": "kind", "blocker": "kind", "persona": "kind",
}  # fmt: skip
FUNCTION = "function"
Reader = Callable[[Proposal, Scene, Lexicon], list[Draft]]
READERS: Mapping[str, Reader] = {
    "tech_stack": names.products_of,
    "geography": names.places_of,
    "persona": names.personas_of,
    "team": names.teams_of,
    "industry": industry.industries_of,
    "business_model": vocabulary.words_of,
    "growth_stage": vocabulary.words_of,
}


def raise_signals(
    transcript: Transcript, reading: Reading, lexicon: Lexicon, calibration: Calibration
) -> tuple[Signal, ...]:
    """Signals of a call in order of time, each with its evidence and a calibrated confidence."""
    roles = {s.id: s.role for s in transcript.speakers}
    scene = scene_of(transcript.turns, roles)
    drafts = list(draft_all(reading.proposals, scene, lexicon, calibration))
    facts = merge_drafts(amounts.one_meaning_each(drafts), scene)
    named = (
        industry.name_industry(fact, scene, lexicon)
        if fact.best.dimension is Dimension.INDUSTRY
        else fact
        for fact in facts
    )
    signals = [_signal(fact, transcript, scene, calibration) for fact in named]
    signals = [s for s in signals if s.confidence >= calibration.threshold(s.dimension)]
    signals = _with_currencies(signals, lexicon)
    return tuple(sorted(signals, key=lambda s: (min(s.turns), s.dimension, s.id)))


def draft_all(
    proposals: Sequence[Proposal], scene: Scene, lexicon: Lexicon, calibration: Calibration
) -> Iterable[Draft]:
    """Every proposal that can be evidence, with its value read out of the words."""
    functions: dict[int, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        if proposal.label == FUNCTION:
            functions[proposal.turn].append(proposal)
    for proposal in join_neighbours(proposals, scene, lexicon):
        dimension, _ = split_label(proposal)
        if dimension == FUNCTION or proposal.score < calibration.floor(dimension):
            continue
        if not ownership.is_evidence(proposal.turn, proposal.start, proposal.end, scene):
            continue
        if dimension in amounts.UNITS:
            yield from amounts.amounts_of(proposal, scene, lexicon, functions)
        else:
            yield from READERS.get(dimension, sentences.sentences_of)(proposal, scene, lexicon)


def _signal(fact: Fact, transcript: Transcript, scene: Scene, calibration: Calibration) -> Signal:
    best = fact.best
    turn = scene.turns[best.turn]
    turns = evidence_turns(fact, scene)
    quote = turn.text[best.start : best.end]
    start, end = seconds_of(turn, best.start, best.end)
    field = ATTRIBUTE_FIELD.get(best.dimension.value)
    identity = "|".join(
        (transcript.call_id, best.dimension, best.key, best.attribute or "", str(best.turn), quote)
    )
    return Signal(
        id="sig_" + hashlib.sha256(identity.encode()).hexdigest()[:16],
        call_id=transcript.call_id,
        dimension=best.dimension,
        value=best.value,
        quote=quote,
        turns=turns,
        speaker=turn.speaker,
        role=scene.role(best.turn),
        confidence=calibration.confidence(best.dimension, fact.score),
        status=best.attribute if field == "status" else None,
        kind=best.attribute if field == "kind" else None,
        function=best.function,
        when=best.when,
        start=start,
        end=end,
        heard=best.heard,
    )


def _with_currencies(signals: list[Signal], lexicon: Lexicon) -> list[Signal]:
    """A currency that nobody named is that of the country where the account sits."""
    places = [s for s in signals if s.dimension is Dimension.GEOGRAPHY and isinstance(s.value, str)]
    rank = {"hq": 0, "office": 1, "market": 2}
    places.sort(key=lambda s: (rank.get(s.kind or "", 3), -s.confidence))
    countries = (lexicon.places.country_of(str(s.value)) for s in places if s.kind != "market")
    country = next((c for c in countries if c), None)
    money = {Dimension.REVENUE, Dimension.BUDGET}
    return [
        replace(s, value=amounts.fill_currency(s.value, country))
        if s.dimension in money and isinstance(s.value, Range)
        else s
        for s in signals
    ]
