"""The API on a fresh SQLite database, with a key for each role, and work done at once."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.jobs.service import Service, open_service
from api.jobs.settling import read_task, settle_call
from api.jobs.stages import Bench, answer
from api.main import create_app
from api.settings import Settings
from api.store import calls, jobs, keys, profiles
from tests.api.jobs.conftest import PROFILE
from tests.stand_in import wire

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

SOUND = b"RIFF\x00\x00" + b"\n"


@dataclass
class Api:
    """The API under test."""

    service: Service
    client: TestClient
    secrets: dict[str, str]

    def headers(self, who: str) -> dict[str, str]:
        """The headers of somebody's request."""
        return {"Authorization": f"Bearer {self.secrets[who]}"}

    def upload(self, content: bytes, who: str = "admin", **fields: str) -> str:
        """Upload a recording; the id of its call."""
        answered = self.client.post(
            "/v1/calls", files={"file": ("x.wav", content)}, data=fields, headers=self.headers(who)
        )
        assert answered.status_code in (200, 202), answered.text
        return str(answered.json()["id"])

    def work(self) -> None:
        """Do what waits, in this process, as a worker would."""
        service, bench = self.service, Bench(wire(self.service.settings), self.service.files)
        with service.database.reading() as connection:
            waiting = [j for j in _all(connection) if j.state == "queued"]
        for job in waiting:
            with service.database.unit_of_work() as connection:
                mine = jobs.claim(connection, job.id, "test")
                task = read_task(connection, str(job.call_id))
            assert task is not None
            call_id = str(job.call_id)

            def say(message: Mapping[str, object], call_id: str = call_id) -> None:
                if "saved" in message:
                    kind, key = message["saved"]  # type: ignore[misc]
                    with service.database.unit_of_work() as connection:
                        calls.set_file(connection, call_id, kind, key, n_bytes=0)

            found = answer(bench, task.request(job.kind), say)
            settle_call(
                service.database, service.files, mine, task, found,
                lambda again, key: answer(bench, {**again.request("check"), "result": key}, print),
            )  # fmt: skip


def _all(connection: jobs.Connection) -> list[jobs.Job]:
    import sqlalchemy as sa

    ids = connection.execute(sa.text("SELECT id FROM jobs ORDER BY created_at")).scalars()
    found = [jobs.get(connection, job_id) for job_id in ids.all()]
    return [job for job in found if job is not None]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tables made, to be copied: making them takes most of a test's time."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    open_service(Settings(data_dir=folder)).close()
    return folder


@pytest.fixture
def api(tmp_path: Path, prepared: Path) -> Iterator[Api]:
    """The API with two reps of one team, their manager, another team's rep, and an admin."""
    yield from open_api(tmp_path / "data", prepared)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Api]:
    """The same for all tests of a module that change nothing."""
    yield from open_api(tmp_path_factory.mktemp("shared") / "data", prepared)


def open_api(folder: Path, prepared: Path, *, rate_limit: int = 3000) -> Iterator[Api]:
    """The API on a copy of the prepared data folder."""
    shutil.copytree(prepared, folder)
    service = open_service(Settings(data_dir=folder, max_upload_mb=1, rate_limit=rate_limit))
    people = {
        "admin": ("admin", None, None),
        "manager": ("manager", "mo", "north"),
        "rep": ("rep", "dana", "north"),
        "other": ("rep", "lee", "north"),
        "stranger": ("manager", "sam", "south"),
    }
    secrets = {}
    with service.database.unit_of_work() as connection:
        profiles.add_version(connection, PROFILE, author="test")
        for who, (role, person, team) in people.items():
            secrets[who] = keys.create(connection, name=who, role=role, person=person, team=team)[1]
    with TestClient(
        create_app(service, wire(service.settings)), raise_server_exceptions=False
    ) as client:
        yield Api(service, client, secrets)
