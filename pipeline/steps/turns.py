"""Words and speaker spans → turns: who said what, as a person would write it down.

Each word finds its speaker by itself, since one segment of speech recognition often holds two
people. On two channels the channel is the speaker, and turns are laid in order of their start.
The trap: the borders of spans and of words are some tenths of a second off, so a word that clearly
continues a sentence follows it; a short answer ("yes") never does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.domain import Recognition, SpeakerSpan, Turn, Word

PAUSE_S = 5.0
"""A speaker who goes on after so long a silence begins a new turn."""
LONG_S = 60.0
LONGEST_S = 120.0
"""A turn is cut after LONG_S at the end of a sentence, and after LONGEST_S anywhere."""
_BREATH_S = 0.8
_CHANNEL_PAUSE_S = 0.5
_CLOSE_S = 0.3
_NO_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "km", "yue"})
_CLOSING = frozenset(".,!?;:%)]}…»”’。，！？、")
_ENDING = (".", "!", "?", "…", "。", "！", "？")
_ANSWERS = frozenset(
    (
        "yes", "yeah", "yep", "yup", "no", "nope", "nah", "right", "okay", "ok", "sure", "mhm",
        "mm", "hmm", "uh-huh", "uh", "huh", "exactly", "correct", "true", "absolutely",
        "definitely", "maybe", "never", "ja", "nein", "oui", "non", "si", "sí", "da", "thanks",
        "hello", "hi", "bye",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """A word with who says it; `order` is its place in the recognition."""

    word: Word
    who: str
    order: int


def build_turns(recognition: Recognition, spans: Sequence[SpeakerSpan]) -> tuple[Turn, ...]:
    """Turns in order of time, numbered from 0; speakers are S1, S2 … in order of first speech.

    Every word is in exactly one turn. Quarantined words make turns of their own.
    """
    words = recognition.words
    if recognition.channels > 1:
        said = _by_channel(words)
    else:
        names = _keep_sentences(words, _speakers_of(words, spans))
        said = [_Said(w, name, i) for i, (w, name) in enumerate(zip(words, names, strict=True))]
    ids: dict[str, str] = {}
    turns = []
    for index, group in enumerate(_cut(said)):
        speaker = ids.setdefault(group[0].who, f"S{len(ids) + 1}")
        turns.append(_make_turn(index, speaker, [s.word for s in group], recognition.language))
    return tuple(turns)


def join_words(texts: Iterable[str], language: str = "en") -> str:
    """Words as running text: one space between two, none before closing punctuation."""
    glue = "" if language in _NO_SPACES else " "
    out = ""
    for text in texts:
        part = text.strip()
        if not part:
            continue
        tight = all(char in _CLOSING for char in part)
        out += part if not out or tight else glue + part
    return out


def _speakers_of(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[str]:
    """For each word the speaker whose spans cover most of it, or who speaks nearest to it."""
    if not spans:
        return ["" for _ in words]
    ordered = sorted(spans, key=lambda s: (s.start, s.end))
    starts = [s.start for s in ordered]
    longest = max(s.end - s.start for s in ordered)
    # the span that ends last among the first n: the nearest one behind a word
    behind = list(accumulate(ordered, _ends_later))
    names: list[str] = []
    for word in words:
        after = bisect_left(starts, word.end)
        covers: dict[str, float] = {}
        for span in ordered[bisect_left(starts, word.start - longest) : after]:
            covered = min(word.end, span.end) - max(word.start, span.start)
            if covered > 0:
                covers[span.speaker] = covers.get(span.speaker, 0.0) + covered
        if covers:
            before = names[-1] if names else ""
            names.append(max(covers, key=lambda name: (covers[name], name == before)))
            continue
        near = [behind[after - 1]] if after else []
        near += ordered[after : after + 1]
        names.append(min(near, key=lambda s: max(s.start - word.end, word.start - s.end)).speaker)
    return names


def _ends_later(one: SpeakerSpan, two: SpeakerSpan) -> SpeakerSpan:
    return one if one.end >= two.end else two


def _keep_sentences(words: Sequence[Word], names: list[str]) -> list[str]:
    """Move single words over a change of speaker where the sentence clearly continues."""
    fixed = list(names)
    for i in range(1, len(words) - 1):
        before, here, after = fixed[i - 1], fixed[i], fixed[i + 1]
        word = words[i]
        if _is_answer(word) or any(w.quarantine for w in words[i - 1 : i + 2]):
            continue
        joined_back = _is_open(words[i - 1]) and _gap(words[i - 1], word) < _CLOSE_S
        joined_on = _is_open(word) and _gap(word, words[i + 1]) < _CLOSE_S
        lone_flip = before == after != here and joined_back and joined_on
        tail = before != here == after and joined_back and _continues(word) and not _is_open(word)
        head = before == here != after and joined_on and not _is_open(words[i - 1])
        head = head and _gap(word, words[i + 1]) <= _gap(words[i - 1], word)
        if lone_flip or tail:
            fixed[i] = before
        elif head:
            fixed[i] = after
    return fixed


def _is_answer(word: Word) -> bool:
    return word.text.strip().strip(".,!?…").lower() in _ANSWERS


def _is_open(word: Word) -> bool:
    """Whether a sentence goes on after this word."""
    return not word.text.rstrip().rstrip("\"'”’").endswith(_ENDING)


def _continues(word: Word) -> bool:
    """Whether the word looks like the middle of a sentence."""
    return word.text.strip()[:1].islower()


def _gap(one: Word, two: Word) -> float:
    return two.start - one.end


def _by_channel(words: Sequence[Word]) -> list[_Said]:
    """Words of all channels; each channel's stretches between pauses stay whole, by their start."""
    channels: dict[int, list[list[_Said]]] = {}
    for order, word in enumerate(words):
        stretches = channels.setdefault(word.channel, [])
        said = _Said(word, f"channel {word.channel}", order)
        if stretches and _gap(stretches[-1][-1].word, word) < _CHANNEL_PAUSE_S:
            stretches[-1].append(said)
        else:
            stretches.append([said])
    every = [stretch for stretches in channels.values() for stretch in stretches]
    every.sort(key=lambda stretch: (stretch[0].word.start, stretch[0].order))
    return [said for stretch in every for said in stretch]


def _cut(said: Sequence[_Said]) -> list[list[_Said]]:
    """Groups that each make one turn."""
    groups: list[list[_Said]] = []
    for item in said:
        if groups and not _begins_turn(groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    # a cut inside one channel's stretch may come later than what the other side said meanwhile
    return sorted(groups, key=lambda group: group[0].word.start)


def _begins_turn(group: Sequence[_Said], item: _Said) -> bool:
    last = group[-1]
    if item.who != last.who or item.word.quarantine != last.word.quarantine:
        return True
    pause, lasted = _gap(last.word, item.word), item.word.end - group[0].word.start
    if pause >= PAUSE_S or lasted >= LONGEST_S:
        return True
    return lasted >= LONG_S and (not _is_open(last.word) or pause >= _BREATH_S)


def _make_turn(index: int, speaker: str, words: Sequence[Word], language: str) -> Turn:
    return Turn(
        index=index,
        speaker=speaker,
        text=join_words((w.text for w in words), language),
        start=min(w.start for w in words),
        end=max(w.end for w in words),
        words=tuple(words),
        quarantine=words[0].quarantine,
    )
