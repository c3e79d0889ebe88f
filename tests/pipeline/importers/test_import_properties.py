"""What holds for every transcript and every damaged one: no text lost or invented, no crash."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.importers import read_transcript

FOLDER = Path(__file__).parents[2] / "data" / "imports"
SAMPLES = [path.read_bytes() for path in sorted(FOLDER.glob("*/*"))]
PARSED = [json.loads(p.read_text(encoding="utf-8-sig")) for p in sorted(FOLDER.glob("*/*.json"))]
NAMES = ("Dana Wu", "Lee Okafor", "Zoë de Vries", "Smith, John")
WORDS = st.sampled_from(("we", "use", "Salesforce", "R&D", "is", "<", "20", "grüß", "250", "ok"))
SAYINGS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
SAID = st.lists(
    # nobody says twelve words in less than a fifth of a second; times so short have no unit
    st.tuples(st.sampled_from(NAMES), SAYINGS, st.integers(200, 9000), st.integers(0, 3000)),
    min_size=2, max_size=25,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "start", "speaker", "words", "x"]), inner)
    ),
    max_leaves=6,
)
Cue = tuple[str, str, float, float]


def timed(said: list[tuple[str, str, int, int]]) -> list[Cue]:
    """Cues one after another, from lengths and pauses in milliseconds."""
    cues, at = [], 0
    for name, text, length, pause in said:
        cues.append((name, text, at / 1000, (at + length) / 1000))
        at += length + pause
    return cues


def clock(seconds: float, mark: str = ".") -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}{mark}{ms:03d}"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def zoom(cues: list[Cue]) -> bytes:
    body = "".join(
        f"{i}\n{clock(a)} --> {clock(b)}\n{name}: {text}\n\n"
        for i, (name, text, a, b) in enumerate(cues, 1)
    )
    return f"WEBVTT\n\n{body}".encode()


def teams(cues: list[Cue]) -> bytes:
    body = "".join(
        f"d2f1b7aa-0c41-4e55-9c0e-3f0a6b1c7701/{i}-0\r\n{clock(a)} --> {clock(b)}\r\n"
        f"<v {name} (Guest)>{escaped(text)}{'</v>' if i % 2 else ''}\r\n\r\n"
        for i, (name, text, a, b) in enumerate(cues)
    )
    return f"\ufeffWEBVTT\r\n\r\n{body}".encode()


def srt(cues: list[Cue]) -> bytes:
    return "".join(
        f"{i}\n{clock(a, ',')} --> {clock(b, ',')}\n{name}: {escaped(text)}\n\n"
        for i, (name, text, a, b) in enumerate(cues, 1)
    ).encode("utf-16")


def gong(cues: list[Cue], unit: float = 1000) -> bytes:
    said = [
        {"speakerId": name, "sentences": [{"start": a, "end": b, "text": text}]}
        for name, text, *times in cues
        for a, b in [[round(time * unit, 6) for time in times]]  # 1.001 * 1000 is 1000.9999…
    ]
    parties = [{"speakerId": n, "name": n, "affiliation": "Internal"} for n in NAMES]
    return json.dumps(
        {"callTranscripts": [{"callId": "1", "transcript": said}], "parties": parties}
    ).encode()


def fireflies(cues: list[Cue]) -> bytes:
    return json.dumps(
        [
            {"speaker_name": n, "speaker_id": 1, "text": t, "start_time": str(a), "end_time": b}
            for n, t, a, b in cues
        ]
    ).encode()


def meet(cues: list[Cue]) -> bytes:
    entries = [
        {"participant": n, "text": t, "startTime": f"2026-03-04T{clock(a)}Z",
         "endTime": f"2026-03-04T{clock(b)}Z"}
        for n, t, a, b in cues
    ]  # fmt: skip
    people = [{"name": n, "signedinUser": {"displayName": n}} for n in NAMES]
    return json.dumps({"entries": entries, "participants": people}).encode()


WRITERS = st.sampled_from([zoom, teams, srt, gong, fireflies, meet])


@settings(max_examples=150, deadline=None)
@given(SAID, WRITERS)
def test_what_is_written_is_read(said, writer) -> None:
    cues = timed(said)
    transcript = read_transcript(writer(cues), "x")
    names = {voice.id: voice.name for voice in transcript.speakers}
    read = [(names[t.speaker], word) for t in transcript.turns for word in t.text.split()]
    assert read == [(name, word) for name, text, _, _ in cues for word in text.split()]
    assert transcript.turns[0].start == cues[0][2]
    for turn in transcript.turns:
        assert turn.start is not None
        assert turn.end is not None
        assert any(abs(turn.start - a) < 1e-5 for _, _, a, _ in cues)
        assert any(abs(turn.end - b) < 1e-5 for _, _, _, b in cues)


@settings(max_examples=60, deadline=None)
@given(SAID)
def test_milliseconds_are_told_from_seconds(said) -> None:
    cues = [(n, f"{t} we say this", a, a + 0.4 * len(t.split()) + 1) for n, t, a, _ in timed(said)]
    assert read_transcript(gong(cues), "x") == read_transcript(gong(cues, 1), "x")


@st.composite
def damaged(draw) -> bytes:
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        kind = draw(st.sampled_from(("cut", "insert", "double", "swap")))
        length = draw(st.integers(1, 40))
        if kind == "cut":
            del content[at : at + length]
        elif kind == "insert":
            content[at:at] = draw(st.binary(max_size=8))
        elif kind == "double":
            content[at:at] = content[at : at + length]
        else:
            content[at : at + length] = bytes(reversed(content[at : at + length]))
    return bytes(content)


def read_or_refuse(content: bytes) -> list[str]:
    try:
        transcript = read_transcript(content, "x")
    except InputError as error:
        if error.file != "x":
            raise
        return []
    assert transcript.turns
    for turn in transcript.turns:
        assert turn.text.strip()
        assert turn.start is None or turn.start >= 0
        assert turn.end is None or turn.start is None or turn.end >= turn.start
    ids = [voice.id for voice in transcript.speakers]
    assert len(set(ids)) == len(ids)
    assert {turn.speaker for turn in transcript.turns} <= set(ids)
    return [turn.text for turn in transcript.turns]


@settings(max_examples=400, deadline=None)
@given(damaged() | st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_damage_is_refused_or_read_and_never_crashes(content: bytes) -> None:
    read_or_refuse(content)


def places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in a JSON value."""
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, inner in items:
        found += places(inner, (*at, key)) if isinstance(inner, dict | list) else [(*at, key)]
    return found


def leaves(value: object) -> list[str]:
    """Every text, number and key in a JSON value, as texts."""
    if isinstance(value, dict):
        return [leaf for pair in value.items() for part in pair for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [str(value)]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_wrong_json_is_refused_or_read_and_no_word_is_invented(data) -> None:
    value = copy.deepcopy(data.draw(st.sampled_from(PARSED)))
    place = data.draw(st.sampled_from(places(value)[1:]))
    inside = value
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = data.draw(JSON)
    given_words = set(re.findall(r"\w+", " ".join(leaves(value))))
    for text in read_or_refuse(json.dumps(value).encode()):
        assert set(re.findall(r"\w+", text)) <= given_words
