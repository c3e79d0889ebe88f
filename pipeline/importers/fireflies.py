"""Fireflies: `sentences[]` with names and seconds, bare, in a list, or inside a GraphQL answer.

Trap: the same name may come with several speaker ids and an id without a name; the name counts
where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.domain import Transcript
from pipeline.importers.clock import SECONDS, Stamp, check_times, read_stamp, unit_of
from pipeline.importers.moments import moment_of
from pipeline.importers.names import tidy_name
from pipeline.importers.pieces import MOST_PIECES, Head, Piece, tidy_text, to_transcript
from pipeline.json_fields import Fields

_TEXTS = ("text", "raw_text", "sentence")
_STARTS, _ENDS = ("start_time", "startTime", "time"), ("end_time", "endTime")


def is_sentence(item: object) -> bool:
    """Whether a list's item is a sentence of Fireflies."""
    return (
        isinstance(item, dict)
        and ("speaker_name" in item or "speaker_id" in item)
        and any(key in item for key in _TEXTS)
    )


def is_fireflies(data: Mapping[str, object]) -> bool:
    """Whether a JSON object holds sentences at one of the places."""
    sentences = _inner(data).get("sentences")
    return isinstance(sentences, list) and (not sentences or any(map(is_sentence, sentences)))


def read_fireflies(top: Fields, call_id: str) -> Transcript:
    """The transcript."""
    fields = Fields(_inner(top.data), top.file, "", top.error)
    rows = fields.objects("sentences", most=MOST_PIECES)
    said = [(_who(row), _first_text(row), _stamp(row, _STARTS), _stamp(row, _ENDS)) for row in rows]
    unit = unit_of(((start, end, text) for _, text, start, end in said), SECONDS)
    pieces = [Piece(who, text, unit.of(start), unit.of(end)) for who, text, start, end in said]
    check_times((t for piece in pieces for t in (piece.start, piece.end)), fields, "sentences")
    day = next((key for key in ("dateString", "date") if fields.data.get(key)), "date")
    head = Head(
        fields.text("id") or call_id,
        title=tidy_text(fields.text("title") or "") or None,
        recorded_at=moment_of(fields, day),
    )
    return to_transcript(pieces, head, top.file)


def _inner(data: Mapping[str, object]) -> Mapping[str, object]:
    """What holds `sentences`: the object itself, or `data.transcript` of an API's answer."""
    for key in ("data", "transcript"):
        inside = data.get(key)
        if "sentences" not in data and isinstance(inside, dict):
            data = inside
    return data


def _who(row: Fields) -> str | None:
    name = tidy_name(row.text("speaker_name") or "")
    number = row.data.get("speaker_id")
    known = isinstance(number, int | str) and not isinstance(number, bool)
    if name is None and known and str(number).strip():
        return f"Speaker {str(number).strip()}"
    return name


def _first_text(row: Fields) -> str:
    return next((text for key in _TEXTS if (text := row.text(key))), "")


def _stamp(row: Fields, keys: tuple[str, ...]) -> Stamp | None:
    return next((stamp for key in keys if (stamp := read_stamp(row, key))), None)
