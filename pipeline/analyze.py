"""One call, from recording to signals: the stages in the order in which they happen.

`step` runs each stage; the default just calls it, a durable engine passes one that saves the
result. Trap: a transcript that was imported enters at `analyze_transcript`, and may have no times
or roles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.bilingual import english_view, in_original
from pipeline.calibration import Calibration, load_calibration
from pipeline.domain import (
    CallAnalysis,
    Recording,
    Role,
    Speaker,
    Statement,
    StatementEvidence,
    Transcript,
)
from pipeline.lexicon.functions import FunctionIndex
from pipeline.lexicon.industries import IndustryTaxonomy
from pipeline.lexicon.languages import ENGLISH, code_of
from pipeline.lexicon.products import ProductGazetteer
from pipeline.lexicon.titles import TitleIndex
from pipeline.ports import Embedder, Entailer, Progress, Toolbox, no_progress
from pipeline.steps.roles import assign_roles, find_speakers, override_rep
from pipeline.steps.signals import raise_signals
from pipeline.steps.statements import weigh_statements
from pipeline.steps.translation import translate_turns
from pipeline.steps.turns import build_turns
from pipeline.values.draft import Lexicon, squash
from pipeline.values.names import tag_names

StepRunner = Callable[..., Any]


def run_now(name: str, stage: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The plain step runner: call the stage."""
    return stage(*args, **options)


def analyze_call(
    recording: Recording,
    statements: Sequence[Statement],
    toolbox: Toolbox,
    *,
    hints: Sequence[str] = (),
    rep: str | None = None,
    seller: str = "",
    step: StepRunner = run_now,
    progress: Progress = no_progress,
) -> CallAnalysis:
    """Turn one recorded call into turns, and into signals with the evidence for each."""
    recognition = step(
        "transcribe", toolbox.transcriber.transcribe, recording, hints=hints, progress=progress
    )
    spans = step("diarize", toolbox.diarizer.diarize, recording, recognition, progress=progress)
    turns = build_turns(recognition, spans)
    if code_of(recognition.language) != ENGLISH:
        turns = step(
            "translate",
            translate_turns,
            turns,
            recording,
            recognition.language,
            toolbox.transcriber.translate,
            places=toolbox.places,
            names=hints,
            progress=progress,
        )
    transcript = Transcript(
        call_id=recording.call_id,
        turns=turns,
        speakers=tuple(Speaker(i) for i in dict.fromkeys(t.speaker for t in turns)),
        deal_id=recording.deal_id,
        title=recording.title,
        language=recognition.language,
        recorded_at=recording.recorded_at,
        duration=recognition.duration,
    )
    return analyze_transcript(
        transcript, statements, toolbox, rep=rep, seller=seller, step=step, progress=progress
    )


def analyze_transcript(
    transcript: Transcript,
    statements: Sequence[Statement],
    toolbox: Toolbox,
    *,
    rep: str | None = None,
    seller: str = "",
    calibration: Calibration | None = None,
    step: StepRunner = run_now,
    progress: Progress = no_progress,
) -> CallAnalysis:
    """Search the turns of a call for signals, and weigh the profiles' statements.

    Turns that have English are read in English; quotes are given in the original all the same.
    """
    if rep is not None:
        transcript = override_rep(transcript, find_speakers(transcript, rep))
    spoken, transcript = transcript, english_view(transcript)
    given = {s.id: s.role for s in transcript.speakers}
    sides: dict[str, float] = {}
    if any(given.get(turn.speaker, Role.UNKNOWN) is Role.UNKNOWN for turn in transcript.turns):
        sides = step("sides", toolbox.reader.tell_sides, transcript.turns, given, progress=progress)
    named = assign_roles(transcript, sides)
    found = {s.id: s.role for s in named.speakers}
    # what was said by whom changes what it means, so sides come before signals
    reading = step("read", toolbox.reader.read, named.turns, found, progress=progress)
    lexicon = Lexicon(
        ProductGazetteer.load(),
        toolbox.places,
        IndustryTaxonomy.load(),
        FunctionIndex.load(),
        TitleIndex.load(),
        toolbox.embedder.embed,
        toolbox.entailer.entail,
        step("tag", tag_names, named.turns, reading, toolbox.tagger),
        seller,
        frozenset(squash(w) for s in named.speakers for w in (s.name or "").split()),
    )
    signals = raise_signals(named, reading, lexicon, calibration or load_calibration())
    weighed = step(
        "statements", weigh_statements, named, found, statements, toolbox.entailer, toolbox.embedder
    )
    made_by = {"reader": toolbox.reader.made_by, "entailer": toolbox.entailer.made_by}
    return in_original(CallAnalysis(named, signals, weighed, made_by), spoken)


def weigh_spoken(
    transcript: Transcript, statements: Sequence[Statement], entailer: Entailer, embedder: Embedder
) -> tuple[StatementEvidence, ...]:
    """How a call that was analysed before bears on further statements.

    It is read as `analyze_transcript` reads it: in English where there is any, quoted as spoken.
    """
    roles = {speaker.id: speaker.role for speaker in transcript.speakers}
    read = english_view(transcript)
    found = weigh_statements(read, roles, statements, entailer, embedder)
    return in_original(CallAnalysis(read, (), found, {}), transcript).statements
