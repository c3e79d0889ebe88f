"""How long an archive will take, before anything is heard: for `--dry-run`.

Recordings count by their length, transcripts by their size; the speed is that of this folder's
earlier runs, else what two cores do. Trap: a recording's length is what its header says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api.batch.bar import TRANSCRIPT_BYTES
from api.batch.listing import RECORDINGS, Item
from api.batch.state import Entry
from models.lengths import stated_seconds

REAL_TIME = 17.0
"""Seconds of a recording that are done in one second."""
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """What there is to do, and what it will cost with one worker."""

    recordings: int
    hours_of_sound: float
    unknown_length: int
    transcripts: int
    text_bytes: int
    seconds: float
    measured: bool


def estimate(items: Iterable[Item], earlier: Iterable[Entry]) -> Estimate:
    """The estimate for these files."""
    speed, rate, measured = _speeds(list(earlier))
    recordings = transcripts = text_bytes = unknown = 0
    sound = seconds = 0.0
    for item in items:
        n_bytes = item.path.stat().st_size if item.path.is_file() else 0
        if item.path.suffix.lower() in RECORDINGS:
            recordings += 1
            length = stated_seconds(item.path)
            unknown += length is None
            sound += length or 0.0
            seconds += (length or 0.0) / speed
        else:
            transcripts += 1
            text_bytes += n_bytes
            seconds += n_bytes / rate
    return Estimate(recordings, sound / 3600, unknown, transcripts, text_bytes, seconds, measured)


def _speeds(earlier: list[Entry]) -> tuple[float, float, bool]:
    """Real-time factor, bytes of transcript a second, and whether both were not just assumed."""
    heard = [e for e in earlier if e.done and e.kind == "recording" and e.duration and e.seconds]
    read = [e for e in earlier if e.done and e.kind == "transcript" and e.seconds]
    speed, rate = REAL_TIME, TRANSCRIPT_BYTES
    if len(heard) >= _FEWEST:
        speed = sum(e.duration or 0.0 for e in heard) / sum(sum(e.seconds.values()) for e in heard)
    if len(read) >= _FEWEST:
        rate = sum(e.n_bytes for e in read) / sum(sum(e.seconds.values()) for e in read)
    return speed, rate, len(heard) >= _FEWEST or len(read) >= _FEWEST
