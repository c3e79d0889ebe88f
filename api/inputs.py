"""A file a user names → a recording or a transcript, told apart by content, not by name.

Refuses early, before any model is loaded, what cannot become a call. Trap: a result that `--json`
wrote holds its transcript under `transcript`; it is taken as that transcript, so a call can be
checked again against another profile without hearing it again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipeline.domain import Recording, Transcript
from pipeline.errors import BadTranscript, InputError, UnreadableRecording

SUPPORTED = "give audio or video (wav, mp3, m4a, ogg, flac, webm, mp4 …) or a transcript (.json)"
_TEXT_FORMATS = {".txt", ".vtt", ".srt", ".csv", ".tsv", ".md", ".html", ".xml", ".yaml", ".yml"}
_MOST_TRANSCRIPT_BYTES = 256 * 1024 * 1024


def read_input(path: Path, *, language: str | None = None) -> Recording | Transcript:
    """The call in `path`; raises an InputError that says what to give instead."""
    head = _head(path)
    if path.suffix.lower() == ".json" or _starts_json(head):
        return _read_transcript(path)
    if path.suffix.lower() in _TEXT_FORMATS and _is_text(head):
        raise BadTranscript(
            f"{path.suffix.lower()} files are not read as calls", file=str(path), remedy=SUPPORTED
        )
    if _is_text(head):
        raise UnreadableRecording(
            "holds text, not sound", file=str(path), field="content", remedy=SUPPORTED
        )
    return Recording(path=path, call_id=call_id(path), language=language)


def call_id(path: Path) -> str:
    """An id made of the file's name: letters, digits, `-`, `_` and `.` stay."""
    return re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "call"


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError("is a folder", file=str(path), remedy="name the files in it")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError as error:
        raise InputError("does not exist", file=str(path), remedy="check the path") from error
    except PermissionError as error:
        raise InputError(
            "may not be read", file=str(path), field="permissions", remedy="allow reading it"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be read: {reason}", file=str(path)) from error
    if not head:
        raise InputError("is empty", file=str(path), field="content", remedy=SUPPORTED)
    return head


def _starts_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and _is_text(head)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"RIFF", b"OggS", b"fLaC", b"ID3")) or b"\0" in head:
        return False
    try:
        head[:-3].decode("utf-8") if len(head) > 4000 else head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head)


def _read_transcript(path: Path) -> Transcript:
    from pipeline.formats import transcript_from_json

    if path.stat().st_size > _MOST_TRANSCRIPT_BYTES:
        raise BadTranscript("is larger than 256 MiB", file=str(path), remedy="split it into calls")
    try:
        data: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadTranscript(
            f"is no valid JSON: {error}", file=str(path), field="content", remedy=SUPPORTED
        ) from error
    if isinstance(data, dict) and "turns" not in data and isinstance(data.get("transcript"), dict):
        data = data["transcript"]
    return transcript_from_json(data, file=str(path))
