"""Train the entailment model: does a stretch of a call say that a statement is true, or deny it?

A sentence encoder becomes a cross-encoder: premise and hypothesis are read together, and three
logits say "entailed", "denied" and "left open". Of most public pairs only "entailed or not" is
known: their loss is on the sum of the other two. Stage `general` learns from public pairs; stage
`sales` goes on with pairs of the product's own domain, mixed with some general ones so that nothing
is forgotten. The schedule is one of time: after `--minutes` the learning rate has decayed to zero.
Trap: batches hold pairs of like length (several times faster on a CPU), so a batch is no random
sample.

    python scripts/train_entailment.py --stage general --encoder DIR --nli DIR --out DIR
    python scripts/train_entailment.py --stage sales --encoder DIR --nli DIR --sales FILE \
        --init DIR --out DIR --minutes 20
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from entailment_data import (
    BATCH_TOKENS,
    CAPS,
    DENIED,
    ENTAILED,
    LONGEST_PAIR,
    NOT_ENTAILED,
    OPEN,
    Pair,
    cut_batches,
    load_pairs,
    open_tokenizer,
    to_tensors,
)
from tokenizers import Tokenizer
from transformers import BertModel

HANDWRITTEN, WRITTEN, WRITTEN_NEAR = "sales_handwritten", "sales_written", "sales_written_near"
FIXED, FIXED_OPEN = "sales_fixed", "sales_fixed_open"
LOG = logging.getLogger("train_entailment")


class EntailmentNet(torch.nn.Module):
    """The encoder with a small head on its first token and the mean of all; 3 logits a pair."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dense = torch.nn.Linear(2 * width, width)
        self.out = torch.nn.Linear(width, 3)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (batch, 3) of token ids, token types and attention mask, each (batch, length)."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask)[0]
        share = (mask / mask.sum(1, keepdim=True)).unsqueeze(-1)
        pooled = torch.cat([hidden[:, 0], (hidden * share).sum(1)], dim=1)
        return self.out(torch.tanh(self.dense(pooled)))


def one_against_rest(logits: torch.Tensor, answer: int) -> torch.Tensor:
    """The log odds of one answer against the two others; logits (batch, 3) → (batch,)."""
    rest = [column for column in range(3) if column != answer]
    return logits[:, answer] - logits[:, rest].logsumexp(1)


def loss_of(logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Mean negative log likelihood; the answer `NOT_ENTAILED` stands for either of the others."""
    shares = logits.float().log_softmax(1)
    known = shares.gather(1, answers.clamp(max=OPEN).unsqueeze(1)).squeeze(1)
    either = shares[:, [DENIED, OPEN]].logsumexp(1)
    return -torch.where(answers == NOT_ENTAILED, either, known).mean()


def predict(net: EntailmentNet, pairs: list[Pair], answer: int = ENTAILED) -> np.ndarray:
    """The log odds of an answer for each pair, in their order."""
    net.eval()
    place = {id(pair): number for number, pair in enumerate(pairs)}
    logits = np.zeros(len(pairs), dtype=np.float32)
    with torch.inference_mode():
        for batch in cut_batches(pairs, None):
            ids, types, mask, _ = to_tensors(batch)
            odds = one_against_rest(net(ids, types, mask), answer).tolist()
            for pair, logit in zip(batch, odds, strict=True):
                logits[place[id(pair)]] = logit
    return logits


def score_baselines(
    encoder: BertModel, tokenizer: Tokenizer, pairs: list[Pair]
) -> dict[str, np.ndarray]:
    """Whether the majority answer, and the cosine of plain vectors, are right on each pair.

    The cosine's threshold is the best one on every second pair; only the others are scored.
    """
    texts = sorted({text for pair in pairs for text in (pair.premise, pair.hypothesis)}, key=len)
    vectors: dict[str, np.ndarray] = {}
    encoder.eval()
    with torch.inference_mode():
        for first in range(0, len(texts), 32):
            part = [tokenizer.encode(text).ids[:LONGEST_PAIR] for text in texts[first : first + 32]]
            batch = [Pair(ids, [0] * len(ids), OPEN, "", "", "") for ids in part]
            ids, _, mask, _ = to_tensors(batch)
            hidden = encoder(input_ids=ids, attention_mask=mask)[0] * mask.unsqueeze(-1)
            mean = torch.nn.functional.normalize(hidden.sum(1), dim=1).numpy()
            vectors.update(zip(texts[first : first + 32], mean, strict=True))
    cosine = np.array([float(vectors[pair.premise] @ vectors[pair.hypothesis]) for pair in pairs])
    gold = np.array([pair.answer == ENTAILED for pair in pairs])
    tuned = np.arange(len(pairs)) % 2 == 0
    steps = np.arange(0.0, 1.0, 0.01)
    best = max(steps, key=lambda step: ((cosine[tuned] > step) == gold[tuned]).mean())
    right = ((cosine > best) == gold).astype(float)
    right[tuned] = np.nan
    return {"majority": (gold == round(gold.mean())).astype(float), "cosine": right}


def evaluate(
    net: EntailmentNet, pairs: list[Pair], plain: BertModel, tokenizer: Tokenizer
) -> dict[str, Any]:
    """Accuracy by source and over all, with that of the baselines next to it."""
    gold = np.array([pair.answer == ENTAILED for pair in pairs])
    columns = {"model": ((predict(net, pairs) > 0) == gold).astype(float)}
    columns |= score_baselines(plain, tokenizer, pairs)
    sources = np.array([pair.source for pair in pairs])
    table: dict[str, Any] = {}
    for source in ["all", *sorted(set(sources))]:
        rows = np.ones(len(pairs), bool) if source == "all" else sources == source
        table[source] = {"pairs": int(rows.sum()), "entailed": round(float(gold[rows].mean()), 3)}
        for name, right in columns.items():
            known = right[rows][~np.isnan(right[rows])]
            table[source][name] = round(float(known.mean()), 4) if len(known) else None
    return table


def train(net: EntailmentNet, pairs: list[Pair], args: argparse.Namespace) -> dict[str, Any]:
    """Train until the minutes are over; resumes from the last checkpoint in the output folder."""
    net.encoder.embeddings.word_embeddings.requires_grad_(False)
    if args.freeze:
        net.encoder.embeddings.requires_grad_(False)
        net.encoder.encoder.layer[: args.freeze].requires_grad_(False)
    weights = [p for p in net.parameters() if p.requires_grad]
    groups = [{"params": [p for p in weights if p.dim() > 1], "weight_decay": 0.01},
              {"params": [p for p in weights if p.dim() == 1], "weight_decay": 0.0}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, lr=args.lr)
    checkpoint = args.out / f"checkpoint_{args.stage}.bin"
    step, seen, epoch, spent, mean = 0, 0, 0, 0.0, 0.69
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        step, seen, epoch, spent = state["step"], state["seen"], state["epoch"] + 1, state["spent"]
    budget, started = args.minutes * 60, time.monotonic() - spent
    while (spent := time.monotonic() - started) < budget:
        for batch in cut_batches(pairs, random.Random(args.seed + epoch)):
            if (spent := time.monotonic() - started) >= budget:
                break
            net.train()
            done = spent / budget
            rate = args.lr * min(done / args.warmup, (1 - done) / (1 - args.warmup))
            for group in optimizer.param_groups:
                group["lr"] = rate
            ids, types, mask, answers = to_tensors(batch)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
                logits = net(ids, types, mask)
            loss = loss_of(logits, answers)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            step, seen, mean = step + 1, seen + len(batch), 0.98 * mean + 0.02 * loss.item()
            if step % 50 == 0:
                LOG.info("step %d pairs %d loss %.4f pairs/s %.1f lr %.2e minutes %.1f",
                         step, seen, mean, seen / spent, rate, spent / 60)  # fmt: skip
            if step % args.save_every == 0:
                state = {"net": net.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save(
                    {**state, "step": step, "seen": seen, "epoch": epoch, "spent": spent},
                    checkpoint,
                )
        epoch += 1
    minutes = round(spent / 60, 1)
    return {"steps": step, "pairs_seen": seen, "minutes": minutes, "loss": round(mean, 4)}


def read_arguments() -> argparse.Namespace:
    """The command line; see the module's docstring for the two usual calls."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stage", choices=["general", "sales"], required=True)
    parser.add_argument("--encoder", type=Path, required=True, help="the plain sentence encoder")
    parser.add_argument("--nli", type=Path, required=True, help="train.jsonl.gz, dev.jsonl.gz")
    parser.add_argument("--sales", type=Path, help="sales pairs (JSON lines)")
    parser.add_argument("--sales-dev", type=Path, help="sales pairs to evaluate on")
    parser.add_argument("--init", type=Path, help="folder of an earlier stage's net.bin")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sales-cap", type=int, default=2500, help="sales pairs a source, at most")
    parser.add_argument("--handwritten", type=int, default=1, help="times in an epoch")
    parser.add_argument(
        "--longest", type=int, default=96, help="tokens in a sales premise, at most"
    )
    parser.add_argument(
        "--replay", type=float, default=0.5, help="share of general pairs in `sales`"
    )
    parser.add_argument("--freeze", type=int, default=0, help="lowest layers to leave as they are")
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--lr", type=float, default=1.5e-4)
    parser.add_argument("--warmup", type=float, default=0.08, help="share of the time")
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        default=torch.cpu._is_avx512_bf16_supported(),
        help="multiply in bfloat16: several times faster where the CPU can (the default there)",
    )
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=500, help="steps between checkpoints")
    parser.add_argument("--dev-pairs", type=int, default=100, help="at most so many of each source")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main() -> None:
    """Load, train, evaluate; leaves net.bin and figures.json in the output folder."""
    args = read_arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    tokenizer = open_tokenizer(args.encoder)
    plain = BertModel.from_pretrained(args.encoder, add_pooling_layer=False)
    dropouts = {"hidden_dropout_prob": args.dropout, "attention_probs_dropout_prob": 0.0}
    net = EntailmentNet(
        BertModel.from_pretrained(args.encoder, add_pooling_layer=False, **dropouts)
    )
    if args.init is not None:
        net.load_state_dict(torch.load(args.init / "net.bin", weights_only=True))
    pairs = load_pairs(args.nli / "train.jsonl.gz", tokenizer, caps=CAPS, seed=args.seed)
    dev_caps = dict.fromkeys(CAPS, args.dev_pairs)
    dev = load_pairs(args.nli / "dev.jsonl.gz", tokenizer, caps=dev_caps, seed=args.seed)
    if args.stage == "sales":
        caps = {"*": args.sales_cap, FIXED_OPEN: 8_000}
        caps |= dict.fromkeys((HANDWRITTEN, WRITTEN, WRITTEN_NEAR, FIXED), 1_000_000)
        sales = load_pairs(args.sales, tokenizer, seed=args.seed, caps=caps, longest=args.longest)
        sales += [pair for pair in sales if pair.source == HANDWRITTEN] * (args.handwritten - 1)
        pairs = sales + pairs[: int(len(sales) * args.replay / (1 - args.replay))]
    if args.sales_dev is not None:
        dev += load_pairs(
            args.sales_dev,
            tokenizer,
            caps={"*": args.dev_pairs},
            seed=args.seed,
            longest=LONGEST_PAIR,
        )
    counts = Counter(pair.source for pair in pairs)
    LOG.info("%d pairs to train on, %d to evaluate on, %s", len(pairs), len(dev), dict(counts))
    run = train(net, pairs, args)
    torch.save(net.state_dict(), args.out / "net.bin")
    chosen = ("stage", "seed", "lr", "warmup", "bf16", "dropout", "freeze")
    figures = {name: getattr(args, name) for name in chosen}
    figures |= {"batch_tokens": BATCH_TOKENS, "available": dict(counts), **run}
    figures["dev"] = evaluate(net, dev, plain, tokenizer)
    (args.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    LOG.info("dev %s", json.dumps(figures["dev"]))


if __name__ == "__main__":
    main()
