"""The contract's JSON: what is refused with which field, and that nothing is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain import (
    Check,
    Dimension,
    OpenQuestion,
    Range,
    Role,
    RuleResult,
    Signal,
    Speaker,
    Transcript,
    Turn,
    Word,
)  # fmt: skip
from pipeline.errors import BadTranscript, InputError
from pipeline.formats import (
    check_from_json,
    check_result_to_json,
    check_to_json,
    signal_from_json,
    signal_to_json,
    transcript_from_json,
    transcript_to_json,
)  # fmt: skip
from tests.factories import make_signal, make_transcript

LEAST = {"turns": [{"speaker": "S1", "text": "Hello."}]}


def test_the_least_transcript() -> None:
    found = transcript_from_json(LEAST, "calls/acme.json")
    assert found.call_id == "acme"
    assert found.turns == (Turn(0, "S1", "Hello."),)
    assert found.speakers == (Speaker("S1"),)


def turn(**fields: object) -> dict[str, object]:
    return {
        "turns": [{"speaker": "S1", "text": "Hi."}, {"speaker": "S2", "text": "Yes.", **fields}]
    }


WRONG = [
    ([], None, "expected an object"),
    ({}, "turns", "missing"),
    ({"turns": {}}, "turns", "found an object"),
    ({"turns": []}, "turns", "nobody"),
    ({"turns": [{"speaker": "S1", "text": "  "}]}, "turns", "nobody"),
    ({"turns": ["hello"]}, "turns[0]", "object"),
    (turn(speaker=None), "turns[1].speaker", "missing"),
    (turn(speaker=" "), "turns[1].speaker", "empty"),
    (turn(speaker=3), "turns[1].speaker", "number 3"),
    (turn(text=None), "turns[1].text", "missing"),
    (turn(text=["a"]), "turns[1].text", "list"),
    (turn(start=float("nan")), "turns[1].start", "finite"),
    (turn(start=-1), "turns[1].start", "below 0"),
    (turn(start="0:10"), "turns[1].start", "number"),
    (turn(start=True), "turns[1].start", "number"),
    (turn(start=9, end=8), "turns[1].end", "before start"),
    (turn(end=1e12), "turns[1].end", "above"),
    (turn(end=10**400), "turns[1].end", "too large"),
    (turn(index=0), "turns[1].index", "turns[0]"),
    (turn(index=1.5), "turns[1].index", "whole"),
    (turn(index=-1), "turns[1].index", "below"),
    (turn(words="Yes"), "turns[1].words", "list"),
    (turn(words=[{"text": "Yes", "start": 1}]), "turns[1].words[0].end", "missing"),
    (turn(text="x" * 200_001), "turns[1].text", "too long"),
    ({**LEAST, "speakers": [{"id": "S1", "role": "seller"}]}, "speakers[0].role", "unknown role"),
    ({**LEAST, "speakers": [{"id": "S1"}, {"id": "S1"}]}, "speakers[1].id", "twice"),
    ({**LEAST, "speakers": [{"role": "rep"}]}, "speakers[0].id", "missing"),
    ({**LEAST, "recorded_at": "yesterday"}, "recorded_at", "no date"),
    ({**LEAST, "recorded_at": 5}, "recorded_at", "expected text"),
    ({**LEAST, "duration": float("inf")}, "duration", "finite"),
]


@pytest.mark.parametrize(("data", "field", "problem"), WRONG)
def test_a_wrong_transcript_names_file_and_field(
    data: object, field: str | None, problem: str
) -> None:
    with pytest.raises(BadTranscript) as caught:
        transcript_from_json(data, "t.json")
    assert (caught.value.file, caught.value.field) == ("t.json", field)
    assert problem in caught.value.problem


def test_unknown_fields_are_left_out_and_known_ones_kept() -> None:
    data = {**turn(mood="happy", start=1, end=2), "crm": {"x": 1}, "language": "en"}
    written = transcript_to_json(transcript_from_json(data, "t.json"))
    assert "crm" not in written
    assert written["turns"][1] == {  # type: ignore[index]
        "index": 1, "speaker": "S2", "start": 1.0, "end": 2.0, "text": "Yes.",
    }  # fmt: skip


def test_a_moment_without_zone_is_utc() -> None:
    found = transcript_from_json({**LEAST, "recorded_at": "2026-03-04T15:00:00"}, "t")
    assert found.recorded_at == datetime(2026, 3, 4, 15, tzinfo=UTC)
    assert transcript_to_json(found)["recorded_at"] == "2026-03-04T15:00:00Z"


names = st.text(min_size=1, max_size=8).filter(str.strip)
seconds = st.floats(0, 9e4)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    speakers = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    turns = []
    for i in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(seconds), draw(seconds)))
        word = Word("a", start, end, draw(st.floats(0, 1)), draw(st.integers(0, 1)))
        turns.append(
            Turn(i, draw(st.sampled_from(speakers)), draw(names), start, end, (word,),
                 draw(st.none() | names), draw(st.none() | names))
        )  # fmt: skip
    roles = [Speaker(s, draw(st.sampled_from(Role)), draw(st.none() | names)) for s in speakers]
    moment = draw(st.none() | st.datetimes(datetime(1980, 1, 1), timezones=st.just(UTC)))
    return Transcript(
        draw(names), tuple(turns), tuple(roles), draw(st.none() | names), None, "en", moment,
        draw(st.none() | seconds),
    )  # fmt: skip


@given(transcripts())
def test_transcripts_survive_the_round_trip(transcript: Transcript) -> None:
    text = json.dumps(transcript_to_json(transcript))
    assert transcript_from_json(json.loads(text), "t.json") == transcript


amounts = st.none() | st.integers(0, 10**9) | st.floats(0, 1e9)


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    dimension = draw(st.sampled_from(Dimension))
    value: str | Range | None = draw(names)
    if dimension in ("headcount", "team_size", "revenue", "growth_rate", "budget"):
        low, high = draw(amounts), draw(amounts)
        if low is not None and high is not None:
            low, high = sorted((low, high))
        money = dimension in ("revenue", "budget")
        value = Range(low, high, draw(st.sampled_from([None, "EUR"])) if money else None)
    if dimension is Dimension.BUSINESS_MODEL:
        value = "b2b"
    if dimension is Dimension.GROWTH_STAGE:
        value = "seed"
    if dimension is Dimension.BUDGET and draw(st.booleans()):
        value = None
    return make_signal(
        dimension, value, confidence=draw(st.floats(0, 1)), status=draw(st.none() | names),
        kind=draw(st.none() | names), function=draw(st.none() | names),
        when=draw(st.none() | names), heard=draw(st.none() | names),
        quote_en=draw(st.none() | names), start=draw(st.none() | st.just(1.5)),
    )  # fmt: skip


@given(signals())
def test_signals_survive_the_round_trip(signal: Signal) -> None:
    assert signal_from_json(json.loads(json.dumps(signal_to_json(signal)))) == signal


def test_ranges_are_written_as_the_contract_says() -> None:
    assert signal_to_json(make_signal("headcount", (200.0, None)))["value"] == {
        "min": 200, "max": None,
    }  # fmt: skip
    text = json.dumps(signal_to_json(make_signal("headcount", (200.0, 250.0)))["value"])
    assert text == '{"min": 200, "max": 250}'
    money = signal_to_json(make_signal("revenue", (8_200_000.5, None, "EUR")))["value"]
    assert money == {"min": 8_200_000.5, "max": None, "currency": "EUR"}
    assert signal_to_json(make_signal("trigger", "x", kind="funding"))["when"] is None
    assert signal_to_json(make_signal("budget", None, status="unavailable"))["value"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dimension": "hedcount"}, "dimension"),
        ({"value": 200}, "value"),
        ({"value": {"min": 5, "max": 2}}, "value.min"),
        ({"value": {"min": "5"}}, "value.min"),
        ({"confidence": 1.5}, "confidence"),
        ({"role": "boss"}, "role"),
        ({"turns": ["1"]}, "turns[0]"),
        ({"id": ""}, "id"),
        ({"dimension": "growth_stage", "value": "series_q"}, "value"),
    ],
)
def test_a_wrong_signal_names_its_field(change: dict[str, object], field: str) -> None:
    data = {**signal_to_json(make_signal("headcount", (1, 2))), **change}
    with pytest.raises(InputError) as caught:
        signal_from_json(data, "s.json")
    assert caught.value.field == field


CHECK = Check(
    subject="c-1", profile_id="p", profile_version=3,
    criteria=(RuleResult("size", "met", 0.97, ("sig_1",), "200 employees", "200", (1,), 62.0),),
    triggers=(RuleResult("funding", "detected", 0.9),),
    disqualifiers=(RuleResult("tiny", "clear", 0.9),),
    fit=0.81, coverage=0.7, tier="A", disqualified=False, engagement=0.6, quadrant="pursue",
    open_questions=(OpenQuestion("arr", "What is your revenue?"),), summary="Tier A.",
)  # fmt: skip


def test_a_check_has_the_contracts_fields() -> None:
    written = check_to_json(CHECK)
    assert written["call_id"] == "c-1"
    assert written["profile"] == {"id": "p", "version": 3}
    assert written["open_questions"] == [{"criterion": "arr", "question": "What is your revenue?"}]
    wanted = {"criteria", "triggers", "disqualifiers", "fit", "coverage", "tier", "disqualified"}
    assert wanted | {"engagement", "quadrant"} <= set(written)
    assert check_from_json(json.loads(json.dumps(written))) == CHECK


def test_an_assessment_has_deal_calls_and_history() -> None:
    size = replace(CHECK.criteria[0], history=("sig_0", "sig_1"))
    deal = replace(CHECK, subject="d-1", calls=("c-1", "c-2"), criteria=(size,))
    written = check_to_json(deal)
    assert "call_id" not in written
    assert written["deal_id"] == "d-1"
    assert check_from_json(json.loads(json.dumps(written))) == deal


def test_no_verdict_is_null() -> None:
    bare = replace(CHECK, tier=None, quadrant="", fit=None)
    written = check_to_json(bare)
    assert (written["tier"], written["quadrant"], written["fit"]) == (None, None, None)
    assert check_from_json(written) == bare


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tier": "E"}, "tier"),
        ({"fit": 2}, "fit"),
        ({"profile": None}, "profile"),
        ({"criteria": [{"status": "met"}]}, "criteria[0].id"),
        ({"disqualified": "no"}, "disqualified"),
        ({"call_id": None}, "call_id"),
    ],
)
def test_a_wrong_check_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        check_from_json({**check_to_json(CHECK), **change}, "c.json")
    assert caught.value.field == field


def test_the_result_of_one_file() -> None:
    result = check_result_to_json(make_transcript(), [make_signal("headcount", (1, 1))], CHECK)
    assert list(result) == ["transcript", "signals", "check"]
    json.dumps(result, allow_nan=False)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["turns", "speaker", "text", "words", "start", "id"]), inner)
), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused(data: object) -> None:
    try:
        transcript_from_json(data, "t.json")
    except BadTranscript as refused:
        named = refused.file
    else:
        named = "t.json"
    assert named == "t.json"
