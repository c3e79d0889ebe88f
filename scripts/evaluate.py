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
from pathlib import Path

from api.settings import Settings
from api.wiring import build_services
from pipeline.analyze import analyze_transcript
from pipeline.assess import check_call
from pipeline.formats import check_to_json, signal_to_json, transcript_from_json
from pipeline.profile import load_profile


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("devset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument(
        "--no-roles", action="store_true", help="hide who is rep and who is prospect"
    )
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    settings = Settings(data_dir=args.data_dir) if args.data_dir else Settings()
    services = build_services(settings)
    args.out.mkdir(parents=True, exist_ok=True)
    begun = time.process_time()
    words = 0
    for path in sorted((args.devset / "calls").glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        data = call["transcript"]
        if args.no_roles:
            for speaker in data.get("speakers", []):
                speaker["role"] = "unknown"
        transcript = transcript_from_json(data, str(path))
        words += sum(len(t.text.split()) for t in transcript.turns)
        checks, signals = {}, []
        for name in call["profiles"]:
            profile = load_profile(args.devset / "profiles" / f"{name}.yaml")
            analysis = analyze_transcript(
                transcript, profile.statements(), services.toolbox, seller=profile.seller.company
            )
            check = check_call(analysis, profile, services.knowledge)
            checks[profile.id] = check_to_json(check)
            signals = [signal_to_json(s) for s in analysis.signals]
        result = {"signals": signals, "checks": checks}
        (args.out / path.name).write_text(json.dumps(result, indent=1), encoding="utf-8")
    print(f"{time.process_time() - begun:.1f} s of CPU for {words} words, models loaded once")
    command = [
        sys.executable,
        str(args.devset / "score.py"),
        str(args.devset / "calls"),
        str(args.out),
    ]
    command += ["--json", str(args.out.with_suffix(".score.json"))]
    return subprocess.run(command + (["--errors"] if args.errors else []), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
