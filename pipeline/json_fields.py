"""Strict reading of JSON fields: each getter checks one field's type and names it when it is wrong.

A `Fields` knows its own place ("turns[3]"), so an error says which field and what was expected. The
trap: in Python `True` is a number and NaN a float; neither is accepted as a number here.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn

from pipeline.errors import InputError

Json = dict[str, object]
LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object at a place in a file, and the error to raise when a field is wrong."""

    data: Mapping[str, object]
    file: str
    path: str = ""
    error: type[InputError] = InputError

    def fail(self, key: str, problem: str, remedy: str = "") -> NoReturn:
        """Raise the error for one field."""
        field = ".".join(part for part in (self.path, key) if part)
        raise self.error(problem, file=self.file, field=field or None, remedy=remedy)

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text, or the default when the field is missing or null."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.fail(key, f"expected text, found {name_of(value)}")
        if len(value) > LONGEST_TEXT:
            self.fail(key, f"is too long ({len(value):,} characters, at most {LONGEST_TEXT:,})")
        return value

    def needed_text(self, key: str) -> str:
        """A text that has to be there and not be blank."""
        value = self.text(key)
        if value is None or not value.strip():
            problem = "is missing" if value is None else "is empty"
            self.fail(key, problem, "expected text")
        return value

    def number(
        self, key: str, *, least: float | None = None, most: float | None = None
    ) -> float | None:
        """A finite number within limits, None when missing or null."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(key, f"expected a number, found {name_of(value)}")
        try:
            number = float(value)
        except OverflowError:
            self.fail(key, "the number is too large")
        if not math.isfinite(number):
            self.fail(key, f"expected a finite number, found {value}")
        if least is not None and number < least:
            self.fail(key, f"{number:g} is below {least:g}")
        if most is not None and number > most:
            self.fail(key, f"{number:g} is above {most:,.0f}")
        return number

    def seconds(self, key: str) -> float | None:
        """Seconds from the start of the recording, at most a week."""
        return self.number(key, least=0.0, most=604_800.0)

    def whole(self, key: str) -> int | None:
        """A whole number from 0 on."""
        number = self.number(key, least=0.0, most=10_000_000.0)
        if number is not None and not number.is_integer():
            self.fail(key, f"expected a whole number, found {number:g}")
        return None if number is None else int(number)

    def flag(self, key: str) -> bool:
        """A truth value; false when missing."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            self.fail(key, f"expected true or false, found {name_of(value)}")
        return bool(value)

    def one_of(self, key: str, words: Iterable[str], default: str | None = None) -> str | None:
        """A word of a fixed vocabulary."""
        value = self.text(key, default)
        known = [str(word) for word in words]
        if value is not None and value not in known:
            near = difflib.get_close_matches(value.lower(), known, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            self.fail(key, f"unknown {key} {value[:40]!r}", remedy)
        return value

    def moment(self, key: str) -> datetime | None:
        """A date and time as in 2026-03-04T15:00:00Z; without a zone it is taken as UTC."""
        value = self.text(key)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(key, f"{value[:40]!r} is no date", "write it as 2026-03-04T15:00:00Z")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def day(self, key: str) -> date | None:
        """The day of `moment`."""
        found = self.moment(key)
        return found.date() if found else None

    def items(self, key: str, *, most: int = 200_000) -> Sequence[object]:
        """A list; empty when missing or null."""
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fail(key, f"expected a list, found {name_of(value)}")
        if len(value) > most:
            self.fail(key, f"has {len(value):,} entries, at most {most:,} are read")
        return value

    def objects(self, key: str, *, most: int = 200_000) -> list[Fields]:
        """A list of objects, each with its place."""
        return [
            self._inside(f"{key}[{i}]", item) for i, item in enumerate(self.items(key, most=most))
        ]

    def inside(self, key: str) -> Fields:
        """An object inside this one."""
        return self._inside(key, self.data.get(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = []
        for i, item in enumerate(self.items(key)):
            if not isinstance(item, str):
                self.fail(f"{key}[{i}]", f"expected text, found {name_of(item)}")
            found.append(item)
        return tuple(found)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers from 0 on."""
        found = []
        for i, item in enumerate(self.items(key)):
            if isinstance(item, bool) or not isinstance(item, int) or item < 0:
                self.fail(f"{key}[{i}]", f"expected a whole number, found {name_of(item)}")
            found.append(item)
        return tuple(found)

    def _inside(self, key: str, value: object) -> Fields:
        if not isinstance(value, dict):
            problem = (
                "is missing" if value is None else f"expected an object, found {name_of(value)}"
            )
            self.fail(key, problem)
        return Fields(value, self.file, ".".join(p for p in (self.path, key) if p), self.error)


def name_of(value: object) -> str:
    """A JSON value's type in plain words, with the value when it is short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value:g}" if abs(value) < 1e300 else "a huge number"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return "a list" if isinstance(value, list) else "an object"


def object_of(data: object, file: str) -> Fields:
    """The fields of a JSON object; raises InputError when it is something else."""
    if not isinstance(data, dict):
        raise InputError(f"expected an object, found {name_of(data)}", file=file)
    return Fields(data, file)


def known(fields: Mapping[str, object]) -> Json:
    """The fields that have a value."""
    return {key: value for key, value in fields.items() if value is not None}
