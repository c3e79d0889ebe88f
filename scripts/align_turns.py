"""Which labelled turn each recognised word belongs to, by its text and its time.

Recognition cuts turns elsewhere and mixes up voices, so labels that name turns cannot be compared
as they are. Words that are the same in the same order find their turn by text; the others, and
those that would land far away in time, by when they are said. The trap: one recognised turn may
hold several labelled ones, so a signal is put where the words of its quote are, not its whole turn.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from pipeline.domain import Speaker, Transcript, Turn, Word

FAR_S = 3.0
"""Word times are that exact at worst; a text match further off is a coincidence."""


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A turn of the labels, and when it was really said."""

    index: int
    speaker: str
    text: str
    start: float
    end: float


class Place(NamedTuple):
    """Where in the text of a recognised turn a word stands."""

    start: int
    end: int
    labelled: int


def align_words(labelled: Sequence[LabelledTurn], words: Sequence[Word]) -> list[int]:
    """For each recognised word the index of the labelled turn that it belongs to."""
    spoken = [(plain(w), turn) for turn in labelled for w in turn.text.split() if plain(w)]
    heard = [plain(word.text) for word in words]
    found: list[int | None] = [None] * len(words)
    for step in Levenshtein.opcodes([text for text, _ in spoken], heard):
        if step.tag == "equal":
            for offset in range(step.src_end - step.src_start):
                turn = spoken[step.src_start + offset][1]
                if distance(turn, words[step.dest_start + offset]) <= FAR_S:
                    found[step.dest_start + offset] = turn.index
    return [
        place if place is not None else min(labelled, key=lambda t, w=word: distance(t, w)).index  # type: ignore[misc]
        for place, word in zip(found, words, strict=True)
    ]


def plain(word: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def distance(turn: LabelledTurn, word: Word) -> float:
    """Seconds between the middle of a word and a turn; 0 inside."""
    middle = (word.start + word.end) / 2
    return max(turn.start - middle, middle - turn.end, 0.0)


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each recognised turn its words' places, each with the labelled turn it belongs to."""

    places: Mapping[int, tuple[Place, ...]]

    def place(self, turns: Sequence[int], quote: str, texts: Mapping[int, str]) -> list[int]:
        """Where a signal is in the labels: by its quote's words, elsewhere by most words."""
        found: set[int] = set()
        for index in turns:
            places = self.places.get(index, ())
            at = texts[index].find(quote) if quote else -1
            if at >= 0:
                inside = [p for p in places if p.end > at and p.start < at + len(quote)]
                found |= {p.labelled for p in inside}
            elif places:
                found.add(Counter(p.labelled for p in places).most_common(1)[0][0])
        return sorted(found)


def align_turns(labelled: Sequence[LabelledTurn], turns: Sequence[Turn]) -> Alignment:
    """Align every word of the recognised turns, in order of time."""
    rows = sorted(((w, t.index) for t in turns for w in t.words), key=lambda row: row[0].start)
    owners = dict(
        zip(
            ((id(word), index) for word, index in rows),
            align_words(labelled, [word for word, _ in rows]),
            strict=True,
        )
    )
    places = {}
    for turn in turns:
        at, own = 0, []
        for word in turn.words:
            text = word.text.strip()
            start = max(turn.text.find(text, at), at)
            at = start + len(text)
            own.append(Place(start, at, owners[id(word), turn.index]))
        places[turn.index] = tuple(own)
    return Alignment(places)


def name_speakers(
    transcript: Transcript, alignment: Alignment, labelled: Sequence[LabelledTurn],
    speakers: Sequence[Speaker],
) -> Transcript:  # fmt: skip
    """Give each recognised voice the role and name of the speaker most of whose words it has."""
    who = {turn.index: turn.speaker for turn in labelled}
    known = {speaker.id: speaker for speaker in speakers}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for turn in transcript.turns:
        votes[turn.speaker].update(who[p.labelled] for p in alignment.places[turn.index])
    named = []
    for voice in transcript.speakers:
        best = votes[voice.id].most_common(1)
        real = known.get(best[0][0]) if best else None
        named.append(replace(voice, role=real.role, name=real.name) if real else voice)
    return replace(transcript, speakers=tuple(named))
