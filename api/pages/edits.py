"""What would undo a person's verdict or edit; and the fields of a signal that a form may correct.

Everything people say is only ever added to, so undoing is one more verdict or edit. Trap: a merge
forgets who had which turns, so its undo is worked out before it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.pages.reading import CallNow
from pipeline.corrections import SpeakerEdit
from pipeline.domain import (
    BLOCKER_KINDS,
    BUDGET_STATUSES,
    BUSINESS_MODELS,
    GROWTH_STAGES,
    PERSONA_KINDS,
    PLACE_KINDS,
    TEAM_STATUSES,
    TOOL_STATUSES,
    TRIGGER_KINDS,
    Dimension,
    Range,
    Signal,
    Transcript,
)
from pipeline.errors import InputError
from pipeline.formats import MONEY, NUMERIC

VERDICT_MESSAGES = {
    "confirmed": "Accepted.",
    "rejected": "Rejected; it no longer counts.",
    "corrected": "Corrected.",
    "withdrawn": "Undone.",
}
EDIT_MESSAGES = {
    "name": "Renamed.",
    "role": "Side changed.",
    "merge": "Merged.",
    "split": "Turns moved.",
    "swap": "Swapped.",
}
STATUSES = {
    Dimension.TECH_STACK: TOOL_STATUSES,
    Dimension.TEAM: TEAM_STATUSES,
    Dimension.BUDGET: BUDGET_STATUSES,
}
KINDS = {
    Dimension.GEOGRAPHY: PLACE_KINDS,
    Dimension.TRIGGER: TRIGGER_KINDS,
    Dimension.BLOCKER: BLOCKER_KINDS,
    Dimension.PERSONA: PERSONA_KINDS,
}
VALUES = {
    Dimension.BUSINESS_MODEL: BUSINESS_MODELS,
    Dimension.GROWTH_STAGE: GROWTH_STAGES,
}


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form: free text, a number, or one of `choices`."""

    name: str
    label: str
    value: str
    choices: tuple[str, ...] = ()
    number: bool = False


def fields_of(signal: Signal) -> list[FormField]:
    """What may be corrected in a signal."""
    dimension, value = signal.dimension, signal.value
    if dimension in NUMERIC:
        span = value if isinstance(value, Range) else Range(None, None)
        found = [
            FormField("min", "at least", _text(span.low), number=True),
            FormField("max", "at most", _text(span.high), number=True),
        ]
        if dimension in MONEY:
            found.append(FormField("currency", "currency", span.currency or ""))
    else:
        found = [FormField("value", "value", str(value or ""), VALUES.get(dimension, ()))]
    if dimension in STATUSES:
        found.append(FormField("status", "status", signal.status or "", STATUSES[dimension]))
    if dimension in KINDS:
        found.append(FormField("kind", "kind", signal.kind or "", KINDS[dimension]))
    if dimension is Dimension.TEAM_SIZE:
        found.append(FormField("function", "team", signal.function or ""))
    if dimension is Dimension.TRIGGER:
        found.append(FormField("when", "when", signal.when or ""))
    return found


def change_of(signal: Signal, given: Mapping[str, object]) -> dict[str, object]:
    """The change that a form's fields mean, as the contract spells it; a change stays as it is."""
    if not given or signal.dimension not in NUMERIC or "value" in given:
        return {name: value for name, value in given.items() if value != ""}
    span: dict[str, object] = {name: _number(name, given.get(name)) for name in ("min", "max")}
    if span["min"] is None and span["max"] is None:
        raise InputError("is missing", field="min", remedy="give the least, the most, or both")
    if signal.dimension in MONEY:
        span["currency"] = str(given.get("currency") or "").strip().upper() or None
    rest = ("status", "kind", "function")
    return {"value": span, **{n: given[n] for n in rest if given.get(n)}}


def undo_of_verdict(now: CallNow, signal_id: str) -> dict[str, object]:
    """The verdict that brings back what is there now."""
    verdict = now.verdicts.get(signal_id)
    if verdict is None:
        return {"verdict": "withdrawn"}
    return {"verdict": verdict.verdict, "change": dict(verdict.change)}


def from_turn_on(transcript: Transcript, edit: SpeakerEdit) -> SpeakerEdit:
    """A split of one turn, made one of all the speaker's turns from there on."""
    first = min(edit.turns, default=0)
    places = {turn.index: at for at, turn in enumerate(transcript.turns)}
    later = transcript.turns[places.get(first, 0) :]
    return replace(edit, turns=tuple(t.index for t in later if t.speaker == edit.speaker))


def undo_of_edit(transcript: Transcript, edit: SpeakerEdit) -> dict[str, object]:
    """The edit that brings the speakers back to what they are in this transcript."""
    known = {speaker.id: speaker for speaker in transcript.speakers}
    was = known.get(edit.speaker)
    if was is None:
        raise InputError(f"the call has no speaker {edit.speaker[:60]!r}", field="speaker")
    if edit.kind == "name":
        back = SpeakerEdit("name", edit.speaker, name=was.name)
    elif edit.kind == "role":
        back = SpeakerEdit("role", edit.speaker, role=was.role)
    elif edit.kind == "merge":
        turns = tuple(t.index for t in transcript.turns if t.speaker == edit.speaker)
        back = SpeakerEdit(
            "split", str(edit.other), other=edit.speaker, role=was.role, name=was.name, turns=turns
        )
    elif edit.kind == "split" and edit.other not in known:
        back = SpeakerEdit("merge", str(edit.other), other=edit.speaker)
    elif edit.kind == "split":
        back = SpeakerEdit("split", str(edit.other), other=edit.speaker, turns=edit.turns)
    else:
        back = edit
    return dict(back.to_json())


def _number(name: str, given: object) -> float | int | None:
    text = str(given if given is not None else "").strip().replace(",", "").replace("_", "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise InputError("is no number", field=name) from error
    return int(number) if number.is_integer() else number


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"
