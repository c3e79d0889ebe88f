"""What may not come in as text, JSON or time, because no database, list or page could show it.

Refused are NUL and half surrogate pairs in any text, NaN and Infinity, JSON nested over 100 deep,
and moments outside 1970 to 2099. The error names the field. Trap: Python's JSON reader takes all of
these, and `1e999` is Infinity too.
"""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import NoReturn

from pipeline.domain import Transcript
from pipeline.errors import InputError

FIRST_YEAR, LAST_YEAR = 1970, 2099
DEEPEST = 100


def check_text(value: str | None, field: str, *, most: int | None = None) -> None:
    """Refuse a text that cannot be stored, or is longer than `most` characters."""
    if value is None:
        return
    if "\0" in value:
        raise InputError("holds a NUL character", field=field, remedy="take it out")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("holds half a surrogate pair", field=field) from error
    if most is not None and len(value) > most:
        raise InputError(f"has {len(value):,} characters, at most {most:,}", field=field)


def read_json(raw: bytes | str, field: str, *, named: bool = True) -> object:
    """Strict JSON; raises InputError that names the place, inside `field` unless not `named`."""

    def constant(name: str) -> NoReturn:
        raise InputError(f"holds {name}, which is no JSON", field=field)

    try:
        value: object = json.loads(raw, parse_constant=constant)
    except RecursionError as error:
        raise InputError("is nested too deep", field=field) from error
    except ValueError as error:
        raise InputError("is no valid JSON", field=field) from error
    _check_json(value, field, field if named else "")
    return value


def _check_json(value: object, field: str, start: str) -> None:
    waiting = [(value, start, 0)]
    while waiting:
        item, place, depth = waiting.pop()
        if depth > DEEPEST:
            raise InputError(f"is nested over {DEEPEST} deep", field=field)
        if isinstance(item, str):
            check_text(item, place or field)
        elif isinstance(item, float) and not math.isfinite(item):
            raise InputError("is no finite number", field=place or field)
        elif isinstance(item, dict):
            for key, inner in item.items():
                check_text(key, place or field)
                waiting.append((inner, f"{place}.{key[:60]}" if place else key[:60], depth + 1))
        elif isinstance(item, list):
            waiting += [(inner, f"{place}[{i}]", depth + 1) for i, inner in enumerate(item)]


def check_moment(moment: datetime | None, field: str) -> None:
    """Refuse a time that no call was held at."""
    if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputError(f"is not between {FIRST_YEAR} and {LAST_YEAR}", field=field)


def check_transcript(transcript: Transcript) -> None:
    """Refuse a transcript that holds a bad text or time, whatever its file's format."""
    check_moment(transcript.recorded_at, "recorded_at")
    for name, most in (("title", 500), ("deal_id", 200), ("language", 200), ("call_id", 200)):
        check_text(getattr(transcript, name), name, most=most)
    for i, turn in enumerate(transcript.turns):
        check_text(turn.text, f"turns[{i}].text")
        check_text(turn.speaker, f"turns[{i}].speaker")
        check_text(turn.english, f"turns[{i}].english")
        check_text(turn.quarantine, f"turns[{i}].quarantine")
        for word in turn.words:
            check_text(word.text, f"turns[{i}].words")
    for i, speaker in enumerate(transcript.speakers):
        check_text(speaker.id, f"speakers[{i}].id")
        check_text(speaker.name, f"speakers[{i}].name")
