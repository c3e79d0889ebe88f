"""Text of unknown origin made safe to print.

A transcript may hold anything: escape sequences, control and direction marks, rich's own markup.
`plain` takes out what a terminal would obey; markup is never parsed because callers print `Text`.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")
# C0 and C1 controls, direction marks and overrides, zero-width characters, lone surrogates
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)


def plain(text: str, limit: int | None = None) -> str:
    """One line that no terminal obeys, cut to `limit` characters with an ellipsis."""
    line = " ".join(_CONTROLS.sub(" ", _ESCAPES.sub("", text)).split())
    if limit is not None and len(line) > limit:
        line = line[: max(1, limit - 1)].rstrip() + "…"
    return line
