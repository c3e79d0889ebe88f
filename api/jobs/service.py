"""Settings → the service: database, blobs and queue, put together; used by API, worker and CLI.

An embedded start (SQLite) upgrades the tables by itself; on PostgreSQL a start only verifies them,
and `icp migrate` upgrades, unless the setting says otherwise. Trap: opening costs a look at the
database, so it is done once a process.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.jobs.queue import Queue, queue_url
from api.settings import Settings
from api.store import migrate
from api.store.engine import Database, patiently
from api.store.files import Files

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """What every part of the service works with."""

    settings: Settings
    database: Database
    files: Files
    queue: Queue

    def close(self) -> None:
        """Give every connection back."""
        self.queue.close()
        self.database.close()


def open_service(settings: Settings) -> Service:
    """The service on the database and files that the settings name, its tables up to date."""
    service = _assemble(settings)
    wanted = settings.auto_migrate
    if service.database.is_sqlite if wanted is None else wanted:
        _upgrade(service)
    else:
        migrate.verify(service.database)
    return service


def wait_for_service(settings: Settings) -> Service:
    """As `open_service`, but a database that is away (it may be starting too) is waited for."""
    return patiently(lambda: open_service(settings), seconds=START_SECONDS)


def upgrade_service(settings: Settings) -> None:
    """Upgrade the tables of the service and of its queue."""
    service = _assemble(settings)
    _upgrade(service)
    service.close()


def _assemble(settings: Settings) -> Service:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    url = settings.database_url or f"sqlite:///{settings.data_dir / 'icp.sqlite'}"
    return Service(
        settings,
        Database(url),
        Files(settings.files_url, settings.data_dir),
        Queue(queue_url(settings.database_url, settings.data_dir)),
    )


def _upgrade(service: Service) -> None:
    migrate.upgrade(service.database)
    service.queue.prepare()
