"""Names out of proposals: products, places, people's titles, and teams.

The gazetteers know how recognition spells a name; what they do not know keeps its own words, if it
can be a name at all. Trap: a mark may take in the words beside a name, so look inside it first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.domain import Dimension, Entity, Proposal, Reading, Turn
from pipeline.lexicon.phrases import DATA, common_words, first_names, fold
from pipeline.ports import EntityTagger
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, split_label, squash

EDGES = " .,;:!?\"'()[]…-–—"
_LITTLE_WORDS = """a an the of on in at for to with from and or but so is are was we i they you he
she it our my their your his her its this that these those um uh er like just also still now today
yeah called use using used have has had well then i'm we're it's that's"""
FILLERS = frozenset(_LITTLE_WORDS.split())
SHORTEST_SELLER = 4
LONGEST_NAME = 4
SURE_BY_SOUND = 0.35
UNLISTED = {"tech_stack": 0.85, "geography": 0.6, "persona": 0.75}
"""Of 130 held-out names that no list knows one in ten was right, and below these scores none."""
_INFLECTED = re.compile(r"[a-z](?:ing|ed|able|ly|ment|ness|['’]?s)$")
LONGEST_TITLE = 6
ORGANISATIONS = frozenset({"ORG", "PRODUCT", "WORK_OF_ART"})
PLACES = frozenset({"GPE", "LOC", "FAC"})
PEOPLE = frozenset({"PERSON"})
_TITLE_WORD = re.compile(
    r"(?:\w{3,}(?:er|or|ist|ian|ant|man)|executive|agent|lead|head|chief|board|boss|president|council|"
    r"committee|ops|counsel|nurse|coach|dean|chair|clerk|payable|receivable|pa|ea)s?"
)


def products_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """Every product named inside the mark, by its usual name."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.products.find(text) if h.start < end and h.end > start]
    # beside a sure name an ordinary word is just that: "a pilot with Gong"
    sure = [h for h in hits if not h.is_word] or hits
    found = [(h.start, h.end, h.name) for h in sure]
    if not found:
        found = _unlisted_product(proposal, text, lexicon)
    return [
        _draft(Dimension.TECH_STACK, name, proposal, scene, a, b)
        for a, b, name in found
        if not _is_seller(name, lexicon.seller)
    ]


def _unlisted_product(
    proposal: Proposal, text: str, lexicon: Lexicon
) -> list[tuple[int, int, str]]:
    """A marked name that no list spells so: known by its sound, or new but surely a name."""
    a, b, label = _entity_span(proposal, lexicon, ORGANISATIONS | PLACES | PEOPLE)
    surface = strip_fillers(text[a:b])
    placed = any(h.start < b and h.end > a for h in lexicon.places.find(text))
    if not surface or placed or label in PEOPLE | PLACES or squash(surface) in lexicon.people:
        return []
    known = lexicon.products.canonical(surface)
    if known:
        return [(a, b, known)] if proposal.score >= SURE_BY_SOUND else []
    if proposal.score >= UNLISTED["tech_stack"] and _may_be_product(surface, lexicon):
        return [(a, b, tidy_name(surface))]
    return []


def tag_names(
    turns: Sequence[Turn], reading: Reading, tagger: EntityTagger
) -> dict[int, list[Entity]]:
    """Entities of the turns in which the reader marked a product, a place or a person."""
    wanted = ("tech_stack", "geography", "persona")
    named = {p.turn for p in reading.proposals if p.label.startswith(wanted)}
    chosen = [t for t in turns if t.index in named]
    tagged = tagger.tag([t.text for t in chosen])
    return {t.index: found for t, found in zip(chosen, tagged, strict=True)}


def places_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """Every place named inside the mark."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.places.find(text) if h.start < end and h.end > start]
    found = [(h.start, h.end, _as_said(h.name, text[h.start : h.end])) for h in hits]
    if not found:
        # the finder is careful with names that are words; what was marked may be looked up alone
        a, b, label = _entity_span(proposal, lexicon, PLACES | PEOPLE)
        surface = strip_fillers(text[a:b])
        alone = lexicon.places.find("in " + tidy_name(surface)) if surface else []
        if alone:
            found = [(a, b, _as_said(alone[0].name, surface))]
        elif label in PLACES and proposal.score >= UNLISTED["geography"] and _may_be_place(surface):
            found = [(a, b, tidy_name(surface))]
    return [_draft(Dimension.GEOGRAPHY, name, proposal, scene, a, b) for a, b, name in found]


def personas_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The title inside the mark, or just around it."""
    text = scene.turns[proposal.turn].text
    start, end = proposal.start, proposal.end
    hits = [h for h in lexicon.titles.find(text) if h[0] < end and h[1] > start]
    if hits:
        a, b, title = max(hits, key=lambda h: h[1] - h[0])
        return [_draft(Dimension.PERSONA, title, proposal, scene, a, b)]
    surface = strip_fillers(text[start:end])
    words = surface.split()
    if not words or len(words) > LONGEST_TITLE or not _TITLE_WORD.fullmatch(words[-1].lower()):
        return []
    if any(w[:1].isupper() and fold(w) in first_names() for w in words):
        return []
    if proposal.score < UNLISTED["persona"] or FILLERS.intersection(map(str.lower, words)):
        return []
    title = lexicon.titles.canonical(surface)
    return [_draft(Dimension.PERSONA, title, proposal, scene, start, end)]


def teams_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The function that is there or missing: named in the mark, its sentence, or the question."""
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, proposal.start, proposal.end)
    for where, offset in ((text[proposal.start : proposal.end], proposal.start), (text[a:b], a)):
        hits = lexicon.functions.find(where)
        if hits:
            x, y, label = hits[0]
            return [_draft(Dimension.TEAM, label, proposal, scene, offset + x, offset + y)]
    before = scene.neighbour(proposal.turn, -1)
    hits = lexicon.functions.find(before.text) if before else []
    if not hits:
        return []
    return [_draft(Dimension.TEAM, hits[-1][2], proposal, scene, proposal.start, proposal.end)]


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


@cache
def no_products() -> frozenset[str]:
    """Kinds of software and the like, squashed, that are no product names."""
    text = (DATA / "not_products.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(squash(word) for row in rows for word in row.split())


def _may_be_product(surface: str, lexicon: Lexicon) -> bool:
    """Whether words that no gazetteer knows can name a product: unusual ones, and nobody's name."""
    words = surface.split()
    if not 0 < len(words) <= LONGEST_NAME or squash(surface) in no_products():
        return False
    people = lexicon.people | first_names()
    if any(fold(w) in people for w in words) or _INFLECTED.search(words[-1]):
        return False
    ordinary = common_words()
    unusual = [w for w in words if fold(w) not in ordinary and squash(w) not in no_products()]
    capitals = all(w[:1].isupper() for w in words)
    return len(unusual) == len(words) or (capitals and bool(unusual))


def _may_be_place(surface: str) -> bool:
    """Whether words that the gazetteer does not know can name a place: not a word or a name."""
    words = surface.split()
    if not 0 < len(words) <= LONGEST_NAME:
        return False
    known = common_words().keys() | first_names()
    return not any(fold(w) in known for w in words) and not re.search(r"(?:ish|ese)$", surface)


def _entity_span(
    proposal: Proposal, lexicon: Lexicon, labels: frozenset[str]
) -> tuple[int, int, str | None]:
    """The one recognised entity inside a mark; the mark itself when there is none or more."""
    inside = [
        e
        for e in lexicon.entities.get(proposal.turn, ())
        if e.label in labels and e.start < proposal.end and e.end > proposal.start
    ]
    if len(inside) == 1:
        return inside[0].start, inside[0].end, inside[0].label
    return proposal.start, proposal.end, None


def _as_said(name: str, said: str) -> str:
    """Without accents that the speaker's transcript does not write ("Chakan", not "Chākan")."""
    plain = said.strip(EDGES)
    return tidy_name(plain) if name != plain and fold(name) == fold(plain) else name


def _is_seller(name: str, seller: str) -> bool:
    a, b = squash(name), squash(seller)
    return bool(b) and (a == b or (len(a) >= SHORTEST_SELLER and (a in b or b in a)))


def _draft(
    dimension: Dimension, value: str, proposal: Proposal, scene: Scene, start: int, end: int
) -> Draft:
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, start, end)
    said = text[start:end].strip(EDGES)
    heard = said if squash(said) != squash(value) else None
    attribute = split_label(proposal)[1]
    return Draft(
        dimension,
        value,
        proposal.turn,
        a,
        b,
        proposal.score,
        attribute,
        heard=heard,
        key=squash(value),
    )
