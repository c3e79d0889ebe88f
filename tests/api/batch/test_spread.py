"""`icp batch` over the service's workers, on PostgreSQL."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from api.commands.batch import BatchOptions, run_batch
from api.settings import Settings
from api.store import batches
from api.store.engine import Database
from api.store.scope import EVERYTHING
from tests.api.batch.conftest import Archive
from tests.batch_stand_in import CHILD
from tests.postgres import new_database, postgres_server

__all__ = ["postgres_server"]
WORKER = (sys.executable, "-m", "tests.stand_in", "worker")


@pytest.mark.postgres
def test_the_services_workers_do_an_archive(
    archive: Archive, postgres_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    url = new_database(postgres_server)
    settings = Settings(
        data_dir=tmp_path / "data", database_url=url, auto_migrate=True, heartbeat=0.3
    )

    def run(workers: int) -> int:
        options = BatchOptions(
            archive.calls, (archive.profile,), archive.out, workers, command=CHILD, worker=WORKER
        )
        return run_batch(options, settings)

    archive.transcript("a.json", call_id="c-a", deal_id="d-1")
    for number in range(4):
        archive.recording(f"b/{number}.wav", number)
    archive.recording("b/copy.wav", 3)
    archive.recording("bad.wav", 9, "unreadable")
    (archive.calls / "broken.srt").write_text("1\n00:00:0x,000 --> 00:00:02,000\nHi\n")
    assert run(1) == 1
    assert len(archive.table("calls")) == 5
    assert {row["file"]: row["code"] for row in archive.table("failures")} == {
        "bad.wav": "unreadable_recording", "broken.srt": "bad_transcript",
    }  # fmt: skip
    assert {row["deal_id"] for row in archive.table("deals")} == {"d-1"}
    database = Database(url)
    with database.reading() as connection:
        (batch,) = batches.find(connection, EVERYTHING)
        assert batches.counts(connection, batch.id) == {"done": 5, "failed": 1}
    database.close()

    before = archive.bytes()
    assert run(0) == 1  # nothing is left to do, so no worker is needed
    assert archive.bytes() == before
