"""A tag's value ↔ what a CRM's field holds: whether it fits, how it is written, whether it is new.

Trap: CRMs change what they store (line ends, trailing blanks, decimals, the order of choices), so
old and new are compared as the field keeps them; else every run would find changes.
"""

from __future__ import annotations

from api.crm.remote import RemoteField, Stored
from api.crm.tags import SOURCES, WORDS, Value
from pipeline.errors import InputError

HOLDS = {
    "word": ("text", "choice"), "text": ("text",), "number": ("number", "text"),
    "flag": ("flag", "text"), "ids": ("text", "choices"), "lines": ("text",),
}  # fmt: skip


def misfit(source: str, field: RemoteField) -> str | None:
    """Why a field cannot hold a source's values; None: it can."""
    if not field.writable:
        return f"{field.name} cannot be written"
    kind = SOURCES[source]
    if field.kind not in HOLDS[kind]:
        return f"{field.name} is of type {field.type}, which cannot hold {source}"
    missing = [w for w in WORDS.get(source, ()) if field.options and w not in field.options]
    if field.kind == "choice" and missing:
        return f"{field.name} has no option {', '.join(missing)}"
    return None


def to_stored(source: str, value: Value, field: RemoteField) -> Stored:
    """The value as the field keeps it; raises InputError when a choice is not there."""
    if value is None:
        return None
    if field.kind == "number":
        number = float(value)  # type: ignore[arg-type]
        return number if field.scale is None else round(number, field.scale)
    if field.kind == "flag":
        return bool(value)
    if field.kind in ("choice", "choices"):
        chosen = value if isinstance(value, tuple) else (str(value),)
        unknown = [c for c in chosen if field.options is not None and c not in field.options]
        if unknown:
            raise InputError(
                f"{field.name} has no option {', '.join(unknown)}", remedy="add it in the CRM"
            )
        return ";".join(chosen) or None
    return _cut(as_text(source, value), field.longest) or None


def as_text(source: str, value: Value, between: str = "\n") -> str:
    """A value in words; lines are put together with `between`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return (between if SOURCES[source] == "lines" else "; ").join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else value


def number_text(number: float) -> str:
    """A number without a needless fraction."""
    return str(int(number)) if number.is_integer() else repr(number)


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return text[: longest - 1].rstrip() + "…" if longest > 1 else text[:longest]


def is_filled(old: object, field: RemoteField) -> bool:
    """Whether somebody has put something into the field."""
    if old is None or (field.never_empty and not _flag(old)):
        return False
    return not isinstance(old, str) or bool(old.strip())


def is_same(old: object, new: Stored, field: RemoteField) -> bool:
    """Whether the field holds the new value already."""
    if not is_filled(old, field):
        return new is None or (field.never_empty and new is False)
    if new is None:
        return False
    if field.kind == "number":
        try:
            return abs(float(str(old)) - float(new)) < 1e-9
        except ValueError:
            return False
    if field.kind == "flag":
        return _flag(old) == bool(new)
    if field.kind == "choices":
        return _parts(old) == _parts(new)
    return str(old).split() == str(new).split()


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() == "true"


def _parts(value: object) -> set[str]:
    return {part.strip() for part in str(value).split(";") if part.strip()}
