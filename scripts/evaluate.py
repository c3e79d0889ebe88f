"""Run the product over labelled calls and score what it says.

    python scripts/evaluate.py DEVSET --out PREDICTIONS [--no-roles] [--data-dir DIR] [--errors]

DEVSET holds calls/*.json, profiles/*.yaml and score.py (the scorer that comes with the labelled
calls). Prints the scorer's table; predictions are written so that two runs can be compared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from api.settings import load_settings
from api.wiring import Services, open_services
from pipeline.domain import CallAnalysis, Role, Transcript
from pipeline.formats import check_to_json, signal_to_json, transcript_from_json
from pipeline.profile import load_profile


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("devset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--no-roles", action="store_true", help="hide who sells and who buys")
    parser.add_argument("--errors", action="store_true", help="print every miss and every extra")
    args = parser.parse_args()
    services = open_services(
        load_settings(**({"data_dir": args.data_dir} if args.data_dir else {}))
    )
    args.out.mkdir(parents=True, exist_ok=True)
    begun, words = time.process_time(), 0
    for path in sorted((args.devset / "calls").glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        transcript = transcript_from_json(call["transcript"], str(path))
        if args.no_roles:
            hidden = tuple(replace(s, role=Role.UNKNOWN) for s in transcript.speakers)
            transcript = replace(transcript, speakers=hidden)
        words += sum(len(t.text.split()) for t in transcript.turns)
        result = evaluate(transcript, args.devset, call["profiles"], services)
        (args.out / path.name).write_text(json.dumps(result, indent=1), encoding="utf-8")
    print(f"{time.process_time() - begun:.1f} s of CPU for {words} words, models loaded once")
    command = [sys.executable, str(args.devset / "score.py"), str(args.devset / "calls")]
    command += [str(args.out), "--json", str(args.out.with_suffix(".score.json"))]
    return subprocess.run(command + ["--errors"] * args.errors, check=False).returncode


def evaluate(
    transcript: Transcript, devset: Path, names: list[str], services: Services
) -> dict[str, object]:
    """Signals and checks of one call in the scorer's format."""
    profiles = [load_profile(devset / "profiles" / f"{name}.yaml") for name in names]
    analysis: CallAnalysis = services.analyze(transcript, profiles)
    checks = {p.id: check_to_json(services.check(analysis, p)) for p in profiles}
    return {"signals": [signal_to_json(s) for s in analysis.signals], "checks": checks}


if __name__ == "__main__":
    sys.exit(main())
