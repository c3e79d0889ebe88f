"""The short version of scripts/hostile_uploads.py: a real server is sent a part of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_hostile_uploads_are_refused_and_leave_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/hostile_uploads.py", "--few", "--no-worker"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    for told in ("401 unauthorized", "413 too_large", "422 bad_input", "server alive: True"):
        assert told in done.stdout
