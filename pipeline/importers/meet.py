"""Google Meet REST v2: `entries[]` with absolute times, joined with `participants[]`.

Times become seconds from the transcript's start, or from the first entry when the file does not
give that; the date of that moment is kept. Trap: an export may be one page of several.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pipeline.domain import Speaker, Transcript
from pipeline.importers.clock import check_times
from pipeline.importers.moments import moment_of
from pipeline.importers.names import tidy_name
from pipeline.importers.pieces import MOST_PIECES, Head, Piece, to_transcript
from pipeline.json_fields import Fields

_LISTS = ("transcriptEntries", "entries")
_USERS = ("signedinUser", "signedInUser", "anonymousUser", "phoneUser")


def is_meet(data: Mapping[str, object]) -> bool:
    """Whether a JSON object is Meet's."""
    inner = data.get("transcripts", data.get("transcript"))
    inner = inner[0] if isinstance(inner, list) and inner else inner
    return any(key in part for part in (data, inner) if isinstance(part, dict) for key in _LISTS)


def read_meet(top: Fields, call_id: str) -> Transcript:
    """The transcript, with the participants' names."""
    holder = _holder(top)
    key = next(key for key in _LISTS if key in holder.data)
    if holder.text("nextPageToken") or top.text("nextPageToken"):
        top.fail(
            "nextPageToken", "is set, so this is only one page of the transcript",
            "fetch the other pages and join their entries",
        )  # fmt: skip
    entries = holder.objects(key, most=MOST_PIECES)
    times = [(moment_of(e, "startTime"), moment_of(e, "endTime")) for e in entries]
    told = moment_of(holder, "startTime")
    starts = [start for start, _ in times if start]
    zero = min([*starts, *([told] if told else [])], default=None)
    pieces = [
        Piece(_who(entry), entry.text("text") or "", _since(zero, start), _since(zero, end))
        for entry, (start, end) in zip(entries, times, strict=True)
    ]
    check_times((t for piece in pieces for t in (piece.start, piece.end)), holder, key)
    languages = {code for entry in entries if (code := entry.text("languageCode"))}
    language = languages.pop() if len(languages) == 1 else None
    head = Head(call_id, language=language, recorded_at=zero)
    return to_transcript(pieces, head, top.file, people=_people(top, holder, pieces))


def _holder(top: Fields) -> Fields:
    """The object that has the entries."""
    if any(key in top.data for key in _LISTS):
        return top
    key = "transcripts" if "transcripts" in top.data else "transcript"
    if not isinstance(top.data[key], list):
        return top.inside(key)
    found = top.objects(key)
    if len(found) != 1:
        top.fail(key, f"holds {len(found):,} transcripts, expected one", "one file for each")
    return found[0]


def _who(entry: Fields) -> str | None:
    value = entry.data.get("participant")
    if isinstance(value, dict):
        value = entry.inside("participant").text("name")
    elif value is not None:
        value = entry.text("participant")
    return value or None


def _people(top: Fields, holder: Fields, pieces: list[Piece]) -> dict[str, Speaker]:
    """Speakers by resource name; ids are S1, S2 … for resource names say nothing to people."""
    names = {}
    for owner in (top, holder):
        for person in owner.objects("participants"):
            user = next((u for u in _USERS if isinstance(person.data.get(u), dict)), None)
            shown = person.inside(user).text("displayName") if user else None
            names[person.text("name") or ""] = tidy_name(shown or person.text("displayName") or "")
    ids = dict.fromkeys(p.speaker for p in pieces if p.speaker and p.text.strip())
    return {
        key: Speaker(f"S{number}", name=names.get(key)) for number, key in enumerate(ids, 1)
    }  # fmt: skip


def _since(zero: datetime | None, moment: datetime | None) -> float | None:
    if zero is None or moment is None:
        return None
    seconds = round((moment - zero).total_seconds(), 6)
    return seconds if seconds >= 0 else None
