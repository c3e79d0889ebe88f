"""The signal tagger as it is trained: encoder with heads, windows with targets, loss and score."""

from __future__ import annotations

import math
import random

import torch
from tagger_data import Excerpt, LabelledTurn
from tokenizers import Tokenizer
from torch import nn

from models.tagger_text import (
    ATTRIBUTE_LABELS,
    CLS,
    DIMENSIONS,
    EncodedTurn,
    Window,
    attribute_slices,
    cut_windows,
    encode_turn,
    word_spans,
)
from models.word_kinds import N_KINDS, WordKinds
from pipeline.domain import Role

SIDES = {Role.PROSPECT: 0, Role.REP: 1}


class PooledDropout(nn.Module):
    """Dropout whose masks are cut from one long random mask at a random place.

    Drawing a fresh mask for every layer takes a quarter of a training step on a CPU.
    """

    def __init__(self, share: float, size: int = 1 << 24) -> None:
        super().__init__()
        self.share = share
        self.register_buffer("pool", torch.rand(size) >= share, persistent=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """`hidden` with a share of its numbers at 0 and the others scaled up, while training."""
        if not self.training or self.share == 0:
            return hidden
        start = random.randrange(len(self.pool) - hidden.numel())
        kept = self.pool[start : start + hidden.numel()].view_as(hidden)
        return hidden * kept / (1 - self.share)


def pool_dropouts(module: nn.Module, share: float) -> None:
    """Replace every dropout layer inside a module that drops anything; all share one mask."""
    pooled = PooledDropout(share)
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout) and child.p > 0:
                setattr(parent, name, pooled)


def widen_types(encoder: nn.Module) -> None:
    """Make room for the kinds of words: each starts as the first token type."""
    old = encoder.embeddings.token_type_embeddings.weight.data
    if len(old) == N_KINDS:
        return
    new = nn.Embedding(N_KINDS, old.shape[1])
    new.weight.data.copy_(old[:1].expand(N_KINDS, -1) + 0.01 * torch.randn(N_KINDS, old.shape[1]))
    new.weight.data[: len(old)] = old
    encoder.embeddings.token_type_embeddings = new
    encoder.config.type_vocab_size = N_KINDS


class Tagger(nn.Module):
    """Encoder and heads. Shapes: (batch, positions, labels); `turn` and `side` are read at
    markers.
    """

    def __init__(self, encoder: nn.Module, width: int = 384) -> None:
        super().__init__()
        self.encoder = encoder
        widen_types(encoder)
        pool_dropouts(encoder, 0.1)
        self.drop = PooledDropout(0.1)
        self.heads = nn.ModuleDict(
            {
                "word": nn.Linear(width, len(DIMENSIONS)),
                "begin": nn.Linear(width, len(DIMENSIONS)),
                "attribute": nn.Linear(width, len(ATTRIBUTE_LABELS)),
                "turn": nn.Linear(width, len(DIMENSIONS)),
                "side": nn.Linear(width, 2),
            }
        )
        for name in ("word", "begin", "turn"):
            nn.init.constant_(self.heads[name].bias, -4.0)

    def forward(self, ids: torch.Tensor, kinds: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden = self.encoder(
            input_ids=ids, attention_mask=(ids != 0).long(), token_type_ids=kinds
        ).last_hidden_state
        hidden = self.drop(hidden)
        return {name: head(hidden) for name, head in self.heads.items()}


class Encoding:
    """Labelled turns → windows with targets.

    In training (`rng` given) a part of what the lists know of names is hidden, as they are never
    complete.
    """

    hidden_mentions, hidden_excerpts = 0.12, 0.06

    def __init__(self, tokenizer: Tokenizer, kinds: WordKinds) -> None:
        self.tokenizer, self.cache = tokenizer, dict[str, list[int]]()
        self.kinds = kinds
        self.seen: dict[tuple[str, ...], list[int]] = {}

    def kinds_of(self, words: tuple[str, ...], rng: random.Random | None) -> list[int]:
        """The kind of each word, with some mentions left out while training."""
        if words not in self.seen:
            text = " ".join(words)
            self.seen[words] = self.kinds.of(text, word_spans(text))
        found = list(self.seen[words])
        if rng:
            place = 0
            while place < len(found):
                end = place + 1
                while end < len(found) and found[end] == found[place]:
                    end += 1
                if found[place] and rng.random() < self.hidden_mentions:
                    found[place:end] = [0] * (end - place)
                place = end
        return found

    def pieces(self, word: str) -> list[int]:
        if word not in self.cache:
            self.cache[word] = self.tokenizer.encode(word, add_special_tokens=False).ids
        return self.cache[word]

    def windows(self, excerpt: Excerpt, rng: random.Random | None) -> list[tuple[Window, Excerpt]]:
        encoded: list[EncodedTurn] = []
        listed = rng is None or rng.random() >= self.hidden_excerpts
        for number, turn in enumerate(excerpt.turns):
            encoded += encode_turn(
                number,
                [self.pieces(w) for w in turn.words],
                turn.role,
                turn.speaker,
                self.kinds_of(turn.words, rng) if listed else (),
            )
        skip = rng.randrange(3) if rng and len(encoded) > 14 else 0
        overlap = 0.25 if rng else 0.5
        return [(w, excerpt) for w in cut_windows(encoded[skip:], overlap=overlap)]


def targets(window: Window, excerpt: Excerpt) -> dict[str, torch.Tensor]:
    """What the heads should say at each position; attribute rows sum to 1 per marked dimension."""
    n, slices = len(window.ids), attribute_slices()
    out = {
        "word": torch.zeros(n, len(DIMENSIONS)),
        "begin": torch.zeros(n, len(DIMENSIONS)),
        "attribute": torch.zeros(n, len(ATTRIBUTE_LABELS)),
        "turn": torch.full((n, len(DIMENSIONS)), -1.0),
        "side": torch.full((n,), -1, dtype=torch.long),
    }
    previous = (-1, -1)
    for position, (number, word) in enumerate(window.origin):
        if number < 0:
            continue
        turn: LabelledTurn = excerpt.turns[number]
        if word < 0:
            out["turn"][position] = 0
            for mark in turn.marks:
                out["turn"][position, DIMENSIONS.index(mark.dimension)] = 1
            out["side"][position] = SIDES.get(turn.true_role, -1)
        else:
            for mark in turn.marks:
                if mark.first <= word <= mark.last:
                    column = DIMENSIONS.index(mark.dimension)
                    out["word"][position, column] = 1
                    if word == mark.first and previous != (number, word):
                        out["begin"][position, column] = 1
                    label = f"{mark.dimension}:{mark.attribute}"
                    if label in ATTRIBUTE_LABELS:
                        out["attribute"][position, ATTRIBUTE_LABELS.index(label)] = 1
        previous = (number, word)
    for part in slices.values():
        total = out["attribute"][:, part].sum(1, keepdim=True)
        out["attribute"][:, part] /= total.clamp(min=1)
    return out


def collate(
    batch: list[tuple[Window, Excerpt]],
) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """Ids, kinds of words, and targets of a batch, padded to its longest window."""
    rows = [targets(w, e) for w, e in batch]
    longest = max(len(w.ids) for w, _ in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    kinds = torch.zeros(len(batch), longest, dtype=torch.long)
    fill = {"word": 0.0, "begin": 0.0, "attribute": 0.0, "turn": -1.0, "side": -1}
    out = {}
    for name, value in fill.items():
        shape = (len(batch), longest, *rows[0][name].shape[1:])
        out[name] = torch.full(shape, value, dtype=rows[0][name].dtype)
    for i, (window, _) in enumerate(batch):
        ids[i, : len(window.ids)] = torch.tensor(window.ids)
        kinds[i, : len(window.ids)] = torch.tensor(window.kinds)
        for name in fill:
            out[name][i, : len(window.ids)] = rows[i][name]
    return ids, kinds, out


def loss_of(
    said: dict[str, torch.Tensor], want: dict[str, torch.Tensor], ids: torch.Tensor
) -> torch.Tensor:
    """Sum over labels, mean over word pieces (or turns): rare labels are not drowned by common
    ones.
    """
    bce = nn.functional.binary_cross_entropy_with_logits
    real = (ids != 0) & (ids != CLS)
    weight = torch.tensor(2.0)
    word = bce(said["word"], want["word"], pos_weight=weight, reduction="none").sum(-1)[real].mean()
    begin = (
        bce(said["begin"], want["begin"], pos_weight=weight, reduction="none").sum(-1)[real].mean()
    )
    marker = want["turn"][..., 0] >= 0
    turn = (
        bce(said["turn"][marker], want["turn"][marker], pos_weight=weight, reduction="none")
        .sum(-1)
        .mean()
    )
    known = want["side"] >= 0
    side = (
        nn.functional.cross_entropy(said["side"][known], want["side"][known])
        if known.any()
        else 0.0
    )
    attribute = torch.tensor(0.0)
    for part in attribute_slices().values():
        goal = want["attribute"][..., part]
        rows = goal.sum(-1) > 0
        if rows.any():
            log_p = said["attribute"][..., part][rows].log_softmax(-1)
            attribute = attribute - (goal[rows] * log_p).sum() / real.sum()
    return word + 0.5 * begin + 0.2 * turn + 0.1 * side + 2.0 * attribute


def evaluate(model: Tagger, windows: list[tuple[Window, Excerpt]]) -> dict[str, float]:
    """Word-level F1 at 0.5 over all dimensions, attribute accuracy on marked words, side
    accuracy.
    """
    model.eval()
    hit = said_n = want_n = right = marked = side_ok = sides = 0
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(windows), 16):
            ids, kinds, want = collate(windows[start : start + 16])
            said = model(ids, kinds)
            total += float(loss_of(said, want, ids))
            real = (ids != 0).unsqueeze(-1)
            guess = (said["word"] > 0) & real
            truth = want["word"] > 0
            hit += int((guess & truth).sum())
            said_n += int(guess.sum())
            want_n += int(truth.sum())
            for part in attribute_slices().values():
                rows = want["attribute"][..., part].sum(-1) > 0
                if rows.any():
                    best = said["attribute"][..., part][rows].argmax(-1)
                    right += int((want["attribute"][..., part][rows].argmax(-1) == best).sum())
                    marked += int(rows.sum())
            known = want["side"] >= 0
            side_ok += int((said["side"][known].argmax(-1) == want["side"][known]).sum())
            sides += int(known.sum())
    model.train()
    return {
        "loss": total / max(1, math.ceil(len(windows) / 16)),
        "word_f1": 2 * hit / max(1, said_n + want_n),
        "attribute_accuracy": right / max(1, marked),
        "side_accuracy": side_ok / max(1, sides),
    }
