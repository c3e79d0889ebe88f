"""The types of an assessment: a deal's check, with what every call said and how it adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.domain import Check, Dimension, Signal, StatementEvidence

LATEST, STANDS, REPLACED, CONTESTED = "latest", "stands", "replaced", "contested"


@dataclass(frozen=True, slots=True)
class Position:
    """What a call says on a rule or a subject: a signal, or evidence on a statement.

    `stands` is `latest` (the newest position), `stands` (older, agrees with it or stands beside
    it), `replaced` (a later one counts instead) or `contested` (nothing resolves it); `holds` says
    whether it speaks for the rule (None: for neither side).
    """

    call_id: str
    on: date | None
    said_by: str
    stands: str
    signal: Signal | None = None
    statement: StatementEvidence | None = None
    holds: bool | None = None

    @property
    def quote(self) -> str:
        """The words."""
        return (self.signal or self.statement or _NOTHING).quote


_NOTHING = StatementEvidence("", 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Positions that cannot both be true at one time, in order; the last one counts if resolved.

    `between` is `calls`, `people` or `crm`. `why` says what resolves it: `later`, `explained`,
    `same person`, `stronger`; empty where nothing does.
    """

    about: str
    dimension: Dimension | None
    between: str
    resolved: bool
    why: str
    positions: tuple[Position, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of a rule's sum of log-odds, and where it is from."""

    log_odds: float
    source: str
    signal: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class RankedQuestion:
    """What to ask next, with how much the answer would decide.

    `worth` is by how much fit and tier are expected to move; `decides` says it in words. `rule` is
    the id of a criterion or of a hard disqualifier (`kind`).
    """

    rule: str
    kind: str
    question: str
    worth: float
    decides: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """All calls of a deal against a profile; the mappings are by rule id."""

    check: Check
    histories: Mapping[str, tuple[Position, ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    questions: tuple[RankedQuestion, ...] = ()
    facts: tuple[Signal, ...] = ()
    """What the CRM says, as signals of the source `crm`."""
