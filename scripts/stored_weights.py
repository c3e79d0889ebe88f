"""The shipped int8 weights of the entailment model, back as a torch network.

For comparisons with other ways to run the same weights. The trap: CTranslate2 keeps query, key and
value in one matrix, and one scale for each row.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel, BertPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
LABELS = ("entailment", "contradiction", "neutral")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Every array of a CTranslate2 model file (binary version 6), scaled back to float32."""
    arrays = {}
    with path.open("rb") as file:
        (version,) = struct.unpack("I", file.read(4))
        if version != 6:
            raise ValueError(f"{path}: format {version} of CTranslate2, expected 6")
        _text(file)
        _, count = struct.unpack("II", file.read(8))
        for _ in range(count):
            name = _text(file)
            (rank,) = struct.unpack("B", file.read(1))
            shape = struct.unpack("I" * rank, file.read(4 * rank))
            kind, size = struct.unpack("=BI", file.read(5))
            data = np.frombuffer(file.read(size), dtype=TYPES[kind])
            arrays[name] = data.reshape(shape)
    return {
        name: array.astype(np.float32) / arrays[f"{name}_scale"][:, None]
        if f"{name}_scale" in arrays
        else array
        for name, array in arrays.items()
        if not name.endswith("_scale")
    }


def _text(file: BinaryIO) -> str:
    (size,) = struct.unpack("H", file.read(2))
    return file.read(size).rstrip(b"\0").decode()


class EntailmentNetwork(BertPreTrainedModel):
    """The cross-encoder as `transformers` runs it: logits for said, denied, left open."""

    config_class = BertConfig

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dense = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.out = nn.Linear(config.hidden_size, len(LABELS))
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
        **_: object,
    ) -> SequenceClassifierOutput:
        hidden = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        inner = torch.tanh(self.dense(torch.cat([hidden[:, 0], mean], dim=1)))
        return SequenceClassifierOutput(logits=self.out(inner))


def load_network(folder: Path) -> EntailmentNetwork:
    """The network in `folder` (model.bin, head.npz) with its weights, ready to infer."""
    stored = read_arrays(folder / "model.bin")
    layers = len({name.split("/")[1] for name in stored if name.startswith("encoder/layer_")})
    words, width = stored["encoder/embeddings_0/weight"].shape
    config = BertConfig(
        vocab_size=words,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=4 * width,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    network = EntailmentNetwork(config)
    state = dict(_named(stored, layers, width))
    with np.load(folder / "head.npz") as head:
        state.update({name: head[name] for name in head.files})
    tensors = {n: torch.from_numpy(np.array(a, dtype=np.float32)) for n, a in state.items()}
    network.load_state_dict(tensors)
    return network.eval()


def _named(stored: dict[str, np.ndarray], layers: int, width: int):
    """(name in transformers, array) of the encoder."""
    base = "bert.embeddings."
    yield f"{base}word_embeddings.weight", stored["encoder/embeddings_0/weight"]
    yield f"{base}token_type_embeddings.weight", stored["encoder/embeddings_1/weight"]
    positions = stored["encoder/position_encodings/encodings"]
    yield f"{base}position_embeddings.weight", positions
    norms = {"layernorm_embedding": f"{base}LayerNorm"}
    for number in range(layers):
        ours, theirs = f"layer_{number}", f"bert.encoder.layer.{number}"
        joined = f"encoder/{ours}/self_attention/linear_0"
        for place, part in enumerate(("query", "key", "value")):
            rows = slice(place * width, (place + 1) * width)
            for kind in ("weight", "bias"):
                array = stored[f"{joined}/{kind}"][rows]
                yield f"{theirs}.attention.self.{part}.{kind}", array
        for inner, outer in (
            ("self_attention/linear_1", "attention.output.dense"),
            ("ffn/linear_0", "intermediate.dense"),
            ("ffn/linear_1", "output.dense"),
        ):
            for kind in ("weight", "bias"):
                yield f"{theirs}.{outer}.{kind}", stored[f"encoder/{ours}/{inner}/{kind}"]
        norms[f"{ours}/self_attention/layer_norm"] = f"{theirs}.attention.output.LayerNorm"
        norms[f"{ours}/ffn/layer_norm"] = f"{theirs}.output.LayerNorm"
    for ours, theirs in norms.items():
        yield f"{theirs}.weight", stored[f"encoder/{ours}/gamma"]
        yield f"{theirs}.bias", stored[f"encoder/{ours}/beta"]
