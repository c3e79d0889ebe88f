"""`icp batch` from end to end on stand-ins: tables, resuming, failures, kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.checked import read_checked
from pipeline.errors import BadUsage
from tests.api.batch.conftest import Archive
from tests.api.conftest import PROFILE

ROOT = Path(__file__).parents[3]


def fill(archive: Archive) -> None:
    archive.transcript("acme/first.json", call_id="c-1", deal_id="d-1")
    archive.recording("acme/second.wav", 1)
    archive.recording("beta/second.wav", 2)
    (archive.calls / "beta" / "zoom.vtt").write_bytes(
        (ROOT / "tests/data/imports/zoom/plain.vtt").read_bytes()
    )


def test_an_archive_gives_tables_and_is_not_done_twice(archive: Archive) -> None:
    fill(archive)
    archive.transcript("acme/copy of first.json", call_id="c-1", deal_id="d-1")
    (archive.calls / "broken.srt").write_text("1\n00:00:0x,000 --> 00:00:02,000\nHi\n")
    (archive.calls / "notes.md").write_text("# Notes\n")
    archive.recording("bad.mp3", 3, "unreadable")
    archive.recording("crash.wav", 4, "die")
    assert archive.run_processes(workers=2) == 1

    calls = archive.table("calls")
    assert [row["file"] for row in calls] == [
        "acme/copy of first.json", "acme/second.wav", "beta/second.wav", "beta/zoom.vtt",
    ]  # fmt: skip
    assert calls[0]["same_files"] == ["acme/first.json"]
    assert calls[0]["call_id"] == "c-1"
    assert len({row["call_id"] for row in calls}) == 4
    assert [row["kind"] for row in calls] == ["transcript", "recording", "recording", "transcript"]
    failures = {row["file"]: row for row in archive.table("failures")}
    assert {name: row["code"] for name, row in failures.items()} == {
        "broken.srt": "bad_transcript", "bad.mp3": "unreadable_recording",
        "crash.wav": "child_died", "notes.md": None,
    }  # fmt: skip
    assert "line 2" in str(failures["broken.srt"]["reason"])
    assert [row["state"] for row in failures.values()].count("left out") == 1
    assert {row["deal_id"] for row in archive.table("deals")} == {"d-1"}
    tools = [r["value"] for r in archive.table("signals") if r["dimension"] == "tech_stack"]
    assert {"Salesforce", "HubSpot"} <= set(tools)
    result = json.loads((archive.out / str(calls[0]["result"])).read_text())
    assert {"file", "transcript", "signals", "check"} <= set(result)
    assert any("broken.srt" in line for line in archive.said)

    before, heard = archive.bytes(), archive.heard()
    assert archive.run() == 1
    assert archive.bytes() == before
    assert archive.heard() == heard


def test_only_what_changed_is_done_again(archive: Archive) -> None:
    fill(archive)
    assert archive.run() == 0
    first = archive.heard()
    assert len(first) == 4

    (archive.calls / "beta").rename(archive.calls / "gamma")
    assert archive.run() == 0
    assert archive.heard() == first
    assert "gamma/second.wav" in {row["file"] for row in archive.table("calls")}

    archive.profile.write_text(PROFILE.replace("min: 200", "min: 400"), encoding="utf-8")
    assert archive.run() == 0
    assert archive.heard() == first
    sizes = {r["status"] for r in archive.table("checks") if r["rule"] == "size"}
    assert sizes == {"not_met", "unknown"} or sizes == {"not_met"}

    archive.recording("acme/second.wav", 7)
    assert archive.run() == 0
    assert len(archive.heard()) == 5
    kept = {call.file.name for call in read_checked(archive.out, print).calls}
    assert kept == {Path(str(row["result"])).name for row in archive.table("calls")}
    assert len(kept) == 4


def test_failures_are_tried_again_only_when_asked(archive: Archive) -> None:
    archive.transcript("good.json")
    flag = archive.calls.parent / "ready"
    archive.recording("later.wav", 1, f"unless {flag}")
    assert archive.run() == 1
    flag.touch()
    assert archive.run() == 1
    assert archive.run(retry_failed=True) == 0
    assert len(archive.table("calls")) == 2
    assert archive.table("failures") == []


def test_a_manifest_says_what_is_known(archive: Archive) -> None:
    archive.transcript("a.json", call_id="c-a", recorded_at=None)
    archive.transcript("b.json", call_id="c-b", deal_id="d-9")
    manifest = archive.calls / "archive.csv"
    manifest.write_text(
        "\ufefffile;deal_id;account;recorded_at;rep;outcome\r\n"
        "a.json;d-1;=Acme;2026-01-02;Dana;won\r\nb.json;;Beta;;Lee;\r\ngone.json;d-1;;;;\r\n",
        encoding="utf-8",
    )
    assert archive.run(place=manifest) == 1
    calls = {row["file"]: row for row in archive.table("calls")}
    assert (calls["a.json"]["deal_id"], calls["b.json"]["deal_id"]) == ("d-1", "d-9")
    assert str(calls["a.json"]["recorded_at"]).startswith("2026-01-02")
    assert (calls["a.json"]["account"], calls["a.json"]["outcome"]) == ("=Acme", "won")
    assert ",'=Acme," in (archive.out / "calls.csv").read_text(encoding="utf-8")
    assert archive.table("failures")[0]["reason"] == "does not exist (check the path)"
    deals = {row["deal_id"]: row for row in archive.table("deals")}
    assert deals["d-1"]["outcome"] == "won"
    first = archive.heard()
    manifest.write_text(manifest.read_text().replace("d-1;=Acme", "d-2;=Acme"))
    archive.run(place=manifest)
    assert {row["deal_id"] for row in archive.table("deals")} == {"d-2", "d-9"}
    assert archive.heard() == first


def test_two_runs_at_once_in_one_folder_are_refused(archive: Archive) -> None:
    from api.batch.state import State

    archive.transcript("a.json")
    with State(archive.out).opened(), pytest.raises(BadUsage, match="another `icp batch`"):
        archive.run()


def test_a_dry_run_writes_nothing(archive: Archive) -> None:
    fill(archive)
    assert archive.run(dry_run=True) == 0
    assert not archive.out.exists()
    assert any("2 recordings" in line for line in archive.said)
    assert any("hours" in line for line in archive.said)


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_an_archive_without_calls_is_bad_usage(archive: Archive, place: str) -> None:
    (archive.calls / "empty").mkdir()
    with pytest.raises(BadUsage):
        archive.run(place=archive.calls / place)


def start(archive: Archive, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.batch_stand_in", archive.calls, archive.profile]
    environment = {**os.environ, "ICP_DATA_DIR": str(out.parent / "data")}
    return subprocess.Popen(
        [*map(str, command), str(out), "1"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )


def test_killed_at_any_time_it_gives_the_same_tables(archive: Archive) -> None:
    fill(archive)
    for number in range(10, 18):
        archive.recording(f"more/{number}.wav", number, "sleep 0.5")
    assert archive.run() == 0
    wanted = archive.bytes()
    calm, archive.out = archive.out, archive.out.parent / "killed"
    journal = archive.out / "state" / "journal.jsonl"

    def entries() -> int:
        return journal.read_text().count('"entry"') if journal.is_file() else 0

    for kill, sign in enumerate((signal.SIGKILL, signal.SIGINT)):
        process = start(archive, archive.out)
        until = time.monotonic() + 60
        while entries() < 3 + 3 * kill and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(sign)
        _, said = process.communicate(timeout=60)
        assert process.returncode == (130 if sign == signal.SIGINT else -9)
        assert b"Traceback" not in said
        assert 0 < entries() < 12
    (archive.out / "calls" / ".half.json.x1").write_text("{")
    process = start(archive, archive.out)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert archive.bytes() == wanted
    assert len(archive.heard()) <= 12 + 4
    assert calm != archive.out
