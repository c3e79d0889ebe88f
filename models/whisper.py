"""Transcriber on faster-whisper: speech chunks in, words with times out, or English text.

Chunks of all tracks are decoded in batches, one batch a worker, each worker on one thread: that
uses several cores better than one decoding on several threads. `decoder.py` does a batch,
`hints.py` checks names, `quarantine.py` marks what must not be trusted, `translation.py` puts it
into English. The trap: a model for English alone takes every language for English.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from models.audio import AudioLayout, decode_blocks, layout_of, probe
from models.batches import in_batches, run_ahead
from models.chunks import MAX_CHUNK_SECONDS, Chunk, split_speech
from models.decoder import DecodeOptions, Decoder, encode
from models.device import Device, choose_device
from models.hints import HintBook
from models.quarantine import mark_words
from models.translation import cut_stretches, translate_batch
from models.whisper_weights import find_whisper
from pipeline.domain import Recognition, Recording, Word
from pipeline.errors import BadUsage, IcpError, NoSpeech, WeightsError
from pipeline.lexicon.phrases import common_words
from pipeline.ports import EnglishPiece, Progress, Stretch, no_progress

_ECHO_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class _Engine:
    """The loaded network, and how many batches it works on at a time."""

    model: Any
    workers: int


class WhisperTranscriber:
    """Speech recognition with a Whisper model by short name, folder or (when allowed) hub name."""

    def __init__(
        self,
        model: str = "base",
        *,
        data_dir: Path,
        threads: int = 0,
        device: str = "auto",
        allow_download: bool = False,
        max_hours: float = 12.0,
        options: DecodeOptions | None = None,
    ) -> None:
        self._name, self._data_dir = model, data_dir
        self._threads, self._device, self._allow_download = threads, device, allow_download
        self._max_seconds = max_hours * 3600
        self._options = options or DecodeOptions()
        self._lock = threading.RLock()
        self._engine: _Engine | None = None
        self._found: tuple[Path, str] | None = None

    @property
    def made_by(self) -> str:
        """Name and hash of the weights; looks for them on first use, without loading them."""
        return self._weights()[1]

    def warm_up(self) -> None:
        """Load the weights now rather than with the first recording."""
        self._load()

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition:
        """All words of the recording with their times. `progress` counts seconds of recording."""
        layout = probe(recording.path, max_seconds=self._max_seconds, progress=progress)
        engine = self._load()
        chunks = split_speech(decode_blocks(recording.path, layout))
        size = batch_size(layout, engine.workers, self._options.batch_size)
        language, words = self._recognise(engine, recording, chunks, size, layout, hints, progress)
        if not words:
            raise NoSpeech(
                "no speech found in it",
                file=str(recording.path),
                remedy="check that the right recording or track was given",
            )
        progress("transcribe", layout.duration, layout.duration)
        if layout.tracks > 1:
            words = mark_echoes(words)
        return Recognition(
            language=language,
            duration=layout.duration,
            words=tuple(sorted(words, key=lambda word: (word.start, word.channel))),
            channels=layout.tracks,
            warnings=(layout.warning,) if layout.warning else (),
        )

    def translate(
        self,
        recording: Recording,
        language: str,
        stretches: Sequence[Stretch],
        *,
        progress: Progress = no_progress,
    ) -> list[tuple[EnglishPiece, ...]]:
        """What is said in each stretch, in English, without what cannot be trusted."""
        layout, engine = layout_of(recording.path), self._load()
        self._check_language(engine.model, language)
        decoder = Decoder(engine.model, language, self._options, task="translate")
        pieces = cut_stretches(decode_blocks(recording.path, layout), stretches)
        work = partial(translate_batch, decoder, stretches)
        english: list[tuple[EnglishPiece, ...]] = [()] * len(stretches)
        done = 0
        try:
            batches = in_batches(pieces, self._options.batch_size)
            for batch, found in run_ahead(batches, work, engine.workers):
                for place, said in found:
                    english[place] = said
                done += len(batch)
                progress("translate", min(done, len(stretches) - 1), len(stretches))
        except RuntimeError as error:
            raise self._failed("translation", recording, error) from error
        progress("translate", len(stretches), len(stretches))
        return english

    def _recognise(
        self,
        engine: _Engine,
        recording: Recording,
        chunks: Iterator[Chunk],
        size: int,
        layout: AudioLayout,
        hints: Sequence[str],
        progress: Progress,
    ) -> tuple[str, list[Word]]:
        """Decode batch by batch, several at a time; the language is found in the first."""
        batches = in_batches(chunks, size)
        first = next(batches, [])
        language = recording.language or "en"
        words: list[Word] = []
        heard: dict[int, float] = {}
        try:
            if first and recording.language is None:
                language = _detect_language(engine.model, first)
            self._check_language(engine.model, language)
            decoder = Decoder(engine.model, language, self._options)
            work = partial(_decode_batch, decoder, HintBook(hints, ordinary=common_words()))
            all_batches = chain([first] if first else [], batches)
            for batch, found in run_ahead(all_batches, work, engine.workers):
                words += found
                heard |= {chunk.track: chunk.end for chunk in batch}
                # tracks are not decoded in step, and only the last word of all is the end
                seconds = min(*heard.values(), layout.duration * 0.999)
                progress("transcribe", seconds, layout.duration)
        except IcpError:
            raise
        except RuntimeError as error:
            raise self._failed("speech recognition", recording, error) from error
        return language, words

    def _failed(self, what: str, recording: Recording, error: RuntimeError) -> WeightsError:
        return WeightsError(
            f"{what} failed: {error}",
            file=str(recording.path),
            remedy=f"try again; if it fails again check the model {self._name!r}",
        )

    def _weights(self) -> tuple[Path, str]:
        with self._lock:
            if self._found is None:
                self._found = find_whisper(
                    self._name, self._data_dir, allow_download=self._allow_download
                )
            return self._found

    def _load(self) -> _Engine:
        """The engine, loaded once."""
        with self._lock:
            if self._engine is None:
                folder, _ = self._weights()
                self._engine = _open_engine(folder, choose_device(self._device, self._threads))
            return self._engine

    def _check_language(self, model: Any, language: str) -> None:
        known = model.supported_languages
        if language not in known:
            raise BadUsage(
                f"the model {self._name!r} does not know the language {language!r}",
                field="language",
                remedy="use the model `base` for other languages than English"
                if len(known) == 1
                else "give an ISO 639 code such as en or de",
            )


def batch_size(layout: AudioLayout, workers: int, largest: int) -> int:
    """Chunks a batch, so that all workers end at about the same time."""
    n_chunks = max(1, round(layout.duration / (MAX_CHUNK_SECONDS - 2)))
    rounds = -(-n_chunks // (workers * largest))
    return min(largest, max(1, -(-n_chunks // (workers * rounds))))


def mark_echoes(words: Sequence[Word]) -> list[Word]:
    """Mark words that one channel repeats from the other, where they are less sure there."""
    marked = list(words)
    by_text: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        by_text.setdefault(word.text.strip(".,?!").lower(), []).append(i)
    for places in by_text.values():
        ordered = sorted(places, key=lambda i: words[i].start)
        for n, i in enumerate(ordered):
            for j in ordered[n + 1 :]:
                if words[j].start - words[i].start > _ECHO_SECONDS:
                    break
                if words[i].channel != words[j].channel:
                    weaker = i if words[i].probability < words[j].probability else j
                    marked[weaker] = replace(words[weaker], quarantine="echo")
    return marked


def _open_engine(folder: Path, device: Device) -> _Engine:
    """Load the network: on CPU one worker a core up to four, then more threads for each."""
    from faster_whisper import WhisperModel

    workers = min(device.threads, 4) if device.kind == "cpu" else 1
    try:
        model = WhisperModel(
            str(folder),
            device=device.kind,
            compute_type=device.compute_type,
            cpu_threads=max(1, device.threads // workers),
            num_workers=workers,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise WeightsError(
            f"this is no model that can be loaded: {error}",
            file=str(folder),
            remedy="fetch it again, or name another model",
        ) from error
    return _Engine(model, workers)


def _decode_batch(decoder: Decoder, book: HintBook, batch: Sequence[Chunk]) -> list[Word]:
    """One plain pass; a second one with names for chunks in which some may have been misheard."""
    encoded = decoder.encode(batch)
    decoded = decoder.decode(batch, encoded)
    texts = {i: one.words for i, one in enumerate(decoded)}
    offers = {i: book.candidates(words) for i, words in texts.items()}
    for group in book.share([i for i in offers if offers[i]], offers):
        names = list(dict.fromkeys(name for i in group for name in offers[i]))
        biased = decoder.read_with_names([encoded[i] for i in group], names)
        for i, (text, probability) in zip(group, biased, strict=True):
            texts[i] = tuple(book.accept(texts[i], text, offers[i], probability))
    return [word for i, one in enumerate(decoded) for word in mark_words(texts[i], one.decoding)]


def _detect_language(model: Any, batch: Sequence[Chunk]) -> str:
    """The language most likely spoken in the longest two chunks of the first batch."""
    if not model.model.is_multilingual:
        return "en"
    votes: dict[str, float] = {}
    for chunk in sorted(batch, key=lambda one: -one.seconds)[:2]:
        for token, probability in model.model.detect_language(encode(model, chunk))[0]:
            votes[token[2:-2]] = votes.get(token[2:-2], 0.0) + probability
        if max(votes.values()) > 0.8:
            break
    return max(votes, key=lambda language: votes[language])
