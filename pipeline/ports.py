"""What the ground floor needs from learned models and gazetteers, as Protocols; `models/` fulfils
them.

Every adapter names itself in `made_by` ("whisper-base@d01c30"), so a result says what produced it.
All methods are plain blocking calls and safe to call twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain import Entity, Reading, Recognition, Recording, Role, SpeakerSpan, Turn

Progress = Callable[[str, float, float], None]
"""`progress(stage, done, total)`: how far a stage is, in the stage's own unit (seconds, pairs
…).
"""


def no_progress(stage: str, done: float, total: float) -> None:
    """The progress listener of a caller who does not care."""


class Transcriber(Protocol):
    """Recording → words with times. `hints` are names that may be said, most likely first."""

    made_by: str

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition: ...


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


class Entailer(Protocol):
    """(premise, hypothesis) pairs → for each the calibrated probability that it is entailed."""

    made_by: str

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]: ...


class Embedder(Protocol):
    """Texts → unit vectors; the dot product of two is their cosine similarity."""

    made_by: str

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...


class SignalReader(Protocol):
    """Turns → proposals for signals of the fixed dimensions, from the trained tagger."""

    made_by: str

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
