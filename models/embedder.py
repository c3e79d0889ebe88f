"""Embedder on all-MiniLM-L6-v2: mean of the last layer's tokens, as a unit vector of 384 numbers.

The six layers run in numpy straight from the safetensors file, so no deep learning library has to
be imported for a few sentences. Trap: texts are remembered, for the checks ask for the same labels
again and again; so the memory is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LONGEST = 128
BATCH_TOKENS = 1024
REMEMBERED = 20_000
REMEDY = "run `python scripts/fetch_models.py minilm` to fetch it"


class MiniLmEmbedder:
    """Texts → unit vectors; loads model.safetensors and tokenizer.json of `folder` on first use."""

    def __init__(self, folder: Path) -> None:
        self.made_by = "minilm-l6"
        self._folder = folder
        self._lock = threading.Lock()
        self._encoder: _Encoder | None = None
        self._known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A unit vector for each text, in order; of a text the first `LONGEST` tokens count."""
        with self._lock:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
            if fresh:
                if self._encoder is None:
                    self._encoder = _Encoder(self._folder)
                if len(self._known) + len(fresh) > REMEMBERED:
                    self._known = {text: self._known[text] for text in texts if text in self._known}
                self._known.update(self._encoder.embed(fresh))
            return [self._known[text] for text in texts]


class _Encoder:
    """The BERT encoder's forward pass in numpy."""

    def __init__(self, folder: Path) -> None:
        import json

        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
            weights = load_file(folder / "model.safetensors")
        except Exception as error:
            raise WeightsError("no sentence encoder", file=str(folder), remedy=REMEDY) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._weights: dict[str, Floats] = {
            name: weight.T.copy() if weight.ndim == 2 and ".layer." in name else weight
            for name, weight in weights.items()
        }

    def embed(self, texts: Sequence[str]) -> dict[str, list[float]]:
        """Texts, all different, with their vectors."""
        ids = {text: self._tokenizer.encode(text).ids for text in texts}
        order = sorted(texts, key=lambda text: len(ids[text]))
        vectors: dict[str, list[float]] = {}
        while order:
            batch = [order.pop(0)]
            while order and len(ids[order[0]]) * (len(batch) + 1) <= BATCH_TOKENS:
                batch.append(order.pop(0))
            rows = self._run([ids[text] for text in batch])
            vectors.update(zip(batch, rows.tolist(), strict=True))
        return vectors

    def _run(self, batch: Sequence[list[int]]) -> Floats:
        import numpy as np

        lengths = np.array([len(row) for row in batch])
        longest = int(lengths.max())
        ids = np.array([row + [0] * (longest - len(row)) for row in batch])
        mask = np.arange(longest)[None, :] < lengths[:, None]
        w = self._weights
        hidden = w["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + w["embeddings.position_embeddings.weight"][:longest]
        hidden = hidden + w["embeddings.token_type_embeddings.weight"][0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        for number in range(self._layers):
            hidden = self._run_layer(hidden, mask, f"encoder.layer.{number}")
        mean = (hidden * mask[:, :, None]).sum(1)
        unit: Floats = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def _run_layer(self, hidden: Floats, mask: NDArray[np.bool_], name: str) -> Floats:
        import numpy as np
        from scipy.special import erf

        batch, tokens, width = hidden.shape
        split = (batch, tokens, self._heads, width // self._heads)
        query, key, value = (
            self._linear(hidden, f"{name}.attention.self.{part}")
            .reshape(split)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32((width // self._heads) ** 0.5)
        scores = np.where(mask[:, None, None, :], scores, np.float32(-1e9))
        share = np.exp(scores - scores.max(-1, keepdims=True))
        share /= share.sum(-1, keepdims=True)
        seen = (share @ value).transpose(0, 2, 1, 3).reshape(batch, tokens, width)
        seen = self._linear(seen, f"{name}.attention.output.dense") + hidden
        seen = self._norm(seen, f"{name}.attention.output.LayerNorm")
        inner = self._linear(seen, f"{name}.intermediate.dense")
        inner = inner * np.float32(0.5) * (1 + erf(inner * np.float32(0.5**0.5)))
        return self._norm(
            self._linear(inner, f"{name}.output.dense") + seen, f"{name}.output.LayerNorm"
        )

    def _linear(self, hidden: Floats, name: str) -> Floats:
        flat = hidden.reshape(-1, hidden.shape[-1]) @ self._weights[f"{name}.weight"]
        result: Floats = (flat + self._weights[f"{name}.bias"]).reshape(*hidden.shape[:-1], -1)
        return result

    def _norm(self, hidden: Floats, name: str) -> Floats:
        import numpy as np

        centred = hidden - hidden.mean(-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-12))
        result: Floats = (
            centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        )
        return result
