"""Times, sizes and states in words, as filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from api.describe import label
from api.words import plain
from pipeline.explain import clock

STAGES = {
    "transcribe": "writing it down",
    "translate": "translating",
    "diarize": "telling voices apart",
    "tag": "reading",
    "read": "reading",
    "signals": "finding signals",
    "entail": "weighing statements",
    "statements": "weighing statements",
}
REMEDIES = {
    "unreadable_recording": "Check that the file plays, or export it again as mp3, m4a or wav.",
    "no_speech": "Nobody speaks in it. Check that the right file was uploaded.",
    "bad_transcript": "See README, “A transcript”, for the formats that are read.",
    "weights": "The models are not on the machine; an administrator runs `icp models --fetch`.",
    "out_of_memory": "Try again; if it stays so, the machine needs more memory.",
}


def day(seconds: float | None) -> str:
    """A moment as `4 Mar 2026`, in UTC."""
    if seconds is None:
        return ""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%b %Y}"


def moment(seconds: float | None) -> str:
    """A moment to the minute, in UTC: `4 Mar 2026, 15:02`."""
    if seconds is None:
        return ""
    return f"{day(seconds)}, {datetime.fromtimestamp(seconds, UTC):%H:%M}"


def iso(seconds: float | None) -> str:
    """A moment for `<time datetime>`."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def length(seconds: float | None) -> str:
    """How long a call took: `48 s`, `24 min`, `1 h 5 min`."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def figure(value: float | None) -> str:
    """A number between 0 and 1 with two decimals; a dash when unknown."""
    return "–" if value is None else f"{value:.2f}"


def percent(value: float | None) -> str:
    """A share in per cent; a dash when unknown."""
    return "–" if value is None else f"{value:.0%}"


def stage(name: str | None) -> str:
    """What happens to a call now."""
    return STAGES.get(name or "", (name or "starting").replace("_", " "))


def remedy(code: str | None) -> str:
    """What to do about a failure; empty when the message says it all."""
    return REMEDIES.get(code or "", "")


def title_of(call: object) -> str:
    """How a call is called: its title, else its account, else its id."""
    names = (getattr(call, name, None) for name in ("title", "account", "id"))
    return plain(next((str(name) for name in names if name), "call"), 200)


def untiered(summary: str) -> str:
    """A check's summary without the tier that it begins with: the page shows that already."""
    rest = re.sub(r"^Tier [A-D]; ", "", summary)
    return rest[:1].upper() + rest[1:]


FILTERS: Mapping[str, Callable[..., str]] = {
    "clock": clock,
    "day": day,
    "figure": figure,
    "iso": iso,
    "label": label,
    "lasts": length,
    "moment": moment,
    "percent": percent,
    "plain": plain,
    "remedy": remedy,
    "stage": stage,
    "title_of": title_of,
    "untiered": untiered,
}
