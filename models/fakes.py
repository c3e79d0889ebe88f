"""Small exact stand-ins for every Protocol of `pipeline/ports.py`: scripted, instant, no weights.

Each does what its script says and nothing else, so a test states both the model's answer and what
the product makes of it. `fake_toolbox` puts them together. They are no models: the embedder only
knows shared words, the entailer only the pairs it was given.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain import (
    Entity,
    Proposal,
    Reading,
    Recognition,
    Recording,
    Role,
    SpeakerSpan,
    Turn,
    Word,
)
from pipeline.ports import (
    EnglishPiece,
    Judgement,
    PlaceHit,
    Progress,
    Stretch,
    Toolbox,
    no_progress,
)


def say(text: str, *, start: float = 0.0, channel: int = 0, pace: float = 0.4) -> tuple[Word, ...]:
    """The words of `text` as a recogniser gives them, `pace` seconds each from `start` on."""
    parts = text.split()
    return tuple(
        Word(part, start + i * pace, start + (i + 1) * pace, channel=channel)
        for i, part in enumerate(parts)
    )


@dataclass
class FakeTranscriber:
    """Hears the same words in every recording; remembers the hints it was given."""

    words: tuple[Word, ...] = ()
    language: str = "en"
    channels: int = 1
    made_by: str = "fake-transcriber"
    hints: tuple[str, ...] = ()
    english: Mapping[str, str] = field(default_factory=dict)
    """What each phrase says in English; the rest of the words says nothing."""
    stretches: tuple[Stretch, ...] = ()

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition:
        self.hints = tuple(hints)
        duration = max((word.end for word in self.words), default=0.0)
        progress("transcribe", 0.0, duration)
        progress("transcribe", duration, duration)
        return Recognition(self.language, duration, self.words, self.channels)

    def translate(
        self,
        recording: Recording,
        language: str,
        stretches: Sequence[Stretch],
        *,
        progress: Progress = no_progress,
    ) -> list[tuple[EnglishPiece, ...]]:
        self.stretches = tuple(stretches)
        progress("translate", 1.0, 1.0)
        return [tuple(self._say(stretch)) for stretch in stretches]

    def _say(self, stretch: Stretch) -> Iterator[EnglishPiece]:
        words = [
            w
            for w in self.words
            if stretch.start <= w.start and w.end <= stretch.end and w.channel == stretch.channel
        ]
        for first, word in enumerate(words):
            for phrase, english in self.english.items():
                said = words[first : first + len(phrase.split())]
                if " ".join(w.text for w in said) == phrase:
                    yield EnglishPiece(word.start, said[-1].end, english)


@dataclass
class FakeDiarizer:
    """Gives back its spans; without any, one speaker says everything."""

    spans: tuple[SpeakerSpan, ...] = ()
    made_by: str = "fake-diarizer"

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        progress("diarize", 1.0, 1.0)
        return self.spans or (SpeakerSpan(0.0, recognition.duration, "S0"),)


@dataclass
class FakeEntityTagger:
    """Finds each listed term as a whole word, with its label (`{"Acme": "ORG"}`)."""

    terms: Mapping[str, str] = field(default_factory=dict)
    made_by: str = "fake-entities"

    def tag(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> list[Entity]:
        found = [
            Entity(hit.start(), hit.end(), label)
            for term, label in self.terms.items()
            for hit in re.finditer(rf"\b{re.escape(term)}\b", text)
        ]
        return sorted(found, key=lambda entity: entity.start)


@dataclass
class FakeEntailer:
    """`answers` (and `denials`): (part of the premise, part of the hypothesis) → probability that
    the one says (denies) the other; else `default`.
    """

    answers: Mapping[tuple[str, str], float] = field(default_factory=dict)
    denials: Mapping[tuple[str, str], float] = field(default_factory=dict)
    default: float = 0.01
    made_by: str = "fake-entailment"

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        return [
            Judgement(self._weigh(self.answers, *pair), self._weigh(self.denials, *pair))
            for pair in pairs
        ]

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [judgement.entailed for judgement in self.judge(pairs)]

    def _weigh(
        self, known: Mapping[tuple[str, str], float], premise: str, hypothesis: str
    ) -> float:
        for (said, claim), probability in known.items():
            if said in premise and claim in hypothesis:
                return probability
        return self.default


@dataclass
class FakeEmbedder:
    """Texts that share words are similar: each word is one of `size` directions, chosen by hash."""

    size: int = 64
    made_by: str = "fake-embedding"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.size
        for word in re.findall(r"\w+", text.lower()) or [""]:
            digest = hashlib.sha256(word.encode()).digest()
            vector[int.from_bytes(digest[:4], "big") % self.size] += 1.0
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector]


@dataclass
class FakeReader:
    """Proposes `label` with `score` wherever a scripted phrase stands in a turn (case ignored).

    `script` holds (phrase, label) or (phrase, label, score); `rep_scores` goes out as it is.
    """

    script: Sequence[tuple[str, str] | tuple[str, str, float]] = ()
    rep_scores: Mapping[str, float] = field(default_factory=dict)
    made_by: str = "fake-reader"

    def tell_sides(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> dict[str, float]:
        return dict(self.rep_scores)

    def read(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> Reading:
        found = []
        for turn in turns:
            for phrase, label, *score in self.script:
                at = turn.text.lower().find(phrase.lower())
                if at >= 0:
                    sure = float(score[0]) if score else 0.95
                    found.append(Proposal(turn.index, at, at + len(phrase), label, sure))
        progress("read", len(turns), len(turns))
        return Reading(tuple(found), dict(self.rep_scores))


@dataclass
class FakePlaces:
    """Knows `countries` (place → country) and `regions` (region → country codes)."""

    countries: Mapping[str, str] = field(
        default_factory=lambda: {"Munich": "DE", "Germany": "DE", "London": "GB", "Boston": "US"}
    )
    regions: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {
            "DACH": frozenset({"DE", "AT", "CH"}),
            "Germany": frozenset({"DE"}),
        }
    )
    made_by: str = "fake-places"

    def find(self, text: str) -> list[PlaceHit]:
        return [
            PlaceHit(hit.start(), hit.end(), name, country)
            for name, country in self.countries.items()
            for hit in re.finditer(rf"\b{re.escape(name)}\b", text)
        ]

    def contains(self, region: str, place: str) -> bool | None:
        country, codes = self.countries.get(place), self.regions.get(region)
        return None if country is None or codes is None else country in codes

    def country_of(self, place: str) -> str | None:
        return self.countries.get(place)


def fake_toolbox(
    *,
    transcriber: FakeTranscriber | None = None,
    diarizer: FakeDiarizer | None = None,
    tagger: FakeEntityTagger | None = None,
    entailer: FakeEntailer | None = None,
    embedder: FakeEmbedder | None = None,
    reader: FakeReader | None = None,
    places: FakePlaces | None = None,
) -> Toolbox:
    """A toolbox of stand-ins; name the ones that a test scripts."""
    return Toolbox(
        transcriber=transcriber or FakeTranscriber(),
        diarizer=diarizer or FakeDiarizer(),
        tagger=tagger or FakeEntityTagger(),
        entailer=entailer or FakeEntailer(),
        embedder=embedder or FakeEmbedder(),
        reader=reader or FakeReader(),
        places=places or FakePlaces(),
    )
