"""Gong: `callTranscripts[].transcript[].sentences[]`, and `parties[]` that say who is which side.

Times are milliseconds, in some exports seconds; the numbers tell. Trap: an affiliation may be
`Unknown`, and a speaker may be no party.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.domain import Role, Speaker, Transcript
from pipeline.errors import BadTranscript
from pipeline.importers.clock import MILLISECONDS, Stamp, check_times, read_stamp, unit_of
from pipeline.importers.moments import moment_of
from pipeline.importers.names import tidy_name
from pipeline.importers.pieces import MOST_PIECES, Head, Piece, tidy_text, to_transcript
from pipeline.json_fields import Fields

_SIDES = {"internal": Role.REP, "external": Role.PROSPECT}
Sentence = tuple[str, str, Stamp | None, Stamp | None]


def is_gong(data: Mapping[str, object]) -> bool:
    """Whether a JSON object is Gong's: all calls, or one of them."""
    monologues = data.get("transcript")
    single = isinstance(monologues, list) and any(
        isinstance(m, dict) and "sentences" in m for m in monologues
    )
    return "callTranscripts" in data or single


def read_gong(top: Fields, call_id: str) -> Transcript:
    """The transcript of the one call in the file."""
    call = top
    if "callTranscripts" in top.data:
        calls = top.objects("callTranscripts")
        if len(calls) != 1:
            top.fail(
                "callTranscripts", f"holds {len(calls):,} calls, expected one",
                "write each call to a file of its own, with its parties",
            )  # fmt: skip
        call = calls[0]
    said = list(_sentences(call))
    unit = unit_of(((start, end, text) for _, text, start, end in said), MILLISECONDS)
    pieces = [Piece(who, text, unit.of(start), unit.of(end)) for who, text, start, end in said]
    check_times((t for piece in pieces for t in (piece.start, piece.end)), call, "transcript")
    about = _about(top, call)
    head = Head(
        _id(call, "callId") if call.data.get("callId") not in (None, "") else call_id,
        title=tidy_text(about.text("title") or "") or None,
        recorded_at=moment_of(about, "started"),
    )
    return to_transcript(pieces, head, top.file, people=_people(top, call))


def _sentences(call: Fields) -> Iterator[Sentence]:
    for monologue in call.objects("transcript", most=MOST_PIECES):
        who = _id(monologue, "speakerId")
        for sentence in monologue.objects("sentences", most=MOST_PIECES):
            text = sentence.text("text") or ""
            yield who, text, read_stamp(sentence, "start"), read_stamp(sentence, "end")


def _people(top: Fields, call: Fields) -> dict[str, Speaker]:
    people = {}
    for owner in (top, call, _about(top, call)):
        if not isinstance(owner.data.get("parties"), list):
            continue
        for party in owner.objects("parties"):
            if party.data.get("speakerId") in (None, ""):
                continue
            side = (party.text("affiliation") or "").strip().lower()
            name = tidy_name(party.text("name") or party.text("emailAddress") or "")
            key = _id(party, "speakerId")
            people[key] = Speaker(key, _SIDES.get(side, Role.UNKNOWN), name)
    return people


def _about(top: Fields, call: Fields) -> Fields:
    """Where title and date stand, in exports that join the call's data."""
    for owner in (call, top):
        for key in ("metaData", "metadata"):
            if isinstance(owner.data.get(key), dict):
                return owner.inside(key)
    return call


def _id(fields: Fields, key: str) -> str:
    value = fields.data.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadTranscript(
            "is missing" if value is None else "expected an id", file=fields.file,
            field=".".join(part for part in (fields.path, key) if part),
            remedy="ids are texts or whole numbers; each stretch of speech has its speaker's",
        )  # fmt: skip
    return value
