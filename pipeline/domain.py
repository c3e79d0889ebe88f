"""All domain types, from a spoken word to an assessment. Plain, frozen, without behaviour that
needs I/O.

Times are seconds from the start of the recording; character offsets count into `Turn.text`.
Profiles and fixed vocabularies are written down next door and can be imported from here. The JSON
spelling of these types is in `formats.py`; the trap is that `Range.low` is `min` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipeline.profile_types import (
    Condition as Condition,
)
from pipeline.profile_types import (
    Criterion as Criterion,
)
from pipeline.profile_types import (
    Disqualifier as Disqualifier,
)
from pipeline.profile_types import (
    Profile as Profile,
)
from pipeline.profile_types import (
    Seller as Seller,
)
from pipeline.profile_types import (
    Statement as Statement,
)
from pipeline.profile_types import (
    TriggerRule as TriggerRule,
)
from pipeline.vocabularies import (
    BLOCKER_KINDS as BLOCKER_KINDS,
)
from pipeline.vocabularies import (
    BUDGET_STATUSES as BUDGET_STATUSES,
)
from pipeline.vocabularies import (
    BUSINESS_MODELS as BUSINESS_MODELS,
)
from pipeline.vocabularies import (
    GROWTH_STAGES as GROWTH_STAGES,
)
from pipeline.vocabularies import (
    PERSONA_KINDS as PERSONA_KINDS,
)
from pipeline.vocabularies import (
    PLACE_KINDS as PLACE_KINDS,
)
from pipeline.vocabularies import (
    TEAM_STATUSES as TEAM_STATUSES,
)
from pipeline.vocabularies import (
    TOOL_STATUSES as TOOL_STATUSES,
)
from pipeline.vocabularies import (
    TRIGGER_KINDS as TRIGGER_KINDS,
)
from pipeline.vocabularies import (
    Dimension as Dimension,
)
from pipeline.vocabularies import (
    Role as Role,
)


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio or video file of one call, with what the uploader knows about it."""

    path: Path
    call_id: str
    deal_id: str | None = None
    title: str | None = None
    recorded_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. `quarantine` names why its text must not be trusted (None: trusted)."""

    text: str
    start: float
    end: float
    probability: float = 1.0
    channel: int = 0
    quarantine: str | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the recogniser heard: all words in order of time, and the language they are in."""

    language: str
    duration: float
    words: tuple[Word, ...]
    channels: int = 1
    warnings: tuple[str, ...] = ()
    """Damage that did not prevent reading ("ends early: 62 s of 120 s could be read")."""


@dataclass(frozen=True, slots=True)
class SpeakerSpan:
    """From `start` to `end` this anonymous voice speaks (spans of two speakers may overlap)."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of the call, with the side it is on and, when known, a person's name."""

    id: str
    role: Role = Role.UNKNOWN
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's uninterrupted stretch of speech. A quarantined turn is shown, never
    evidence.
    """

    index: int
    speaker: str
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()
    quarantine: str | None = None
    english: str | None = None
    """What `text` says in English, where it is in another language: what the analysis reads."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns of one call."""

    call_id: str
    turns: tuple[Turn, ...]
    speakers: tuple[Speaker, ...] = ()
    deal_id: str | None = None
    title: str | None = None
    language: str | None = None
    recorded_at: datetime | None = None
    duration: float | None = None

    def role_of(self, speaker: str) -> Role:
        """The role of a speaker id; `unknown` for an id that the call does not list."""
        return next((s.role for s in self.speakers if s.id == speaker), Role.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Range:
    """A number as it was said: `low` to `high`, either open (None), equal when exact."""

    low: float | None
    high: float | None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the learned reader found in one turn: a stretch of text, its label, an uncalibrated
    score.

    `label` is `dimension` or `dimension:attribute`, for example `tech_stack:past`,
    `trigger:funding`, `business_model:b2b`, `pain`. `start` and `end` are character offsets into
    the turn's text.
    """

    turn: int
    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All proposals for a call, and for each speaker how likely it is to be on the rep's side."""

    proposals: tuple[Proposal, ...]
    rep_scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing that the entity recogniser found in a text (spaCy label: ORG, GPE, MONEY …)."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact about the account that somebody said, with its evidence. Knows no profile."""

    id: str
    call_id: str
    dimension: Dimension
    value: str | Range | None
    quote: str
    turns: tuple[int, ...]
    speaker: str
    role: Role
    confidence: float
    status: str | None = None
    kind: str | None = None
    function: str | None = None
    when: str | None = None
    start: float | None = None
    end: float | None = None
    source: str = "call"
    heard: str | None = None
    """How the recogniser spelt the value, when that differs ("net sweet")."""
    quote_en: str | None = None
    """The English that the signal was found in, where the call is in another language."""


@dataclass(frozen=True, slots=True)
class StatementEvidence:
    """How a call bears on a statement: `supports` and `denies` are confidences in 0..1.

    `quote` and `turns` belong to whichever of the two is larger; both near 0 means nobody said.
    """

    statement: str
    supports: float
    denies: float
    quote: str = ""
    turns: tuple[int, ...] = ()
    speaker: str = ""
    start: float | None = None
    quote_en: str | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one criterion, trigger or disqualifier came out, and the signals that decided it."""

    id: str
    status: str
    score: float = 0.0
    signals: tuple[str, ...] = ()
    explanation: str = ""
    quote: str = ""
    turns: tuple[int, ...] = ()
    start: float | None = None
    history: tuple[str, ...] = ()
    source: str = "call"
    weights: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What nobody has asked yet, as a question to ask."""

    criterion: str
    question: str


@dataclass(frozen=True, slots=True)
class Check:
    """One call, or all calls of a deal, held against one profile (`subject`: call or deal id)."""

    subject: str
    profile_id: str
    profile_version: int
    criteria: tuple[RuleResult, ...]
    triggers: tuple[RuleResult, ...]
    disqualifiers: tuple[RuleResult, ...]
    fit: float | None
    coverage: float
    tier: str | None
    disqualified: bool
    engagement: float
    quadrant: str
    open_questions: tuple[OpenQuestion, ...]
    summary: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallAnalysis:
    """What one call gave: its turns, its signals, and how it bears on the profiles' statements."""

    transcript: Transcript
    signals: tuple[Signal, ...]
    statements: tuple[StatementEvidence, ...] = ()
    made_by: Mapping[str, str] = field(default_factory=dict)
