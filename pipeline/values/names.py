"""Names out of proposals: products, places, people's titles, teams, and the company's industry.

The gazetteers know how recognition spells a name; what they do not know keeps its own words. Trap:
a mark may take in the words beside a name, so look inside it first and only then around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.domain import Dimension, Entity, Proposal, Reading, Transcript, Turn
from pipeline.ports import EntityTagger
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, split_label

EDGES = " .,;:!?\"'()[]…-–—"
FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "on",
        "in",
        "at",
        "for",
        "to",
        "with",
        "from",
        "and",
        "or",
        "but",
        "so",
        "is",
        "are",
        "was",
        "we",
        "i",
        "they",
        "you",
        "he",
        "she",
        "it",
        "our",
        "my",
        "their",
        "your",
        "his",
        "her",
        "its",
        "this",
        "that",
        "these",
        "those",
        "um",
        "uh",
        "er",
        "like",
        "just",
        "also",
        "still",
        "now",
        "today",
        "yeah",
        "called",
        "use",
        "using",
        "used",
        "have",
        "has",
        "had",
        "well",
        "then",
        "i'm",
        "we're",
        "it's",
        "that's",
    ]
)
SELLER_SIZE = 3
LONGEST_NAME = 5
ORGANISATIONS = frozenset({"ORG", "PRODUCT", "PERSON", "WORK_OF_ART"})
PLACES = frozenset({"GPE", "LOC", "FAC"})


def products_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """Every product named inside the mark, by its usual name."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.products.find(text) if h.start < end and h.end > start]
    found = [(h.start, h.end, h.name) for h in hits]
    if not found:
        start, end = _entity_span(proposal, lexicon, ORGANISATIONS)
        surface = strip_fillers(text[start:end])
        if not surface or len(surface.split()) > LONGEST_NAME:
            return []
        name = lexicon.products.canonical(surface) or tidy_name(surface)
        found = [(start, end, name)]
    return [
        _draft(Dimension.TECH_STACK, name, proposal, scene, a, b)
        for a, b, name in found
        if not _is_seller(name, lexicon.seller)
    ]


def tool_name(transcript: Transcript, lexicon: Lexicon, proposal: Proposal) -> str:
    """The product that a proposal is about, by its usual name; its own words when it is not
    known.
    """
    turns = {t.index: t for t in transcript.turns}
    drafts = products_of(proposal, Scene(turns, tuple(turns), {}), lexicon)
    marked = turns[proposal.turn].text[proposal.start : proposal.end]
    return str(drafts[0].value) if drafts else strip_fillers(marked) or marked


def tag_names(
    turns: Sequence[Turn], reading: Reading, tagger: EntityTagger
) -> dict[int, list[Entity]]:
    """Entities of the turns in which the reader marked a product or a place."""
    named = {p.turn for p in reading.proposals if p.label.startswith(("tech_stack", "geography"))}
    chosen = [t for t in turns if t.index in named]
    tagged = tagger.tag([t.text for t in chosen])
    return {t.index: found for t, found in zip(chosen, tagged, strict=True)}


def _entity_span(proposal: Proposal, lexicon: Lexicon, labels: frozenset[str]) -> tuple[int, int]:
    """The one recognised entity inside a mark; the mark itself when there is none or more."""
    inside = [
        e
        for e in lexicon.entities.get(proposal.turn, ())
        if e.label in labels and e.start < proposal.end and e.end > proposal.start
    ]
    return (inside[0].start, inside[0].end) if len(inside) == 1 else (proposal.start, proposal.end)


def places_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """Every place named inside the mark."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.places.find(text) if h.start < end and h.end > start]
    found = [(h.start, h.end, h.name) for h in hits]
    if not found:
        # the finder is careful with names that are words; what was marked may be looked up alone
        start, end = _entity_span(proposal, lexicon, PLACES)
        surface = strip_fillers(text[start:end])
        if not surface:
            return []
        alone = lexicon.places.find("in " + tidy_name(surface))
        name = alone[0].name if alone else tidy_name(surface)
        found = [(start, end, name)]
    return [_draft(Dimension.GEOGRAPHY, name, proposal, scene, a, b) for a, b, name in found]


def personas_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The title inside the mark, or just around it."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.titles.find(text) if h[0] < end and h[1] > start]
    if hits:
        widest = max(hits, key=lambda h: h[1] - h[0])
        return [_draft(Dimension.PERSONA, widest[2], proposal, scene, widest[0], widest[1])]
    surface = strip_fillers(text[start:end])
    if not surface or len(surface.split()) > 6:
        return []
    return [_draft(Dimension.PERSONA, lexicon.titles.canonical(surface), proposal, scene, start, end)]


def teams_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The function that is said to be there or missing: in the mark, in its sentence, in the
    question.
    """
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, proposal.start, proposal.end)
    before = scene.neighbour(proposal.turn, -1)
    for where, offset in ((text[proposal.start : proposal.end], proposal.start), (text[a:b], a)):
        hits = lexicon.functions.find(where)
        if hits:
            x, y, label = hits[0]
            return [_draft(Dimension.TEAM, label, proposal, scene, offset + x, offset + y)]
    if before:
        hits = lexicon.functions.find(before.text)
        if hits:
            return [
                _draft(Dimension.TEAM, hits[-1][2], proposal, scene, proposal.start, proposal.end)
            ]
    return []


def industries_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The industry that the marked words name or mean."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    a, b = quote_span(text, start, end)
    label = industry_label(text[start:end], text[a:b], lexicon)
    if label is None:
        return []
    return [_draft(Dimension.INDUSTRY, label, proposal, scene, start, end)]


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


def strip_fillers(text: str) -> str:
    """Marked words without punctuation and little words at their ends."""
    words = [w.strip(EDGES) for w in text.split()]
    words = [re.sub(r"['’]s$", "", w) for w in words if w]
    while words and words[0].lower() in FILLERS:
        words.pop(0)
    while words and words[-1].lower() in FILLERS:
        words.pop()
    return " ".join(words)


def tidy_name(surface: str) -> str:
    """A name as it is written: capital letters kept, lower case given some."""
    if surface != surface.lower():
        return surface
    words = surface.split()
    if len(words) > 1 and all(len(w) == 1 for w in words):
        return "".join(words).upper()
    return " ".join(w if len(w) < 3 and i else w.capitalize() for i, w in enumerate(words))


def _is_seller(name: str, seller: str) -> bool:
    a, b = _squash(name), _squash(seller)
    return bool(b) and (a == b or (len(a) > SELLER_SIZE and (a in b or b in a)))


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _draft(
    dimension: Dimension, value: str, proposal: Proposal, scene: Scene, start: int, end: int
) -> Draft:
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, start, end)
    said = text[start:end].strip(EDGES)
    heard = said if _squash(said) != _squash(value) else None
    _, attribute = split_label(proposal)
    return Draft(
        dimension,
        value,
        proposal.turn,
        a,
        b,
        proposal.score,
        attribute,
        heard=heard,
        key=_squash(value),
    )
