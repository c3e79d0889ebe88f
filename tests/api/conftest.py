"""Helpers of the command-line tests: the real commands and wiring on a toolbox of stand-ins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import settings as settings_module
from api.cli import app
from api.commands import check as check_command
from api.settings import Settings
from api.wiring import Services
from models.fakes import FakeEntailer, FakeEntityTagger, FakeReader, fake_toolbox
from pipeline.ports import Toolbox

TRANSCRIPT = {
    "call_id": "c-1",
    "title": "Discovery with Acme",
    "recorded_at": "2026-03-04T15:00:00Z",
    "speakers": [
        {"id": "S1", "role": "rep", "name": "Dana"},
        {"id": "S2", "role": "prospect", "name": "Lee"},
    ],
    "turns": [
        {"speaker": "S1", "start": 0.0, "end": 4.0, "text": "Hi Lee, how many people are you?"},
        {"speaker": "S2", "start": 4.5, "end": 9.0, "text": "We are two hundred and fifty people."},
        {"speaker": "S1", "start": 9.5, "end": 12.0, "text": "Which CRM do you use today?"},
        {
            "speaker": "S2",
            "start": 12.5,
            "end": 20.0,
            "text": "We run everything on Salesforce today, and reps lose hours typing notes.",
        },
        {"speaker": "S1", "start": 21.0, "end": 24.0, "text": "Got it. Let us talk next Tuesday."},
        {"speaker": "S2", "start": 24.5, "end": 27.0, "text": "Yes, Tuesday at ten works for me."},
    ],
}

PROFILE = """\
id: midmarket
name: Mid-market software
seller: {company: Northwind, product: call notes}
criteria:
  - {id: size, dimension: headcount, min: 200, max: 1000, weight: 3, required: true}
  - {id: crm, dimension: tech_stack, any_of: [Salesforce, HubSpot], weight: 2}
  - {id: notes, dimension: pain, statement: "Reps lose time typing call notes into the CRM"}
  - {id: region, dimension: geography, any_of: [DACH]}
disqualifiers:
  - {id: tiny, dimension: headcount, max: 20, hard: true}
"""


def scripted_toolbox() -> Toolbox:
    """Reads the transcript above as the real models do."""
    return fake_toolbox(
        reader=FakeReader(
            script=[
                ("two hundred and fifty people", "headcount"),
                ("Salesforce", "tech_stack:current"),
                ("reps lose hours typing notes", "pain"),
                ("Tuesday at ten works", "next_step"),
            ],
            rep_scores={"S1": 0.95, "S2": 0.05},
        ),
        tagger=FakeEntityTagger({"Salesforce": "ORG"}),
        entailer=FakeEntailer(
            {("lose hours", "Reps lose time"): 0.97, ("Salesforce", "use"): 0.95}, default=0.02
        ),
    )


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests leaks in."""
    for name in [n for n in os.environ if n.startswith("ICP_")]:
        monkeypatch.delenv(name)


@dataclass
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def icp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `icp` in this process with stand-ins for the models, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(settings_module.os, "environ", dict(settings_module.os.environ))
    toolbox = scripted_toolbox()

    def services(settings: Settings) -> Services:
        return Services(settings, toolbox)

    monkeypatch.setattr(check_command, "open_services", services)

    def run(*arguments: object) -> Ran:
        result = CliRunner().invoke(app, [str(a) for a in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """A good transcript."""
    return write(tmp_path / "call.json", TRANSCRIPT)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A good profile."""
    path = tmp_path / "profile.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return path


def write(path: Path, value: object) -> Path:
    """Write JSON and return its path."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
