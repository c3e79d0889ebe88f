"""A file a user names → a recording or a transcript, told apart by content, not by name.

Refuses early, before any model is loaded, what cannot become a call. Trap: a result that `--json`
wrote holds its transcript under `transcript`; it is taken as that transcript, so a call can be
checked again against another profile without hearing it again.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.domain import Recording, Transcript
from pipeline.errors import BadTranscript, InputError, UnreadableRecording
from pipeline.importers import could_be_transcript, read_transcript
from pipeline.importers.decoding import encoding_of, is_text

SUPPORTED = (
    "give audio or video (wav, mp3, m4a, ogg, flac, webm, mp4 …) or a transcript (.json, .vtt,"
    " .srt, or .txt of Otter)"
)
_TEXT_FORMATS = {
    ".json", ".txt", ".vtt", ".srt", ".csv", ".tsv", ".md", ".html", ".xml", ".yaml", ".yml",
}  # fmt: skip
_MOST_TRANSCRIPT_BYTES = 256 * 1024 * 1024
_HEAD_BYTES = 65_536
_SOUND = (b"RIFF", b"OggS", b"fLaC", b"ID3")
_PACKED = b"PK\x03\x04"
_NO_SOUND = {
    b"%PDF": "a PDF",
    b"\x89PNG\r\n": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x1f\x8b": "a packed file", b"BZh": "a packed file", b"\xfd7zXZ": "a packed file",
    b"7z\xbc\xaf": "a packed file", b"Rar!": "a packed file", b"\x28\xb5\x2f\xfd": "a packed file",
    b"MZ": "a program", b"\x7fELF": "a program", b"SQLite format 3\0": "a database",
    b"\xd0\xcf\x11\xe0": "an Office file",
}  # fmt: skip


def read_input(path: Path, *, language: str | None = None) -> Recording | Transcript:
    """The call in `path`; raises an InputError that says what to give instead."""
    head = _head(path)
    text = _text_of(head)
    named_text = path.suffix.lower() in _TEXT_FORMATS
    if text is None and path.suffix.lower() != ".json":
        if head.startswith(_PACKED):
            raise BadTranscript(
                "is a Word, Excel or zip file, which is not read", file=str(path), field="content",
                remedy="download the transcript as .vtt, or unpack it",
            )  # fmt: skip
        for beginning, name in _NO_SOUND.items():
            if head.startswith(beginning):
                raise UnreadableRecording(
                    f"is {name}, not sound", file=str(path), field="content", remedy=SUPPORTED
                )
        return Recording(path=path, call_id=call_id(path), language=language)
    if text is not None and not named_text and not could_be_transcript(text):
        raise UnreadableRecording(
            "holds text, not sound", file=str(path), field="content", remedy=SUPPORTED
        )
    if path.stat().st_size > _MOST_TRANSCRIPT_BYTES:
        raise BadTranscript("is larger than 256 MiB", file=str(path), remedy="split it into calls")
    return read_transcript(path.read_bytes(), str(path))


def looks_like_call(path: Path) -> bool | None:
    """Whether a file is a transcript (True), perhaps a recording (None), or neither (False).

    Reads only its beginning; raises an InputError when it cannot be read.
    """
    text = _text_of(_head(path))
    return None if text is None else could_be_transcript(text)


def call_id(path: Path) -> str:
    """An id made of the file's name: letters, digits, `-`, `_` and `.` stay."""
    return re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "call"


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError("is a folder", file=str(path), remedy="name the files in it")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
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


def _text_of(head: bytes) -> str | None:
    """The beginning of a file as text; None when it is none."""
    if head.startswith(_SOUND) or not is_text(head):
        return None
    encoding, body = encoding_of(head)
    return body.decode(encoding, "ignore").replace("\r\n", "\n").replace("\r", "\n")
