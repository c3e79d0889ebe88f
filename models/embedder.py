"""Embedder on all-MiniLM-L6-v2: texts → unit vectors, for meaning (industries, narrowing
statements).

Mean pooling over the last layer and L2 normalisation, as the model's card says. Trap: checks ask
for the same labels again and again, so vectors are remembered; the memory is bounded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import WeightsError

LONGEST = 128
BATCH = 32
REMEMBERED = 20_000
WIDTH = 384
WORTH_KEEPING = 500
"""So many new texts at once are labels of a taxonomy, not the words of a call."""


class MiniLmEmbedder:
    """Loads the weights in `folder` on first use; `threads` bounds torch's own (0: its default)."""

    def __init__(self, folder: Path, *, threads: int = 0, cache: Path | None = None) -> None:
        self.made_by = "minilm-l6"
        self._folder, self._threads, self._cache = folder, threads, cache
        self._lock = threading.Lock()
        self._engine: tuple[Any, Any] | None = None
        self._known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A unit vector of 384 numbers for each text; of a text the first `LONGEST` tokens
        count.
        """
        with self._lock:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
            if len(self._known) + len(fresh) > REMEMBERED:
                self._known = {text: self._known[text] for text in texts if text in self._known}
            if fresh:
                kept = len(fresh) >= WORTH_KEEPING and self._cache is not None
                self._known.update(self._kept(fresh) if kept else self._embed(fresh))
            return [self._known[text] for text in texts]

    def _kept(self, texts: Sequence[str]) -> dict[str, list[float]]:
        """Vectors of a long list of labels, from the cache folder when they were made before."""
        import numpy as np

        digest = hashlib.sha256("\0".join((self.made_by, *texts)).encode()).hexdigest()[:24]
        path = (self._cache or self._folder) / f"vectors-{digest}.npy"
        if path.exists():
            try:
                rows = np.load(path, allow_pickle=False)
                if rows.shape == (len(texts), WIDTH):
                    return dict(zip(texts, rows.astype(float).tolist(), strict=True))
            except (OSError, ValueError) as error:
                logging.getLogger(__name__).warning("%s is damaged, made anew: %s", path, error)
        made = self._embed(texts)
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}.tmp")
        with scratch.open("wb") as file:
            np.save(file, np.array([made[text] for text in texts], dtype=np.float32))
        scratch.replace(path)
        return made

    def _embed(self, texts: Sequence[str]) -> dict[str, list[float]]:
        import torch

        tokenizer, model = self._load()
        order = sorted(texts, key=len)
        out: dict[str, list[float]] = {}
        with torch.inference_mode():
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                encoded = tokenizer.encode_batch(rows)
                ids = torch.tensor([e.ids for e in encoded])
                mask = torch.tensor([e.attention_mask for e in encoded])
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
                weight = mask.unsqueeze(-1).to(hidden.dtype)
                mean = (hidden * weight).sum(1) / weight.sum(1)
                unit = torch.nn.functional.normalize(mean, dim=-1)
                out.update(zip(rows, unit.tolist(), strict=True))
        return out

    def _load(self) -> tuple[Any, Any]:
        if self._engine is None:
            import torch
            from tokenizers import Tokenizer
            from transformers import AutoModel
            from transformers.utils import logging as library_log

            library_log.set_verbosity_error()
            library_log.disable_progress_bar()
            if self._threads:
                torch.set_num_threads(self._threads)
            try:
                tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                model = AutoModel.from_pretrained(str(self._folder), local_files_only=True)
            except Exception as error:
                raise WeightsError(
                    f"the sentence embedder cannot be loaded: {error}",
                    file=str(self._folder),
                    remedy="run `icp models --fetch`",
                ) from error
            tokenizer.enable_truncation(LONGEST)
            tokenizer.enable_padding()
            self._engine = (tokenizer, model.eval())
        return self._engine
