"""Write trained tagger weights as the int8 files that the product ships.

    python scripts/export_tagger.py TRAINED_DIR models/signal_tagger

int8 by CTranslate2 (its own kernels, no saturation on CPUs without VNNI); heads stay float32.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import ctranslate2
import numpy as np
import torch

from models.word_kinds import KINDS

SHIPPED = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "heads.npz")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trained", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        converter = ctranslate2.converters.TransformersConverter(str(args.trained / "encoder"))
        made = converter.convert(str(Path(scratch) / "ct2"), quantization="int8")
        for name in ("model.bin", "config.json", "vocabulary.json"):
            shutil.copy(Path(made) / name, args.out / name)
    shutil.copy(args.trained / "tokenizer.json", args.out / "tokenizer.json")
    heads = torch.load(args.trained / "heads.bin", weights_only=True)
    np.savez(args.out / "heads.npz", **{k: v.numpy() for k, v in heads.items()})
    digests = {n: hashlib.sha256((args.out / n).read_bytes()).hexdigest() for n in SHIPPED}
    manifest = {
        "revision": digests["model.bin"][:12],
        "licence": "Apache-2.0",
        "word_kinds": KINDS,
        "files": digests,
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main()
