"""Content → transcript: tells the formats apart and hands over to the one that fits.

Trap: `[` may begin JSON or a line such as `[00:12] Dana: …`; and JSON may hold half characters
(lone surrogates), which no file or database takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.domain import Transcript
from pipeline.errors import BadTranscript
from pipeline.formats import transcript_from_json
from pipeline.importers.aws import is_aws, read_aws
from pipeline.importers.captions import is_captions, read_captions
from pipeline.importers.decoding import decode
from pipeline.importers.fireflies import is_fireflies, is_sentence, read_fireflies
from pipeline.importers.gong import is_gong, read_gong
from pipeline.importers.meet import is_meet, read_meet
from pipeline.importers.otter import is_otter, read_otter
from pipeline.importers.whisperx import is_whisperx, read_whisperx
from pipeline.json_fields import Fields

KNOWN = "our own JSON, Zoom, Teams, Google Meet, Gong, Fireflies, Otter, WhisperX, AWS, VTT or SRT"
_JSON_SHAPES: tuple[
    tuple[Callable[[Mapping[str, object]], bool], Callable[[Fields, str], Transcript]], ...
] = (
    (is_gong, read_gong),
    (is_meet, read_meet),
    (is_fireflies, read_fireflies),
    (is_aws, read_aws),
    (is_whisperx, read_whisperx),
)
_HALF = re.compile("[\ud800-\udfff]")
_BRACKETED_CLOCK = re.compile(r"\[\d+:\d\d")


def could_be_transcript(text: str) -> bool:
    """Whether the beginning of a text looks like a transcript of some format."""
    head = text.lstrip()
    return _is_json(head) or is_captions(head) or is_otter(head)


def read_transcript(content: bytes, file: str) -> Transcript:
    """The transcript in a file's bytes; raises BadTranscript that names file, place and remedy."""
    text = decode(content, file)
    call_id = re.sub(r"[^\w.-]+", "-", Path(file).stem).strip("-.") or "call"
    head = text.lstrip()
    if _is_json(head):
        return _read_json(text, file, call_id)
    if is_captions(head):
        return read_captions(text, file, call_id)
    if is_otter(head):
        return read_otter(text, file, call_id)
    raise BadTranscript(
        "is text, but no transcript whose format is known: no times, no speakers" if head
        else "is empty", file=file, field="content", remedy=f"give {KNOWN}",
    )  # fmt: skip


def _is_json(head: str) -> bool:
    return head[:1] in ("{", "[") and not _BRACKETED_CLOCK.match(head)


def _read_json(text: str, file: str, call_id: str) -> Transcript:
    try:
        data: object = json.loads(text)
        written = json.dumps(data, ensure_ascii=False)
        if _HALF.search(written):
            mended = written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            data = json.loads(mended)
    except (RecursionError, ValueError) as error:
        raise BadTranscript(
            f"is no valid JSON: {error}", file=file, field="content", remedy=f"give {KNOWN}"
        ) from error
    if isinstance(data, list) and any(map(is_sentence, data)):
        data = {"sentences": data}
    if not isinstance(data, dict):
        return transcript_from_json(data, file)
    if "turns" not in data:
        for fits, read in _JSON_SHAPES:
            if fits(data):
                return read(Fields(data, file, "", BadTranscript), call_id)
        if isinstance(data.get("transcript"), dict):
            data = data["transcript"]
    return transcript_from_json(data, file)
