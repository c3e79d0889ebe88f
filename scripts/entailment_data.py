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
from typing import Any

import torch
from tokenizers import Tokenizer

ENTAILED, DENIED, OPEN, NOT_ENTAILED = 0, 1, 2, 3
"""What a premise says of a hypothesis; `NOT_ENTAILED` where denied and left open are not told
apart."""
LONGEST_PREMISE = 64
LONGEST_PAIR = 160
BATCH_TOKENS = 1152
POOL_OF_BATCHES = 50

CAPS = {
    "te_new_protocols": 38000, "semi_auto_nli_wiki": 12000, "mnli_dev": 19000,
    "snli_dev_test": 19000, "fever_nli": 16000, "fever_symmetric": 1000, "cad_nli": 10000,
    "conjnli": 2500, "scone_monli_negation": 4000, "negation_nli": 2900,
    "kpa_argument_keypoint": 6000, "scitail_dev_test": 3300, "wice": 63, "med": 1000,
    "help_monotonicity": 400, "hans_eval": 400, "sgd_dialogue": 9000, "qmsum_meetings": 1300,
    "clasp_dialogue_nli": 1000, "casino_negotiation": 1000, "enron_intent": 1500, "nlupp": 1500,
    "clinc150": 800, "banking77": 1000, "hwu64": 500, "snips": 300, "hint3": 400,
    "goemotions": 400, "fewrel_wiki": 1000, "semeval2010_relations": 500,
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A premise with a hypothesis, as token ids, and what the one says of the other."""

    ids: list[int]
    types: list[int]
    answer: int
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
        texts.append((premise, hypothesis, answer_of(row), source))
    first = tokenizer.encode_batch([text[0] for text in texts], add_special_tokens=False)
    second = tokenizer.encode_batch([text[1] for text in texts], add_special_tokens=False)
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    pairs = []
    for text, a, b in zip(texts, first, second, strict=True):
        if caps is None or len(a.ids) <= longest:
            said, claim = a.ids[-max(LONGEST_PAIR - 3 - len(b.ids), 1) :], b.ids
            types = [0] * (len(said) + 2) + [1] * (len(claim) + 1)
            premise, hypothesis, answer, source = text
            ids = [start, *said, end, *claim, end]
            pairs.append(Pair(ids, types, answer, source, premise, hypothesis))
    return pairs


def answer_of(row: Mapping[str, Any]) -> int:
    """The answer of a row: `label` 1 is entailed; else `denied` says which, where it is there."""
    if int(row["label"]):
        return ENTAILED
    return {None: NOT_ENTAILED, False: OPEN, True: DENIED}[row.get("denied")]


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
    """Token ids, token types, mask and answers of a batch, padded to its longest pair."""
    longest = max(len(pair.ids) for pair in batch)
    ids, types, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for row, pair in enumerate(batch):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        types[row, : len(pair.ids)] = torch.tensor(pair.types)
        mask[row, : len(pair.ids)] = 1
    return ids, types, mask, torch.tensor([pair.answer for pair in batch])
