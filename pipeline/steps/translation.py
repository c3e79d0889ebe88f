"""Turns of a recording in another language → the same turns with what each says in English.

Turns that follow each other are heard together, up to half a minute, because a translation needs
its surroundings; each sentence comes back with its times and goes to the turn it lies in. A turn
that gets none, or shares one with its neighbour, is heard once more alone. Names of products and
places are taken from the original, since translation turns them into ordinary words. The trap: a
model that cannot translate writes down the original once more, and that is no English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Indel

from pipeline.domain import Recording, Turn, Word
from pipeline.lexicon.languages import short_answer
from pipeline.lexicon.phrases import word_set
from pipeline.lexicon.products import ProductGazetteer
from pipeline.ports import EnglishPiece, PlaceIndex, Progress, Stretch, no_progress

LONGEST_S = 28.0
_PAD_S = 0.25
"""Of the silence around a stretch so much is heard too, but never another turn's words."""
_STRADDLE_S, _STRADDLE, _COVERED = 0.7, 0.4, 0.5
"""A sentence belongs to a second turn too when it lies in it so long, and by that share of what it
has of the first, or of that turn.
"""
_ALIKE = 0.7
_SAME, _LEAST_SAME_WORDS = 0.8, 6
_LEADS = word_set("in aus nach à en vers de desde hacia uit naar te près")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?![\d]|[.,]\d)")
_ENDING = (".", "!", "?", "…")
Translate = Callable[..., list[tuple[EnglishPiece, ...]]]
Hear = Callable[[Sequence[Sequence[int]]], list[tuple[EnglishPiece, ...]]]


@dataclass(frozen=True, slots=True)
class _Part:
    """Words of the turn at `place`, at most half a minute, and the names in them."""

    place: int
    words: Sequence[Word]
    names: tuple[str, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def channel(self) -> int:
        return self.words[0].channel


def translate_turns(
    turns: Sequence[Turn],
    recording: Recording,
    language: str,
    translate: Translate,
    *,
    places: PlaceIndex,
    names: Sequence[str] = (),
    progress: Progress = no_progress,
) -> tuple[Turn, ...]:
    """The turns with `english`, None where nothing could be trusted.

    `translate` is the recogniser's; `names` may be said beside those of known products and places.
    """
    gazetteer = ProductGazetteer.load()
    known = {i: short_answer(turn.text, language) for i, turn in enumerate(turns)}
    parts = [
        _Part(place, words, _names_in(words, names, gazetteer, places))
        for place, turn in enumerate(turns)
        if turn.quarantine is None and known[place] is None
        for words in cut_words(turn.words)
    ]

    def hear(groups: Sequence[Sequence[int]]) -> list[tuple[EnglishPiece, ...]]:
        asked = [_stretch([parts[i] for i in group], turns) for group in groups]
        return translate(recording, language, asked, progress=progress) if asked else []

    said = _hear_all(parts, hear)
    english: dict[int, list[str]] = {i: [text] for i, text in known.items() if text is not None}
    for i, part in enumerate(parts):
        text = english_numbers(" ".join(piece.text for piece in said[i]))
        if text:
            english.setdefault(part.place, []).append(keep_names(text, part.names, gazetteer))
    return tuple(
        replace(turn, english=_english(turn.text, english.get(place, [])))
        for place, turn in enumerate(turns)
    )


def _hear_all(parts: Sequence[_Part], hear: Hear) -> dict[int, list[EnglishPiece]]:
    """The English of each part: heard with its neighbours, else alone."""
    said: dict[int, list[EnglishPiece]] = {i: [] for i in range(len(parts))}
    groups = _group(parts)
    for group, pieces in zip(groups, hear(groups), strict=True):
        _share_out(pieces, group, parts, said)
    left = [i for i, pieces in said.items() if not pieces]
    for i, pieces in zip(left, hear([[i] for i in left]), strict=True):
        said[i] = list(pieces)
    return said


def cut_words(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Words of one turn in pieces of at most 28 s, cut at sentence ends, else at the widest gap."""
    if not words:
        return []
    if len(words) == 1 or words[-1].end - words[0].start <= LONGEST_S:
        return [words]
    quarter = max(1, len(words) // 4)
    places = range(quarter, max(quarter + 1, len(words) - quarter + 1))
    best = max(places, key=lambda i: _breaks(words[i - 1], words[i]))
    return [*cut_words(words[:best]), *cut_words(words[best:])]


def english_numbers(text: str) -> str:
    """Thousands as English writes them: "50.000 euros" → "50,000 euros"."""
    return _THOUSANDS.sub(lambda match: re.sub(r"[.\u00a0\u202f]", ",", match.group()), text)


def keep_names(english: str, names: Sequence[str], gazetteer: ProductGazetteer) -> str:
    """The English with each name in it: as it stands, in place of what sounds alike, or added."""
    there = {hit.name for hit in gazetteer.find(english)}
    for name in names:
        if name in there or name.casefold() in english.casefold():
            continue
        place = _alike(english, name)
        if place is None:
            body = english.rstrip()
            end = body[-1] if body.endswith(_ENDING) else ""
            english = f"{body.removesuffix(end)} ({name}){end}"
        else:
            english = english[: place[0]] + name + english[place[1] :]
    return english


def _breaks(before: Word, after: Word) -> tuple[bool, float]:
    return before.text.rstrip().endswith(_ENDING), after.start - before.end


def _names_in(
    words: Sequence[Word], names: Sequence[str], gazetteer: ProductGazetteer, places: PlaceIndex
) -> tuple[str, ...]:
    """Products, given names and places in a text of another language.

    Products are read in lower case: a capital may be any German noun's, and so no sign of a name.
    """
    text = " ".join(word.text for word in words)
    found = [hit.name for hit in gazetteer.find(text.lower()) if not hit.is_word]
    found += [n for n in names if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text)]
    return tuple(dict.fromkeys([*found, *_places_in(text, places)]))


def _places_in(text: str, places: PlaceIndex) -> Iterator[str]:
    """Places, by their English names, that follow right after a word such as "in".

    Elsewhere a capital proves nothing: "Essen" is a city, and a meal.
    """
    for hit in places.find(text):
        before = text[: hit.start].split()[-1:]
        if not hit.ambiguous and before and before[0].lower() in _LEADS:
            yield hit.name


def _group(parts: Sequence[_Part]) -> list[list[int]]:
    """Parts of one channel that follow each other within half a minute."""
    groups: list[list[int]] = []
    open_groups: dict[int, list[int]] = {}
    for i in sorted(range(len(parts)), key=lambda i: parts[i].start):
        part, group = parts[i], open_groups.get(parts[i].channel)
        if group and part.end - parts[group[0]].start <= LONGEST_S:
            group.append(i)
        else:
            open_groups[part.channel] = group = [i]
            groups.append(group)
    return groups


def _stretch(group: Sequence[_Part], turns: Sequence[Turn]) -> Stretch:
    """From the first to the last word of the parts, with a little of the silence around."""
    first, last, channel = group[0], group[-1], group[0].channel
    start, end = first.start, max(part.end for part in group)
    near = [t for p in (first.place, last.place) for t in turns[max(0, p - 3) : p + 4]]
    words = [w for turn in near for w in turn.words if w.channel == channel]
    before = max((w.end for w in words if w.end <= start), default=start - 2 * _PAD_S)
    after = min((w.start for w in words if w.start >= end), default=end + 2 * _PAD_S)
    # with names before it the network writes no times, and alone none are needed
    names = group[0].names if len(group) == 1 else ()
    opening = max(0.0, start - min(_PAD_S, (start - before) / 2))
    return Stretch(opening, end + min(_PAD_S, (after - end) / 2), channel, names)


def _share_out(
    pieces: Sequence[EnglishPiece],
    group: Sequence[int],
    parts: Sequence[_Part],
    said: dict[int, list[EnglishPiece]],
) -> None:
    """Give each sentence to the part it lies in; parts that share one are left without any."""
    doubtful: set[int] = set()
    for piece in pieces:
        shared = {i: min(piece.end, parts[i].end) - max(piece.start, parts[i].start) for i in group}
        best, *others = sorted(group, key=lambda i: -shared[i])
        if shared[best] <= 0:
            continue
        most = _STRADDLE * shared[best]
        also = {
            i
            for i in others
            if shared[i] > max(_STRADDLE_S, min(most, _COVERED * (parts[i].end - parts[i].start)))
        }
        doubtful |= also | {best} if also else set()
        said[best].append(piece)
    for i in doubtful:
        said[i].clear()


def _alike(english: str, name: str) -> tuple[int, int] | None:
    """Where one to three words stand that are spelt nearly like the name."""
    words = [m.span() for m in re.finditer(r"[\w'’-]+", english)]
    wanted = _letters(name)
    n = len(words)
    spans = [(words[a][0], words[b][1]) for a in range(n) for b in range(a, min(a + 3, n))]
    scored = [
        (Indel.normalized_similarity(_letters(english[first:last]), wanted), first, last)
        for first, last in spans
    ]
    score, first, last = max(scored, default=(0.0, 0, 0), key=lambda row: row[0])
    return (first, last) if score >= _ALIKE and len(wanted) > 3 else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _english(text: str, parts: Sequence[str]) -> str | None:
    """The parts as one text; None when there is none, or when it is the original again."""
    joined = " ".join(parts)
    said, written = text.casefold().split(), joined.casefold().split()
    same = Indel.normalized_similarity(said, written) if said and written else 0.0
    if not joined or (len(said) >= _LEAST_SAME_WORDS and same > _SAME):
        return None
    return joined
