from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from api.commands import check as check_command

CHECK_FIELDS = {
    "call_id", "profile", "criteria", "triggers", "disqualifiers", "fit", "coverage", "tier",
    "disqualified", "engagement", "quadrant", "open_questions",
}  # fmt: skip
SIGNAL_FIELDS = {
    "id", "call_id", "dimension", "value", "quote", "turns", "speaker", "role", "confidence",
    "source",
}  # fmt: skip


def load(path: Path) -> dict:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def test_a_call_is_checked_and_reported(icp, call: Path, profile: Path) -> None:
    ran = icp("check", call, "--profile", profile)
    assert ran.status == 0
    assert "Tier" in ran.out
    assert "Discovery with Acme · Mid-market software" in ran.out
    assert "“We are two hundred and fifty people" in ran.out or "two hundred and fifty" in ran.out
    assert "0:04 Lee (prospect)" in ran.out
    assert "region" in ran.out.split("Unknown: ask")[1]


def test_json_is_the_contracts(icp, call: Path, profile: Path, tmp_path: Path) -> None:
    ran = icp("check", call, "--profile", profile, "--json", "out.json")
    assert ran.status == 0
    result = load(tmp_path / "out.json")
    assert {"transcript", "signals", "check"} <= set(result)
    assert set(result["check"]) >= CHECK_FIELDS
    assert result["check"]["profile"] == {"id": "midmarket", "version": 1}
    statuses = {c["id"]: c["status"] for c in result["check"]["criteria"]}
    assert statuses == {"size": "met", "crm": "met", "notes": "met", "region": "unknown"}
    assert result["signals"]
    texts = {t["index"]: t["text"] for t in result["transcript"]["turns"]}
    ids = set()
    for signal in result["signals"]:
        assert set(signal) >= SIGNAL_FIELDS
        assert any(signal["quote"] in texts[i] for i in signal["turns"])
        assert 0 <= signal["confidence"] <= 1
        ids.add(signal["id"])
    for rule in (*result["check"]["criteria"], *result["check"]["disqualifiers"]):
        assert set(rule["signals"]) <= ids


def test_several_files_give_a_list_and_several_profiles_give_checks(
    icp, call: Path, profile: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    text = profile.read_text().replace("id: midmarket", "id: other")
    text = text.replace("Reps lose", "Pigs fly")
    other.write_text(text)
    ran = icp(
        "check", call, call, "--profile", profile, "--profile", other, "--json", "out.json"
    )  # fmt: skip
    assert ran.status == 0
    results = json.loads((tmp_path / "out.json").read_text())
    assert [sorted(r["checks"]) for r in results] == [["midmarket", "other"]] * 2
    first = results[0]
    assert first["check"] == first["checks"]["midmarket"]
    notes = {
        name: next(c["status"] for c in check["criteria"] if c["id"] == "notes")
        for name, check in first["checks"].items()
    }
    assert notes["midmarket"] == "met"
    assert notes["other"] != "met"


def test_a_result_can_be_checked_again(icp, call: Path, profile: Path, tmp_path: Path) -> None:
    assert icp("check", call, "-p", profile, "--json", "first.json").status == 0
    assert icp("check", "first.json", "-p", profile, "--json", "second.json").status == 0
    first, second = load(tmp_path / "first.json"), load(tmp_path / "second.json")
    assert first["check"] == second["check"]
    assert first["signals"] == second["signals"]


def test_the_transcript_is_written(icp, call: Path, profile: Path, tmp_path: Path) -> None:
    assert icp("check", call, "-p", profile, "--transcript-out", "t.json").status == 0
    written = load(tmp_path / "t.json")
    assert [t["text"] for t in written["turns"]] == [t["text"] for t in load(call)["turns"]]
    (tmp_path / "folder").mkdir()
    assert icp("check", call, "-p", profile, "--transcript-out", "folder").status == 0
    assert load(tmp_path / "folder" / "call.transcript.json") == written


@pytest.mark.parametrize("who", ["Lee", "lee", "S2"])
def test_rep_turns_the_sides_around(
    icp, call: Path, profile: Path, tmp_path: Path, who: str
) -> None:
    assert icp("check", call, "-p", profile, "--rep", who, "--json", "o.json").status == 0
    roles = {s["id"]: s["role"] for s in load(tmp_path / "o.json")["transcript"]["speakers"]}
    assert roles == {"S1": "prospect", "S2": "rep"}


def test_rep_that_nobody_is_lists_the_speakers(icp, call: Path, profile: Path) -> None:
    ran = icp("check", call, "-p", profile, "--rep", "Kim")
    assert ran.status in (1, 2)
    for part in ("call.json", "Kim", "S1", "Dana", "S2", "Lee"):
        assert part in ran.err


def test_one_bad_file_stops_nothing(icp, call: Path, profile: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    ran = icp("check", "empty.wav", "gone.mp3", call, "-p", profile, "--json", "o.json")
    assert ran.status == 1
    assert "empty.wav" in ran.err
    assert "gone.mp3" in ran.err
    assert "2 of 3 files failed" in ran.err
    assert len(json.loads((tmp_path / "o.json").read_text())) == 1


def test_an_unexpected_error_fails_its_file_alone(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = check_command.read_input, []

    def broken(path: Path, **options: object) -> object:
        calls.append(path)
        if len(calls) == 1:
            raise ZeroDivisionError("oh")
        return real(path)

    monkeypatch.setattr(check_command, "read_input", broken)
    ran = icp("check", call, call, "-p", profile)
    assert ran.status == 1
    assert "call.json: unexpected ZeroDivisionError: oh" in ran.err
    assert "Traceback" not in ran.err
    assert "Tier" in ran.out
    calls.clear()
    assert "Traceback" in icp("check", call, "-p", profile, "--debug").err


def test_ctrl_c_stops_with_130_and_keeps_what_is_done(
    icp, call: Path, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = check_command.read_input, []

    def interrupted(path: Path, **options: object) -> object:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(path)

    monkeypatch.setattr(check_command, "read_input", interrupted)
    ran = icp("check", call, call, call, "-p", profile, "--json", "o.json")
    assert ran.status == 130
    assert "stopped" in ran.err
    assert len(json.loads((tmp_path / "o.json").read_text())) == 1
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    "options",
    [
        ("--json", "missing/o.json"),
        ("--json", "."),
        ("--json", "call.json"),
        ("--json", "profile.yaml"),
        ("--transcript-out", "missing/t.json"),
        ("--json", "o.json", "--transcript-out", "o.json"),
        ("--language", "English"),
        ("--rep", " "),
        ("--modell", "base"),
    ],
)
def test_bad_options_end_with_2_before_the_work(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    before = call.read_bytes(), profile.read_bytes()
    monkeypatch.setattr(check_command, "read_input", None)
    ran = icp("check", "call.json", "-p", "profile.yaml", *options)
    assert ran.status == 2
    assert options[-2] in ran.err
    assert (call.read_bytes(), profile.read_bytes()) == before


def test_two_transcripts_need_a_folder(icp, call: Path, profile: Path) -> None:
    ran = icp("check", call, call, "-p", profile, "--transcript-out", "t.json")
    assert ran.status == 2
    assert "--transcript-out" in ran.err


def test_two_profiles_of_one_id_are_refused(icp, call: Path, profile: Path) -> None:
    ran = icp("check", call, "-p", profile, "-p", profile)
    assert ran.status == 2
    assert "midmarket" in ran.err


def test_a_misspelt_variable_is_told(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api import settings

    monkeypatch.setitem(settings.os.environ, "ICP_MODLE", "tiny.en")
    assert "ICP_MODLE is no setting" in icp("check", call, "-p", profile).err


def test_a_check_opens_no_socket(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert icp("check", call, "-p", profile).status == 0


def test_words_of_the_call_are_not_logged(
    icp, call: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api import settings

    monkeypatch.setitem(settings.os.environ, "ICP_LOG_LEVEL", "DEBUG")
    ran = icp("check", call, "-p", profile)
    assert ran.status == 0
    for secret in ("hundred and fifty", "Salesforce today", "Tuesday"):
        assert secret not in ran.err
