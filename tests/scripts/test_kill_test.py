"""The short version of scripts/kill_test.py: the API and a worker die while calls come in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_call_ends_once_though_api_and_worker_are_killed() -> None:
    options = ["--calls", "3", "--kills", "2", "--every", "0.5", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "scripts/kill_test.py", *options],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["calls"], report["right"], report["jobs done"]) == (3, 3, 3)
    assert sum(n for name, n in report.items() if name.startswith("kills of")) == 2
    assert any("API" in name for name in report)
