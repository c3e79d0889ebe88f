"""A fresh database a test: a SQLite file, and the same again on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.store import migrate
from api.store.engine import Database
from api.store.files import Files
from tests.postgres import new_database, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'icp.sqlite'}"
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with all tables."""
    found = Database(url)
    migrate.upgrade(found)
    yield found
    found.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Blobs in a folder."""
    return Files(None, tmp_path / "data")
