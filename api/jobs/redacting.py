"""What is stored beside a redacted result: its recording and source without personal data too.

Trap: the blobs that they replace are deleted when the result is stored, and only then, so a crash
in between loses nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from api.results import Result
from api.store.files import Files, Spooled
from models.audio import layout_of
from models.silence import MEDIA_TYPE, write_silenced
from pipeline.formats import transcript_to_json
from pipeline.json_fields import Fields, Json
from pipeline.redaction import silent_seconds


def cleaned_files(files: Files, fields: Fields, result: Result) -> Mapping[str, Json]:
    """Kind → the new blob (`key`, `n_bytes`, `media_type`) in place of a call's stored file."""
    transcript = result.analysis.transcript
    if fields.text("source"):
        key = files.put_json(transcript_to_json(transcript))
        return {"source": {"key": key, "n_bytes": len(files.get(key)), "media_type": None}}
    seconds = silent_seconds(transcript)
    recording = fields.text("recording")
    if recording is None or not seconds:
        return {}
    with files.local(recording) as path, files.scratch(".ogg") as target:
        write_silenced(path, layout_of(path), seconds, target)
        with target.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        new = Spooled(target, digest, target.stat().st_size)
        files.adopt(new)
        return {"recording": {"key": new.key, "n_bytes": new.n_bytes, "media_type": MEDIA_TYPE}}
