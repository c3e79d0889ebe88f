"""Every way a file or profile can be wrong: named with field and remedy, no traceback."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from api import inputs
from api.inputs import call_id, read_input
from pipeline.errors import InputError

PROFILE_FAULTS = {
    "no yaml": ("id: x\n  criteria: [", ["line 2"]),
    "unknown dimension": (
        "id: x\nname: X\nseller: {company: N}\ncriteria:\n"
        "  - {id: a, dimension: head_count, min: 2}\n",
        ["head_count", "headcount"],
    ),
    "min above max": (
        "id: x\nname: X\nseller: {company: N}\ncriteria:\n"
        "  - {id: a, dimension: headcount, min: 900, max: 20}\n",
        ["min", "900", "20"],
    ),
    "duplicate ids": (
        "id: x\nname: X\nseller: {company: N}\ncriteria:\n"
        "  - {id: a, dimension: headcount, min: 2}\n  - {id: a, dimension: headcount, max: 9}\n",
        ["'a'"],
    ),
    "statement without text": (
        "id: x\nname: X\nseller: {company: N}\ncriteria:\n"
        '  - {id: a, dimension: pain, statement: ""}\n',
        ["statement"],
    ),
    "empty file": ("", []),
    "a list": ("- 1\n- 2\n", []),
}


def no_traceback(text: str) -> bool:
    return "Traceback" not in text and "  File " not in text


@pytest.mark.parametrize("fault", PROFILE_FAULTS)
def test_a_bad_profile_ends_with_2(icp, call: Path, tmp_path: Path, fault: str) -> None:
    text, named = PROFILE_FAULTS[fault]
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    ran = icp("check", call, "--profile", bad, "--json", "o.json")
    assert ran.status == 2
    assert "bad.yaml" in ran.err
    for part in named:
        assert part in ran.err
    assert "(" in ran.err  # the remedy
    assert no_traceback(ran.err + ran.out)
    assert not (tmp_path / "o.json").exists()
    linted = icp("profile", "lint", bad)
    assert linted.status == 2
    assert "bad.yaml" in linted.err + linted.out
    assert no_traceback(linted.err + linted.out)


@pytest.mark.parametrize("name", ["gone.yaml", "."])
def test_a_profile_that_is_no_file_ends_with_2(icp, call: Path, name: str) -> None:
    for ran in (icp("check", call, "-p", name), icp("profile", "lint", name)):
        assert ran.status == 2
        assert name in ran.err + ran.out
        assert no_traceback(ran.err + ran.out)


def test_lint_of_a_good_profile_is_0(icp, profile: Path) -> None:
    ran = icp("profile", "lint", profile)
    assert ran.status == 0
    assert "profile.yaml" in ran.out


Edit = Callable[[dict], object]

TRANSCRIPT_FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "no turns": (lambda t: t.pop("turns"), ["turns"]),
    "turns is no list": (lambda t: t.update(turns={"a": 1}), ["turns"]),
    "turn without text": (lambda t: t["turns"][1].pop("text"), ["turns", "1", "text"]),
    "turn without speaker": (lambda t: t["turns"][1].pop("speaker"), ["turns", "1", "speaker"]),
    "text is a number": (lambda t: t["turns"][2].update(text=5), ["turns", "2", "text"]),
    "time is text": (lambda t: t["turns"][2].update(start="0:12"), ["turns", "2", "start"]),
    "unknown role": (lambda t: t["speakers"][0].update(role="boss"), ["speakers", "0", "role"]),
    "bad date": (lambda t: t.update(recorded_at="yesterday"), ["recorded_at"]),
}


@pytest.mark.parametrize("fault", TRANSCRIPT_FAULTS)
def test_a_bad_transcript_ends_with_1(
    icp, call: Path, profile: Path, tmp_path: Path, fault: str
) -> None:
    edit, named = TRANSCRIPT_FAULTS[fault]
    data = copy.deepcopy(json.loads(call.read_text()))
    edit(data)
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(data))
    ran = icp("check", bad, "-p", profile)
    assert ran.status == 1
    assert "bad.json" in ran.err
    for part in named:
        assert part in ran.err
    assert no_traceback(ran.err)


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("empty.wav", b"", "is empty"),
        ("empty.json", b"", "is empty"),
        ("broken.json", b'{"turns": [', "no valid JSON"),
        ("list.json", b"[1, 2]", "list.json"),
        ("deep.json", b"[" * 100_000, "deep.json"),
        ("binary.json", b"\xff\xfe\x00\x01", "binary.json"),
        ("notes.txt", b"Dana: hello\nLee: hi\n", ".txt"),
        ("call.vtt", b"WEBVTT\n\n00:00.000 --> 00:0x.000\nhi\n", "line 3"),
        ("call.docx", b"PK\x03\x04\x14\x00" + b"\0" * 40, "Word"),
        ("renamed.wav", b"This is no sound at all, it is text.\n" * 40, "renamed.wav"),
        ("page.mp4", b"<!doctype html><title>404</title>", "page.mp4"),
        ("noise.mp3", bytes(range(256)) * 40, "noise.mp3"),
        ("picture.m4a", b"\x89PNG\r\n\x1a\n" + b"\0" * 400, "picture.m4a"),
    ],
)
def test_a_file_that_is_no_call_ends_with_1(
    icp, profile: Path, tmp_path: Path, name: str, content: bytes, named: str
) -> None:
    (tmp_path / name).write_bytes(content)
    try:
        read_input(tmp_path / name)
    except InputError:
        ran = icp("check", name, "-p", profile)
        assert ran.status == 1
        assert name in ran.err
        assert named in ran.err
        assert no_traceback(ran.err)
    else:
        refused_by_the_decoder(tmp_path / name)


def refused_by_the_decoder(path: Path) -> None:
    """What only decoding can tell is found before a model is loaded."""
    from models.audio import probe

    with pytest.raises(InputError) as caught:
        probe(path)
    assert str(caught.value).startswith(str(path))
    assert caught.value.remedy


@pytest.mark.parametrize("place", ["gone.wav", "gone.json", "folder", "a" * 300])
def test_a_place_that_holds_no_file_ends_with_1(
    icp, profile: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    ran = icp("check", place, "-p", profile)
    assert ran.status == 1
    assert "icp: failed: " in ran.err
    assert no_traceback(ran.err)


def test_a_file_without_read_permission_ends_with_1(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root may read everything, so it is the answer of the system that is replaced here
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patched:
        patched.setattr(inputs.Path, "open", refuse)
        with pytest.raises(InputError, match=r"call\.json: permissions: may not be read \("):
            read_input(call)


def test_the_real_program_prints_no_traceback(tmp_path: Path, profile: Path) -> None:
    with wave.open(str(tmp_path / "zero.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import app; app()", "check", "zero.wav", "no.mp3",
         "-p", profile.name],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "ICP_DATA_DIR": str(tmp_path / "d")},
    )  # fmt: skip
    assert done.returncode == 1
    assert "zero.wav" in done.stderr
    assert "no.mp3: does not exist (check the path)" in done.stderr
    assert "2 of 2 files failed" in done.stderr
    assert no_traceback(done.stderr)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Acme call (2).wav", "Acme-call-2"), ("Zürich.mp3", "Zürich"), ("...", "call")],
)
def test_call_ids(name: str, expected: str) -> None:
    assert call_id(Path(name)) == expected
