"""The sample call through the real program and the real models: from text and from audio."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"
DEMO = ROOT / "api" / "demo"
# refuses every connection inside the program, and then runs it
PROGRAM = (
    "import socket\n"
    "def refuse(*a, **k): raise SystemExit('a connection was tried')\n"
    "socket.socket.connect = socket.socket.connect_ex = refuse\n"
    "from api.cli import app\n"
    "app()\n"
)

pytestmark = pytest.mark.weights


def icp(*arguments: object, cwd: Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "ICP_DATA_DIR": str(data_dir), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_is_the_sample() -> None:
    for name in ("discovery.ogg", "profile.yaml"):
        assert (DEMO / name).read_bytes() == (SAMPLE / name).read_bytes()


def test_from_text(tmp_path: Path, data_dir: Path) -> None:
    done = icp(
        "check", SAMPLE / "discovery.transcript.json", "--profile", SAMPLE / "profile.yaml",
        "--json", "o.json", cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert_contract(result)
    assert result["check"]["tier"] in set("ABCD")
    assert f"Tier {result['check']['tier']}" in done.stdout
    found = {(s["dimension"], str(s["value"])) for s in result["signals"]}
    assert ("tech_stack", "Salesforce") in found or ("tech_stack", "HubSpot") in found


def test_demo_from_audio(tmp_path: Path, data_dir: Path) -> None:
    done = icp("demo", cwd=tmp_path, data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    assert "Tier" in done.stdout
    assert "writing down what is said: done" in done.stderr
    assert not list(tmp_path.iterdir())


def test_two_channels_with_the_small_model(tmp_path: Path, data_dir: Path) -> None:
    done = icp(
        "check", SAMPLE / "two_channel.ogg", "--profile", SAMPLE / "profile.yaml", "--rep", "1",
        "--model", "tiny.en", "--json", "o.json", "--transcript-out", "t.json",
        cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert_contract(result)
    transcript = result["transcript"]
    assert transcript == json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    roles = {s["id"]: s["role"] for s in transcript["speakers"]}
    assert sorted(roles.values()) == ["prospect", "rep"]
    assert all(
        word["end"] >= word["start"] for turn in transcript["turns"] for word in turn["words"]
    )


def assert_contract(result: dict) -> None:
    texts = {t["index"]: t["text"] for t in result["transcript"]["turns"]}
    ids = {s["id"] for s in result["signals"]}
    for signal in result["signals"]:
        assert 0.0 <= signal["confidence"] <= 1.0
        assert signal["turns"]
        assert any(signal["quote"] in texts[i] for i in signal["turns"])
    check = result["check"]
    assert {"call_id", "profile", "fit", "coverage", "tier", "disqualified"} <= set(check)
    assert {"engagement", "quadrant", "open_questions"} <= set(check)
    for rule in (*check["criteria"], *check["triggers"], *check["disqualifiers"]):
        assert set(rule["signals"]) <= ids
    statuses = {c["status"] for c in check["criteria"]}
    assert statuses <= {"met", "not_met", "unknown", "conflicting"}
