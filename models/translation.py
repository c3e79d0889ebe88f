"""Stretches of a recording → what is said in each, in English, by Whisper's own translation.

The network writes times between the sentences; they are good to about half a second. Names that
the recogniser wrote are offered to the decoder. The trap: on a short or noisy stretch the network
invents text with confidence, so what is marked as a loop or as stock phrases is left out: nothing
at all is better than a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice

import numpy as np

from models.audio import RATE, Samples
from models.chunks import Chunk, Track
from models.decoder import Decoder, Piece, read_words, spread
from models.quarantine import Decoding, is_suspect, mark_words
from pipeline.domain import Word
from pipeline.ports import EnglishPiece, Stretch

Heard = tuple[int, Chunk]
"""The place of a stretch among all, and its sound."""
LEAST_SECONDS = 0.2


def cut_stretches(blocks: Iterable[Samples], stretches: Sequence[Stretch]) -> Iterator[Heard]:
    """The sound of each stretch, in order of their ends; holds no more than those still need.

    A stretch of which the recording has under 0.2 s is left out.
    """
    order = sorted(range(len(stretches)), key=lambda i: stretches[i].end)
    starts = [int(stretches[i].start * RATE) for i in order]
    needed = list(accumulate(reversed(starts), min))[::-1]
    held: Samples | None = None
    begins = done = 0
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        ends = begins + held.shape[1]
        while done < len(order) and int(stretches[order[done]].end * RATE) <= ends:
            yield from _cut(held, begins, order[done], stretches[order[done]])
            done += 1
        if done == len(order):
            return
        drop = max(0, min(needed[done], ends) - begins)
        held, begins = held[:, drop:], begins + drop
    if held is not None:
        for i in order[done:]:
            yield from _cut(held, begins, i, stretches[i])


def translate_batch(
    decoder: Decoder, stretches: Sequence[Stretch], batch: Sequence[Heard]
) -> list[tuple[int, tuple[EnglishPiece, ...]]]:
    """The English of each stretch of a batch, without what cannot be trusted."""
    encoded = decoder.encode([chunk for _, chunk in batch])
    plain = [n for n, (i, _) in enumerate(batch) if not stretches[i].names]
    read: dict[int, tuple[list[Piece], Decoding]] = {}
    for group in (plain, *([n] for n in range(len(batch)) if n not in plain)):
        if group:
            chunks, names = [batch[n][1] for n in group], stretches[batch[group[0]][0]].names
            some = decoder.read(chunks, [encoded[n] for n in group], names=names)
            read.update(zip(group, some, strict=True))
    found = []
    for n, (i, chunk) in enumerate(batch):
        pieces, decoding = read[n]
        if is_suspect([w for words in _words(pieces, chunk) for w in words], decoding):
            pieces, decoding = decoder.read([chunk], [encoded[n]], break_loops=True)[0]
        found.append((i, tuple(_trusted(_words(pieces, chunk), decoding))))
    return found


def _cut(held: Samples, begins: int, place: int, stretch: Stretch) -> Iterator[Heard]:
    first = max(int(stretch.start * RATE), begins)
    row = held[min(stretch.channel, held.shape[0] - 1)]
    audio: Track = row[first - begins : max(int(stretch.end * RATE) - begins, 0)]
    if len(audio) >= LEAST_SECONDS * RATE:
        span = (first, first + len(audio))
        yield place, Chunk(stretch.channel, (span,), np.array(audio))


def _words(pieces: Sequence[Piece], chunk: Chunk) -> list[list[Word]]:
    """The words of each piece, timed by share: what the marks against invented text ask for."""
    every = []
    for piece in pieces:
        timed = spread(piece.text, piece.end - piece.start)
        moved = [replace(p, start=p.start + piece.start, end=p.end + piece.start) for p in timed]
        every.append(read_words(moved, chunk, spaced=True))
    return every


def _trusted(pieces: Sequence[Sequence[Word]], decoding: Decoding) -> Iterator[EnglishPiece]:
    marked = iter(mark_words([word for words in pieces for word in words], decoding))
    for words in pieces:
        kept = [word for word in islice(marked, len(words)) if word.quarantine is None]
        if kept:
            yield EnglishPiece(words[0].start, words[-1].end, " ".join(w.text for w in kept))
