"""The calls of a deal put side by side: one id for each person, one moment for calls close by.

Trap: `S2` is somebody else in every call; only a name joins two voices of different calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property

from pipeline.domain import CallAnalysis, Dimension, Role, Signal, StatementEvidence, Transcript
from pipeline.knowledge import CheckOptions
from pipeline.log_odds import faded
from pipeline.verdict import Moments

SELDOM_CHANGES = {Dimension.INDUSTRY, Dimension.GEOGRAPHY, Dimension.BUSINESS_MODEL}
"""Facts that age four times more slowly."""
DATED = {Dimension.TRIGGER, Dimension.TIMELINE, Dimension.NEXT_STEP}
"""Facts with a date of their own do not age."""


@dataclass(frozen=True)
class Talks:
    """The calls of a deal in order; signals and statements have people for speakers.

    Turns keep their voices. `aged` have the confidences that count on the day `on`, of the last
    call; `analyses` those of their own day.
    """

    spoken: tuple[CallAnalysis, ...]
    aged: tuple[CallAnalysis, ...]
    moments: Moments
    days: Mapping[str, date]
    names: Mapping[str, str]
    on: date | None

    @cached_property
    def analyses(self) -> tuple[CallAnalysis, ...]:
        """The calls as they were on their days."""
        return tuple(_with_people(analysis, {}, 0, CheckOptions()) for analysis in self.spoken)


def put_side_by_side(analyses: Sequence[CallAnalysis], options: CheckOptions) -> Talks:
    """The calls with persons in place of speakers, and aged."""
    names: dict[str, str] = {}
    days = {
        a.transcript.call_id: a.transcript.recorded_at.date()
        for a in analyses
        if a.transcript.recorded_at
    }
    on = max(days.values(), default=None)
    aged = tuple(_with_people(a, names, age_of(a.transcript, on), options) for a in analyses)
    return Talks(tuple(analyses), aged, _moments(analyses, options), days, names, on)


def _with_people(
    analysis: CallAnalysis, names: dict[str, str], days: int, options: CheckOptions
) -> CallAnalysis:
    """The analysis so many days later, with the ids of persons; their names are added."""
    transcript = analysis.transcript
    known = {s.id: s for s in transcript.speakers}

    @cache
    def person(speaker: str) -> str:
        found = known.get(speaker)
        if found is None or not found.name:
            key, shown = f"{transcript.call_id}/{speaker}", speaker
        else:
            side = "/rep" if found.role is Role.REP else ""
            key, shown = " ".join(found.name.casefold().split()) + side, found.name
        names.setdefault(key, shown)
        return key

    return replace(
        analysis,
        signals=tuple(
            replace(s, speaker=person(s.speaker), confidence=_aged(s, days, options))
            for s in analysis.signals
        ),
        statements=tuple(
            _aged_evidence(f, person(f.speaker), days, options) for f in analysis.statements
        ),
    )


def _moments(analyses: Sequence[CallAnalysis], options: CheckOptions) -> Moments:
    """A call further than `same_moment_days` from the first of a moment begins the next one."""
    moments: dict[str, tuple[int, int]] = {}
    number, began = 0, None
    for order, analysis in enumerate(analyses):
        recorded = analysis.transcript.recorded_at
        if order and (
            recorded is None
            or began is None
            or (recorded - began).total_seconds() > options.same_moment_days * 86400
        ):
            number, began = number + 1, recorded
        began = began or recorded
        moments[analysis.transcript.call_id] = (number, order)
    return moments


def age_of(transcript: Transcript, on: date | None) -> int:
    """Days from a call to the day `on`; 0 where either is unknown."""
    recorded = transcript.recorded_at
    return (on - recorded.date()).days if on and recorded else 0


def _aged(signal: Signal, days: int, options: CheckOptions) -> float:
    if days <= 0 or signal.dimension in DATED:
        return signal.confidence
    slow = 4 if signal.dimension in SELDOM_CHANGES else 1
    return faded(signal.confidence, days, options.half_life_days * slow)


def _aged_evidence(
    found: StatementEvidence, person: str, days: int, options: CheckOptions
) -> StatementEvidence:
    supports, denies = (
        faded(x, days, options.half_life_days) for x in (found.supports, found.denies)
    )
    return replace(found, speaker=person, supports=supports, denies=denies)
