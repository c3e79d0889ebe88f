"""Which recognised words must not be trusted: loops, phrases heard in silence, impossible speed.

A recogniser that gets no speech still writes text, and with confidence. Such words are kept and
marked, so a reader sees them and no signal rests on them. The trap: people do say "no, no, no" and
"thank you", so short repeats and everyday phrases need a second reason.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.domain import Word

REPETITION = "repetition"
NO_SPEECH = "no_speech"
TOO_FAST = "too_fast"
UNSURE = "unsure"

_MAX_COMPRESSION = 2.4
_MAX_CHARACTERS_A_SECOND = 32.0
_MIN_REPEATS = {1: 6, 2: 5, 3: 4}
_LONGEST_LOOP = 12
_LEAST_REPEATS = 3
# Said on videos, never in a call: they come from subtitles the recogniser was trained on.
_STOCK = re.compile(
    r"(thanks?( you)?( so much| very much)? for (watching|viewing|listening to this video)"
    r"|(please )?(like and |don't forget to (like and )?)?subscribe( to (my|our|the) channel)?"
    r"|(subtitles|captions|captioning|transcription|translation|translated|transcribed)"
    r" (provided |made )?by .{1,40}|see you (in the )?next (video|time on)"
    r"|untertitel(ung)? .{1,40}|sous-titres .{1,40}|amara ?org.{0,20})"
)
# Ordinary words that the recogniser also writes on noise: a second reason is needed.
_FILLER = re.compile(r"(thank you( very much)?|thanks|you|bye( bye)?|okay|so|the|i|oh|hmm|yeah)")
_SENTENCE_END = re.compile(r"[.!?…]$")
_NO_WORD = re.compile(r"^[^\w£$€]+$|^[\[(♪].*[\])♪]$")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How sure the decoder was of a chunk, and how many seconds of speech the chunk has."""

    seconds: float
    mean_log_probability: float
    no_speech: float


def compression_ratio(text: str) -> float:
    """How much smaller the text gets by zlib: above 2.4 it repeats itself."""
    raw = text.encode("utf-8")
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def is_suspect(words: Sequence[Word], decoding: Decoding) -> bool:
    """Whether the chunk should be decoded once more before its words are marked."""
    return _whole_chunk(words, decoding) in (REPETITION, TOO_FAST) or bool(_find_loops(words))


def mark_words(words: Sequence[Word], decoding: Decoding) -> list[Word]:
    """The words of one chunk, with the reason in `quarantine` where they cannot be trusted."""
    reason = _whole_chunk(words, decoding)
    if reason:
        return [replace(word, quarantine=reason) for word in words]
    reasons: dict[int, str] = {}
    for first, last in _find_loops(words):
        reasons.update(dict.fromkeys(range(first, last), REPETITION))
    for first, last in _find_rushes(words):
        reasons.update(dict.fromkeys(range(first, last), TOO_FAST))
    for first, last in _sentences(words):
        if _is_stock(words[first:last], decoding):
            reasons.update(dict.fromkeys(range(first, last), NO_SPEECH))
    return [replace(word, quarantine=reasons.get(i)) for i, word in enumerate(words)]


def _whole_chunk(words: Sequence[Word], decoding: Decoding) -> str | None:
    text = " ".join(word.text for word in words)
    if not words:
        return None
    if len(words) >= 8 and compression_ratio(text) > _MAX_COMPRESSION:
        return REPETITION
    if len(text) > _MAX_CHARACTERS_A_SECOND * max(decoding.seconds, 0.5):
        return TOO_FAST
    if decoding.no_speech > 0.6 and decoding.mean_log_probability < -1.0:
        return NO_SPEECH
    if all(_NO_WORD.match(word.text) for word in words):
        return NO_SPEECH
    if decoding.mean_log_probability < -1.5:
        return UNSURE
    return None


def _plain(words: Sequence[Word]) -> list[str]:
    return [re.sub(r"[^\w']", "", word.text.lower()) for word in words]


def _find_loops(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Stretches that say the same again and again, without their first saying."""
    plain = _plain(words)
    loops: list[tuple[int, int]] = []
    at = 0
    while at < len(plain):
        found = 0
        for length in range(1, min(_LONGEST_LOOP, (len(plain) - at) // 2) + 1):
            repeats = _count_repeats(plain, at, length)
            if repeats >= _MIN_REPEATS.get(length, _LEAST_REPEATS):
                found = at + repeats * length
                loops.append((at + length, found))
                break
        at = found or at + 1
    return loops


def _count_repeats(plain: Sequence[str], at: int, length: int) -> int:
    pattern = plain[at : at + length]
    repeats = 1
    while plain[at + repeats * length : at + (repeats + 1) * length] == pattern:
        repeats += 1
    return repeats


def _find_rushes(words: Sequence[Word], window: int = 8) -> list[tuple[int, int]]:
    """Stretches of eight words and more that nobody could say so fast."""
    rushes: list[tuple[int, int]] = []
    for first in range(len(words) - window + 1):
        inside = words[first : first + window]
        length = sum(len(word.text) + 1 for word in inside)
        seconds = max(inside[-1].end - inside[0].start, 0.01)
        if length / seconds > 2 * _MAX_CHARACTERS_A_SECOND:
            rushes.append((first, first + window))
    return rushes


def _sentences(words: Sequence[Word]) -> list[tuple[int, int]]:
    """First and past-the-last word of each sentence; a pause of two seconds ends one too."""
    found: list[tuple[int, int]] = []
    first = 0
    for i, word in enumerate(words):
        pause = i + 1 < len(words) and words[i + 1].start - word.end > 2.0
        if _SENTENCE_END.search(word.text) or pause or i + 1 == len(words):
            found.append((first, i + 1))
            first = i + 1
    return found


def _is_stock(words: Sequence[Word], decoding: Decoding) -> bool:
    text = " ".join(plain for plain in _plain(words) if plain)
    if _STOCK.fullmatch(text) or all(_NO_WORD.match(word.text) for word in words):
        return True
    unsure = sum(word.probability for word in words) / len(words) < 0.35
    return bool(_FILLER.fullmatch(text)) and unsure and decoding.no_speech > 0.4
