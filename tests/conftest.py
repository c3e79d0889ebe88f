"""What every test shares: no socket opens, and real weights are used only where marked."""

from __future__ import annotations

import socket
from functools import cache
from pathlib import Path

import pytest

from api.settings import load_settings
from models import registry, weights

_DATA_DIR = load_settings().data_dir


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The data folder with the real weights; tests that use it carry the mark `weights`."""
    return _DATA_DIR


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"a test tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail with the remedy, rather than skip, when weights are wanted but not there."""
    if item.get_closest_marker("weights") and (missing := _missing()):
        pytest.fail(
            f"weights not there: {', '.join(missing)}; run scripts/setup --test,"
            " or leave such tests out with -m 'not weights'",
            pytrace=False,
        )


@cache
def _missing() -> tuple[str, ...]:
    rows = registry.table().values()
    return tuple(
        row.name
        for row in rows
        if row.location == "data" and weights.status(row.name, _DATA_DIR) != "intact"
    )
