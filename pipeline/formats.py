"""The contract's JSON, to and from domain types: transcripts and signals (checks: formats_check).

Reading is strict and names file and field; unknown extra fields are left out. Writing keeps whole
numbers whole. The trap: `Range.low` is `min` in JSON, and only money carries a currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.domain import (
    BUSINESS_MODELS,
    GROWTH_STAGES,
    Check,
    Dimension,
    Range,
    Role,
    Signal,
    Speaker,
    Transcript,
    Turn,
    Word,
)  # fmt: skip
from pipeline.errors import BadTranscript
from pipeline.formats_check import check_from_json, check_to_json
from pipeline.json_fields import Fields, Json, known, name_of, object_of

__all__ = [
    "check_from_json",
    "check_result_to_json",
    "check_to_json",
    "signal_from_json",
    "signal_to_json",
    "transcript_from_json",
    "transcript_to_json",
]

MOST_TURNS = 100_000
NUMERIC = (
    Dimension.HEADCOUNT, Dimension.TEAM_SIZE, Dimension.REVENUE, Dimension.GROWTH_RATE,
    Dimension.BUDGET,
)  # fmt: skip
MONEY = (Dimension.REVENUE, Dimension.BUDGET)
FIXED = {Dimension.BUSINESS_MODEL: BUSINESS_MODELS, Dimension.GROWTH_STAGE: GROWTH_STAGES}


def transcript_from_json(data: object, file: str) -> Transcript:
    """The transcript in a parsed JSON file; raises BadTranscript that names the wrong field."""
    if not isinstance(data, dict):
        raise BadTranscript(
            f"expected an object with turns, found {name_of(data)}", file=file,
            remedy='the least is {"turns": [{"speaker": "S1", "text": "…"}]}',
        )  # fmt: skip
    fields = Fields(data, file, "", BadTranscript)
    if not isinstance(data.get("turns"), list):
        found = "is missing" if "turns" not in data else f"found {name_of(data['turns'])}"
        fields.fail("turns", found, "expected a list of turns with speaker and text")
    turns = [_read_turn(turn, i) for i, turn in enumerate(fields.objects("turns", most=MOST_TURNS))]
    if not any(turn.text.strip() for turn in turns):
        fields.fail("turns", "nobody says anything", "give at least one turn with text")
    seen: dict[int, int] = {}
    for i, turn in enumerate(turns):
        if turn.index in seen:
            taken = f"turns[{seen[turn.index]}]"
            fields.fail(f"turns[{i}].index", f"{turn.index} is the index of {taken} too")
        seen[turn.index] = i
    return Transcript(
        call_id=fields.text("call_id") or Path(file).stem or "call",
        turns=tuple(turns),
        speakers=_read_speakers(fields, turns),
        deal_id=fields.text("deal_id"),
        title=fields.text("title"),
        language=fields.text("language"),
        recorded_at=fields.moment("recorded_at"),
        duration=fields.seconds("duration"),
    )


def _read_turn(fields: Fields, position: int) -> Turn:
    index = fields.whole("index")
    text = fields.text("text")
    if text is None:
        fields.fail("text", "is missing", "expected what was said, as text")
    start, end = _read_times(fields)
    return Turn(
        index=position if index is None else index,
        speaker=fields.needed_text("speaker"),
        text=text,
        start=start,
        end=end,
        words=tuple(_read_word(word) for word in fields.objects("words")),
        quarantine=fields.text("quarantine"),
        english=fields.text("english"),
    )


def _read_times(fields: Fields) -> tuple[float | None, float | None]:
    start, end = fields.seconds("start"), fields.seconds("end")
    if start is not None and end is not None and end < start:
        fields.fail("end", f"{end:g} is before start {start:g}", "times are seconds from the start")
    return start, end


def _read_word(fields: Fields) -> Word:
    text = fields.text("text")
    start, end = _read_times(fields)
    if text is None or start is None or end is None:
        missing = "text" if text is None else "start" if start is None else "end"
        fields.fail(missing, "is missing", "a word has text, start and end; or leave words out")
    probability = fields.number("probability", least=0.0, most=1.0)
    return Word(
        text, start, end, 1.0 if probability is None else probability,
        fields.whole("channel") or 0, fields.text("quarantine"),
    )  # fmt: skip


def _read_speakers(fields: Fields, turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    """The listed speakers, then those who speak without being listed."""
    speakers: dict[str, Speaker] = {}
    for listed in fields.objects("speakers", most=10_000):
        speaker = listed.needed_text("id")
        if speaker in speakers:
            listed.fail("id", f"the speaker {speaker!r} is listed twice")
        role = listed.one_of("role", Role, Role.UNKNOWN)
        speakers[speaker] = Speaker(speaker, Role(role or Role.UNKNOWN), listed.text("name"))
    for turn in turns:
        speakers.setdefault(turn.speaker, Speaker(turn.speaker))
    return tuple(speakers.values())


def transcript_to_json(transcript: Transcript) -> Json:
    """A transcript as the contract writes it; what is not known is left out."""
    moment = transcript.recorded_at
    head = {
        "call_id": transcript.call_id,
        "deal_id": transcript.deal_id,
        "title": transcript.title,
        "language": transcript.language,
        "recorded_at": moment.isoformat().replace("+00:00", "Z") if moment else None,
        "duration": transcript.duration,
    }
    return {
        **known(head),
        "speakers": [
            known({"id": s.id, "role": str(s.role), "name": s.name}) for s in transcript.speakers
        ],
        "turns": [_write_turn(turn) for turn in transcript.turns],
    }


def _write_turn(turn: Turn) -> Json:
    written = known(
        {
            "index": turn.index, "speaker": turn.speaker, "start": turn.start, "end": turn.end,
            "text": turn.text, "english": turn.english, "quarantine": turn.quarantine,
        }
    )  # fmt: skip
    if turn.words:
        written["words"] = [_write_word(word) for word in turn.words]
    return written


def _write_word(word: Word) -> Json:
    written: Json = {
        "text": word.text, "start": word.start, "end": word.end, "probability": word.probability,
    }  # fmt: skip
    beside = {"channel": word.channel or None, "quarantine": word.quarantine}
    return {**written, **known(beside)}


def signal_to_json(signal: Signal) -> Json:
    """A signal as the contract writes it."""
    value: object = signal.value
    if isinstance(value, Range):
        value = _write_range(value, with_currency=signal.dimension in MONEY)
    beside = known({"status": signal.status, "kind": signal.kind, "function": signal.function})
    if signal.dimension is Dimension.TRIGGER or signal.when is not None:
        beside["when"] = signal.when
    return {
        "id": signal.id, "call_id": signal.call_id, "dimension": str(signal.dimension),
        "value": value, **beside, "quote": signal.quote, "turns": list(signal.turns),
        "speaker": signal.speaker, "role": str(signal.role), "start": signal.start,
        "end": signal.end, "confidence": signal.confidence, "source": signal.source,
        **known({"heard": signal.heard, "quote_en": signal.quote_en}),
    }  # fmt: skip


def _write_range(value: Range, *, with_currency: bool) -> Json:
    written: Json = {"min": _whole(value.low), "max": _whole(value.high)}
    if with_currency:
        written["currency"] = value.currency
    return written


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and float(number).is_integer() else number


def signal_from_json(data: object, file: str = "signal") -> Signal:
    """The signal in parsed JSON; raises InputError that names the wrong field."""
    fields = object_of(data, file)
    dimension = Dimension(fields.one_of("dimension", Dimension) or fields.needed_text("dimension"))
    confidence = fields.number("confidence", least=0.0, most=1.0)
    start, end = _read_times(fields)
    return Signal(
        id=fields.needed_text("id"),
        call_id=fields.needed_text("call_id"),
        dimension=dimension,
        value=_read_value(fields, dimension),
        quote=fields.text("quote") or "",
        turns=fields.wholes("turns"),
        speaker=fields.text("speaker") or "",
        role=Role(fields.one_of("role", Role, Role.UNKNOWN) or Role.UNKNOWN),
        confidence=1.0 if confidence is None else confidence,
        status=fields.text("status"),
        kind=fields.text("kind"),
        function=fields.text("function"),
        when=fields.text("when"),
        start=start,
        end=end,
        source=fields.text("source") or "call",
        heard=fields.text("heard"),
        quote_en=fields.text("quote_en"),
    )


def _read_value(fields: Fields, dimension: Dimension) -> str | Range | None:
    value = fields.data.get("value")
    if value is None and dimension is Dimension.BUDGET:
        return None
    if dimension not in NUMERIC:
        if dimension in FIXED:
            return fields.one_of("value", FIXED[dimension]) or fields.needed_text("value")
        return fields.needed_text("value")
    inside = fields.inside("value")
    low, high = inside.number("min"), inside.number("max")
    if low is not None and high is not None and low > high:
        inside.fail("min", f"{low:g} is above max {high:g}")
    return Range(low, high, inside.text("currency") if dimension in MONEY else None)


def check_result_to_json(transcript: Transcript, signals: Sequence[Signal], check: Check) -> Json:
    """What `check --json` writes for one file."""
    return {
        "transcript": transcript_to_json(transcript),
        "signals": [signal_to_json(signal) for signal in signals],
        "check": check_to_json(check),
    }
