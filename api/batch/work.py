"""What is done with one file of an archive, in a process of its own.

A file that was heard before is not heard again when only the profiles or the manifest changed.
Trap: a transcript's own id is kept; other calls get one from name and content, so that two files
of one name are two calls.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.checked import checked_to_json
from api.inputs import call_id, read_input
from api.outputs import write_json
from api.results import result_from_json
from api.wiring import Services
from pipeline.domain import CallAnalysis, Profile, Recording, Transcript
from pipeline.errors import BadUsage, InputError
from pipeline.json_fields import Fields, Json, object_of
from pipeline.ports import Progress
from pipeline.profile import load_profile
from pipeline.steps.roles import find_speakers


@dataclass
class Bench:
    """What a process works with: its models, and the profiles of this run."""

    services: Services
    profiles: dict[str, Profile] = field(default_factory=dict)

    def profile(self, path: str) -> Profile:
        """The profile in this file, read once."""
        if path not in self.profiles:
            self.profiles[path] = load_profile(Path(path))
        return self.profiles[path]


def do_file(bench: Bench, request: Mapping[str, object], progress: Progress) -> Json:
    """Check one call and write its result; what the journal keeps of it."""
    fields = object_of(request, "request")
    path, target = Path(fields.needed_text("path")), Path(fields.needed_text("target"))
    profiles = [bench.profile(place) for place in fields.texts("profiles")]
    timer = Timer(progress)
    if fields.flag("heard"):
        analysis = _again(bench.services, target, fields, profiles)
        kind = fields.text("kind") or ""
    else:
        call = _call(path, fields)
        kind = "recording" if isinstance(call, Recording) else "transcript"
        # the reader tells of itself only after its first batch of turns
        timer.update("transcribe" if kind == "recording" else "read", 0.0, 1.0)
        analysis = bench.services.analyze(
            call, profiles, rep=_hint(call, fields), progress=timer.update
        )
    timer.update("check", 0.0, 1.0)
    checks = [(profile, bench.services.check(analysis, profile)) for profile in profiles]
    timer.update("write", 0.0, 1.0)
    write_json(target, checked_to_json(fields.needed_text("name"), analysis, checks))
    return {
        "kind": kind, "duration": analysis.transcript.duration, "seconds": timer.ended(),
    }  # fmt: skip


class Timer:
    """Seconds by stage: from one stage's beginning to the next one's."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._stage, self._since = progress, "open", time.monotonic()
        self._seconds: dict[str, float] = {}

    def update(self, stage: str, done: float, total: float) -> None:
        """A progress listener."""
        if stage != self._stage:
            self._turn(stage)
        self._progress(stage, done, total)

    def ended(self) -> dict[str, float]:
        """All stages with their seconds."""
        self._turn("")
        return {stage: round(seconds, 4) for stage, seconds in self._seconds.items()}

    def _turn(self, stage: str) -> None:
        now = time.monotonic()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


def _call(path: Path, fields: Fields) -> Recording | Transcript:
    call = read_input(path, language=fields.text("language"))
    if isinstance(call, Recording):
        return replace(
            call, call_id=_new_id(path, fields), deal_id=fields.text("deal_id"),
            recorded_at=fields.moment("recorded_at"),
        )  # fmt: skip
    own = json.dumps(call.call_id, ensure_ascii=False).encode() in path.read_bytes()
    return _told(call if own else replace(call, call_id=_new_id(path, fields)), fields)


def _told(transcript: Transcript, fields: Fields) -> Transcript:
    """The transcript with what the manifest says of the call."""
    return replace(
        transcript,
        deal_id=fields.text("deal_id") or transcript.deal_id,
        recorded_at=fields.moment("recorded_at") or transcript.recorded_at,
    )


def _new_id(path: Path, fields: Fields) -> str:
    return f"{call_id(path)[:80]}-{fields.needed_text('sha')[:8]}"


def _hint(call: Recording | Transcript, fields: Fields) -> str | None:
    """The manifest's rep, where a speaker of the transcript is called that."""
    rep = fields.text("rep")
    if rep is None or isinstance(call, Recording):
        return None
    try:
        find_speakers(call, rep)
    except BadUsage:
        return None
    return rep


def _again(
    services: Services, target: Path, fields: Fields, profiles: Sequence[Profile]
) -> CallAnalysis:
    """The stored analysis, with evidence on the profiles' statements."""
    try:
        data: object = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("the stored result is damaged", file=str(target)) from error
    analysis = result_from_json(data, str(target)).analysis
    analysis = replace(analysis, transcript=_told(analysis.transcript, fields))
    return services.weigh_missing(analysis, profiles)
