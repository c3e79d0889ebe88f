from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.reliability import (
    Judged,
    calibration_error,
    cut_bins,
    draw_reliability,
    judge_signals,
    print_reliability,
)

JUDGED = [
    Judged("pain", 0.95, True),
    Judged("pain", 1.0, False),
    Judged("budget", 0.1, False),
    Judged("budget", 0.19, True),
]


def test_bins_are_of_equal_width_and_the_last_one_holds_1() -> None:
    bins = cut_bins(JUDGED)
    assert [b.count for b in bins] == [0, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (bins[9].low, bins[9].high, bins[9].right) == (0.9, 1.0, 0.5)
    assert bins[9].confidence == pytest.approx(0.975)


def test_the_error_weighs_bins_by_their_counts() -> None:
    expected = (2 * abs(0.145 - 0.5) + 2 * abs(0.975 - 0.5)) / 4
    assert calibration_error(cut_bins(JUDGED)) == pytest.approx(expected)
    assert calibration_error(cut_bins([])) == 0.0


def test_only_strict_matches_are_right_and_optional_labels_are_left_out() -> None:
    gold = [{"value": "a"}, {"value": "b", "optional": True}, {"value": "c"}]
    said = [
        {"dimension": "pain", "confidence": c, "value": v}
        for v, c in (("b", 0.2), ("c", 0.4), ("a", 0.6), ("z", 0.8))
    ]
    score = SimpleNamespace(match=lambda gold, said: [(1, 0, True), (2, 1, False), (0, 2, True)])
    assert judge_signals(score, gold, said) == [
        Judged("pain", 0.4, False),
        Judged("pain", 0.6, True),
        Judged("pain", 0.8, False),
    ]


def test_the_table_has_the_count_of_every_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    print_reliability(JUDGED)
    printed = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["budget", "2", "0.145", "0.500"] for line in printed)
    assert any(line.split() == ["0.9", "to", "1.0", "2", "0.975", "0.500"] for line in printed)


def test_the_plot_is_a_png(tmp_path: Path) -> None:
    draw_reliability(JUDGED, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
