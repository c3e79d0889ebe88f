"""Logging set-up: one line an event, on standard error, with libraries kept quiet.

Never logged at any level: the words of a call, names of people, secrets. Log ids, counts and times.
Trap: an exception's message may quote what it could not read, so of exceptions only the kind and
the lines of code are logged.
"""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from typing import Any

OWN = ("api", "models", "pipeline")
_DEEPEST = 10


class _Silent(logging.Formatter):
    """Tells where an exception came from, not what it says."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without what another handler may have kept of the exception."""
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        """Kinds and lines of code of an exception and of those that led to it."""
        told: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None and len(told) < _DEEPEST:
            told.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
            error = error.__cause__ or error.__context__
        return "\nafter\n".join(told)


def set_up_logs(level: str = "WARNING") -> None:
    """Log our own packages from `level` up and libraries from ERROR up. Safe to call twice."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Silent("%(asctime)s %(levelname)s %(name)s: %(message)s"))
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
