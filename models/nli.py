"""Entailer on the small cross-encoder that the project trains itself (`zero_shot/`, see its card).

The encoder runs in CTranslate2 with int8 weights; the head (first token and mean of all tokens →
logits for said, denied and left open) and the calibration are a few numbers beside it and run in
numpy. Every pair is scored on its own, never against competing labels. Trap: a premise that is too
long loses its beginning, for the latest turns decide; a hypothesis is cut only where the encoder
has no more positions.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import WeightsError
from pipeline.ports import Judgement

if TYPE_CHECKING:
    import numpy as np

SHIPPED = Path(__file__).parent / "zero_shot"
LONGEST_PAIR = 160
LONGEST_HYPOTHESIS = 480
BATCH_TOKENS = 2048
REMEDY = "install the package again, or name a folder that scripts/train_entailment.py exported"


class EntailmentModel:
    """(premise, hypothesis) → how likely the premise says, or denies, that the hypothesis is true.

    Loads on first use; `threads` is the number of CPU threads it may take.
    """

    def __init__(self, folder: Path = SHIPPED, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._manifest = _read_manifest(folder)
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        self.made_by = f"entailment@{self._manifest['revision']}"

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """For each pair the probability that it is entailed, in order."""
        return [judgement.entailed for judgement in self.judge(pairs)]

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """Calibrated probabilities for each pair, in order; equal pairs are scored once."""
        if not pairs:
            return []
        model = self._load()
        scores = dict.fromkeys(pairs, Judgement(0.0, 0.0))
        cut = {pair: model.cut(*pair) for pair in scores}
        for batch in _cut_batches(cut):
            scores.update(zip(batch, model.score([cut[pair] for pair in batch]), strict=True))
        return [scores[pair] for pair in pairs]

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                _verify(self._folder, self._manifest["files"])
                self._loaded = _Loaded(self._folder, self._threads)
            return self._loaded


class _Loaded:
    """The weights in memory: tokenizer, encoder, head."""

    def __init__(self, folder: Path, threads: int) -> None:
        import ctranslate2
        import numpy as np
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._start = self._tokenizer.token_to_id("[CLS]")
        self._end = self._tokenizer.token_to_id("[SEP]")
        settings = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        calibration = [settings[answer] for answer in ("entailed", "denied")]
        self._slope = np.array([c["slope"] for c in calibration], dtype=np.float32)
        self._shift = np.array([c["shift"] for c in calibration], dtype=np.float32)
        with np.load(folder / "head.npz") as head:
            self._head = {name: head[name].astype(np.float32) for name in head.files}
        self._encoder: Any = ctranslate2.Encoder(
            str(folder), device="cpu", compute_type=settings["compute_type"], intra_threads=threads
        )

    def cut(self, premise: str, hypothesis: str) -> tuple[list[int], list[int]]:
        """Token ids and token types of a pair; the premise keeps its end when it is too long."""
        first = self._tokenizer.encode(premise, add_special_tokens=False).ids
        second = self._tokenizer.encode(hypothesis, add_special_tokens=False).ids
        second = second[:LONGEST_HYPOTHESIS]
        first = first[-max(LONGEST_PAIR - 3 - len(second), 1) :]
        ids = [self._start, *first, self._end, *second, self._end]
        return ids, [0] * (len(first) + 2) + [1] * (len(second) + 1)

    def score(self, batch: Sequence[tuple[list[int], list[int]]]) -> list[Judgement]:
        """Calibrated probabilities of a batch of cut pairs."""
        import ctranslate2
        import numpy as np

        lengths = np.array([len(ids) for ids, _ in batch], dtype=np.int32)
        longest = int(lengths.max())
        ids = np.array([ids + [0] * (longest - len(ids)) for ids, _ in batch], dtype=np.int32)
        types = [kinds + [0] * (longest - len(kinds)) for _, kinds in batch]
        output = self._encoder.forward_batch(
            ctranslate2.StorageView.from_array(ids),
            ctranslate2.StorageView.from_array(lengths),
            types,
        )
        hidden = np.asarray(output.last_hidden_state, dtype=np.float32)
        odds = self._run_head(hidden, lengths)
        probabilities = 1.0 / (1.0 + np.exp(-(self._slope * odds + self._shift)))
        return [Judgement(float(said), float(denied)) for said, denied in probabilities]

    def _run_head(self, hidden: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Log odds (batch, 2) that the hypothesis is said, and that it is denied, each against all
        else, from hidden states (batch, tokens, width), padding left out.
        """
        import numpy as np

        mask = np.arange(hidden.shape[1])[None, :] < lengths[:, None]
        mean = (hidden * mask[:, :, None]).sum(1) / lengths[:, None]
        pooled = np.concatenate([hidden[:, 0], mean], axis=1)
        inner = np.tanh(pooled @ self._head["dense.weight"].T + self._head["dense.bias"])
        said, denied, left = (inner @ self._head["out.weight"].T + self._head["out.bias"]).T
        return np.stack(
            [said - np.logaddexp(denied, left), denied - np.logaddexp(said, left)], axis=1
        )


def _cut_batches(
    cut: dict[tuple[str, str], tuple[list[int], list[int]]],
) -> list[list[tuple[str, str]]]:
    """The pairs by length, in batches of at most `BATCH_TOKENS` with padding."""
    batches: list[list[tuple[str, str]]] = [[]]
    for pair in sorted(cut, key=lambda pair: (len(cut[pair][0]), pair)):
        if batches[-1] and len(cut[pair][0]) * (len(batches[-1]) + 1) > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(pair)
    return batches


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {"files": dict(manifest["files"]), "revision": str(manifest["revision"])}
    except OSError as error:
        raise WeightsError("no entailment model here", file=str(path), remedy=REMEDY) from error
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError("damaged manifest", file=str(path), remedy=REMEDY) from error


def _verify(folder: Path, files: dict[str, str]) -> None:
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise WeightsError("file missing", file=str(path), remedy=REMEDY)
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise WeightsError("sha256 does not match", file=str(path), remedy=REMEDY)
