from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.settings import load_settings, quiet_libraries, unknown_variables
from pipeline.errors import BadUsage


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_MODEL", "tiny.en")
    assert load_settings().model == "tiny.en"
    assert load_settings(model="base").model == "base"
    assert load_settings(model=None).model == "tiny.en"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ICP_THREADS", "many"),
        ("ICP_THREADS", "-1"),
        ("ICP_LANGUAGE", "English"),
        ("ICP_MAX_HOURS", "0"),
        ("ICP_DEVICE", "tpu"),
        ("ICP_ALLOW_DOWNLOAD", "perhaps"),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadUsage) as caught:
        load_settings()
    assert name in str(caught.value)
    assert value in str(caught.value)


def test_a_bad_option_is_named_as_the_option() -> None:
    with pytest.raises(BadUsage, match="--language"):
        load_settings(language="English")


def test_data_dir_is_absolute_and_knows_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_DATA_DIR", "~/icp")
    assert load_settings().data_dir == Path.home() / "icp"
    monkeypatch.setenv("ICP_DATA_DIR", "here")
    assert load_settings().data_dir == Path.cwd() / "here"


def test_misspelt_variables_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_MODLE", "base")
    monkeypatch.setenv("ICP_MODEL", "base")
    assert unknown_variables() == ["ICP_MODLE"]


def test_libraries_are_kept_off_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    quiet_libraries(load_settings(threads=3))
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"
    quiet_libraries(load_settings(allow_download=True))
    assert os.environ["HF_HUB_OFFLINE"] == "0"
