from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from api import outputs
from api.outputs import check_target, write_json
from pipeline.errors import BadUsage


def test_writes_utf8_json_with_the_usual_rights(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    write_json(target, {"text": "Zürich “ok”"})
    assert json.loads(target.read_text(encoding="utf-8")) == {"text": "Zürich “ok”"}
    assert "Zürich" in target.read_text(encoding="utf-8")
    plain = tmp_path / "plain"
    plain.touch()
    assert target.stat().st_mode == plain.stat().st_mode
    assert {p.name for p in tmp_path.iterdir()} == {"out.json", "plain"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_a_write_that_stops_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")

    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(outputs.os, "replace", stop)
    with pytest.raises((KeyboardInterrupt, BadUsage)):
        write_json(target, {})
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


def test_a_link_keeps_being_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    link.symlink_to(real)
    write_json(link, [1])
    assert link.is_symlink()
    assert json.loads(real.read_text()) == [1]


def test_a_device_is_written_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_json(pipe, [1])
        assert json.loads(os.read(reader, 100)) == [1]
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("place", ["missing/out.json", ".", "input.json"])
def test_places_that_cannot_be_written_are_refused_first(tmp_path: Path, place: str) -> None:
    source = tmp_path / "input.json"
    source.write_text("{}")
    with pytest.raises(BadUsage, match="--json"):
        check_target(tmp_path / place, "--json", [source])


def test_a_folder_without_write_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root may write anywhere, so the answer of the system is what is replaced here
    monkeypatch.setattr(outputs.os, "access", lambda *_: False)
    with pytest.raises(BadUsage, match="may not be written"):
        check_target(tmp_path / "out.json", "--json", [])
