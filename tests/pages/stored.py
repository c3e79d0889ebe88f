"""Analysed calls put straight into the store, so that pages about many deals need no worker.

A call is lines of (speaker, text, signals); R sells. A signal is its dimension, its value and more
fields; its quote is the line. A site of its own, for what is changed here would change other tests.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.accounts import add_user
from api.jobs.service import Service, open_service
from api.jobs.settling import store_checks
from api.main import create_app
from api.results import Result, result_to_json
from api.scores import Corrections, profile_of, score
from api.settings import Settings
from api.store import calls, deals, keys, profiles, search, signals
from api.store.records import NewCall
from api.wiring import Services
from pipeline.domain import (
    CallAnalysis,
    Dimension,
    Range,
    Role,
    Signal,
    Speaker,
    Transcript,
    Turn,
)  # fmt: skip
from pipeline.formats import signal_to_json
from tests.pages.conftest import PASSWORD, PEOPLE, Site
from tests.stand_in import wire

Line = tuple[str, str] | tuple[str, str, Sequence[Mapping[str, Any]]]
PROFILE: dict[str, Any] = {
    "id": "midmarket",
    "name": "Mid-market on Salesforce",
    "seller": {"company": "Northwind"},
    "criteria": [
        {"id": "size", "dimension": "headcount", "min": 200, "max": 1000, "required": True},
        {"id": "crm", "dimension": "tech_stack", "any_of": ["Salesforce"], "weight": 2},
        {"id": "arr", "dimension": "revenue", "min": 10_000_000, "currency": "USD"},
    ],
    "triggers": [{"id": "funding", "kind": "funding", "within_months": 12, "weight": 2}],
    "disqualifiers": [{"id": "locked", "kind": "contract_lock_in", "hard": True}],
}
FILLER = "It has been like that for a good while and everybody here would like to see it change. "


def people(low: float, high: float | None = None) -> dict[str, Any]:
    """A headcount."""
    return {"dimension": "headcount", "value": Range(low, high or low)}


def tool(name: str, status: str = "current") -> dict[str, Any]:
    """A tool in use."""
    return {"dimension": "tech_stack", "value": name, "status": status}


def store_call(
    service: Service,
    services: Services,
    lines: Sequence[Line],
    *,
    deal: str | None,
    on: str = "2026-03-04",
    names: Mapping[str, str] | None = None,
    **facts: Any,
) -> str:
    """Store an analysed call; its id."""
    sha256 = hashlib.sha256(repr((lines, deal, on, facts)).encode()).hexdigest()
    call_id = f"c_{sha256[:16]}"
    when = datetime.fromisoformat(on).replace(hour=10, tzinfo=UTC)
    title = facts.pop("title", "Discovery")
    analysis = _analysis(call_id, lines, when, title, names or {})
    given = {"rep": "dana", "team": "north", "recorded_at": when.timestamp(), **facts}
    new = NewCall(call_id, sha256, "transcript", 1, title=title, deal_id=deal, **given)
    with service.database.reading() as connection:
        held = [profiles.active(connection, head.id) for head in profiles.in_use(connection)]
    wanted = [profile_of(version) for version in held if version]
    analysis = services.weigh_missing(analysis, wanted)
    document = result_to_json(Result(analysis))
    key = service.files.put_json(document)
    with service.database.unit_of_work() as connection:
        calls.add(connection, new)
        calls.set_file(connection, call_id, "result", key, n_bytes=0)
        calls.update(connection, call_id, status="done", duration=len(lines) * 20.0, progress=1.0)
        signals.replace(connection, call_id, [signal_to_json(s) for s in analysis.signals])
        call = calls.get(connection, call_id)
        assert call is not None
        search.save_text(connection, call.n, " ".join(line[1] for line in lines))
        if deal:
            deals.ensure(connection, deal, account=new.account, rep=new.rep, team=new.team)
        rows = score(services, Result(analysis), Corrections(), wanted)
        store_checks(connection, call, rows, 0)
    return call_id


def _analysis(
    call_id: str, lines: Sequence[Line], when: datetime, title: str, names: Mapping[str, str]
) -> CallAnalysis:
    turns, found = [], []
    for index, (who, text, *more) in enumerate(lines):
        turns.append(Turn(index, who, text, index * 20.0, index * 20.0 + 18.0))
        for number, given in enumerate(more[0] if more else ()):
            fields: dict[str, Any] = {"confidence": 0.93, **given}
            fields["dimension"] = Dimension(fields["dimension"])
            role = Role.REP if who == "R" else Role.PROSPECT
            found.append(
                Signal(
                    id=f"sig_{call_id[2:10]}_{index}_{number}", call_id=call_id, quote=text,
                    turns=(index,), speaker=who, role=role, start=index * 20.0,
                    end=index * 20.0 + 5.0, **fields,
                )
            )  # fmt: skip
    speakers = tuple(
        Speaker(who, Role.REP if who == "R" else Role.PROSPECT, names.get(who, who))
        for who in dict.fromkeys(line[0] for line in lines)
    )
    transcript = Transcript(
        call_id, tuple(turns), speakers, title=title, language="en", recorded_at=when,
        duration=len(turns) * 20.0,
    )  # fmt: skip
    return CallAnalysis(transcript, tuple(found), (), {"code": "test"})


def talk(*said: Line, asks: bool = True) -> list[Line]:
    """A call around these lines, long enough to be judged."""
    lines: list[Line] = [("R", "Thanks for taking the time today. How do you work?"), *said]
    lines.append(("Lee", FILLER * 3))
    return [*lines, ("Lee", "What does it cost, and who else uses it?")] if asks else lines


def prepare(folder: Path, profile: Mapping[str, Any] = PROFILE) -> Path:
    """A data folder with the people, the profile and no calls; made once, to be copied."""
    if folder.exists():
        return folder
    service = open_service(Settings(data_dir=folder))
    with service.database.unit_of_work() as connection:
        profiles.add_version(connection, profile, author="test")
        for login, (role, person, team) in PEOPLE.items():
            add_user(
                connection, login=login, password=PASSWORD, role=role, person=person, team=team,
                actor="test",
            )  # fmt: skip
    service.close()
    return folder


@contextmanager
def open_site(factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people and the profile, without a worker."""
    folder = factory.mktemp("stored") / "data"
    shutil.copytree(prepare(factory.getbasetemp() / "stored-prepared"), folder)
    settings = Settings(data_dir=folder)
    service = open_service(settings)
    with service.database.unit_of_work() as connection:
        key = keys.create(connection, name="robot", role="admin")[1]
    services = wire(settings)
    services.toolbox.entailer.answers = {("Salesforce", "Salesforce"): 0.97}  # type: ignore[attr-defined]
    app = create_app(service, services)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(service, f"http://127.0.0.1:{port}", key)
    site.services = services  # type: ignore[attr-defined]
    yield site
    server.should_exit = True
    thread.join(10)
