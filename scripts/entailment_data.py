"""Pairs for the entailment model: reading, sampling by source, token ids, batches of like length.

General pairs get the wording of calls now and then ("Rep: … Prospect: …"), so that speaker labels
mean nothing new later. Trap: real entailment comes first; the recast label sets repeat a few
hypotheses thousands of times, so only a pinch of each is taken.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

LONGEST_PREMISE = 64
LONGEST_PAIR = 160
BATCH_TOKENS = 1152
POOL_OF_BATCHES = 50

CAPS = {
    "te_new_protocols": 9000, "semi_auto_nli_wiki": 4000, "mnli_dev": 13000, "snli_dev_test": 4000,
    "fever_nli": 3000, "fever_symmetric": 600, "cad_nli": 3500, "conjnli": 1000,
    "scone_monli_negation": 2000, "negation_nli": 2500, "kpa_argument_keypoint": 4000,
    "scitail_dev_test": 2500, "wice": 63, "med": 500, "help_monotonicity": 200, "hans_eval": 200,
    "sgd_dialogue": 4000, "qmsum_meetings": 200, "clasp_dialogue_nli": 700,
    "casino_negotiation": 500, "enron_intent": 800, "nlupp": 500, "clinc150": 300, "banking77": 500,
    "hwu64": 200, "snips": 100, "hint3": 200, "goemotions": 200,
    "fewrel_wiki": 500, "semeval2010_relations": 200,
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A premise with a hypothesis, as token ids, and whether the one entails the other."""

    ids: list[int]
    types: list[int]
    label: int
    source: str
    premise: str
    hypothesis: str


def open_tokenizer(encoder: Path) -> Tokenizer:
    """The encoder's tokenizer, without its own cutting and padding."""
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load_pairs(
    path: Path,
    tokenizer: Tokenizer,
    *,
    seed: int,
    caps: Mapping[str, int] | None = None,
    longest: int = LONGEST_PREMISE,
) -> list[Pair]:
    """The pairs of a JSON-lines file, shuffled, at most `caps[source]` of each source.

    `caps["*"]` is for sources not named; without caps everything is taken. Premises of more than
    `longest` tokens are left out.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rng = random.Random(seed)
    rng.shuffle(rows)
    taken: dict[str, int] = defaultdict(int)
    texts = []
    for row in rows:
        source, premise, hypothesis = row["source"], row["premise"], row["hypothesis"]
        if caps is not None:
            most = caps.get(source, caps.get("*", 0))
            if taken[source] >= most or len(premise.split()) > longest:
                continue
        if not source.startswith("sales"):
            premise, hypothesis = speak_like_a_call(premise, hypothesis, source, rng)
        taken[source] += 1
        texts.append((premise, hypothesis, int(row["label"]), source))
    first = tokenizer.encode_batch([text[0] for text in texts], add_special_tokens=False)
    second = tokenizer.encode_batch([text[1] for text in texts], add_special_tokens=False)
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    pairs = []
    for text, a, b in zip(texts, first, second, strict=True):
        if caps is None or len(a.ids) <= longest:
            said, claim = a.ids[-max(LONGEST_PAIR - 3 - len(b.ids), 1) :], b.ids
            types = [0] * (len(said) + 2) + [1] * (len(claim) + 1)
            premise, hypothesis, label, source = text
            ids = [start, *said, end, *claim, end]
            pairs.append(Pair(ids, types, label, source, premise, hypothesis))
    return pairs


def speak_like_a_call(
    premise: str, hypothesis: str, source: str, rng: random.Random
) -> tuple[str, str]:
    """Put a general pair into the wording of calls now and then."""
    if source == "sgd_dialogue" and rng.random() < 0.6:
        for old, new in (("User", "Prospect"), ("Assistant", "Rep")):
            premise = premise.replace(f"{old}: ", f"{new}: ")
            hypothesis = re.sub(rf"\b[Tt]he {old.lower()}\b", f"the {new.lower()}", hypothesis)
    elif "prospect:" not in premise.lower() and rng.random() < 0.25:
        premise = f"Prospect: {premise}"
    return premise, hypothesis[:1].upper() + hypothesis[1:]


def cut_batches(pairs: list[Pair], rng: random.Random | None) -> Iterator[list[Pair]]:
    """Batches of pairs of like length, none over `BATCH_TOKENS`; shuffled when `rng` is given."""
    pool = len(pairs) if rng is None else POOL_OF_BATCHES * 32
    order = list(pairs)
    if rng is not None:
        rng.shuffle(order)
    for first in range(0, len(order), pool):
        batches: list[list[Pair]] = [[]]
        for pair in sorted(order[first : first + pool], key=lambda p: len(p.ids)):
            if len(pair.ids) * (len(batches[-1]) + 1) > BATCH_TOKENS:
                batches.append([])
            batches[-1].append(pair)
        if rng is not None:
            rng.shuffle(batches)
        yield from (batch for batch in batches if batch)


def to_tensors(batch: list[Pair]) -> tuple[torch.Tensor, ...]:
    """Token ids, token types, mask and labels of a batch, padded to its longest pair."""
    longest = max(len(pair.ids) for pair in batch)
    ids, types, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for row, pair in enumerate(batch):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        types[row, : len(pair.ids)] = torch.tensor(pair.types)
        mask[row, : len(pair.ids)] = 1
    return ids, types, mask, torch.tensor([float(pair.label) for pair in batch])
