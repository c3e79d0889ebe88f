"""All domain types, from a spoken word to an assessment. Plain, frozen, without behaviour that needs I/O.

Times are seconds from the start of the recording; character offsets count into `Turn.text`.
The JSON spelling of these types is in `formats.py`; the trap is that `Range.low` is `min` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class Role(StrEnum):
    """The side a speaker is on."""

    REP = "rep"
    PROSPECT = "prospect"
    OTHER = "other"
    UNKNOWN = "unknown"


class Dimension(StrEnum):
    """What a signal says about the account."""

    INDUSTRY = "industry"
    HEADCOUNT = "headcount"
    TEAM_SIZE = "team_size"
    TEAM = "team"
    REVENUE = "revenue"
    GROWTH_RATE = "growth_rate"
    GEOGRAPHY = "geography"
    BUSINESS_MODEL = "business_model"
    GROWTH_STAGE = "growth_stage"
    TECH_STACK = "tech_stack"
    PAIN = "pain"
    USE_CASE = "use_case"
    SUCCESS_METRIC = "success_metric"
    TRIGGER = "trigger"
    BUDGET = "budget"
    AUTHORITY = "authority"
    TIMELINE = "timeline"
    BLOCKER = "blocker"
    NEXT_STEP = "next_step"
    PERSONA = "persona"


BUSINESS_MODELS = (
    "b2b", "b2c", "b2b2c", "marketplace", "subscription", "transactional", "usage_based",
    "sales_led", "product_led", "channel_led",
)  # fmt: skip
GROWTH_STAGES = (
    "pre_seed", "seed", "series_a", "series_b", "series_c", "series_d_plus", "bootstrapped",
    "pe_backed", "public", "startup", "scaleup", "enterprise", "nonprofit", "government",
)  # fmt: skip
TOOL_STATUSES = ("current", "past", "evaluating", "planned", "not_used")
TEAM_STATUSES = ("present", "absent")
BUDGET_STATUSES = ("available", "unavailable", "unconfirmed")
PLACE_KINDS = ("hq", "office", "market")
PERSONA_KINDS = ("attendee", "mentioned")
TRIGGER_KINDS = (
    "funding", "headcount_growth", "new_market", "leadership_hire", "tech_change",
    "merger_acquisition", "regulation", "contract_renewal", "product_launch", "layoffs",
)  # fmt: skip
BLOCKER_KINDS = (
    "contract_lock_in", "compliance_restriction", "incompatible_stack", "heavy_customization",
    "no_budget", "no_priority", "build_in_house", "roi_unclear", "unsupported_region", "too_small",
    "security_review",
)  # fmt: skip


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
    """One speaker's uninterrupted stretch of speech. A quarantined turn is shown, never evidence."""

    index: int
    speaker: str
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()
    quarantine: str | None = None


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
    """What the learned reader found in one turn: a stretch of text, its label, an uncalibrated score.

    `label` is `dimension` or `dimension:attribute`, for example `tech_stack:past`, `trigger:funding`,
    `business_model:b2b`, `pain`. `start` and `end` are character offsets into the turn's text.
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


@dataclass(frozen=True, slots=True)
class Statement:
    """A free-text sentence of a profile that the classifier decides on."""

    id: str
    text: str
    dimension: Dimension | None = None


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


@dataclass(frozen=True, slots=True)
class Seller:
    """The company that uses this software, as a profile describes it."""

    company: str
    product: str = ""
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a criterion or disqualifier asks of the signals of one dimension."""

    dimension: Dimension | None = None
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    currency: str | None = None
    function: str | None = None
    kind: str | None = None
    status: tuple[str, ...] = ()
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement of a profile."""

    id: str
    condition: Condition
    weight: float = 1.0
    required: bool = False


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """An event that makes an account more likely to buy."""

    id: str
    kind: str | None = None
    statement: str | None = None
    within_months: float | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Disqualifier:
    """A reason not to sell. `condition.kind` names a kind of blocker when no dimension is given."""

    id: str
    condition: Condition
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """An ideal customer profile. `tiers` maps A, B, C to their least fit, in falling order."""

    id: str
    name: str
    seller: Seller
    criteria: tuple[Criterion, ...]
    triggers: tuple[TriggerRule, ...] = ()
    disqualifiers: tuple[Disqualifier, ...] = ()
    tiers: Mapping[str, float] = field(default_factory=lambda: {"A": 0.75, "B": 0.5, "C": 0.25})
    version: int = 1

    def statements(self) -> tuple[Statement, ...]:
        """Every free-text statement of the profile, under the id of the rule that holds it."""
        rules: tuple[Criterion | Disqualifier, ...] = (*self.criteria, *self.disqualifiers)
        conditions = [(rule.id, rule.condition) for rule in rules]
        found = [Statement(i, c.statement, c.dimension) for i, c in conditions if c.statement]
        found += [Statement(t.id, t.statement) for t in self.triggers if t.statement]
        return tuple(found)


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
