"""Pages of a list: a cursor says where the next one begins, so a growing list skips nothing.

The cursor is opaque to clients. Trap: it is no secret and may be made up, so it only ever carries a
position, never a condition.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.errors import InputError

T = TypeVar("T")
MOST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the next page (None: there is none)."""

    items: tuple[T, ...]
    next: str | None = None


def page_of(found: Sequence[T], limit: int, position: Sequence[object]) -> Page[T]:
    """A page of the first `limit` of what was found; one more was asked for to see if it ends."""
    if len(found) <= limit:
        return Page(tuple(found))
    return Page(tuple(found[:limit]), _write(position[limit - 1]))


def _write(position: object) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def read_text_cursor(cursor: str | None) -> str | None:
    """The position in a cursor over texts."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        text = raw.decode("utf-8")
        if "\0" in text:
            raise ValueError("no database compares with NUL")
        return text
    except (binascii.Error, ValueError) as error:
        raise InputError("is no cursor of this list", field="cursor") from error


def read_cursor(cursor: str | None) -> int | None:
    """The position in a cursor over numbers."""
    text = read_text_cursor(cursor)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InputError("is no cursor of this list", field="cursor")
    return int(text)
