"""The first admin key: one, however many servers start at once, and on standard output only."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api.commands import serve
from api.security import first_key, sign_in
from api.settings import Settings
from api.store import keys
from api.store.engine import Database


def test_first_starts_at_once_make_one_key(database: Database) -> None:
    made: list[str | None] = []
    gate = threading.Barrier(6)

    def start() -> None:
        gate.wait()
        made.append(first_key(database))

    starts = [threading.Thread(target=start) for _ in range(6)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    (secret,) = [one for one in made if one is not None]
    assert len(made) == 6
    assert sign_in(database, f"Bearer {secret}", None).key.role == "admin"
    with database.reading() as connection:
        assert len(keys.listed(connection)) == 1


def test_a_service_that_has_keys_gets_no_more(database: Database) -> None:
    with database.unit_of_work() as connection:
        keys.create(connection, name="old", role="admin")
    assert first_key(database) is None
    assert first_key(database) is None


def test_the_key_goes_to_standard_output_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(serve.uvicorn, "run", lambda *_, **__: None)
    monkeypatch.setattr(serve.os, "umask", lambda _mask: 0)
    settings = Settings(data_dir=tmp_path / "data", log_level="DEBUG")
    for times in (1, 0):
        serve.run_serve(settings, "127.0.0.1", 0, worker=None)
        told = capsys.readouterr()
        assert told.out.count("icp_") == times
        assert "icp_" not in told.err
