"""How well the product answers free-text statements about labelled calls: yes, no, or open.

Rows are `{"call", "statement", "answer", "turns"}`. What counts is the evidence of the call alone,
at the thresholds that a criterion uses. The trap: where a statement names a limit, a criterion
looks at number signals first; that part is not seen here.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.wiring import statements_of
from pipeline.domain import (
    CallAnalysis,
    Condition,
    Criterion,
    Profile,
    Statement,
    StatementEvidence,
)
from pipeline.knowledge import CheckOptions
from pipeline.steps.checks import judge_evidence

ANSWERS = ("yes", "no", "open")
_BY_STATUS = {"met": "yes", "not_met": "no"}


@dataclass(frozen=True, slots=True)
class Answered:
    """One labelled statement with what the product found on it."""

    call: str
    text: str
    wanted: str
    turns: tuple[int, ...]
    evidence: StatementEvidence

    def given(self, options: CheckOptions) -> str:
        """The product's answer; where people contradict each other it stays open."""
        return _BY_STATUS.get(judge_evidence(self.evidence, options).status, "open")


def read_statements(path: Path) -> dict[str, list[dict]]:
    """Labelled statements by call."""
    rows: dict[str, list[dict]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            rows[row["call"]].append(row)
    return dict(rows)


def ask(rows: Sequence[dict], like: Profile) -> Profile:
    """A profile that asks for nothing but these statements, of the same seller."""
    criteria = tuple(
        Criterion(f"statement{n}", Condition(statement=row["statement"]))
        for n, row in enumerate(rows)
    )
    return replace(like, id="statements", criteria=criteria, triggers=(), disqualifiers=())


def read_answers(rows: Sequence[dict], asked: Profile, analysis: CallAnalysis) -> list[Answered]:
    """The evidence for each row, from an analysis that was made with `asked`."""
    found = {evidence.statement: evidence for evidence in analysis.statements}
    keys: dict[str, Statement] = {s.text: s for s in statements_of([asked])}
    return [
        Answered(
            row["call"],
            row["statement"],
            row["answer"],
            tuple(row["turns"]),
            found[keys[row["statement"]].id],
        )
        for row in rows
    ]


def precision_recall(picked: Sequence[bool], wanted: Sequence[bool]) -> tuple[float, float]:
    """Shares of the picked that are wanted, and of the wanted that are picked."""
    both = sum(p and w for p, w in zip(picked, wanted, strict=True))
    return both / max(1, sum(picked)), both / max(1, sum(wanted))


def average_precision(scores: Sequence[float], wanted: Sequence[bool]) -> float:
    """The mean precision at each wanted one, going down the scores; equal scores come together."""
    rows = sorted(zip(scores, wanted, strict=True), key=lambda row: -row[0])
    total = hits = seen = 0
    area = 0.0
    while seen < len(rows):
        tied = [w for s, w in rows[seen:] if s == rows[seen][0]]
        seen, hits, new = seen + len(tied), hits + sum(tied), sum(tied)
        area += new * hits / seen
        total += new
    return area / max(1, total)


def print_statements(rows: Sequence[Answered], *, errors: bool = False) -> None:
    """Said and denied at the product's thresholds, the three answers, and the wrong ones."""
    options = CheckOptions()
    counts = Counter(row.wanted for row in rows)
    print(f"\nstatements: {len(rows)}", *(f"{counts[a]} {a}" for a in ANSWERS), sep="  ")
    print(f"{'':<8}{'from':>6}{'P':>8}{'R':>8}{'average P':>11}")
    for name, answer, threshold, scores in (
        ("said", "yes", options.statement_met, [r.evidence.supports for r in rows]),
        ("denied", "no", options.statement_denied, [r.evidence.denies for r in rows]),
    ):
        wanted = [row.wanted == answer for row in rows]
        precision, recall = precision_recall([s >= threshold for s in scores], wanted)
        ranked = average_precision(scores, wanted)
        print(f"{name:<8}{threshold:>6}{precision:>8.3f}{recall:>8.3f}{ranked:>11.3f}")
    table = Counter((row.wanted, row.given(options)) for row in rows)
    right = sum(table[a, a] for a in ANSWERS)
    print(f"accuracy over the three answers {right}/{len(rows)}  {right / max(1, len(rows)):.3f}")
    print("wanted \\ given" + "".join(f"{given:>8}" for given in ANSWERS))
    for wanted in ANSWERS:
        print(f"{wanted:<14}" + "".join(f"{table[wanted, given]:>8}" for given in ANSWERS))
    for row in rows if errors else ():
        if row.given(options) != row.wanted:
            print(describe_error(row, options))


def describe_error(row: Answered, options: CheckOptions) -> str:
    """A wrong answer on two lines: what was asked, then the product's evidence."""
    found = row.evidence
    return (
        f"{row.call} STATEMENT {row.given(options)} instead of {row.wanted}: {row.text!r}"
        f" turns {list(row.turns)}\n"
        f"    supports {found.supports:.2f}, denies {found.denies:.2f},"
        f" turns {list(found.turns)}: {found.quote!r}"
    )
