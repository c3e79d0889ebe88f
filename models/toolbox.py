"""Builds the toolbox: every adapter is imported and loaded on first use, once per process.

So a command that needs no speech model never imports one, and several calls share what is loaded.
`preloading` loads what texts need beside the work that comes first. Trap: `made_by` of an adapter
builds it too, so ask for it after the work, not before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from models.device import usable_cores
from models.weights import find
from models.whisper_weights import find_whisper
from pipeline.domain import Turn
from pipeline.ports import (
    Diarizer,
    Embedder,
    Entailer,
    EntityTagger,
    PlaceIndex,
    SignalReader,
    Toolbox,
    Transcriber,
)

_PAIR = ("Prospect: Hi.", "Hi.")
_TURN = Turn(0, "S1", "Hi.")
"""Words of a first use, which only loads weights."""


@dataclass(frozen=True, slots=True)
class ToolboxOptions:
    """What the adapters may use. `threads` 0 means every core; `max_hours` bounds a recording."""

    data_dir: Path
    model: str = "base"
    threads: int = 0
    device: str = "auto"
    allow_download: bool = False
    max_hours: float = 12.0


class _Lazy:
    """Stands for an adapter until something of it is used; safe with several threads.

    `first_use` makes it load its weights: what `preload` does, while other users wait.
    """

    def __init__(
        self, build: Callable[[], object], first_use: Callable[[Any], object] | None = None
    ) -> None:
        self._build, self._lock = build, threading.Lock()
        self._first_use = first_use
        self._built: object | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        with self._lock:
            return getattr(self._adapter(), name)

    def preload(self) -> None:
        """Build the adapter and load its weights, unless this was done before."""
        with self._lock:
            if self._first_use is not None:
                self._first_use(self._adapter())
                self._first_use = None

    def _adapter(self) -> object:
        if self._built is None:
            self._built = self._build()
        return self._built


def build_toolbox(options: ToolboxOptions) -> Toolbox:
    """The real adapters, none of them loaded yet."""
    places = cast(PlaceIndex, _Lazy(_places, lambda a: a.find("Hi.")))
    return Toolbox(
        transcriber=cast(Transcriber, _Lazy(lambda: _transcriber(options))),
        diarizer=cast(Diarizer, _Lazy(lambda: _diarizer(options))),
        tagger=cast(EntityTagger, _Lazy(lambda: _tagger(options), lambda a: a.tag(["Hi."]))),
        entailer=cast(Entailer, _Lazy(lambda: _entailer(options), lambda a: a.entail([_PAIR]))),
        embedder=cast(Embedder, _Lazy(lambda: _embedder(options), lambda a: a.embed(_PAIR))),
        reader=cast(
            SignalReader, _Lazy(lambda: _reader(options, places), lambda a: a.read([_TURN], {}))
        ),
        places=places,
    )


@contextmanager
def preloading(toolbox: Toolbox, *more: Callable[[], object]) -> Iterator[None]:
    """Load what texts need in a thread, beside the work inside, and call `more`; not after leaving.

    An error there is left to the adapter's first real use. Stand-ins have nothing to load.
    """
    parts = (toolbox.tagger, toolbox.places, toolbox.embedder, toolbox.entailer, toolbox.reader)
    waiting = [*(part.preload for part in parts if isinstance(part, _Lazy)), *more]
    leaving = threading.Event()

    def work() -> None:
        for load in waiting:
            if leaving.is_set():
                return
            try:
                load()
            except Exception as error:
                logging.getLogger(__name__).info("not loaded beforehand: %s", error)

    thread = threading.Thread(target=work, name="preload")
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


def require_weights(options: ToolboxOptions, *, audio: bool) -> None:
    """Raise now, not after an hour of work, when weights that a call needs are missing."""
    for name in ("tagger", "entailment", "minilm", "spacy-en", *(("campplus",) if audio else ())):
        find(name, options.data_dir)
    if audio:
        find_whisper(options.model, options.data_dir, allow_download=options.allow_download)


def _transcriber(options: ToolboxOptions) -> object:
    from models.whisper import WhisperTranscriber

    return WhisperTranscriber(
        options.model,
        data_dir=options.data_dir,
        threads=options.threads,
        device=options.device,
        allow_download=options.allow_download,
        max_hours=options.max_hours,
    )


def _diarizer(options: ToolboxOptions) -> object:
    from models.channels import CallDiarizer
    from models.diarization import VoiceDiarizer

    return CallDiarizer(VoiceDiarizer(options.data_dir, threads=options.threads))


def _tagger(options: ToolboxOptions) -> object:
    from models.ner import SpacyTagger

    return SpacyTagger(find("spacy-en", options.data_dir))


def _entailer(options: ToolboxOptions) -> object:
    from models.nli import EntailmentModel

    return EntailmentModel(find("entailment", options.data_dir), options.threads or usable_cores())


def _embedder(options: ToolboxOptions) -> object:
    from models.embedder import MiniLmEmbedder

    folder, threads = find("minilm", options.data_dir), options.threads or usable_cores()
    return MiniLmEmbedder(folder, cache=options.data_dir / "cache", threads=threads)


def _reader(options: ToolboxOptions, places: PlaceIndex) -> object:
    from models.tagger import SignalTagger
    from models.tagger_pair import TaggerPair

    folder, threads = find("tagger", options.data_dir), options.threads or usable_cores()
    first = SignalTagger(folder, places, threads=threads)
    return TaggerPair(first, SignalTagger(folder / "second", places, threads=threads))


def _places() -> object:
    from models.places import GeonamesPlaces

    return GeonamesPlaces()
