"""Choose the thresholds of statements on excerpts that the entailment model was not trained on.

    python scripts/tune_statements.py EXCERPTS... --statements FILES... --held-out DEV_PAIRS \\
        [--data-dir DIR] [--model FOLDER]

DEV_PAIRS is the development file of scripts/make_entailment_pairs.py: its excerpts are the held-out
ones. Each is read as a call, and all statements written about it are weighed as the product does.
Prints, for the best settings, precision and recall of "said" and "denied", and the accuracy over
said, denied and left open. The trap: an excerpt is shorter than a call, so chance hits are rarer.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from api.settings import Settings
from api.wiring import open_services
from models.nli import EntailmentModel
from pipeline.domain import Role, Statement
from pipeline.formats import transcript_from_json
from pipeline.knowledge import CheckOptions
from pipeline.statement_windows import StatementLimits
from pipeline.steps.statements import Judged, decide, judge_windows

Row = tuple[Statement, list[Judged], str]
STEPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def main() -> None:
    """Read, judge once, try every setting, print the best ten."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("excerpts", type=Path, nargs="+")
    parser.add_argument("--statements", type=Path, nargs="+", required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--model", type=Path, help="folder of another entailment model")
    parser.add_argument("--candidates", type=int, default=StatementLimits().candidates)
    args = parser.parse_args()
    services = open_services(Settings(data_dir=args.data_dir) if args.data_dir else Settings())
    box = services.toolbox
    entailer = EntailmentModel(args.model) if args.model else box.entailer
    base = replace(StatementLimits(), candidates=args.candidates)
    held = {json.loads(line)["excerpt"] for line in args.held_out.open(encoding="utf-8")}
    talks = {
        row["id"]: row
        for folder in args.excerpts
        for path in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, path.open(encoding="utf-8"))
        if row["id"] in held
    }
    asked: dict[str, list[dict[str, str]]] = defaultdict(list)
    for path in args.statements:
        for row in map(json.loads, path.open(encoding="utf-8")):
            if row["excerpt"] in talks:
                asked[row["excerpt"]].append(row)
    rows: list[Row] = []
    for name, questions in asked.items():
        speakers = {t["speaker"]: t.get("true_role", t["role"]) for t in talks[name]["turns"]}
        data = {
            "call_id": name,
            "speakers": [{"id": s, "role": r} for s, r in speakers.items()],
            "turns": talks[name]["turns"],
        }
        call = transcript_from_json(data, name)
        roles = {s.id: s.role or Role.UNKNOWN for s in call.speakers}
        statements = [Statement(str(i), q["statement"]) for i, q in enumerate(questions)]
        judged = judge_windows(call, roles, statements, entailer, box.embedder, base)
        answers = [q["answer"] for q in questions]
        rows += list(zip(statements, judged, answers, strict=True))
    print(f"{len(rows)} statements on {len(asked)} excerpts")
    tried = []
    for support, denial in itertools.product(STEPS, STEPS):
        limits = replace(base, support=support, denial=denial)
        said = [answer_of(statement, judged, limits) for statement, judged, _ in rows]
        tried.append((*score([gold for *_, gold in rows], said), support, denial))
    tried.sort(reverse=True)
    print("mean F1, accuracy, said P R, denied P R, support, denial")
    for line in tried[:10]:
        print("  ".join(f"{number:.3f}" for number in line))


def answer_of(statement: Statement, judged: list[Judged], limits: StatementLimits) -> str:
    """yes, no or open, at the thresholds of a check."""
    found = decide(statement, judged, _NoEmbedder(), limits)
    options = CheckOptions()
    yes, no = found.supports >= options.statement_met, found.denies >= options.statement_denied
    if yes and no:
        return "yes" if found.supports >= found.denies else "no"
    return "yes" if yes else "no" if no else "open"


class _NoEmbedder:
    """The quote does not matter here."""

    made_by = "none"

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[0.0] for _ in texts]


def score(gold: list[str], said: list[str]) -> tuple[float, ...]:
    """Mean F1 of yes and no, accuracy, then precision and recall of yes and of no."""
    parts = []
    for answer in ("yes", "no"):
        hits = sum(g == s == answer for g, s in zip(gold, said, strict=True))
        parts += [hits / max(1, said.count(answer)), hits / max(1, gold.count(answer))]
    f1 = [2 * p * r / max(1e-9, p + r) for p, r in (parts[:2], parts[2:])]
    right = sum(g == s for g, s in zip(gold, said, strict=True)) / max(1, len(gold))
    return (sum(f1) / 2, right, *parts)


if __name__ == "__main__":
    main()
