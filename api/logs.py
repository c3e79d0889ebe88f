"""Logging set-up: one line an event, on standard error, with libraries kept quiet.

Never logged at any level: the words of a call, names of people, secrets. Log ids, counts and times.
"""

from __future__ import annotations

import logging
import sys
import warnings

OWN = ("api", "models", "pipeline")


def set_up_logs(level: str = "WARNING") -> None:
    """Log our own packages from `level` up and libraries from ERROR up. Safe to call twice."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "icp", False)]:
        root.removeHandler(old)
    handler.icp = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(logging.ERROR)
    for name in OWN:
        logging.getLogger(name).setLevel(level)
    if level != "DEBUG":
        warnings.simplefilter("ignore")
