"""With redaction on, nothing that the service keeps has the names, and the sound is silent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.jobs.upkeep import Upkeep
from api.settings import Settings
from api.wiring import Services
from models.audio import RATE, decode_blocks, layout_of
from models.fakes import (
    FakeDiarizer,
    FakeEntityTagger,
    FakeReader,
    FakeTranscriber,
    fake_toolbox,
)
from models.fakes import say as spoken
from pipeline.domain import SpeakerSpan
from tests.api.routes import conftest
from tests.api.routes.conftest import Api

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "two_channel.ogg"
SAID = "Our CFO Wilhelmina Quux signs and we run everything on Salesforce since then."


def wire(settings: Settings) -> Services:
    words = tuple(spoken(SAID, start=4.0))
    toolbox = fake_toolbox(
        transcriber=FakeTranscriber(words),
        diarizer=FakeDiarizer((SpeakerSpan(0.0, 60.0, "S0"),)),
        reader=FakeReader(
            script=[("Salesforce", "tech_stack:current"), ("Wilhelmina Quux", "authority")],
            rep_scores={"S0": 0.05},
        ),
        tagger=FakeEntityTagger({"Wilhelmina Quux": "PERSON", "Salesforce": "ORG"}),
    )
    return Services(settings, toolbox)


@pytest.fixture
def redacting(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(conftest, "wire", wire)
    settings = api.service.settings.model_copy(update={"redact": True, "max_upload_mb": 5})
    api.service = replace(api.service, settings=settings)
    api.client.app.state.service = api.service  # type: ignore[attr-defined]
    return api


def kept(api: Api) -> bytes:
    folder = api.service.settings.data_dir
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_recording_is_silent_where_the_name_was(redacting: Api, tmp_path: Path) -> None:
    api, mine = redacting, redacting.headers("admin")
    call_id = api.upload(SAMPLE.read_bytes(), title="With Wilhelmina Quux")
    api.work()
    call = api.client.get(f"/v1/calls/{call_id}", headers=mine).json()
    assert (call["status"], call["title"]) == ("done", "With [NAME]")
    assert call["made_by"]["redaction"]
    said = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    text = " ".join(turn["text"] for turn in said["turns"])
    assert text == SAID.replace("Wilhelmina Quux", "[NAME]")
    signals = api.client.get(f"/v1/calls/{call_id}/signals", headers=mine).json()["items"]
    assert "Salesforce" in [signal["value"] for signal in signals]
    turns = {turn["index"]: turn["text"] for turn in said["turns"]}
    assert all(any(s["quote"] in turns[i] for i in s["turns"]) for s in signals)
    sound = api.client.get(f"/v1/calls/{call_id}/audio", headers=mine)
    assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/ogg")
    assert len(sound.content) == call["n_bytes"]
    heard = tmp_path / "heard.ogg"
    heard.write_bytes(sound.content)
    word = next(w for t in said["turns"] for w in t["words"] if w["text"] == "[NAME]")
    samples = np.concatenate(list(decode_blocks(heard, layout_of(heard))), axis=1)
    silent = samples[:, int(word["start"] * RATE) : int(word["end"] * RATE)]
    assert float(np.abs(silent).max()) < 1e-3 < float(np.abs(samples).max())
    Upkeep(api.service).turn()
    assert b"Wilhelmina" not in kept(api)
    files = [p for p in (api.service.settings.data_dir / "files").rglob("*") if p.is_file()]
    assert len(files) == 2  # the new recording, and the result


def test_a_transcript_is_stored_without_the_name(redacting: Api) -> None:
    api, mine = redacting, redacting.headers("admin")
    told = {
        "speakers": [{"id": "S1", "role": "prospect", "name": "Wilhelmina Quux"}],
        "turns": [
            {"speaker": "S1", "text": SAID},
            {"speaker": "S1", "text": "Thanks, Wilhelmina."},
        ],
    }
    call_id = api.client.post("/v1/calls", json=told, headers=mine).json()["id"]
    assert b"Wilhelmina" in kept(api)
    api.work()
    said = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    assert [turn["text"] for turn in said["turns"]][1] == "Thanks, [NAME]."
    assert said["speakers"][0].get("name") is None
    Upkeep(api.service).turn()
    assert b"Wilhelmina" not in kept(api)
    assert api.client.post(f"/v1/calls/{call_id}/retry", headers=mine).status_code == 202
    api.work()
    again = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    assert again["turns"] == said["turns"]
