"""What the ground floor needs from learned models and gazetteers, as Protocols; `models/` fulfils
them.

Every adapter names itself in `made_by` ("whisper-base@d01c30"), so a result says what produced it.
All methods are plain blocking calls and safe to call twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pipeline.domain import Entity, Reading, Recognition, Recording, Role, SpeakerSpan, Turn

Progress = Callable[[str, float, float], None]
"""`progress(stage, done, total)`: how far a stage is, in the stage's own unit (seconds, pairs
…).
"""


def no_progress(stage: str, done: float, total: float) -> None:
    """The progress listener of a caller who does not care."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """At most half a minute of a channel that is to be translated.

    `names` are names in it that a translation must not change.
    """

    start: float
    end: float
    channel: int = 0
    names: tuple[str, ...] = ()


class EnglishPiece(NamedTuple):
    """A sentence or so of a translation, and from when to when in the recording it was said."""

    start: float
    end: float
    text: str


class Transcriber(Protocol):
    """Recording → words with times. `hints` are names that may be said, most likely first.

    `translate` gives what is said in each stretch in English, without what cannot be trusted.
    """

    made_by: str

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition: ...

    def translate(
        self,
        recording: Recording,
        language: str,
        stretches: Sequence[Stretch],
        *,
        progress: Progress = no_progress,
    ) -> list[tuple[EnglishPiece, ...]]: ...


class Diarizer(Protocol):
    """Recording → who speaks when. `channels` is what the recogniser found (2: channel =
    speaker).
    """

    made_by: str

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]: ...


class EntityTagger(Protocol):
    """Texts → named entities of each."""

    made_by: str

    def tag(self, texts: Sequence[str]) -> list[list[Entity]]: ...


class Judgement(NamedTuple):
    """What a premise says of a hypothesis: calibrated probabilities that it says or denies it."""

    entailed: float
    denied: float


class Entailer(Protocol):
    """(premise, hypothesis) pairs → for each what the premise says of the hypothesis, in order."""

    made_by: str

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]: ...

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """`judge`, the probability of being entailed alone."""
        ...


class Embedder(Protocol):
    """Texts → unit vectors; the dot product of two is their cosine similarity."""

    made_by: str

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...


class SignalReader(Protocol):
    """Turns → proposals for signals of the fixed dimensions, from the trained tagger.

    `tell_sides` gives each speaker's probability of being a rep.
    """

    made_by: str

    def tell_sides(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> dict[str, float]: ...

    def read(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> Reading: ...


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place named in a text: its usual name, its country (ISO 3166 alpha-2), and where it stands.

    `country` is None for a region such as DACH. `ambiguous` marks names that are ordinary words
    too.
    """

    start: int
    end: int
    name: str
    country: str | None
    ambiguous: bool = False


class PlaceIndex(Protocol):
    """A gazetteer of places: town → country → region."""

    made_by: str

    def find(self, text: str) -> list[PlaceHit]: ...

    def contains(self, region: str, place: str) -> bool | None:
        """Whether `place` lies in `region` ("Munich" in "DACH"); None when either is not known."""
        ...

    def country_of(self, place: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything learned or looked up that the two main functions use."""

    transcriber: Transcriber
    diarizer: Diarizer
    tagger: EntityTagger
    entailer: Entailer
    embedder: Embedder
    reader: SignalReader
    places: PlaceIndex
