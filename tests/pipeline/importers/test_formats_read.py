"""Every file in `tests/data/imports` gives what `expected.txt` says, checked by eye once.

A line there is `id/name/role start..end timed-words | text`; `#` has date, language and title.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.domain import Transcript
from pipeline.errors import BadTranscript
from pipeline.formats import transcript_from_json, transcript_to_json
from pipeline.importers import could_be_transcript, read_transcript

FOLDER = Path(__file__).parents[2] / "data" / "imports"
FORMATS = ("aws", "fireflies", "gong", "meet", "otter", "srt", "teams", "whisperx", "zoom")
FILES = sorted(str(p.relative_to(FOLDER)) for p in FOLDER.glob("*/*"))
BLOCKS = (FOLDER / "expected.txt").read_text(encoding="utf-8").split("== ")[1:]
EXPECTED = {block.split("\n", 1)[0]: block.split("\n", 1)[1].strip("\n") for block in BLOCKS}


def shown(transcript: Transcript) -> str:
    about = (transcript.recorded_at, transcript.language, transcript.title)
    moment = transcript.recorded_at.isoformat() if transcript.recorded_at else None
    lines = [f"# {moment or '-'} {about[1] or '-'} {about[2] or '-'}"] if any(about) else []
    voices = {voice.id: voice for voice in transcript.speakers}
    for turn in transcript.turns:
        voice = voices[turn.speaker]
        start, end = ("-" if t is None else f"{t:g}" for t in (turn.start, turn.end))
        who = f"{voice.id}/{voice.name or '-'}/{voice.role}"
        lines.append(f"{who} {start}..{end} {len(turn.words)} | {turn.text}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", FILES)
def test_a_real_shaped_file_is_read(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    wanted = EXPECTED[name]
    if wanted.startswith("! "):
        with pytest.raises(BadTranscript) as caught:
            read_transcript(content, Path(name).name)
        assert f"! BadTranscript {caught.value}" == wanted
        assert caught.value.field
        assert caught.value.remedy
    else:
        assert shown(read_transcript(content, Path(name).name)) == wanted


def test_the_name_of_a_file_does_not_matter() -> None:
    for name in FILES:
        content, wanted = (FOLDER / name).read_bytes(), EXPECTED[name]
        if not wanted.startswith("! "):
            assert shown(read_transcript(content, "x.bin")) == wanted


def test_there_are_six_good_variants_of_each_format() -> None:
    for form in FORMATS:
        good = [n for n in FILES if n.startswith(f"{form}/") and not EXPECTED[n].startswith("! ")]
        assert len(good) >= 6, form


@pytest.mark.parametrize("name", [n for n in FILES if not EXPECTED[n].startswith("! ")])
def test_what_is_read_is_a_transcript_of_ours(name: str) -> None:
    transcript = read_transcript((FOLDER / name).read_bytes(), "call.x")
    again = transcript_from_json(transcript_to_json(transcript), "again")
    assert again == transcript


@pytest.mark.parametrize(
    ("content", "field", "problem"),
    [
        (b"WEBVTT\n\n1\n00:00:01.000 --> 00:99:02.000\nHi.\n", "line 4", "is no time"),
        (b"Title\n\n1\n00:00:01,000 --> 00:00:02,000\nHi\n", "line 1", "stands before any cue"),
        (b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n\n", "content", "nobody says anything"),
        (b"WEBVTT\n\n\xff\xfe\xfd", "line 3", "no valid UTF-8"),
        (b'{"segments": [{"start": "soon", "text": "a"}]}', "segments[0].start", "expected a time"),
        (b'{"segments": [{"start": NaN, "text": "a"}]}', "segments[0].start", "expected a time"),
        (b'{"segments": [{"start": 1e12, "text": "a"}]}', "segments", "no time within a call"),
        (b'{"results": {"items": [3]}}', "results.items[0]", "expected an object"),
        (b'{"callTranscripts": [{"transcript": [{"sentences": []}]}]}',
         "callTranscripts[0].transcript[0].speakerId", "is missing"),
        (b'{"entries": [{"startTime": "noon"}]}', "entries[0].startTime", "is no date"),
        (b'{"sentences": [{"speaker_name": 3, "text": "a"}]}', "sentences[0].speaker_name",
         "expected text"),
        (b'{"something": 1}', "turns", "is missing"),
        (b"Dana: hello\nLee: hi\n", "content", "no transcript whose format is known"),
        (b'{"segments": ', "content", "no valid JSON"),
        (b"[" * 100_000, "content", "no valid JSON"),
        ('{"entries": [{"startTime": "²²²²²²²²²²"}]}'.encode(), "entries[0].startTime", "no date"),
        (b"WEBVTT\n\n999:00:01.000 --> 999:00:02.000\nHi.\n", "content", "no time within a call"),
        (b"Dana  0:03\n" + b"word " * 50_000, "content", "249,999 characters"),
        (b'{"results": {"items": [{"start_time": "1e9", "alternatives": [{"content": "x"}]}]}}',
         "results.items", "no time within a call"),
    ],
)  # fmt: skip
def test_an_error_names_its_place(content: bytes, field: str, problem: str) -> None:
    with pytest.raises(BadTranscript) as caught:
        read_transcript(content, "call.x")
    assert (caught.value.file, caught.value.field) == ("call.x", field)
    assert problem in caught.value.problem


def test_ordinary_texts_are_no_transcripts() -> None:
    for text in ("# Notes\n\nWe meet at 10:30\nthen.\n", "a,b\n1,2\n", "<!doctype html>", ""):
        assert not could_be_transcript(text)


def test_half_characters_and_zero_bytes_are_taken_out() -> None:
    content = b'{"segments": [{"text": "A \\ud800 b\\u0000c", "speaker": "S"}]}'
    assert read_transcript(content, "x").turns[0].text == "A \ufffd b c"


def test_a_voice_called_s1_is_not_the_first_person() -> None:
    read = read_transcript(b"[0:01] Dana: hi\n[0:05] S1: hello\n[0:09] Lee: yo\n", "x")
    assert [turn.speaker for turn in read.turns] == ["S2", "S1", "S3"]


def test_a_word_without_a_voice_goes_with_those_before_it() -> None:
    marked = (("we", 0, "A"), ("are", 1, "B"), ("40", None, None), ("ok", 4, "A"))
    words = [
        {"word": word, **({"start": at, "end": at + 0.5, "speaker": who} if who else {})}
        for word, at, who in marked
    ]
    row = {"start": 0, "end": 9, "text": "we are 40 ok", "speaker": "A", "words": words}
    read = read_transcript(json.dumps({"segments": [row]}).encode(), "x")
    assert [(t.speaker, t.start, t.text) for t in read.turns] == [
        ("A", 0, "we"), ("B", 1, "are 40"), ("A", 4, "ok"),
    ]  # fmt: skip


def test_unnamed_voices_of_aws_are_one_turn_only_within_a_sentence() -> None:
    items: list[object] = []
    for at, word in enumerate(("Hello", "Yes")):
        said = [{"content": word, "confidence": "0.9"}]
        items.append({"start_time": f"{at}", "end_time": f"{at}.5", "alternatives": said})
        items.append({"type": "punctuation", "alternatives": [{"content": "."}]})
    read = read_transcript(json.dumps({"results": {"items": items}}).encode(), "x")
    assert [(t.start, t.end, t.text) for t in read.turns] == [(0, 0.5, "Hello."), (1, 1.5, "Yes.")]


def test_a_time_before_the_recording_is_no_time_and_loses_no_words() -> None:
    read = read_transcript(
        b"WEBVTT\n\n-00:00:01.000 --> 00:00:02.000\nDana: Hi\n\n"
        b"00:00:03.000 --> 00:00:04.000\nDana: Bye\n", "x",
    )  # fmt: skip
    assert [(t.start, t.end, t.text) for t in read.turns] == [(None, 2, "Hi"), (3, 4, "Bye")]
