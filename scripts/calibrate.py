"""Fit confidences and thresholds per dimension on the excerpts that training held out.

    python scripts/calibrate.py --data FOLDERS... --scorer DEVSET/score.py [--data-dir DIR]
        [--out pipeline/data/calibration.yaml]

Every tenth excerpt (as in train_tagger.py) is read with all thresholds at zero; what it gives is
matched with the labels by the scorer's own rules. Platt's curve for each dimension, drawn towards
the curve of all dimensions where labels are few; the threshold is the one with the best F1.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import numpy as np
from scipy.optimize import minimize

from api.settings import Settings
from api.wiring import open_services
from pipeline.analyze import analyze_transcript
from pipeline.calibration import Calibration, Curve
from pipeline.domain import Dimension
from pipeline.formats import signal_to_json, transcript_from_json
from pipeline.lexicon.industries import IndustryTaxonomy

Row = tuple[float, bool]
CALLS_COUNT = {"curve": 40, "threshold": 2}
"""How often a labelled call counts beside an excerpt. Whole calls are what the product reads, and
their labels have aliases, so confidences follow them; but they are few, so thresholds hardly do.
"""
FLAT = 0.01
"""F1 this near to the best is as good; the higher threshold then keeps more traps out."""
PRIOR_ROWS = 40
"""The common curve counts as much as this many rows of the dimension's own."""


def load_scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def held_out(folders: list[Path]) -> list[dict]:
    """Every tenth excerpt of the folders, in the order in which train_tagger.py reads them."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.jsonl"))]
    lines = [line for path in paths for line in path.open(encoding="utf-8")]
    return [json.loads(line) for line in lines[::10]]


def labelled_calls(folder: Path) -> list[dict]:
    """Development calls in the shape of excerpts."""
    rows = []
    for path in sorted(folder.glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        roles = {s["id"]: s.get("role", "unknown") for s in call["transcript"]["speakers"]}
        turns = [{**t, "role": roles[t["speaker"]]} for t in call["transcript"]["turns"]]
        seller = {"company": ""}
        row = {
            "id": call["id"],
            "seller": seller,
            "turns": turns,
            "signals": call["gold"]["signals"],
        }
        rows.append(row)
    return rows


def collect(
    excerpts: list[dict], scorer: ModuleType, services: object
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """For every dimension the (raw score, right or wrong) of what was found, and how much was
    there.
    """
    open_wide = Calibration({d.value: Curve(threshold=0.0) for d in Dimension})
    rows: dict[str, list[Row]] = defaultdict(list)
    wanted: dict[str, int] = defaultdict(int)
    for excerpt in excerpts:
        speakers = {t["speaker"]: t["role"] for t in excerpt["turns"]}
        data = {
            "call_id": excerpt["id"],
            "speakers": [{"id": s, "role": r} for s, r in speakers.items()],
            "turns": excerpt["turns"],
        }
        transcript = transcript_from_json(data, excerpt["id"])
        analysis = analyze_transcript(
            transcript,
            (),
            services.toolbox,
            seller=excerpt["seller"]["company"],
            calibration=open_wide,
        )
        said = [signal_to_json(s) for s in analysis.signals]
        matched = scorer.match(excerpt["signals"], said)
        right = {j: ok for _, j, ok in matched}
        neither = {j for i, j, _ in matched if excerpt["signals"][i].get("optional")}
        for j, signal in enumerate(analysis.signals):
            if j in neither:
                continue
            if signal.dimension is Dimension.INDUSTRY and not right.get(j):
                right[j] = any(is_akin(str(signal.value), s) for s in excerpt["signals"])
            rows[signal.dimension.value].append((signal.confidence, right.get(j, False)))
        for signal in excerpt["signals"]:
            wanted[signal["dimension"]] += not signal.get("optional")
    return rows, wanted


def is_akin(label: str, labelled: dict) -> bool:
    """Whether an industry label means a labelled one or its wider or narrower neighbour.

    The excerpts name industries freely and without aliases, and checks match them by meaning.
    """
    if labelled["dimension"] != "industry":
        return False
    tree, other = IndustryTaxonomy.load(), str(labelled["value"])
    return bool(tree.is_a(label, other) or tree.is_a(other, label))


def fit_curve(rows: list[Row], prior: tuple[float, float] | None = None) -> tuple[float, float]:
    """Slope and offset that maximise the likelihood (Platt 1999, with his targets)."""
    scores = np.array(
        [math.log(s / (1 - s)) for s, _ in ((min(max(s, 1e-4), 1 - 1e-4), r) for s, r in rows)]
    )
    hits = np.array([r for _, r in rows], dtype=float)
    n_hit, n_miss = hits.sum(), len(hits) - hits.sum()
    goal = np.where(hits > 0, (n_hit + 1) / (n_hit + 2), 1 / (n_miss + 2))
    x = np.stack([scores, np.ones_like(scores)], 1)
    weight = np.ones(len(goal))
    if prior:
        grid = np.linspace(-3, 3, 13)
        x = np.concatenate([x, np.stack([grid, np.ones_like(grid)], 1)])
        goal = np.concatenate([goal, 1 / (1 + np.exp(-(prior[0] * grid + prior[1])))])
        weight = np.concatenate([weight, np.full(13, PRIOR_ROWS / 13)])

    def loss(theta: np.ndarray) -> float:
        z = x @ theta
        likelihood = weight * (np.logaddexp(0, z) - goal * z)
        return float(likelihood.sum() + 0.5 * ((theta - np.array([1.0, 0.0])) ** 2).sum())

    best = minimize(loss, np.array([1.0, 0.0]), bounds=[(0.2, 4.0), (-4.0, 4.0)]).x
    return float(best[0]), float(best[1])


def best_threshold(rows: list[Row], curve: tuple[float, float], wanted: int) -> float:
    """The confidence from which on F1 is highest; of a flat top the upper end, for precision."""
    confident = sorted(
        ((1 / (1 + math.exp(-(curve[0] * math.log(s / (1 - s)) + curve[1]))), r) for s, r in rows),
        reverse=True,
    )
    tries = []
    for threshold in np.arange(0.15, 0.81, 0.025):
        kept = [r for c, r in confident if c >= threshold]
        tries.append((2 * sum(kept) / max(1, len(kept) + wanted), float(threshold)))
    top = max(f for f, _ in tries)
    good = [t for f, t in tries if f >= top - FLAT]
    return round(good[-1], 3)


def clipped(rows: list[Row]) -> list[Row]:
    """The rows with scores that have finite log-odds."""
    return [(min(max(score, 1e-4), 1 - 1e-4), right) for score, right in rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--calls", type=Path, help="development calls that count for tuning too")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=Path("pipeline/data/calibration.yaml"))
    args = parser.parse_args()
    services = open_services(Settings(data_dir=args.data_dir) if args.data_dir else Settings())
    scorer = load_scorer(args.scorer)
    rows, wanted = collect(held_out(args.data), scorer, services)
    heard, there = collect(labelled_calls(args.calls), scorer, services) if args.calls else ({}, {})
    clip = {d: clipped(rows.get(d, [])) for d in {*rows, *heard}}
    calls = {d: clipped(heard.get(d, [])) for d in clip}
    fitted = {d: clip[d] + calls[d] * CALLS_COUNT["curve"] for d in clip}
    common = fit_curve([row for part in fitted.values() for row in part])
    lines = [
        "# Platt curves from reader scores to confidences; written by scripts/calibrate.py",
        "dimensions:",
    ]
    for dimension in Dimension:
        name, count = dimension.value, CALLS_COUNT["threshold"]
        own = fitted.get(name, [])
        curve = fit_curve(own, common) if own else common
        judged = clip.get(name, []) + calls.get(name, []) * count
        labelled = wanted.get(name, 0) + there.get(name, 0) * count
        threshold = best_threshold(judged, curve, labelled) if judged else 0.4
        lines.append(
            f"  {dimension.value}: "
            f"{{slope: {curve[0]:.3f}, offset: {curve[1]:.3f}, threshold: {threshold}}}"
        )
        print(f"{lines[-1]}  # {len(judged)} found, {labelled} labelled")
    args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
