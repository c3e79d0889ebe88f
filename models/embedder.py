"""Embedder on all-MiniLM-L6-v2: texts → unit vectors, for meaning (industries, narrowing
statements).

The encoder runs in CTranslate2 with the published numbers; mean pooling over the last layer and L2
normalisation, as the model's card says. Vectors of the industries' sentences come ready made. Trap:
checks ask for the same labels again and again, so vectors are remembered; the memory is bounded.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.converter import convert, converted
from models.registry import get_model
from models.vectors import key_of, read_vectors
from pipeline.errors import WeightsError
from pipeline.lexicon.phrases import DATA

READY = DATA / "industries.npz"
"""Vectors of `IndustryTaxonomy.texts_for_embedding`, made by scripts/embed_industries.py."""
LONGEST = 128
BATCH_TOKENS = 2048
REMEMBERED = 20_000
WIDTH = 384


class MiniLmEmbedder:
    """Loads the weights in `folder` on first use; `threads` is the number of CPU threads.

    `cache` is where the converted weights are kept, `ready` a file of `models.vectors`.
    """

    def __init__(
        self, folder: Path, *, cache: Path, threads: int = 2, ready: Path | None = READY
    ) -> None:
        self.made_by = "minilm-l6"
        self._folder, self._cache, self._threads, self._ready = folder, cache, threads, ready
        self._weights = get_model("minilm").sha256
        self._lock = threading.Lock()
        self._engine: tuple[Any, Any] | None = None
        self._shipped: dict[int, list[float]] | None = None
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
                self._known.update(self._find(fresh))
            return [self._known[text] for text in texts]

    def _find(self, texts: Sequence[str]) -> dict[str, list[float]]:
        """Vectors of texts that are new: from the file of ready ones, the others computed."""
        if self._shipped is None:
            self._shipped = read_vectors(self._ready, weights=self._weights) if self._ready else {}
        found = {t: self._shipped[key_of(t)] for t in texts if key_of(t) in self._shipped}
        rest = [text for text in texts if text not in found]
        return found | self._embed(rest) if rest else found

    def _embed(self, texts: Sequence[str]) -> dict[str, list[float]]:
        import numpy as np

        tokenizer, encoder = self._load()
        ids = {text: e.ids for text, e in zip(texts, tokenizer.encode_batch(texts), strict=True)}
        out: dict[str, list[float]] = {}
        for batch in _batches(ids):
            rows = [ids[text] for text in batch]
            hidden = np.asarray(encoder.forward_batch(rows).last_hidden_state, dtype=np.float32)
            lengths = np.array([len(row) for row in rows])
            heard = np.arange(hidden.shape[1])[None, :] < lengths[:, None]
            mean = (hidden * heard[:, :, None]).sum(1) / lengths[:, None]
            unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
            out.update(zip(batch, unit.tolist(), strict=True))
        return out

    def _load(self) -> tuple[Any, Any]:
        if self._engine is None:
            from tokenizers import Tokenizer

            try:
                tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                encoder = self._open_encoder()
            except Exception as error:
                raise WeightsError(
                    f"the sentence embedder cannot be loaded: {error}",
                    file=str(self._folder),
                    remedy="run `icp models --fetch`",
                ) from error
            tokenizer.enable_truncation(LONGEST)
            tokenizer.no_padding()
            self._engine = (tokenizer, encoder)
        return self._engine

    def _open_encoder(self) -> Any:
        """The kept conversion; one for this process only where none can be kept, or it is bad."""
        try:
            return self._open(converted(self._folder, self._cache, self._weights))
        except (OSError, RuntimeError) as error:
            logging.getLogger(__name__).warning("%s: converted anew: %s", self._cache, error)
            with tempfile.TemporaryDirectory() as scratch:
                return self._open(convert(self._folder, Path(scratch) / "made"))

    def _open(self, network: Path) -> Any:
        import ctranslate2

        return ctranslate2.Encoder(
            str(network), device="cpu", compute_type="float32", intra_threads=self._threads
        )


def _batches(ids: Mapping[str, list[int]]) -> Iterator[list[str]]:
    """The texts by length, in batches of at most `BATCH_TOKENS` with padding."""
    batch: list[str] = []
    for text in sorted(ids, key=lambda text: (len(ids[text]), text)):
        if batch and len(ids[text]) * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch
