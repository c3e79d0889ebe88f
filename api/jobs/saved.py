"""Hearing that is not done twice: what the recogniser and the diarizer found is kept at once.

Wrapped around the two adapters, so the analysis does not notice. After a crash, a call goes on
behind the last stage that was kept. Trap: what is kept belongs to one call and one speech model;
the parent process forgets it when the call is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from api.store.files import Files
from pipeline.domain import Recognition, Recording, SpeakerSpan, Word
from pipeline.json_fields import Json, object_of
from pipeline.ports import Diarizer, Progress, Toolbox, Transcriber, no_progress

Keep = Callable[[str, str], None]
"""`keep(kind, key)`: this blob holds that stage's result."""


def saving(toolbox: Toolbox, files: Files, saved: Mapping[str, str], keep: Keep) -> Toolbox:
    """The toolbox with hearing that is kept; what `saved` (kind → key) has is not done again."""
    transcriber = SavedTranscriber(toolbox.transcriber, files, saved.get("recognition"), keep)
    diarizer = SavedDiarizer(toolbox.diarizer, files, saved.get("spans"), keep)
    return replace(
        toolbox, transcriber=cast(Transcriber, transcriber), diarizer=cast(Diarizer, diarizer)
    )


@dataclass
class SavedTranscriber:
    """A transcriber that keeps what it heard."""

    inner: Transcriber
    files: Files
    key: str | None
    keep: Keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def transcribe(
        self, recording: Recording, *, hints: Sequence[str] = (), progress: Progress = no_progress
    ) -> Recognition:
        """What was heard before, else what is heard now."""
        if self.key is not None:
            return recognition_from_json(self.files.get_json(self.key))
        heard = self.inner.transcribe(recording, hints=hints, progress=progress)
        self.keep("recognition", self.files.put_json(recognition_to_json(heard)))
        return heard


@dataclass
class SavedDiarizer:
    """A diarizer that keeps who spoke when."""

    inner: Diarizer
    files: Files
    key: str | None
    keep: Keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def diarize(
        self, recording: Recording, recognition: Recognition, *, progress: Progress = no_progress
    ) -> tuple[SpeakerSpan, ...]:
        """Who spoke when, as it was found before, else as it is found now."""
        if self.key is not None:
            rows = object_of(self.files.get_json(self.key), "spans").items("spans")
            return tuple(SpeakerSpan(*row) for row in rows)  # type: ignore[misc]
        spans = self.inner.diarize(recording, recognition, progress=progress)
        rows = [[span.start, span.end, span.speaker] for span in spans]
        self.keep("spans", self.files.put_json({"spans": rows}))
        return spans


def recognition_to_json(heard: Recognition) -> Json:
    """What was heard, one short list a word."""
    words = [[w.text, w.start, w.end, w.probability, w.channel, w.quarantine] for w in heard.words]
    head = {"language": heard.language, "duration": heard.duration, "channels": heard.channels}
    return {**head, "warnings": list(heard.warnings), "words": words}


def recognition_from_json(data: object) -> Recognition:
    """What was heard, as it was kept."""
    fields = object_of(data, "recognition")
    return Recognition(
        language=fields.text("language") or "",
        duration=fields.number("duration") or 0.0,
        words=tuple(Word(*row) for row in fields.items("words", most=10_000_000)),  # type: ignore[misc]
        channels=fields.whole("channels") or 1,
        warnings=fields.texts("warnings"),
    )
