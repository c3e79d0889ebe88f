"""What an analysis is stored as: one JSON document, exact both ways.

It is the machine's answer alone; what people corrected since is applied on top, except for the
first `edits` edits of speakers, which were known when the text was read. Trap: the ids of
statements are the texts that `api/wiring.py` knows them by, so they outlive a profile's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pipeline.domain import CallAnalysis, StatementEvidence
from pipeline.formats import (
    signal_from_json,
    signal_to_json,
    transcript_from_json,
    transcript_to_json,
)
from pipeline.json_fields import Json, object_of


@dataclass(frozen=True, slots=True)
class Result:
    """A stored analysis, and how many edits of speakers it knows already."""

    analysis: CallAnalysis
    edits: int = 0


def result_to_json(result: Result) -> Json:
    """The document that is stored."""
    analysis = result.analysis
    return {
        "edits": result.edits,
        "transcript": transcript_to_json(analysis.transcript),
        "signals": [signal_to_json(signal) for signal in analysis.signals],
        "statements": [statement_to_json(found) for found in analysis.statements],
        "made_by": dict(analysis.made_by),
    }


def result_from_json(data: object, file: str = "result") -> Result:
    """The analysis in a stored document."""
    fields = object_of(data, file)
    made_by = fields.inside("made_by").data
    analysis = CallAnalysis(
        transcript_from_json(fields.data.get("transcript"), file),
        tuple(signal_from_json(item, file) for item in fields.items("signals")),
        tuple(statement_from_json(item, file) for item in fields.items("statements")),
        {name: str(value) for name, value in made_by.items()},
    )
    return Result(analysis, fields.whole("edits") or 0)


def words_of(data: Mapping[str, object]) -> str:
    """All that is said in a stored document's call, for the search."""
    fields = object_of(data, "result").inside("transcript")
    return "\n".join(turn.text("text") or "" for turn in fields.objects("turns"))


def statement_to_json(found: StatementEvidence) -> Json:
    """Evidence on a statement as it is stored."""
    return {**asdict(found), "turns": list(found.turns)}


def statement_from_json(data: object, file: str = "result") -> StatementEvidence:
    """The evidence in stored JSON; raises InputError."""
    fields = object_of(data, file)
    return StatementEvidence(
        fields.needed_text("statement"),
        fields.number("supports") or 0.0,
        fields.number("denies") or 0.0,
        fields.text("quote") or "",
        fields.wholes("turns"),
        fields.text("speaker") or "",
        fields.number("start"),
        fields.text("quote_en"),
    )
