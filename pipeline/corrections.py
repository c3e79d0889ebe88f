"""What people say of an analysis, applied to it: verdicts on signals, edits of speakers.

The analysis itself never changes; `correct` makes the one that counts. A verdict finds its signal
by id, or after a new analysis by what it was about. Trap: edits come first, for a signal that turns
out to be the rep's is no evidence, whatever was said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.domain import (
    CallAnalysis,
    Role,
    Signal,
    Speaker,
    StatementEvidence,
    Transcript,
)
from pipeline.errors import InputError
from pipeline.formats import signal_from_json, signal_to_json
from pipeline.json_fields import Json, object_of

VERDICTS = ("confirmed", "rejected", "corrected", "withdrawn")
"""`withdrawn` takes back what was said before: the machine's signal stands as it is."""
EDITS = ("role", "name", "merge", "split", "swap")
CORRECTABLE = ("value", "status", "kind", "function", "when")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer on a signal. `change` has the corrected fields as the contract spells
    them, `about` what the signal was when it was judged.
    """

    signal_id: str
    verdict: str
    change: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    about: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeakerEdit:
    """One edit of a call's speakers.

    `role`, `name`: of `speaker`. `merge`: all turns of `speaker` are `other`'s. `split`: these
    `turns` of `speaker` are `other`'s, who may be new. `swap`: the two change places.
    """

    kind: str
    speaker: str
    other: str | None = None
    role: Role | None = None
    name: str | None = None
    turns: tuple[int, ...] = ()

    def to_json(self) -> Json:
        """As it is stored and sent."""
        role = None if self.role is None else str(self.role)
        return {
            "kind": self.kind, "speaker": self.speaker, "other": self.other, "role": role,
            "name": self.name, "turns": list(self.turns),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: object, file: str = "edit") -> SpeakerEdit:
        """The edit in parsed JSON; raises InputError that names the wrong field."""
        fields = object_of(data, file)
        kind = fields.one_of("kind", EDITS) or fields.needed_text("kind")
        edit = cls(
            kind,
            fields.needed_text("speaker"),
            fields.text("other"),
            Role(role) if (role := fields.one_of("role", Role)) else None,
            fields.text("name"),
            fields.wholes("turns"),
        )
        needed: dict[str, object] = {"role": edit.role, "split": edit.turns}
        needed.update(dict.fromkeys(("merge", "swap"), edit.other))
        if not needed.get(kind, True) or (kind == "split" and not edit.other):
            missing = {"role": "role", "split": "turns"}.get(kind, "other")
            fields.fail("other" if edit.turns else missing, "is missing", f"a {kind} needs it")
        return edit


def make_verdict(
    signal: Signal, verdict: str, change: Mapping[str, object], reason: str | None
) -> Verdict:
    """A verdict on a signal; raises InputError when it is none, or its change does not fit."""
    if verdict not in VERDICTS:
        raise InputError(f"unknown verdict {verdict!r}", field="verdict", remedy=str(VERDICTS))
    if bool(change) is not (verdict == "corrected"):
        needs = "says what is right" if verdict == "corrected" else "changes nothing"
        raise InputError(f"a {verdict} signal {needs}", field="verdict")
    unknown = sorted(set(change) - set(CORRECTABLE))
    if unknown:
        raise InputError(f"{unknown[0]!r} cannot be corrected", remedy=", ".join(CORRECTABLE))
    made = Verdict(signal.id, verdict, dict(change), reason, _about(signal))
    _changed(signal, made)
    return made


def correct(
    analysis: CallAnalysis, edits: Sequence[SpeakerEdit], verdicts: Sequence[Verdict]
) -> CallAnalysis:
    """The analysis that counts: with the speakers people named, without what they rejected."""
    transcript = edit_speakers(analysis.transcript, edits)
    signals = analysis.signals
    statements = analysis.statements
    if edits:
        moved = (_moved(signal, analysis.transcript, transcript) for signal in signals)
        signals = tuple(signal for signal in moved if signal is not None)
        statements = tuple(_heard_from(s, analysis.transcript, transcript) for s in statements)
    found = match_verdicts(signals, verdicts)
    kept = [
        _changed(signal, found[signal.id]) if signal.id in found else signal
        for signal in signals
        if signal.id not in found or found[signal.id].verdict != "rejected"
    ]
    return replace(analysis, transcript=transcript, signals=tuple(kept), statements=statements)


def match_verdicts(signals: Sequence[Signal], verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Signal id → the latest verdict on it."""
    ids = {signal.id for signal in signals}
    alike = {_likeness(_about(signal)): signal.id for signal in signals}
    found: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.signal_id in ids:
            found[verdict.signal_id] = verdict
        elif (same := alike.get(_likeness(verdict.about))) is not None:
            found[same] = verdict
    return {i: verdict for i, verdict in found.items() if verdict.verdict != "withdrawn"}


def edit_speakers(transcript: Transcript, edits: Sequence[SpeakerEdit]) -> Transcript:
    """The transcript with its speakers as people say they are; raises InputError on a bad edit."""
    for edit in edits:
        transcript = _edit(transcript, edit)
    return transcript


def _edit(transcript: Transcript, edit: SpeakerEdit) -> Transcript:
    speakers = {speaker.id: speaker for speaker in transcript.speakers}
    for turn in transcript.turns:
        speakers.setdefault(turn.speaker, Speaker(turn.speaker))
    for named in (edit.speaker, *((edit.other,) if edit.kind in ("merge", "swap") else ())):
        if named not in speakers:
            raise InputError(f"the call has no speaker {named!r}", remedy=", ".join(speakers))
    one, other = edit.speaker, edit.other or edit.speaker
    if edit.kind == "role" and edit.role is not None:
        speakers[one] = replace(speakers[one], role=edit.role)
    elif edit.kind == "name":
        speakers[one] = replace(speakers[one], name=edit.name)
    elif edit.kind == "split":
        speakers.setdefault(other, Speaker(other, edit.role or Role.UNKNOWN, edit.name))
    moves = {"merge": {one: other}, "swap": {one: other, other: one}, "split": {one: other}}
    move, only = moves.get(edit.kind, {}), set(edit.turns)
    turns = tuple(
        replace(turn, speaker=move[turn.speaker])
        if turn.speaker in move and (edit.kind != "split" or turn.index in only)
        else turn
        for turn in transcript.turns
    )
    if edit.kind == "merge" and one != other:
        speakers.pop(one, None)
    return replace(transcript, turns=turns, speakers=tuple(speakers.values()))


def _moved(signal: Signal, before: Transcript, after: Transcript) -> Signal | None:
    """The signal with the speaker it has now; None when that is the rep, and was not before."""
    speaker = _now(signal.speaker, signal.turns, before, after)
    role = after.role_of(speaker)
    if role is Role.REP and before.role_of(signal.speaker) is not Role.REP:
        return None
    return replace(signal, speaker=speaker, role=role)


def _heard_from(
    evidence: StatementEvidence, before: Transcript, after: Transcript
) -> StatementEvidence:
    speaker = _now(evidence.speaker, evidence.turns, before, after)
    if after.role_of(speaker) is Role.REP and before.role_of(evidence.speaker) is not Role.REP:
        return StatementEvidence(evidence.statement, 0.0, 0.0)
    return replace(evidence, speaker=speaker)


def _now(speaker: str, turns: Sequence[int], before: Transcript, after: Transcript) -> str:
    """Who says now what `speaker` said in these turns before."""
    wanted = set(turns)
    for old, new in zip(before.turns, after.turns, strict=True):
        if old.index in wanted and old.speaker == speaker:
            return new.speaker
    return speaker


def _changed(signal: Signal, verdict: Verdict) -> Signal:
    """The signal as a person says it is, and so sure."""
    if verdict.verdict != "corrected":
        return replace(signal, confidence=1.0)
    return signal_from_json(
        {**signal_to_json(signal), **verdict.change, "confidence": 1.0, "source": "person"},
        "verdict",
    )


def _about(signal: Signal) -> Json:
    written = signal_to_json(signal)
    return {name: written.get(name) for name in ("dimension", "value", "quote", "turns")}


def _likeness(about: Mapping[str, object]) -> tuple[str, str, str]:
    return (str(about.get("dimension")), str(about.get("value")), str(about.get("quote")))
