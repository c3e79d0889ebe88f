"""The German sample call through the real program and the real models: from audio to check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.test_sample_call import assert_contract, icp

SAMPLE = Path(__file__).parents[1] / "data" / "sample_de"

SURE = {("geography", "Vienna"), ("tech_stack", "SAP")}
"""Facts that survive recognition and translation; most others are heard only in part."""
SAID = {
    "450 Mitarbeiter": "450 employees",
    "Stuttgart": "Stuttgart",
    "50.000 Euro": "50,000 euros",
    "Asana": "Asana",
}
"""What stands in a turn, and in the English of the same turn."""

pytestmark = pytest.mark.weights


def test_from_german_audio_to_the_check(tmp_path: Path, data_dir: Path) -> None:
    done = icp(
        "check", SAMPLE / "erstgespraech.ogg", "--profile", SAMPLE / "profile.yaml",
        "--json", "o.json", "--transcript-out", "t.json", cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "putting it into English: done" in done.stderr
    result = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert_contract(result)
    transcript = result["transcript"]
    assert transcript["language"] == "de"
    texts = {t["index"]: t["text"] for t in transcript["turns"]}
    english = {t["index"]: t.get("english") or "" for t in transcript["turns"]}
    assert sum(map(bool, english.values())) > 0.8 * len(english)
    for signal in result["signals"]:
        assert any(signal["quote"] in texts[i] for i in signal["turns"])
        assert any(signal["quote_en"] in english[i] for i in signal["turns"])
    found = {(s["dimension"], str(s["value"])) for s in result["signals"]}
    assert found >= SURE
    for german, translated in SAID.items():
        assert [translated in english[i] for i, text in texts.items() if german in text] == [True]
    assert "= “" in done.stdout

    again = icp(
        "check", "t.json", "--profile", SAMPLE / "profile.yaml", "--json", "o2.json",
        cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    second = json.loads((tmp_path / "o2.json").read_text(encoding="utf-8"))
    assert second["transcript"]["turns"] == transcript["turns"]
    assert {s["quote"] for s in second["signals"]} == {s["quote"] for s in result["signals"]}


def test_a_german_transcript_is_told_what_it_lacks(tmp_path: Path, data_dir: Path) -> None:
    done = icp(
        "check", SAMPLE / "erstgespraech.transcript.json", "--profile", SAMPLE / "profile.yaml",
        cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "this call is in German" in " ".join(done.stdout.split())


def test_the_english_model_refuses_german(tmp_path: Path, data_dir: Path) -> None:
    done = icp(
        "check", SAMPLE / "erstgespraech.ogg", "--profile", SAMPLE / "profile.yaml",
        "--model", "tiny.en", "--language", "de", cwd=tmp_path, data_dir=data_dir,
    )  # fmt: skip
    assert done.returncode == 2
    assert "use the model `base`" in done.stderr
