"""Train the signal tagger: one small encoder that marks which words of a call carry which signal.

    python scripts/train_tagger.py --data FOLDERS... --encoder MINILM --out DIR [--init NET]
        [--minutes 40] [--seed 0]

Five linear heads on all-MiniLM-L6-v2: per word piece the dimensions it is evidence for, whether it
begins a mention, the attribute of each dimension (status, kind, value of a fixed vocabulary); per
turn marker the dimensions of the turn and the side its speaker is on. The word embeddings stay as
they are. `--init` starts from the encoder of a trained entailment model (its net.bin). Every tenth
excerpt is held out for thresholds and calibration. Checkpoints allow `--resume`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from tagger_data import Augmenter, read_excerpts
from tagger_model import Encoding, Tagger, collate, evaluate, loss_of
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

from models.places import GeonamesPlaces
from models.word_kinds import WordKinds


class RunningMean:
    """Mean of the weights over the latest steps (exponential): it generalises better than the last
    ones (Polyak and Juditsky 1992). Weights that are not trained are left out.
    """

    def __init__(self, model: nn.Module, keep: float = 0.998) -> None:
        self.keep = keep
        self.weights = {
            n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad
        }

    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after a step; the first steps count for less and less."""
        keep = min(self.keep, (1 + step) / (10 + step))
        now = dict(model.named_parameters())
        names = list(self.weights)
        torch._foreach_lerp_(
            [self.weights[n] for n in names], [now[n].data for n in names], 1 - keep
        )

    @contextmanager
    def standing_in(self, model: nn.Module) -> Iterator[None]:
        """The model has the mean weights inside, its own again afterwards."""
        now = dict(model.named_parameters())
        own = {n: now[n].detach().clone() for n in self.weights}
        for name, mean in self.weights.items():
            now[name].data.copy_(mean)
        try:
            yield
        finally:
            for name, weight in own.items():
                now[name].data.copy_(weight)


def read_names(path: Path) -> list[str]:
    """Product names and spellings of a gazetteer file (`Name* = spelling, spelling`)."""
    lines = (line.strip() for line in path.open(encoding="utf-8"))
    entries = (line for line in lines if line and line[0] not in "#[")
    return [
        n.strip(" *")
        for line in entries
        for n in line.replace("=", ",").split(",")
        if n.strip(" *")
    ]


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rng = random.Random(args.seed)
    tokenizer = Tokenizer.from_file(str(args.encoder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoding = Encoding(tokenizer, WordKinds(GeonamesPlaces()))
    excerpts = [excerpt for folder in args.data for excerpt in read_excerpts(folder)]
    held = excerpts[::10] if not args.all else []
    kept = [e for i, e in enumerate(excerpts) if i % 10 or args.all]
    names = [name for path in args.names for name in read_names(path)]
    augment = Augmenter(kept, names, [])
    # dropout on attention costs a third of the time of long windows and gains nothing here
    encoder = AutoModel.from_pretrained(
        args.encoder, add_pooling_layer=False, attention_probs_dropout_prob=0.0
    )
    if args.init is not None:
        state = torch.load(args.init, weights_only=True)
        encoder.load_state_dict(
            {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
        )
    model = Tagger(encoder)
    model.train()
    model.encoder.embeddings.word_embeddings.weight.requires_grad = False
    dev = [w for e in held for w in encoding.windows(e, None)]
    encoder_weights = [p for p in model.encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder_weights, "lr": args.rate},
            {"params": model.heads.parameters(), "lr": args.rate * 10},
        ],
        weight_decay=0.01,
    )
    bases = [g["lr"] for g in optimizer.param_groups]
    mean = RunningMean(model)
    used, epoch, step = 0.0, 0, 0
    checkpoint = args.out / "checkpoint.bin"
    if args.resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        mean.weights = state["mean"]
        optimizer.load_state_dict(state["optimizer"])
        used, epoch, step = state["used"], state["epoch"], state["step"]
    args.out.mkdir(parents=True, exist_ok=True)
    budget, log = args.minutes * 60, []
    while used < budget:
        windows = [w for e in kept for w in encoding.windows(augment(e, rng), rng)]
        windows.sort(key=lambda w: len(w[0].ids) + rng.random() * 40)
        batches = [windows[i : i + args.batch] for i in range(0, len(windows), args.batch)]
        rng.shuffle(batches)
        for batch in batches:
            begun = time.monotonic()
            # warm up over 3 % of the time, then down to 0 along a cosine: the budget is time, not
            # steps
            done = used / budget
            scale = min(1.0, (done + 1e-3) / 0.03) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
            for group, base in zip(optimizer.param_groups, bases, strict=True):
                group["lr"] = base * scale
            ids, kinds, want = collate(batch)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
                said = model(ids, kinds)
            loss = loss_of({name: logits.float() for name, logits in said.items()}, want, ids)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            mean.update(model, step)
            used += time.monotonic() - begun
            if step % 20 == 0:
                print(
                    f"step {step} epoch {epoch} loss {loss.item():.3f} {used / 60:.1f} min",
                    flush=True,
                )
            if used >= budget:
                break
        epoch += 1
        if dev and (epoch % 3 == 0 or used >= budget):
            with mean.standing_in(model):
                log.append({"epoch": epoch, "step": step, **evaluate(model, dev)})
            print(json.dumps(log[-1]), flush=True)
        torch.save(
            {
                "model": model.state_dict(),
                "mean": mean.weights,
                "optimizer": optimizer.state_dict(),
                "used": used,
                "epoch": epoch,
                "step": step,
            },
            checkpoint,
        )
    with mean.standing_in(model):
        model.encoder.save_pretrained(args.out / "encoder")
        torch.save(model.heads.state_dict(), args.out / "heads.bin")
    tokenizer.save(str(args.out / "tokenizer.json"))
    (args.out / "log.json").write_text(json.dumps(log, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        help="folders with labelled excerpts (*.jsonl)",
    )
    parser.add_argument("--encoder", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--names",
        type=Path,
        nargs="*",
        default=[],
        help="product gazetteers whose names are swapped in",
    )
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--bf16",
        action=argparse.BooleanOptionalAction,
        default=torch.cpu._is_avx512_bf16_supported(),
        help="multiply in bfloat16: several times faster where the CPU can (the default there)",
    )
    parser.add_argument("--init", type=Path, help="net.bin of an entailment model to start from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--all", action="store_true", help="hold nothing out")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
