"""Transcriber on faster-whisper: batches of speech chunks in, words with times out.

Chunks from all tracks are decoded eight at a time (int8 on CPU), which is what makes it faster than
one after another. Loops are decoded once more and then marked, names are checked by `hints.py`.
The trap: the library returns generators that work lazily, so errors would surface far away; they
are used up here. Its "segment" is one chunk's text, a word that nobody else uses.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.audio import RATE, decode_blocks, probe
from models.chunks import MAX_CHUNK_SECONDS, Chunk, split_speech
from models.device import choose_device
from models.hints import HintBook
from models.quarantine import Decoding, is_suspect, mark_words
from models.weights import find_whisper
from pipeline.domain import Recognition, Recording, Word
from pipeline.errors import BadUsage, IcpError, NoSpeech, WeightsError
from pipeline.ports import Progress, no_progress

_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
_LEAST_WORD_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How to decode. `batch_size` chunks at a time; `beam_size` 1 is fastest."""

    batch_size: int = 8
    beam_size: int = 5
    max_hints: int = 12
    """Names offered to one decoding; more of them make the text worse."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The words of one chunk and how sure the decoder was."""

    words: tuple[Word, ...]
    decoding: Decoding


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
        options: WhisperOptions | None = None,
    ) -> None:
        self._name, self._data_dir = model, data_dir
        self._threads, self._device, self._allow_download = threads, device, allow_download
        self._max_seconds = max_hours * 3600
        self._options = options or WhisperOptions()
        self._lock = threading.RLock()
        self._engine: Any = None
        self._found: tuple[Path, str] | None = None

    @property
    def made_by(self) -> str:
        """Name and hash of the weights; looks for them on first use, without loading them."""
        return self._weights()[1]

    def warm_up(self) -> None:
        """Load the weights now rather than with the first recording."""
        with self._lock:
            self._load()

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition:
        """All words of the recording with their times. `progress` counts seconds of recording."""
        layout = probe(recording.path, max_seconds=self._max_seconds, progress=progress)
        blocks = decode_blocks(recording.path, layout)
        with self._lock:
            language, words = self._recognise(recording, blocks, layout.duration, hints, progress)
        if not words:
            raise NoSpeech(
                "no speech found in it",
                file=str(recording.path),
                remedy="check that the right recording or track was given",
            )
        progress("transcribe", layout.duration, layout.duration)
        if layout.layout == "channels":
            words = mark_echoes(words)
        return Recognition(
            language=language,
            duration=layout.duration,
            words=tuple(sorted(words, key=lambda word: (word.start, word.channel))),
            channels=layout.tracks,
            warnings=(layout.warning,) if layout.warning else (),
        )

    def _recognise(
        self,
        recording: Recording,
        blocks: Iterable[Any],
        duration: float,
        hints: Sequence[str],
        progress: Progress,
    ) -> tuple[str, list[Word]]:
        """Decode batch by batch; the language is found in the first one."""
        language = recording.language
        words: list[Word] = []
        book = HintBook(hints)
        for batch in _batches(split_speech(blocks), self._options.batch_size):
            try:
                pipeline = self._load()
                language = language or _detect_language(pipeline.model, batch)
                self._check_language(pipeline.model, language)
                for decoded in self._decode(pipeline, batch, language, book):
                    words += mark_words(decoded.words, decoded.decoding)
            except IcpError:
                raise
            except Exception as error:
                raise WeightsError(
                    f"speech recognition failed: {error}",
                    file=str(recording.path),
                    remedy=f"try again; if it fails again check the model {self._name!r}",
                ) from error
            progress("transcribe", min(max(chunk.end for chunk in batch), duration), duration)
        return language or "en", words

    def _decode(
        self, pipeline: Any, batch: Sequence[Chunk], language: str, book: HintBook
    ) -> list[Decoded]:
        """One plain pass; a second one for chunks that loop, and one with names where they fit."""
        decoded = self._pass(pipeline, batch, language)
        looping = [i for i, one in enumerate(decoded) if is_suspect(one.words, one.decoding)]
        if looping:
            again = self._pass(pipeline, [batch[i] for i in looping], language, break_loops=True)
            for i, one in zip(looping, again, strict=True):
                if not is_suspect(one.words, one.decoding):
                    decoded[i] = one
        wanted = [book.candidates(one.words, self._options.max_hints) for one in decoded]
        named = [i for i, names in enumerate(wanted) if names]
        if named:
            names = list(dict.fromkeys(name for i in named for name in wanted[i]))
            again = self._pass(
                pipeline, [batch[i] for i in named], language, names=names[: 4 * len(named)]
            )
            for i, one in zip(named, again, strict=True):
                words = book.accept(decoded[i].words, one.words, wanted[i])
                decoded[i] = replace(decoded[i], words=tuple(words))
        return decoded

    def _pass(
        self,
        pipeline: Any,
        batch: Sequence[Chunk],
        language: str,
        *,
        names: Sequence[str] = (),
        break_loops: bool = False,
    ) -> list[Decoded]:
        """Decode chunks together; their order is kept."""
        clips, offset = [], 0.0
        padded = []
        for chunk in batch:
            # whole hundredths of a second, because the library finds a chunk again by them
            room = -len(chunk.audio) % (RATE // 100)
            padded.append(np.pad(chunk.audio, (0, room)))
            seconds = len(padded[-1]) / RATE
            clips.append({"start": offset, "end": offset + seconds})
            offset += seconds
        segments, _ = pipeline.transcribe(
            np.concatenate(padded),
            language=language,
            beam_size=self._options.beam_size,
            batch_size=self._options.batch_size,
            vad_filter=False,
            clip_timestamps=clips,
            word_timestamps=True,
            hotwords=", ".join(names) or None,
            repetition_penalty=1.1 if break_loops else 1.0,
            no_repeat_ngram_size=4 if break_loops else 0,
        )
        found: dict[int, list[Any]] = {}
        for segment in segments:
            found.setdefault(segment.seek, []).append(segment)
        return [
            _read_chunk(chunk, clip["start"], _at(found, clip["start"]), language)
            for chunk, clip in zip(batch, clips, strict=True)
        ]

    def _weights(self) -> tuple[Path, str]:
        with self._lock:
            if self._found is None:
                self._found = find_whisper(
                    self._name, self._data_dir, allow_download=self._allow_download
                )
            return self._found

    def _load(self) -> Any:
        """The engine, loaded once."""
        if self._engine is None:
            from faster_whisper import BatchedInferencePipeline, WhisperModel

            folder, _ = self._weights()
            chosen = choose_device(self._device, self._threads)
            self._engine = BatchedInferencePipeline(
                WhisperModel(
                    str(folder),
                    device=chosen.kind,
                    compute_type=chosen.compute_type,
                    cpu_threads=chosen.threads,
                    local_files_only=True,
                )
            )
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


def mark_echoes(words: Sequence[Word]) -> list[Word]:
    """Mark words that one channel repeats from the other, where they are less sure there."""
    marked = list(words)
    by_text: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        by_text.setdefault(word.text.strip(".,?!").lower(), []).append(i)
    for places in by_text.values():
        for i in places:
            for j in places:
                same = abs(words[i].start - words[j].start) < 0.3
                if words[i].channel < words[j].channel and same:
                    weaker = i if words[i].probability < words[j].probability else j
                    marked[weaker] = replace(words[weaker], quarantine="echo")
    return marked


def _batches(chunks: Iterator[Chunk], size: int) -> Iterator[list[Chunk]]:
    batch: list[Chunk] = []
    for chunk in chunks:
        batch.append(chunk)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _detect_language(model: Any, batch: Sequence[Chunk]) -> str:
    """The language most likely spoken in the first minute of speech."""
    if not model.model.is_multilingual:
        return "en"
    audio = np.concatenate([chunk.audio for chunk in batch])
    audio = audio[: int(2 * MAX_CHUNK_SECONDS * RATE)]
    language, _, _ = model.detect_language(audio, language_detection_segments=2)
    return str(language)


def _at(found: dict[int, list[Any]], offset: float) -> list[Any]:
    """The library's segments of the chunk that starts at `offset` seconds (rounding included)."""
    seek = round(offset * 100)
    return next((found[key] for key in (seek, seek - 1, seek + 1) if key in found), [])


def _read_chunk(chunk: Chunk, offset: float, segments: Sequence[Any], language: str) -> Decoded:
    """The library's segments of one chunk → words in the recording's time."""
    words: list[Word] = []
    for segment in segments:
        timed = segment.words or _spread(segment.text, offset, offset + chunk.seconds)
        for one in timed:
            text = one.word
            joins = not text.startswith(" ") and language not in _UNSPACED
            start, end = chunk.place(one.start - offset, one.end - offset)
            if words:
                start = max(start, words[-1].start)
            end = max(end, start + _LEAST_WORD_SECONDS)
            if joins and words and segment.words:
                last = words[-1]
                words[-1] = replace(
                    last,
                    text=last.text + text.strip(),
                    end=max(last.end, min(end, last.end + 1.5)),
                    probability=min(last.probability, float(one.probability)),
                )
            elif text.strip():
                words.append(
                    Word(text.strip(), start, end, float(one.probability), channel=chunk.track)
                )
    total = sum(max(len(segment.tokens), 1) for segment in segments)
    mean = sum(s.avg_logprob * max(len(s.tokens), 1) for s in segments) / total if total else 0.0
    silence = max((float(s.no_speech_prob) for s in segments), default=0.0)
    return Decoded(tuple(words), Decoding(chunk.seconds, float(mean), silence))


@dataclass(frozen=True, slots=True)
class _Spread:
    word: str
    start: float
    end: float
    probability: float = 0.5


def _spread(text: str, start: float, end: float) -> list[_Spread]:
    """Times by share of letters, for text that the library could not align."""
    parts = text.split()
    total = sum(len(part) for part in parts) or 1
    found, done = [], 0
    for part in parts:
        first = start + (end - start) * done / total
        done += len(part)
        found.append(_Spread(f" {part}", first, start + (end - start) * done / total))
    return found
