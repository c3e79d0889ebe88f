"""Can the confidences be believed? Of signals said with 0.8, four in five ought to be right.

A signal is right when the scorer matches it strictly with a label; those matched with an optional
label are left out. The trap: the error of few signals is mostly chance, so counts stand everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

BINS = 10


class Judged(NamedTuple):
    """One predicted signal: how sure the product is, and whether it is right."""

    dimension: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The signals with a confidence from `low` to `high`: their mean, and the share of right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def judge_signals(score: Any, gold: Sequence[dict], said: Sequence[dict]) -> list[Judged]:
    """What one call's signals are worth by the scorer's rules; `score` is the scorer's module."""
    pairs = score.match(gold, said)
    right = {j for _, j, strict in pairs if strict}
    neither = {j for i, j, _ in pairs if gold[i].get("optional")}
    return [
        Judged(signal["dimension"], signal["confidence"], j in right)
        for j, signal in enumerate(said)
        if j not in neither
    ]


def cut_bins(judged: Sequence[Judged], number: int = BINS) -> list[Bin]:
    """Bins of equal width over 0..1; an empty one has its middle as confidence and nothing right"""
    parts: list[list[Judged]] = [[] for _ in range(number)]
    for row in judged:
        parts[min(int(row.confidence * number), number - 1)].append(row)
    return [
        Bin(
            k / number,
            (k + 1) / number,
            len(part),
            mean([r.confidence for r in part]) if part else (k + 0.5) / number,
            mean([r.right for r in part]),
        )
        for k, part in enumerate(parts)
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """How far confidence and share of right are apart on average, weighed by counts."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.right) for b in bins) / max(1, total)


def mean(values: Sequence[float]) -> float:
    """0 for no values."""
    return sum(values) / max(1, len(values))


def print_reliability(judged: Sequence[Judged]) -> None:
    """The error over all signals, a row for each bin and one for each dimension."""
    bins = cut_bins(judged)
    print(f"\nconfidences: expected calibration error {calibration_error(bins):.3f}", end=" ")
    print(f"over {len(judged)} signals")
    print(f"{'confidence':<16}{'signals':>8}{'mean':>8}{'right':>8}")
    for b in bins:
        shown = f"{b.confidence:>8.3f}{b.right:>8.3f}" if b.count else ""
        print(f"{b.low:.1f} to {b.high:<9.1f}{b.count:>8}{shown}")
    by_dimension: dict[str, list[Judged]] = defaultdict(list)
    for row in judged:
        by_dimension[row.dimension].append(row)
    print(f"{'dimension':<16}{'signals':>8}{'mean':>8}{'right':>8}")
    for dimension, rows in sorted(by_dimension.items()):
        sure, right = mean([r.confidence for r in rows]), mean([r.right for r in rows])
        print(f"{dimension:<16}{len(rows):>8}{sure:>8.3f}{right:>8.3f}")


def draw_reliability(judged: Sequence[Judged], path: Path) -> None:
    """Write the reliability plot as PNG; the number over a bar is its count of signals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bins = cut_bins(judged)
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    middles, width = [(b.low + b.high) / 2 for b in bins], 1 / len(bins)
    axes.bar(middles, [b.right for b in bins], width * 0.92, color="#7aa6c2")
    axes.plot([0, 1], [0, 1], "--", color="grey", linewidth=1)
    filled = [b for b in bins if b.count]
    axes.plot([b.confidence for b in filled], [b.right for b in filled], "o", color="#1f4e6b")
    for middle, b in zip(middles, bins, strict=True):
        axes.text(middle, b.right + 0.015, str(b.count), ha="center", va="bottom", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1.08), xlabel="confidence", ylabel="share of signals right")
    error = calibration_error(bins)
    axes.set_title(f"{len(judged)} signals, expected calibration error {error:.3f}", fontsize=10)
    figure.savefig(path, dpi=120, format="png")
