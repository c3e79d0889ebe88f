"""A few chunks of speech through the Whisper network: encode, decode, and time each word.

Each chunk is encoded alone (a batch of encodings falls out of the CPU's cache) and its encoding is
kept, so a second decoding, with names or against loops, costs no second encoding. A beam of two
reads as well as one of five and costs less. The trap: the aligner times tokens, not words, so
"£13.60" arrives as " £", "13", ".60" and is joined here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, exp
from typing import Any

import numpy as np

from models.chunks import Chunk
from models.quarantine import Decoding, is_suspect
from pipeline.domain import Word

_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
_LEAST_WORD_SECONDS = 0.02
_FRAMES_A_SECOND = 100
_TIME_STEP = 0.02
"""Seconds from one of the network's times to the next."""
_SENTENCE_ENDS = (".", "?", "!", "…")


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How to decode. Chunks whose mean log probability is under `unsure` get the wider beam."""

    batch_size: int = 8
    beam_size: int = 2
    wide_beam_size: int = 5
    unsure: float = -0.7


@dataclass(frozen=True, slots=True)
class Decoded:
    """The words of one chunk and how sure the decoder was."""

    words: tuple[Word, ...]
    decoding: Decoding


@dataclass(frozen=True, slots=True)
class _Text:
    tokens: list[int]
    mean_log_probability: float
    no_speech: float


class Decoder:
    """One language on one loaded model; safe to use from several threads.

    `task` is `transcribe` or `translate` (into English; then only `read` makes sense).
    """

    def __init__(
        self, model: Any, language: str, options: DecodeOptions, *, task: str = "transcribe"
    ) -> None:
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        self._model, self._options = model, options
        self._language = language
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task=task, language=language
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def encode(self, chunks: Sequence[Chunk]) -> list[Any]:
        """What the network hears in each chunk."""
        return [encode(self._model, chunk) for chunk in chunks]

    def decode(self, chunks: Sequence[Chunk], encoded: Sequence[Any]) -> list[Decoded]:
        """Words of each chunk; once more by a wider beam where unsure, and against loops."""
        texts = self._generate(encoded, beam_size=self._options.beam_size)
        unsure = [i for i, t in enumerate(texts) if t.mean_log_probability < self._options.unsure]
        if unsure:
            again = self._generate(
                [encoded[i] for i in unsure], beam_size=self._options.wide_beam_size
            )
            for i, text in zip(unsure, again, strict=True):
                texts[i] = text
        decoded = self._read(chunks, encoded, texts)
        looping = [i for i, one in enumerate(decoded) if is_suspect(one.words, one.decoding)]
        if looping:
            some, theirs = [chunks[i] for i in looping], [encoded[i] for i in looping]
            texts = self._generate(theirs, beam_size=self._options.wide_beam_size, break_loops=True)
            for i, one in zip(looping, self._read(some, theirs, texts), strict=True):
                if not is_suspect(one.words, one.decoding):
                    decoded[i] = one
        return decoded

    def read_with_names(
        self, encoded: Sequence[Any], names: Sequence[str]
    ) -> list[tuple[str, float]]:
        """Only the text of each chunk, decoded with names that may be in it, and how sure it is."""
        texts = self._generate(encoded, beam_size=self._options.beam_size, names=names)
        return [(self._tokenizer.decode(t.tokens), exp(t.mean_log_probability)) for t in texts]

    def read(
        self,
        chunks: Sequence[Chunk],
        encoded: Sequence[Any],
        *,
        names: Sequence[str] = (),
        break_loops: bool = False,
    ) -> list[tuple[list[Piece], Decoding]]:
        """Sentences of each chunk with the network's own times, by the wide beam; no words."""
        texts = self._generate(
            encoded,
            beam_size=self._options.wide_beam_size,
            names=names,
            break_loops=break_loops,
            timed=True,
        )
        return [
            (
                self._timed(text.tokens, chunk.seconds),
                Decoding(chunk.seconds, text.mean_log_probability, text.no_speech),
            )
            for chunk, text in zip(chunks, texts, strict=True)
        ]

    def _timed(self, tokens: Sequence[int], seconds: float) -> list[Piece]:
        """Tokens with times between them → a piece for each stretch between two times."""
        first = self._tokenizer.timestamp_begin
        pieces: list[Piece] = []
        held: list[int] = []
        start = 0.0
        for token in [*tokens, first + ceil(seconds / _TIME_STEP)]:
            if token < first:
                held.append(token)
                continue
            at = min((token - first) * _TIME_STEP, seconds)
            if held and (text := self._tokenizer.decode(held).strip()):
                pieces.append(Piece(text, start, max(at, start), 1.0))
            start, held = at, []
        return pieces

    def _generate(
        self,
        encoded: Sequence[Any],
        *,
        beam_size: int,
        names: Sequence[str] = (),
        break_loops: bool = False,
        timed: bool = False,
    ) -> list[_Text]:
        prompt = self._model.get_prompt(
            self._tokenizer, [], without_timestamps=not timed, hotwords=", ".join(names) or None
        )
        results = self._model.model.generate(
            _stack(encoded),
            [prompt] * len(encoded),
            beam_size=beam_size,
            max_length=self._model.max_length,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            repetition_penalty=1.1 if break_loops else 1.0,
            no_repeat_ngram_size=4 if break_loops else 0,
        )
        texts = []
        for result in results:
            eot, times = self._tokenizer.eot, self._tokenizer.timestamp_begin
            tokens = [t for t in result.sequences_ids[0] if t < eot or (timed and t >= times)]
            # the engine's score is already divided by the length
            length = len(result.sequences_ids[0])
            mean = result.scores[0] * length / (length + 1)
            texts.append(_Text(tokens, float(mean), float(result.no_speech_prob)))
        return texts

    def _read(
        self, chunks: Sequence[Chunk], encoded: Sequence[Any], texts: Sequence[_Text]
    ) -> list[Decoded]:
        """Tokens → words with times in the recording."""
        decoded = [
            Decoded((), Decoding(c.seconds, t.mean_log_probability, t.no_speech))
            for c, t in zip(chunks, texts, strict=True)
        ]
        spoken = [i for i, text in enumerate(texts) if text.tokens]
        if not spoken:
            return decoded
        aligned = self._model.find_alignment(
            self._tokenizer,
            [texts[i].tokens for i in spoken],
            _stack([encoded[i] for i in spoken]),
            [ceil(chunks[i].seconds) * _FRAMES_A_SECOND for i in spoken],
        )
        for i, timed in zip(spoken, aligned, strict=True):
            pieces = [
                Piece(t["word"], float(t["start"]), float(t["end"]), float(t["probability"]))
                for t in timed
                if t["word"]
            ] or spread(self._tokenizer.decode(texts[i].tokens), chunks[i].seconds)
            words = read_words(pieces, chunks[i], spaced=self._language not in _UNSPACED)
            decoded[i] = replace(decoded[i], words=tuple(words))
        return decoded


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text as the aligner times it; a space in front means that a word begins."""

    text: str
    start: float
    end: float
    probability: float


def encode(model: Any, chunk: Chunk) -> Any:
    """The encoder's output for one chunk, padded with silence to 30 s."""
    from faster_whisper.audio import pad_or_trim

    features = model.feature_extractor(chunk.audio)[..., :-1]
    return model.encode(pad_or_trim(features))


def read_words(pieces: Sequence[Piece], chunk: Chunk, *, spaced: bool) -> list[Word]:
    """Join pieces to words, and move their times from the chunk into the recording."""
    joined: list[Piece] = []
    for piece in pieces:
        begins = piece.text.startswith(" ") or not joined
        mark = not any(character.isalnum() for character in piece.text)
        if begins or (not spaced and not mark):
            joined.append(piece)
        else:
            last = joined[-1]
            joined[-1] = Piece(
                last.text + piece.text,
                last.start,
                last.end if mark else max(last.end, piece.end),
                last.probability if mark else min(last.probability, piece.probability),
            )
    words: list[Word] = []
    for piece in joined:
        text = piece.text.strip()
        if not text:
            continue
        begins = not words or words[-1].text.endswith(_SENTENCE_ENDS)
        start, end = chunk.place(*_shorten(piece, text, begins))
        start = max(start, words[-1].start) if words else start
        end = max(end, start + _LEAST_WORD_SECONDS)
        words.append(Word(text, start, end, piece.probability, channel=chunk.track))
    return words


def spread(text: str, seconds: float) -> list[Piece]:
    """Times by share of letters, for text that could not be aligned."""
    parts = text.split()
    total = sum(len(part) for part in parts) or 1
    pieces, done = [], 0
    for part in parts:
        first, done = done, done + len(part)
        pieces.append(Piece(f" {part}", seconds * first / total, seconds * done / total, 0.5))
    return pieces


def _shorten(piece: Piece, text: str, begins: bool) -> tuple[float, float]:
    """The aligner lets the word beside a pause reach over it: keep what can be spoken."""
    longest = max(0.8, 0.15 * len(text))
    if piece.end - piece.start <= longest:
        return piece.start, piece.end
    if begins:
        return piece.end - longest, piece.end
    return piece.start, piece.start + longest


def _stack(encoded: Sequence[Any]) -> Any:
    """Encodings of single chunks → one batch."""
    if len(encoded) == 1:
        return encoded[0]
    import ctranslate2

    if encoded[0].device != "cpu":
        encoded = [one.to_device(ctranslate2.Device.cpu) for one in encoded]
    return ctranslate2.StorageView.from_array(
        np.concatenate([np.asarray(one) for one in encoded], axis=0)
    )
