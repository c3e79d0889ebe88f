"""Turn a trained entailment net into what is shipped: int8 files, calibration, card, manifest.

Reads net.bin and figures.json of scripts/train_entailment.py (a folder for each stage, the last
one is shipped), converts the encoder with CTranslate2 and fits the calibration on every second
development pair. Trap: the figures in the card are those of the shipped int8 files, not of the
float net, so they differ a little from figures.json.

    python scripts/export_entailment.py --encoder DIR --nli DIR --stages GENERAL SALES \\
        --out models/zero_shot
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertModel

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from entailment_data import (  # noqa: E402
    CAPS,
    DENIED,
    ENTAILED,
    LONGEST_PAIR,
    NOT_ENTAILED,
    Pair,
    load_pairs,
    open_tokenizer,
)
from train_entailment import EntailmentNet, predict  # noqa: E402

from models.nli import EntailmentModel  # noqa: E402

LICENCE = "Apache-2.0"
ANSWERS = {ENTAILED: "entailed", DENIED: "denied"}
Calibration = dict[str, tuple[float, float]]
SHIPPED = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "head.npz", "head.json")


def convert(net: EntailmentNet, encoder: Path, out: Path, compute_type: str) -> None:
    """Write the encoder (int8), the head and the tokenizer into `out`."""
    from ctranslate2.converters import TransformersConverter

    torch.manual_seed(0)  # the converter makes up a pooler that nobody uses

    with tempfile.TemporaryDirectory() as folder:
        net.encoder.save_pretrained(folder)
        for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
            shutil.copy(encoder / name, folder)
        TransformersConverter(folder).convert(str(out), quantization="int8", force=True)
    shutil.copy(encoder / "tokenizer.json", out / "tokenizer.json")
    state = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    np.savez(out / "head.npz", **{n: w for n, w in state.items() if not n.startswith("encoder.")})
    write_head(out, compute_type, {"entailed": (1.0, 0.0), "denied": (1.0, 0.0)})


def write_head(out: Path, compute_type: str, calibration: Calibration) -> None:
    """The calibration (probability = sigmoid(slope · log odds + shift)) and how to compute."""
    head: dict[str, Any] = {"compute_type": compute_type}
    for answer, (slope, shift) in calibration.items():
        head[answer] = {"slope": round(slope, 4), "shift": round(shift, 4)}
    (out / "head.json").write_text(json.dumps(head) + "\n", encoding="utf-8")


def write_manifest(out: Path, revision: str) -> None:
    """The sha256 of every shipped file, and the revision that results carry."""
    files = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in SHIPPED}
    manifest = {"revision": revision, "licence": LICENCE, "files": files}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def run_shipped(out: Path, pairs: list[Pair], threads: int) -> tuple[np.ndarray, float]:
    """Probabilities (pairs, 2) of the shipped files that each pair is said, and that it is denied;
    and pairs a second (loading not counted).
    """
    model = EntailmentModel(out, threads=threads)
    model.entail([("Warm up.", "It is warm.")])
    started = time.monotonic()
    scores = model.judge([(pair.premise, pair.hypothesis) for pair in pairs])
    return np.array(scores), len(pairs) / (time.monotonic() - started)


def fit_calibration(logits: np.ndarray, gold: np.ndarray) -> tuple[float, float]:
    """Slope and shift with the least log loss (Platt's calibration), by Newton's method."""
    features = np.stack([logits, np.ones_like(logits)], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-features @ weights))
        gradient = features.T @ (p - gold) + 1e-3 * weights
        hessian = (features * (p * (1 - p))[:, None]).T @ features + 1e-3 * np.eye(2)
        weights = weights - np.linalg.solve(hessian, gradient)
    return float(weights[0]), float(weights[1])


def calibration_error(probabilities: np.ndarray, gold: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(probabilities[place == b].mean() - gold[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def precision_and_recall(name: str, scores: np.ndarray, gold: np.ndarray) -> dict[str, str]:
    """Of the answer `name` at a probability of 0.5."""
    hits = float(((scores > 0.5) & gold).sum())
    return {
        f"{name}_precision": f"{hits / max(1, (scores > 0.5).sum()):.3f}",
        f"{name}_recall": f"{hits / max(1, gold.sum()):.3f}",
    }


def by_source(pairs: list[Pair], scores: np.ndarray) -> dict[str, tuple[int, float]]:
    """Pairs and accuracy of each source and of all."""
    right = (scores > 0.5) == np.array([pair.answer == ENTAILED for pair in pairs])
    sources = np.array([pair.source for pair in pairs])
    table = {"all": (len(pairs), float(right.mean()))}
    for source in sorted(set(sources)):
        table[source] = (int((sources == source).sum()), float(right[sources == source].mean()))
    return table


def write_card(out: Path, stages: list[dict[str, Any]], measured: dict[str, Any]) -> None:
    """The model card: data, licences, figures, hyperparameters, limits."""
    template = (Path(__file__).parent / "data" / "entailment_card.md").read_text(encoding="utf-8")
    last = stages[-1]["dev"]
    rows = []
    for source, (count, accuracy) in measured["table"].items():
        line = last.get(source, {})
        trained = [str(s["available"].get(source, 0)) for s in stages]
        seen = " / ".join(trained) if source != "all" else ""
        baselines = [str(line.get("majority", "")), str(line.get("cosine", ""))]
        cells = [source, seen, str(count), f"{accuracy:.3f}", *baselines]
        rows.append(f"| {' | '.join(cells)} |")
    keys = ("stage", "steps", "pairs_seen", "minutes", "lr", "warmup", "bf16", "dropout",
            "freeze", "batch_tokens", "seed", "loss")  # fmt: skip
    runs = ["| " + " | ".join(str(stage.get(key, 0)) for key in keys) + " |" for stage in stages]
    text = template.format(
        rows="\n".join(rows),
        run_head="| " + " | ".join(keys) + " |\n|" + "---|" * len(keys),
        runs="\n".join(runs),
        licence=LICENCE,
        **{name: value for name, value in measured.items() if name != "table"},
    )
    (out / "README.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Convert, calibrate, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--nli", type=Path, required=True)
    parser.add_argument("--sales-dev", type=Path)
    parser.add_argument("--stages", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compute-type", default="int8", help="int8 or float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dev-pairs", type=int, default=100, help="at most so many of each source")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    tokenizer = open_tokenizer(args.encoder)
    net = EntailmentNet(BertModel.from_pretrained(args.encoder, add_pooling_layer=False))
    net.load_state_dict(torch.load(args.stages[-1] / "net.bin", weights_only=True))
    stages = [json.loads((s / "figures.json").read_text(encoding="utf-8")) for s in args.stages]
    caps = dict.fromkeys(CAPS, args.dev_pairs)
    dev = load_pairs(args.nli / "dev.jsonl.gz", tokenizer, caps=caps, seed=stages[-1]["seed"])
    tuning = dev
    if args.sales_dev is not None:
        some = {"caps": {"*": args.dev_pairs}, "longest": LONGEST_PAIR, "seed": stages[-1]["seed"]}
        tuning = load_pairs(args.sales_dev, tokenizer, **some)
        dev = dev + tuning
    convert(net, args.encoder, args.out, args.compute_type)
    revision = hashlib.sha256((args.out / "model.bin").read_bytes()).hexdigest()[:8]
    write_manifest(args.out, revision)

    both, rate = run_shipped(args.out, dev, args.threads)
    raw = both[:, 0]
    answers = np.array([pair.answer for pair in dev])
    gold = answers == ENTAILED
    exact = predict(net, dev)
    mine = {id(pair) for pair in tuning}
    ours = np.array([id(pair) in mine for pair in dev])
    odd = np.arange(len(dev)) % 2 == 1
    calibration: Calibration = {}
    calibrated: dict[str, np.ndarray] = {}
    for column, answer in ((0, ENTAILED), (1, DENIED)):
        odds = np.log(both[:, column] / (1 - both[:, column])).clip(-20, 20)
        rows = ours & ~odd & (answers != NOT_ENTAILED if answer == DENIED else True)
        slope, shift = fit_calibration(odds[rows], (answers == answer)[rows].astype(float))
        name = ANSWERS[answer]
        calibration[name] = (slope, shift)
        calibrated[name] = 1 / (1 + np.exp(-(slope * odds + shift)))
    write_head(args.out, args.compute_type, calibration)
    write_manifest(args.out, revision)
    held = ours & odd
    told = held & (answers != NOT_ENTAILED)
    denials = answers[told] == DENIED
    measured = {
        "table": by_source(dev, raw),
        "rate": f"{rate:.0f}",
        "threads": args.threads,
        "dev_pairs": args.dev_pairs,
        "float_accuracy": f"{((exact > 0) == gold).mean():.4f}",
        "int8_accuracy": f"{((raw > 0.5) == gold).mean():.4f}",
        "agreement": f"{((exact > 0) == (raw > 0.5)).mean():.4f}",
        "drift": f"{np.abs(1 / (1 + np.exp(-exact)) - raw).mean():.4f}",
        "ece": f"{calibration_error(calibrated['entailed'][held], gold[held]):.3f}",
        "ece_denied": f"{calibration_error(calibrated['denied'][told], denials):.3f}",
        **precision_and_recall("denied", calibrated["denied"][told], denials),
        **precision_and_recall("said", calibrated["entailed"][held], gold[held]),
        "ece_raw": f"{calibration_error(raw[held], gold[held]):.3f}",
        "size": f"{sum((args.out / n).stat().st_size for n in SHIPPED) / 1e6:.1f}",
        "revision": revision,
        "calibration": json.dumps({n: [round(x, 3) for x in c] for n, c in calibration.items()}),
    }
    write_card(args.out, stages, measured)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
