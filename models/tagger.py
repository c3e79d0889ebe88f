"""SignalReader on our own tagger: one int8 encoder pass marks which words carry which signal.

The encoder runs in CTranslate2, the linear heads in numpy. Overlapping windows are averaged, so a
turn is judged with what came before and after it. Trap: scores are uncalibrated;
`steps/signals.py` turns them into confidences.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from models.tagger_text import (
    ATTRIBUTE_LABELS,
    DIMENSIONS,
    EncodedTurn,
    Window,
    attribute_slices,
    cut_windows,
    encode_turn,
    word_spans,
)
from models.word_kinds import WordKinds
from pipeline.domain import Proposal, Reading, Role, Turn
from pipeline.ports import PlaceIndex, Progress, no_progress

Floats = NDArray[np.float32]
_SINGLE = "tech_stack geography persona headcount team_size revenue growth_rate budget"
MENTIONS = frozenset(_SINGLE.split())
"""Dimensions whose marks are single mentions: two side by side stay two."""


@dataclass(frozen=True, slots=True)
class WordScores:
    """One turn as the heads see it. Shapes: (words, dimensions), (words, attributes),
    (dimensions,).
    """

    word: Floats
    begin: Floats
    attribute: Floats
    turn: Floats


class SignalTagger:
    """Reads turns with the weights in `folder`, which it loads on first use.

    The weights are told what the lists know of each word; `places` is one of the lists.
    """

    def __init__(
        self, folder: Path, places: PlaceIndex, *, threads: int = 2, floor: float = 0.1
    ) -> None:
        self.folder, self.threads, self.floor = folder, threads, floor
        self._places = places

    @cached_property
    def _manifest(self) -> Mapping[str, Any]:
        text = (self.folder / "manifest.json").read_text(encoding="utf-8")
        return cast(Mapping[str, Any], json.loads(text))

    @cached_property
    def made_by(self) -> str:
        """Name and revision of the weights."""
        return f"tagger@{str(self._manifest['revision'])[:6]}"

    @cached_property
    def _kinds(self) -> WordKinds | None:
        """What the lists know, where the weights were trained with them."""
        if "word_kinds" not in self._manifest:
            return None
        return WordKinds(self._places)

    @cached_property
    def _engine(self) -> tuple[Any, Any, dict[str, Floats]]:
        import ctranslate2
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        encoder = ctranslate2.Encoder(
            str(self.folder), device="cpu", compute_type="int8", intra_threads=self.threads
        )
        with np.load(self.folder / "heads.npz", allow_pickle=False) as heads:
            return tokenizer, encoder, {name: heads[name] for name in heads.files}

    def read(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> Reading:
        """Proposals for every turn that is not quarantined, and each speaker's odds of being a
        rep.
        """
        scores, sides = self.scores(turns, roles, progress=progress)
        proposals = [
            proposal
            for turn in turns
            if turn.index in scores
            for proposal in proposals_of(turn, scores[turn.index], self.floor)
        ]
        return Reading(tuple(proposals), sides)

    def scores(
        self, turns: Sequence[Turn], roles: Mapping[str, Role], *, progress: Progress = no_progress
    ) -> tuple[dict[int, WordScores], dict[str, float]]:
        """The heads' probabilities for each turn by index, and each speaker's probability of
        `rep`.
        """
        readable = [t for t in turns if not t.quarantine and t.text.strip()]
        if not readable:
            return {}, {}
        tokenizer, encoder, heads = self._engine
        kinds = self._kinds
        order = {s: i for i, s in enumerate(dict.fromkeys(t.speaker for t in readable))}
        encoded: list[EncodedTurn] = []
        for turn in readable:
            spans = word_spans(turn.text)
            words = [turn.text[a:b] for a, b in spans]
            pieces = [e.ids for e in tokenizer.encode_batch(words, add_special_tokens=False)]
            role = roles.get(turn.speaker, Role.UNKNOWN)
            listed = kinds.of(turn.text, spans) if kinds else ()
            encoded += encode_turn(turn.index, pieces, role, order[turn.speaker], listed)
        windows = cut_windows(encoded)
        gathered = _Gather(readable)
        by_length = sorted(windows, key=lambda w: len(w.ids))
        for start in range(0, len(by_length), 8):
            batch = by_length[start : start + 8]
            output = _forward(encoder, batch)
            hidden = np.asarray(output.last_hidden_state, dtype=np.float32)
            for row, window in zip(hidden, batch, strict=True):
                gathered.add(window, row[: len(window.ids)], heads)
            progress("read", min(start + 8, len(by_length)), len(by_length))
        return gathered.result(), gathered.sides(readable)


class _Gather:
    """Averages what the windows say about each word; a word of several pieces takes the highest."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._sum: dict[int, dict[str, Floats]] = {}
        self._count: dict[int, Floats] = {}
        self._marker: dict[int, list[tuple[Floats, float]]] = {}
        for turn in turns:
            n = len(word_spans(turn.text))
            self._sum[turn.index] = {
                "word": np.zeros((n, len(DIMENSIONS)), np.float32),
                "begin": np.zeros((n, len(DIMENSIONS)), np.float32),
                "attribute": np.zeros((n, len(ATTRIBUTE_LABELS)), np.float32),
            }
            self._count[turn.index] = np.zeros(n, np.float32)
            self._marker[turn.index] = []

    def add(self, window: Window, hidden: Floats, heads: Mapping[str, Floats]) -> None:
        said = {
            name: hidden @ heads[f"{name}.weight"].T + heads[f"{name}.bias"]
            for name in ("word", "begin", "attribute", "turn", "side")
        }
        word, begin, whole = _sigmoid(said["word"]), _sigmoid(said["begin"]), _sigmoid(said["turn"])
        side = _sigmoid(said["side"][:, 1] - said["side"][:, 0])
        attribute = said["attribute"]
        for part in attribute_slices().values():
            attribute[:, part] = _softmax(attribute[:, part])
        best: dict[tuple[int, int], tuple[Floats, Floats, Floats]] = {}
        for position, (turn, number) in enumerate(window.origin):
            if turn < 0:
                continue
            if number < 0:
                # the role marker comes right before the speaker marker; both were trained alike
                self._marker[turn].append((whole[position], float(side[position])))
                continue
            here = (word[position], begin[position], attribute[position])
            seen = best.get((turn, number))
            best[turn, number] = (
                here if seen is None else (np.maximum(seen[0], here[0]), seen[1], seen[2])
            )
        for (turn, number), (w, b, a) in best.items():
            total = self._sum[turn]
            total["word"][number] += w
            total["begin"][number] += b
            total["attribute"][number] += a
            self._count[turn][number] += 1

    def result(self) -> dict[int, WordScores]:
        out = {}
        for turn, total in self._sum.items():
            count = np.maximum(self._count[turn], np.float32(1))[:, None]
            marks = self._marker[turn]
            whole = np.mean([m[0] for m in marks], axis=0) if marks else np.zeros(len(DIMENSIONS))
            out[turn] = WordScores(
                (total["word"] / count).astype(np.float32),
                (total["begin"] / count).astype(np.float32),
                (total["attribute"] / count).astype(np.float32),
                whole.astype(np.float32),
            )
        return out

    def sides(self, turns: Sequence[Turn]) -> dict[str, float]:
        """Mean log-odds over a speaker's turns, each weighted by its words (at most 30)."""
        odds: dict[str, float] = {}
        weights: dict[str, float] = {}
        for turn in turns:
            marks = self._marker[turn.index]
            if not marks:
                continue
            p = min(max(float(np.mean([m[1] for m in marks])), 1e-3), 1 - 1e-3)
            weight = min(len(turn.text.split()), 30)
            odds[turn.speaker] = odds.get(turn.speaker, 0.0) + weight * math.log(p / (1 - p))
            weights[turn.speaker] = weights.get(turn.speaker, 0.0) + weight
        return {s: 1 / (1 + math.exp(-odds[s] / max(weights[s], 1))) for s in odds}


def _forward(encoder: Any, batch: Sequence[Window]) -> Any:
    """The encoder's answer to windows of different lengths, with the kinds of their words."""
    import ctranslate2

    lengths = np.array([len(w.ids) for w in batch], dtype=np.int32)
    ids = np.zeros((len(batch), int(lengths.max())), dtype=np.int32)
    for row, window in zip(ids, batch, strict=True):
        row[: len(window.ids)] = window.ids
    padded = ids.shape[1]
    types = [[*w.kinds, *(0,) * (padded - len(w.kinds))] for w in batch]
    return encoder.forward_batch(
        ctranslate2.StorageView.from_array(ids), ctranslate2.StorageView.from_array(lengths), types
    )


def proposals_of(turn: Turn, scores: WordScores, floor: float) -> list[Proposal]:
    """Runs of words above `floor` as proposals, one for each likely attribute."""
    spans = word_spans(turn.text)
    slices = attribute_slices()
    found: list[Proposal] = []
    for column, dimension in enumerate(DIMENSIONS):
        for first, last in _runs(scores, column, floor, dimension in MENTIONS):
            inside = scores.word[first : last + 1, column]
            strength = float(inside.max()) ** 0.8 * float(scores.turn[column]) ** 0.2
            start, end = spans[first][0], spans[last][1]
            if dimension not in slices:
                found.append(Proposal(turn.index, start, end, dimension, strength))
                continue
            part = slices[dimension]
            weighted = (scores.attribute[first : last + 1, part] * inside[:, None]).sum(0)
            shares = weighted / max(float(inside.sum()), 1e-6)
            for label, share in zip(ATTRIBUTE_LABELS[part], shares, strict=True):
                if share >= 0.2:
                    found.append(Proposal(turn.index, start, end, label, strength * float(share)))
    return found


def _runs(scores: WordScores, column: int, floor: float, single: bool) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    peak = scores.word[:, column]
    for i in range(len(peak)):
        if peak[i] < floor:
            continue
        begins = scores.begin[i, column] > 0.5 and peak[i] > 0.4
        gap = 1 if single else 4
        if runs and i - runs[-1][1] <= gap and not (single and begins):
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return [_trim(run, peak) for run in runs]


def _trim(run: tuple[int, int], peak: Floats) -> tuple[int, int]:
    """Drop the weak ends of a run: words under a third of its strongest."""
    first, last = run
    bar = float(peak[first : last + 1].max()) / 3
    while peak[first] < bar:
        first += 1
    while peak[last] < bar:
        last -= 1
    return first, last


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32)


def _softmax(x: Floats) -> Floats:
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True), dtype=np.float32)
