"""What the summary shows, counted while the tables are written; its size does not grow with calls.

Trap: pains are sentences, so equal ones are rare; the surest of them are put together by meaning.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.json_fields import Json

MOST_PAINS = 400
MOST_GROUPS = 12
_SAME = 0.55
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]


@dataclass(slots=True)
class ProfileFigures:
    """Counts for one profile."""

    tiers: Counter[str] = field(default_factory=Counter)
    rules: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """(kind, rule) → status → calls."""
    open_by_rep: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Rep → criterion → calls that left it open."""


@dataclass(slots=True)
class Figures:
    """All counts of an archive."""

    calls: int = 0
    hours: float = 0.0
    words: int = 0
    signals: int = 0
    reps: Counter[str] = field(default_factory=Counter)
    dimensions: Counter[str] = field(default_factory=Counter)
    """Dimension → calls in which something was said about it."""
    tools: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Tool → status → calls."""
    profiles: dict[str, ProfileFigures] = field(default_factory=dict)
    pains: list[tuple[float, str, str, str]] = field(default_factory=list)
    """The surest: (confidence, text, call, quote), smallest first."""
    n_pains: int = 0

    def add(self, call: Json, signals: Sequence[Json], checks: Sequence[Json]) -> None:
        """Count one call with the rows of its signals and checks."""
        self.calls += 1
        self.words += int(str(call["words"]))
        self.hours += float(str(call["duration"] or 0.0)) / 3600
        self.signals += len(signals)
        rep = str(call["rep"] or "")
        self.reps[rep] += 1
        self.dimensions.update({str(row["dimension"]) for row in signals})
        tools = {
            (str(r["value"]), str(r["status"])) for r in signals if r["dimension"] == "tech_stack"
        }
        for tool, status in tools:
            self.tools[tool][status] += 1
        for row in signals:
            if row["dimension"] == "pain":
                self._add_pain(row)
        self._add_checks(rep, checks)

    def _add_pain(self, row: Json) -> None:
        self.n_pains += 1
        pain = (
            float(str(row["confidence"])), str(row["value"]), str(row["call_id"]),
            str(row["quote_en"] or row["quote"]),
        )  # fmt: skip
        if len(self.pains) < MOST_PAINS:
            heapq.heappush(self.pains, pain)
        else:
            heapq.heappushpop(self.pains, pain)

    def _add_checks(self, rep: str, checks: Sequence[Json]) -> None:
        seen = set()
        for row in checks:
            figures = self.profiles.setdefault(str(row["profile"]), ProfileFigures())
            if row["profile"] not in seen:
                seen.add(row["profile"])
                figures.tiers[str(row["tier"] or "none")] += 1
            kind, rule, status = (str(row[name]) for name in ("rule_kind", "rule", "status"))
            figures.rules[(kind, rule)][status] += 1
            if kind == "criterion" and status == "unknown":
                figures.open_by_rep[rep][rule] += 1


@dataclass(frozen=True, slots=True)
class PainGroup:
    """Pains of one meaning: in how many calls, and the surest wording."""

    text: str
    quote: str
    calls: int


def group_pains(figures: Figures, embed: Embed) -> list[PainGroup]:
    """The pains that most calls share, by meaning; each pain joins the first group it is near."""
    pains = sorted(figures.pains, reverse=True)
    if not pains:
        return []
    vectors = embed([text for _, text, _, _ in pains])
    groups: list[tuple[Sequence[float], tuple[float, str, str, str], set[str]]] = []
    for pain, vector in zip(pains, vectors, strict=True):
        near = max(groups, key=lambda group: _dot(group[0], vector), default=None)
        if near is not None and _dot(near[0], vector) >= _SAME:
            near[2].add(pain[2])
        else:
            groups.append((vector, pain, {pain[2]}))
    groups.sort(key=lambda group: (-len(group[2]), -group[1][0], group[1][1]))
    return [PainGroup(p[1], p[3], len(calls)) for _, p, calls in groups[:MOST_GROUPS]]


def top_tools(figures: Figures, most: int) -> list[tuple[str, Mapping[str, int]]]:
    """The tools of most calls, with calls by status."""
    ranked = sorted(figures.tools.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [(tool, dict(statuses)) for tool, statuses in ranked[:most]]


def _dot(one: Sequence[float], two: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, two, strict=True))
