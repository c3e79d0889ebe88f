"""From scores to confidences: a logistic curve per dimension, fitted on held-out excerpts.

The numbers are data (`data/calibration.yaml`), written by `scripts/calibrate.py`. Method: Platt
(1999). Trap: thresholds apply to confidences, floors to raw scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml

from pipeline.domain import Dimension


@dataclass(frozen=True, slots=True)
class Curve:
    """confidence = 1 / (1 + exp(-(slope · logit(score) + offset))); below `threshold` no signal."""

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of all dimensions; one that is not listed keeps its scores."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    lowest: float = 0.15

    def confidence(self, dimension: Dimension, score: float) -> float:
        """The probability that a signal with this score is right."""
        curve = self.curves.get(dimension.value, Curve())
        p = min(max(score, 1e-4), 1 - 1e-4)
        x = curve.slope * math.log(p / (1 - p)) + curve.offset
        return round(1 / (1 + math.exp(-x)), 4)

    def threshold(self, dimension: Dimension) -> float:
        """Signals less sure than this are not raised."""
        return self.curves.get(dimension.value, Curve()).threshold

    def floor(self, dimension: str) -> float:
        """Proposals with a lower raw score are not looked at."""
        return self.lowest


@cache
def load_calibration() -> Calibration:
    """The curves that ship with the package."""
    text = (files("pipeline") / "data" / "calibration.yaml").read_text(encoding="utf-8")
    rows = yaml.safe_load(text)["dimensions"]
    return Calibration({name: Curve(**row) for name, row in rows.items()})
