"""How long a recording says it is, from its header alone; for estimates, never for results.

Trap: headers lie, and some have no length; reading the whole file is `audio.probe`'s work.
"""

from __future__ import annotations

from pathlib import Path

import av


def stated_seconds(path: Path) -> float | None:
    """Seconds that the header states; None when it states none, or nothing can be read."""
    try:
        # a playlist must not make this machine ask others
        options = {"protocol_whitelist": "file"}
        source = f"file:{path.absolute()}"
        with av.open(source, metadata_errors="ignore", options=options) as container:
            if not container.streams.audio or container.duration is None:
                return None
            return float(container.duration) / float(av.time_base)
    except (OSError, ValueError, av.FFmpegError):
        return None
