"""A folder tree or a CSV manifest → the calls to check, in an order that is always the same.

In a tree every file counts that its content or its ending says is a call; the others are named as
left out. In a manifest every row counts. Trap: a date is taken from a manifest or from the file's
content, never from the file system.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from api.inputs import looks_like_call
from pipeline.errors import BadTranscript, BadUsage, InputError
from pipeline.importers.decoding import decode

COLUMNS = ("file", "deal_id", "account", "recorded_at", "rep", "outcome")
RECORDINGS = frozenset(
    (
        ".wav", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".flac", ".webm", ".mp4", ".mov", ".mkv",
        ".avi", ".aac", ".wma", ".amr", ".aiff", ".3gp",
    )
)  # fmt: skip
TRANSCRIPTS = frozenset((".vtt", ".srt"))
_OTHER_NAMES = {
    "path": "file", "filename": "file", "recording": "file", "deal": "deal_id",
    "date": "recorded_at", "company": "account", "owner": "rep",
}  # fmt: skip
_LONGEST = 500
MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the archive; `name` as the tables show it, `facts` what a manifest says of it."""

    path: Path
    name: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file in the tree that is no call."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is to do."""

    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_listing(place: Path, *, out: Path) -> Listing:
    """The files of a folder or of a manifest; raises BadUsage when there are none."""
    if place.is_dir():
        return _read_tree(place, out.resolve())
    if not place.is_file():
        raise BadUsage("does not exist", file=str(place), remedy="name a folder or a CSV manifest")
    return Listing(_read_manifest(place))


def _read_tree(place: Path, out: Path) -> Listing:
    items, left_out = [], []
    for path in sorted(_files(place, out)):
        name = str(path.relative_to(place))
        reason = _why_not(path)
        if reason is None:
            items.append(Item(path, name))
        else:
            left_out.append(LeftOut(name, reason))
    if not items:
        raise BadUsage(
            "holds no recording and no transcript", file=str(place), remedy="name another folder"
        )
    return Listing(tuple(items), tuple(left_out))


def _files(place: Path, out: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(place):
        here = Path(name)
        folders[:] = [f for f in folders if not f.startswith(".") and (here / f).resolve() != out]
        yield from (here / file for file in files if not file.startswith("."))


def _why_not(path: Path) -> str | None:
    """Why a file of the tree is no call; None when it is one, or must be tried to know."""
    ending = path.suffix.lower()
    if ending in RECORDINGS | TRANSCRIPTS:
        return None
    try:
        looks = looks_like_call(path)
    except InputError as error:
        return None if ending == ".json" else error.problem
    if looks is None:
        return "no recording by its name"
    return None if looks else "text, but no transcript"


def _read_manifest(place: Path) -> tuple[Item, ...]:
    file = str(place)
    if place.stat().st_size > MOST_BYTES:
        raise BadUsage("is larger than 256 MiB", file=file, remedy="split it")
    try:
        text = decode(place.read_bytes(), file)
    except BadTranscript as error:
        raise BadUsage(
            error.problem, file=file, field=error.field, remedy="save it as CSV UTF-8"
        ) from error
    mark = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    items: dict[str, Item] = {}
    lines: dict[str, int] = {}
    names: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _header(cells, file)
                continue
            item = _item(dict(zip(names, cells, strict=False)), place, reader.line_num)
            if item.name in items:
                raise BadUsage(
                    f"{item.name!r} stands on line {lines[item.name]} too", file=file,
                    field=f"line {reader.line_num}", remedy="name each file once",
                )  # fmt: skip
            items[item.name], lines[item.name] = item, reader.line_num
    except csv.Error as error:
        raise BadUsage(
            f"is no CSV: {error}", file=file, field=f"line {reader.line_num}",
            remedy="save it as CSV, comma or semicolon between cells",
        ) from error  # fmt: skip
    if not items:
        raise BadUsage("names no file", file=file, remedy=f"its columns: {', '.join(COLUMNS)}")
    return tuple(items[name] for name in sorted(items))


def _header(cells: list[str], file: str) -> list[str]:
    names = [_OTHER_NAMES.get(c.strip().lower(), c.strip().lower()) for c in cells]
    if "file" not in names:
        raise BadUsage(
            "has no column `file`", file=file, field="line 1",
            remedy=f"its columns: {', '.join(COLUMNS)}",
        )  # fmt: skip
    twice = next((name for name in names if name in COLUMNS and names.count(name) > 1), None)
    if twice:
        raise BadUsage(f"has two columns `{twice}`", file=file, field="line 1")
    return names


def _item(cells: Mapping[str, str], place: Path, line: int) -> Item:
    given = {name: cells.get(name, "").strip() for name in COLUMNS}
    name = given.pop("file")
    for column, value in (("file", name), *given.items()):
        if len(value) > _LONGEST or any(ord(char) < 32 for char in value):
            raise BadUsage(
                "is too long or has control characters", file=str(place),
                field=f"line {line}, {column}",
            )  # fmt: skip
    if not name:
        raise BadUsage("is empty", file=str(place), field=f"line {line}, file")
    if given["recorded_at"]:
        given["recorded_at"] = _moment(given["recorded_at"], place, line)
    facts = {column: value for column, value in given.items() if value}
    return Item(place.parent / name, name, facts)


def _moment(text: str, place: Path, line: int) -> str:
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadUsage(
            f"{text[:40]!r} is no date", file=str(place), field=f"line {line}, recorded_at",
            remedy="write it as 2026-03-04 or 2026-03-04T15:00:00Z",
        ) from error  # fmt: skip
    return found.isoformat().replace("+00:00", "Z")
