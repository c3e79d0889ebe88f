"""Files a command writes: checked before the work starts, and never left half written.

A file is written beside its place under a temporary name and then renamed, so a reader (or a user
who pressed Ctrl-C) sees the old file or the new one. Trap: root may write anywhere, so permissions
are only found wanting for other users; missing folders for everybody.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pipeline.errors import BadUsage


def check_target(path: Path, option: str, inputs: Iterable[Path]) -> None:
    """Refuse a path that could not be written, or that would overwrite one of the inputs."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise BadUsage(
            "its folder does not exist", file=str(path), field=option, remedy=f"create {folder}"
        )
    if path.is_dir():
        raise BadUsage("is a folder", file=str(path), field=option, remedy="name a file in it")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise BadUsage(
            "may not be written", file=str(path), field=option, remedy="choose another place"
        )
    for other in inputs:
        if other.exists() and path.exists() and path.samefile(other):
            raise BadUsage(
                "would overwrite an input",
                file=str(path),
                field=option,
                remedy="choose another name",
            )


def write_json(path: Path, value: object) -> None:
    """Write `value` as UTF-8 JSON, all of it or nothing."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, all of it or nothing."""
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a named pipe: nothing to rename
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadUsage(
            f"could not be written: {reason}", file=str(path), remedy="choose another place"
        ) from error


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
