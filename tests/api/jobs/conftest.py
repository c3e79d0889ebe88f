"""The service on a fresh database, and real worker processes with stand-ins for the models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.jobs import intake
from api.jobs.service import Service, open_service
from api.settings import Settings
from api.store import calls, profiles
from api.store.records import Call
from tests.postgres import new_database, postgres_server
from tests.stand_in import talk

__all__ = ["postgres_server"]
ROOT = Path(__file__).parents[3]
PROFILE = {
    "id": "midmarket",
    "name": "Mid-market",
    "seller": {"company": "Northwind"},
    "criteria": [
        {"id": "size", "dimension": "headcount", "min": 200, "max": 1000},
        {"id": "crm", "dimension": "tech_stack", "any_of": ["Salesforce"]},
    ],
}


@dataclass
class Rig:
    """A service under test, with the processes that work for it."""

    service: Service
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker process."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.stand_in", "worker"],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
        )
        self.running.append(process)
        return process

    def upload(self, content: bytes, **facts: object) -> Call:
        """Take a recording in."""
        with self.service.files.spool([content], most_bytes=10**6) as spooled:
            return intake.take_in(self.service, spooled, "recording", facts)[0]

    def talk(self, number: int, *orders: str) -> Call:
        """Take in the stand-in's recording of this number."""
        return self.upload(talk(number, *orders))

    def call(self, call: Call) -> Call:
        """How a call stands now."""
        with self.service.database.reading() as connection:
            found = calls.get(connection, call.id)
        assert found is not None
        return found

    def wait(self, what: Callable[[], bool], seconds: float = 180) -> None:
        """Wait until something is true."""
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, "waited too long"
            time.sleep(0.05)

    def wait_for(self, call: Call, *statuses: str, seconds: float = 180) -> Call:
        """Wait until a call has one of these statuses."""
        self.wait(lambda: self.call(call).status in statuses, seconds)
        return self.call(call)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, also when it is frozen."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()

    def close(self) -> None:
        """Stop everything."""
        for process in self.running:
            if process.poll() is None:
                self.kill(process)
        self.service.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The service on an empty database with one profile."""
    url = None
    if request.param == "postgres":
        url = new_database(request.getfixturevalue("postgres_server"))
    settings = Settings(
        data_dir=tmp_path / "data", database_url=url, auto_migrate=True, heartbeat=0.3
    )
    environment = {
        "ICP_DATA_DIR": str(settings.data_dir),
        "ICP_HEARTBEAT": "0.3",
        "ICP_AUTO_MIGRATE": "true",
        **({"ICP_DATABASE_URL": url} if url else {}),
    }
    rig = Rig(open_service(settings), environment)
    with rig.service.database.unit_of_work() as connection:
        profiles.add_version(connection, PROFILE, author="test")
    yield rig
    rig.close()
