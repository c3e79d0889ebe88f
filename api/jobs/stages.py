"""What the child process does: analyse a recording or a transcript, and hold results to profiles.

A request has all that is needed; nothing here sees the database. Results go to the blob store, and
only their keys go back. Trap: a request is JSON between two processes of one version, made by
`workflows.py`; its fields are read strictly all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from api.jobs.redacting import cleaned_files
from api.jobs.saved import saving
from api.results import Result, result_from_json, result_to_json
from api.scores import Corrections, score
from api.store.files import Files
from api.wiring import Services
from pipeline.corrections import SpeakerEdit, Verdict, edit_speakers
from pipeline.domain import Profile, Recording, Transcript
from pipeline.importers import read_transcript
from pipeline.json_fields import Fields, Json, object_of
from pipeline.profile import profile_from_mapping

Say = Callable[[Json], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the child works with."""

    services: Services
    files: Files


def answer(bench: Bench, request: Mapping[str, object], say: Say) -> Json:
    """Do what is asked; `say` tells of progress and of results on the way."""
    fields = object_of(request, "request")
    profiles = [_profile(item) for item in fields.objects("profiles")]
    if fields.text("kind") == "check":
        result = _weighed(bench, _stored(bench, fields), profiles)
    else:
        result = _analysed(bench, fields, profiles, say)
    replaced: Mapping[str, object] = {}
    if bench.services.settings.redact and _is_new(bench, fields):
        replaced = cleaned_files(bench.files, fields, result)
    key = bench.files.put_json(result_to_json(result))
    rows = score(bench.services, result, _corrections(fields), profiles)
    return {"result": key, "checks": [asdict(row) for row in rows], "replaced": dict(replaced)}


def _is_new(bench: Bench, fields: Fields) -> bool:
    """Whether the call's files may still hold personal data."""
    if fields.text("kind") == "call":
        return True
    return (
        fields.text("kind") == "text" and "redaction" not in _stored(bench, fields).analysis.made_by
    )


def _analysed(bench: Bench, fields: Fields, profiles: list[Profile], say: Say) -> Result:
    def progress(stage: str, done: float, total: float) -> None:
        say({"progress": [stage, min(1.0, done / total) if total > 0 else 0.0]})

    def keep(kind: str, key: str) -> None:
        say({"saved": [kind, key]})

    head = fields.inside("call")
    rep = head.text("seller_hint")
    if fields.text("kind") == "text":
        stored, edits = _stored(bench, fields), _corrections(fields).edits
        told = edit_speakers(stored.analysis.transcript, edits[stored.edits :])
        analysis = bench.services.analyze(told, profiles, rep=rep, progress=progress)
        return Result(analysis, len(edits))
    if source := fields.text("source"):
        told = _headed(read_transcript(bench.files.get(source), "transcript"), head)
        return Result(bench.services.analyze(told, profiles, rep=rep, progress=progress))
    saved = {kind: str(key) for kind, key in fields.inside("saved").data.items()}
    with bench.files.local(fields.needed_text("recording")) as path:
        recording = Recording(
            path=path,
            call_id=head.needed_text("id"),
            deal_id=head.text("deal_id"),
            title=head.text("title"),
            recorded_at=head.moment("recorded_at"),
            language=head.text("language") or bench.services.settings.language,
        )
        toolbox = saving(bench.services.toolbox, bench.files, saved, keep)
        services = replace(bench.services, toolbox=toolbox)
        return Result(services.analyze(recording, profiles, rep=rep, progress=progress))


def _headed(transcript: Transcript, head: Fields) -> Transcript:
    """The transcript under our own id, with what the uploader knows about the call."""
    return replace(
        transcript,
        call_id=head.needed_text("id"),
        deal_id=head.text("deal_id") or transcript.deal_id,
        title=head.text("title") or transcript.title,
        recorded_at=head.moment("recorded_at") or transcript.recorded_at,
        language=head.text("language") or transcript.language,
    )


def _weighed(bench: Bench, result: Result, profiles: list[Profile]) -> Result:
    """The result with evidence on every statement of these profiles."""
    analysis = bench.services.weigh_missing(result.analysis, profiles)
    return replace(result, analysis=analysis)


def _stored(bench: Bench, fields: Fields) -> Result:
    return result_from_json(bench.files.get_json(fields.needed_text("result")))


def _profile(fields: Fields) -> Profile:
    profile = profile_from_mapping(fields.inside("body").data)
    return replace(profile, version=fields.whole("version") or 1)


def _corrections(fields: Fields) -> Corrections:
    edits = tuple(SpeakerEdit.from_json(item) for item in fields.items("edits"))
    verdicts = tuple(Verdict(**item.data) for item in fields.objects("verdicts"))  # type: ignore[arg-type]
    return Corrections(edits, verdicts)
