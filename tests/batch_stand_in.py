"""`icp batch` and its processes with stand-ins for the models, for tests that kill them.

`python -m tests.batch_stand_in child`, or `… PLACE PROFILE OUT WORKERS`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from api.batch import child
from api.commands import batch
from api.commands.shell import guarded
from api.settings import load_settings
from tests.stand_in import wire

CHILD = (sys.executable, "-m", "tests.batch_stand_in", "child")


def main(place: str, profile: str, out: str, workers: str) -> int:
    """Run the command; its exit status."""
    options = batch.BatchOptions(
        Path(place), (Path(profile),), Path(out), int(workers), command=CHILD
    )
    batch.open_services = wire
    try:
        with guarded(debug=False):
            return batch.run_batch(options, load_settings())
    except typer.Exit as ended:
        return int(ended.exit_code)


if __name__ == "__main__":
    if sys.argv[1] == "child":
        child.main(wire)
    else:
        sys.exit(main(*sys.argv[1:]))
