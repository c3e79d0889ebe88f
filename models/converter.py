"""Published BERT weights → the folder that CTranslate2 loads, made once and kept.

So texts are embedded without torch and transformers, whose import alone takes as long as the
analysis of a call. A folder appears whole or not at all. The trap: CTranslate2 joins query, key and
value, so what is missing or named otherwise in the weights must fail here and not give nonsense.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.imports import without

STORED_AS = "float16"
"""Half the size; at work the numbers are those of the published weights, to three digits."""
_WEIGHTS = "model.safetensors"
_ACTIVATIONS = {"gelu": "GELU"}


def converted(source: Path, kept: Path, sha256: str) -> Path:
    """The converted folder under `kept`, made if need be; its name has the weights' sha256."""
    target = kept / f"minilm-{STORED_AS}-{sha256[:12]}"
    if (target / "model.bin").is_file():
        return target
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix=".new-") as scratch:
        ready = Path(scratch) / "ready"
        convert(source, ready)
        try:
            os.rename(ready, target)
        except OSError:
            if not (target / "model.bin").is_file():  # else another process was first
                raise
    return target


def convert(source: Path, target: Path) -> Path:
    """Write the encoder in `source` (config.json, model.safetensors, vocab.txt) for CTranslate2.

    Gives back `target`, a folder that is not there yet.
    """
    from safetensors.numpy import load_file

    settings = json.loads((source / "config.json").read_text(encoding="utf-8"))
    words = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()
    spec = _network(settings, load_file(source / _WEIGHTS))
    spec.register_vocabulary(words)
    spec.config.unk_token = "[UNK]"
    spec.config.layer_norm_epsilon = settings["layer_norm_eps"]
    spec.validate()
    spec.optimize(quantization=STORED_AS)
    target.mkdir(parents=True)
    spec.save(str(target))
    return target


def _network(settings: Mapping[str, Any], weights: Mapping[str, Any]) -> Any:
    """CTranslate2's description of the encoder, filled with the weights; no pooling layer."""
    with without("torch"):
        from ctranslate2.specs import common_spec, transformer_spec

    encoder = transformer_spec.TransformerEncoderSpec(
        settings["num_hidden_layers"],
        settings["num_attention_heads"],
        pre_norm=False,
        activation=getattr(common_spec.Activation, _ACTIVATIONS[settings["hidden_act"]]),
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    encoder.scale_embeddings = False
    for part, name in zip(encoder.embeddings, ("word", "token_type"), strict=True):
        part.weight = weights[f"embeddings.{name}_embeddings.weight"]
    encoder.position_encodings.encodings = weights["embeddings.position_embeddings.weight"]
    _fill_norm(encoder.layernorm_embedding, weights, "embeddings")
    for number, layer in enumerate(encoder.layer):
        _fill_layer(layer, weights, f"encoder.layer.{number}")
    return transformer_spec.TransformerEncoderModelSpec(encoder)


def _fill_layer(layer: Any, weights: Mapping[str, Any], name: str) -> None:
    """One layer: CTranslate2 wants query, key and value in one matrix."""
    import numpy as np

    joined, out = layer.self_attention.linear
    for kind in ("weight", "bias"):
        parts = [weights[f"{name}.attention.self.{p}.{kind}"] for p in ("query", "key", "value")]
        setattr(joined, kind, np.concatenate(parts))
    _fill(out, weights, f"{name}.attention.output.dense")
    _fill_norm(layer.self_attention.layer_norm, weights, f"{name}.attention.output")
    _fill(layer.ffn.linear_0, weights, f"{name}.intermediate.dense")
    _fill(layer.ffn.linear_1, weights, f"{name}.output.dense")
    _fill_norm(layer.ffn.layer_norm, weights, f"{name}.output")


def _fill(part: Any, weights: Mapping[str, Any], name: str) -> None:
    part.weight, part.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _fill_norm(part: Any, weights: Mapping[str, Any], name: str) -> None:
    part.gamma, part.beta = weights[f"{name}.LayerNorm.weight"], weights[f"{name}.LayerNorm.bias"]
