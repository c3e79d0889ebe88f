"""Time `icp profile diff` on many generated results of checked calls.

    python scripts/bench_diff.py CALLS_DIR P1.yaml P2.yaml [--calls 10000] [--keep DIR]

CALLS_DIR holds results of `icp check --json`; they are copied with other ids and confidences,
and signals left out at random, into deals of three calls. Prints the seconds of the whole
command, and those of CPU, which count on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SEED = 20260101
CALLS_A_DEAL, CALLS_A_FILE = 3, 500


def main() -> int:
    """Generate, run the command, print the time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="keep the generated results here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = args.keep or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        generate(args.results, folder, args.calls)
        command = [sys.executable, "-m", "api.cli", "profile", "diff"]
        command += [str(args.before), str(args.after), "--calls", str(folder)]
        begun = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
    print(done.stdout.split("\n", 1)[0])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(f"{args.calls} calls: {seconds:.1f} s in all, {cpu:.1f} s of CPU on one core")
    return done.returncode


def generate(results: Path, folder: Path, count: int) -> None:
    """Write so many results, made of those that are there."""
    chance = random.Random(SEED)
    found = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(results.glob("*.json"))]
    rows: list[Any] = []
    for number in range(count):
        rows.append(_vary(found[number % len(found)], number, chance))
        if len(rows) == CALLS_A_FILE or number == count - 1:
            name = folder / f"calls-{number:06}.json"
            name.write_text(json.dumps(rows), encoding="utf-8")
            rows = []


def _vary(result: Any, number: int, chance: random.Random) -> Any:
    call_id = f"g{number:06}"
    transcript = {
        **result["transcript"], "call_id": call_id, "deal_id": f"d{number // CALLS_A_DEAL:06}",
        "recorded_at": f"2026-0{1 + number % 3 * 3}-15T10:00:00Z",
    }  # fmt: skip
    signals = [
        {
            **signal, "id": f"{signal['id']}_{number}", "call_id": call_id,
            "confidence": min(1.0, max(0.0, signal["confidence"] + chance.uniform(-0.2, 0.2))),
        }
        for signal in result["signals"]
        if chance.random() < 0.9
    ]  # fmt: skip
    statements = [
        {**found, "supports": min(1.0, found["supports"] * chance.uniform(0.8, 1.1))}
        for found in result["statements"]
    ]
    return {**result, "transcript": transcript, "signals": signals, "statements": statements}


if __name__ == "__main__":
    sys.exit(main())
