"""Run the product over labelled calls and score what it says.

    python scripts/evaluate.py DEVSET --out PREDICTIONS [--no-roles] [--data-dir DIR] [--errors]
        [--plot FILE.png] [--statements scripts/data/dev_statements.jsonl] [--against OTHER]

DEVSET holds calls/*.json, profiles/*.yaml and score.py (the scorer that comes with the labelled
calls). Prints the scorer's table and how far the confidences of signals can be believed; --plot
draws that (matplotlib, in the [test] extra). --statements also weighs labelled statements, all
those of a call in the analysis of that call. Predictions are written so that two runs can be
compared: --against names the --out of an earlier run. --errors lists what is missed, what is extra,
and the statements answered wrongly.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings
from api.wiring import Services, open_services
from pipeline.domain import CallAnalysis, Profile, Role
from pipeline.formats import check_to_json, signal_to_json, transcript_from_json
from pipeline.profile import load_profile
from scripts.calibrate import load_scorer
from scripts.reliability import Judged, draw_reliability, judge_signals, print_reliability
from scripts.run_tables import judge_run, print_comparison, print_errors
from scripts.statement_scores import (
    Answered,
    ask,
    print_statements,
    read_answers,
    read_statements,
)


@dataclass
class Findings:
    """What the scorer does not print, gathered call by call."""

    judged: list[Judged] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    words: int = 0


def main() -> int:
    """Predict, then print the tables."""
    args = _options()
    services = open_services(
        load_settings(**({"data_dir": args.data_dir} if args.data_dir else {}))
    )
    args.out.mkdir(parents=True, exist_ok=True)
    begun = time.process_time()
    score = load_scorer(args.devset / "score.py")
    findings = predict(args, services, score)
    seconds = time.process_time() - begun
    print(f"{seconds:.1f} s of CPU for {findings.words} words, models loaded once")
    command = [sys.executable, str(args.devset / "score.py"), str(args.devset / "calls")]
    command += [str(args.out), "--json", str(args.out.with_suffix(".score.json"))]
    sys.stdout.flush()
    done = subprocess.run(command + ["--errors"] * args.errors, check=False)
    run = judge_run(score, args.devset / "calls", args.out)
    print_errors(run)
    print_reliability(findings.judged)
    if args.plot:
        draw_reliability(findings.judged, args.plot)
    if args.statements:
        print_statements(findings.answered, errors=args.errors)
    if args.against:
        print_comparison(judge_run(score, args.devset / "calls", args.against), run)
    return done.returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("devset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--no-roles", action="store_true", help="hide who sells and who buys")
    parser.add_argument("--errors", action="store_true", help="print what is wrong, one by one")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the reliability plot")
    parser.add_argument("--statements", type=Path, metavar="FILE.jsonl", help="labelled statements")
    parser.add_argument("--against", type=Path, metavar="OTHER", help="an earlier run's --out")
    args = parser.parse_args()
    if args.statements and args.no_roles:
        parser.error("--statements weighs with the roles given, so not with --no-roles")
    return args


def predict(args: argparse.Namespace, services: Services, score: ModuleType) -> Findings:
    """Every call through the product; writes its predictions."""
    labelled = read_statements(args.statements) if args.statements else {}
    findings = Findings()
    for path in sorted((args.devset / "calls").glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        transcript = transcript_from_json(call["transcript"], str(path))
        if args.no_roles:
            hidden = tuple(replace(s, role=Role.UNKNOWN) for s in transcript.speakers)
            transcript = replace(transcript, speakers=hidden)
        profiles = load_profiles(args.devset, call["profiles"])
        rows = labelled.get(call["id"], [])
        asked = [ask(rows, profiles[0])] if rows else []
        analysis = services.analyze(transcript, [*profiles, *asked])
        result = to_prediction(analysis, profiles, services)
        (args.out / path.name).write_text(json.dumps(result, indent=1), encoding="utf-8")
        findings.words += sum(len(t.text.split()) for t in transcript.turns)
        findings.judged += judge_signals(score, call["gold"]["signals"], result["signals"])
        if rows:
            findings.answered += read_answers(rows, asked[0], analysis)
    return findings


def load_profiles(devset: Path, names: list[str]) -> list[Profile]:
    """The profiles that a labelled call is held against."""
    return [load_profile(devset / "profiles" / f"{name}.yaml") for name in names]


def to_prediction(
    analysis: CallAnalysis, profiles: list[Profile], services: Services
) -> dict[str, Any]:
    """An analysed call, held against each profile, in the scorer's format."""
    checks = {p.id: check_to_json(services.check(analysis, p)) for p in profiles}
    return {"signals": [signal_to_json(s) for s in analysis.signals], "checks": checks}


if __name__ == "__main__":
    sys.exit(main())
