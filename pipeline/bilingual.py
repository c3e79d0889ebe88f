"""A call in another language: the analysis reads its English, people see what was said.

`english_view` is what the analysis reads; `in_original` puts quotes back into the words that were
spoken and keeps the English beside them; `in_english` and `cite_original` do the same around a
check. A call in English passes through all of them unchanged. The trap: a quote must stand
literally in its turn, so it is whole sentences of that turn, never a translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pipeline.domain import (
    CallAnalysis,
    Check,
    RuleResult,
    Signal,
    StatementEvidence,
    Transcript,
    Turn,
)
from pipeline.lexicon.languages import ENGLISH, code_of, guess_language
from pipeline.sentence_pairs import original_span
from pipeline.values.span import seconds_of

Found = TypeVar("Found", Signal, StatementEvidence)
SHORT = 60
"""A turn of at most so many characters is quoted whole."""
_MOST_WITHOUT = 0.5
"""From this share of words without English on, the reader is told."""


def english_view(transcript: Transcript) -> Transcript:
    """The transcript with the English of each turn in place of its text, where there is any."""
    if all(turn.english is None for turn in transcript.turns):
        return transcript
    return replace(transcript, turns=tuple(_view(turn) for turn in transcript.turns))


def in_original(analysis: CallAnalysis, spoken: Transcript) -> CallAnalysis:
    """An analysis of the English view, with quotes and seconds of what was `spoken`."""
    turns = {turn.index: turn for turn in spoken.turns if turn.english is not None}
    if not turns:
        return analysis
    return replace(
        analysis,
        transcript=replace(analysis.transcript, turns=spoken.turns),
        signals=tuple(_spoken_signal(signal, turns) for signal in analysis.signals),
        statements=tuple(_spoken_evidence(found, turns) for found in analysis.statements),
    )


def in_english(analysis: CallAnalysis) -> CallAnalysis:
    """The analysis as the check reads it: quotes and turns in English."""
    return replace(
        analysis,
        transcript=english_view(analysis.transcript),
        signals=tuple(_english(signal) for signal in analysis.signals),
        statements=tuple(_english(found) for found in analysis.statements),
    )


def cite_original(check: Check, analyses: Sequence[CallAnalysis]) -> Check:
    """A check made on the English, with its quotes in the words that were spoken."""
    spoken: dict[str, str] = {}
    for analysis in analyses:
        spoken |= {found.quote_en: found.quote for found in analysis.statements if found.quote_en}
        spoken |= {signal.quote_en: signal.quote for signal in analysis.signals if signal.quote_en}
    if not spoken:
        return check
    return replace(
        check,
        criteria=tuple(_cited(result, spoken) for result in check.criteria),
        triggers=tuple(_cited(result, spoken) for result in check.triggers),
        disqualifiers=tuple(_cited(result, spoken) for result in check.disqualifiers),
    )


def unread_language(transcript: Transcript) -> str | None:
    """The language of a call whose turns mostly have no English to be read; None: all is well."""
    trusted = [turn for turn in transcript.turns if turn.quarantine is None]
    bare = [turn for turn in trusted if turn.english is None]
    if _n_words(bare) <= _MOST_WITHOUT * _n_words(trusted):
        return None
    language = code_of(transcript.language) or guess_language(" ".join(t.text for t in bare))
    return None if language in (None, ENGLISH) else language


def _view(turn: Turn) -> Turn:
    return (
        turn if turn.english is None else replace(turn, text=turn.english, words=(), english=None)
    )


def _spoken_signal(signal: Signal, turns: Mapping[int, Turn]) -> Signal:
    turn = _turn_of(signal.quote, signal.turns, signal.speaker, turns)
    if turn is None:
        return signal
    first, last = _place(turn, signal.quote)
    start, end = seconds_of(turn, first, last)
    quote = turn.text[first:last]
    return replace(signal, quote=quote, quote_en=signal.quote, start=start, end=end)


def _spoken_evidence(found: StatementEvidence, turns: Mapping[int, Turn]) -> StatementEvidence:
    turn = _turn_of(found.quote, found.turns, found.speaker, turns)
    if turn is None:
        return found
    first, last = _place(turn, found.quote)
    return replace(found, quote=turn.text[first:last], quote_en=found.quote)


def _turn_of(
    quote: str, indices: Sequence[int], speaker: str, turns: Mapping[int, Turn]
) -> Turn | None:
    """The translated turn, of those named, in whose English the quote stands."""
    named = [turns[i] for i in indices if i in turns and quote in (turns[i].english or "")]
    own = [turn for turn in named if turn.speaker == speaker]
    return next(iter((*own[::-1], *named)), None) if quote else None


def _place(turn: Turn, quote: str) -> tuple[int, int]:
    """Where the original of an English quote stands in its turn."""
    english = turn.english or ""
    start = english.find(quote)
    if len(turn.text) <= SHORT:
        return 0, len(turn.text)
    return original_span(turn.text, english, start, start + len(quote))


def _english(found: Found) -> Found:
    return found if found.quote_en is None else replace(found, quote=found.quote_en)


def _cited(result: RuleResult, spoken: Mapping[str, str]) -> RuleResult:
    text = result.explanation
    for english, original in spoken.items():
        text = text.replace(f"“{english}”", f"“{original}” (“{english}”)")
    return replace(result, quote=spoken.get(result.quote, result.quote), explanation=text)


def _n_words(turns: Iterable[Turn]) -> int:
    return sum(len(turn.text.split()) for turn in turns)
