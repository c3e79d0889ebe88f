"""Make pairs for the entailment model from labelled excerpts: premise, hypothesis, label.

    python scripts/make_entailment_pairs.py EXCERPTS... --statements FILES... \
        --out-train train.jsonl --out-dev dev.jsonl

What the labels say is worded as a user may write it in a profile; what they deny, leave open, or
say of somebody else gives the false pairs (label 0, and whether the talk denies the statement).
Statements that people wrote about excerpts come with their answers. An excerpt goes to training or
to development.
The trap: denials. Some statements are put in a negated form too, whose answer is turned round.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from entailment_near import Nearness, NearWindow
from entailment_premises import Claim, Row, Talk, Window, free_windows, window_of
from entailment_wordings import Wordings

from api.settings import Settings
from api.wiring import open_services
from pipeline.hypotheses import KINDS, MODELS
from pipeline.profile import load_blocker_statements

DATA = Path(__file__).parent / "data"
NEGATED = re.compile(r"\b(?:not|no longer|never)\s", re.IGNORECASE)
NEGATED_YES, NEGATED_NO, NEGATED_OPEN = 0.12, 0.12, 0.1
POSITIVE_SHARE = 0.4
GENERAL_REPEATS = 3
WRITTEN_REPEATS = 2
NEAR_OPEN, NEAR_FIXED = 3, 2
EASILY_IMPLIED = ("industry", "business_model", "growth_stage", "geography", "persona")


@dataclass(frozen=True)
class Pair:
    """One training pair. `excerpt` keeps the pairs of one deal together when splitting."""

    premise: str
    hypothesis: str
    label: int
    source: str
    excerpt: str
    denied: bool = False


def main() -> None:
    """Read the excerpts, write the two files, print how many pairs came from where."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "excerpts", type=Path, nargs="+", help="folders of labelled excerpts (*.jsonl)"
    )
    parser.add_argument(
        "--statements", type=Path, nargs="*", default=[], help="statements on excerpts (*.jsonl)"
    )
    parser.add_argument(
        "--fixed",
        type=Path,
        nargs="*",
        default=[],
        help="answers to the fixed sentences (*.jsonl); those left out there are open",
    )
    parser.add_argument("--data-dir", type=Path, help="where the product's models are")
    parser.add_argument("--out-train", type=Path, required=True)
    parser.add_argument("--out-dev", type=Path, required=True)
    parser.add_argument("--dev-share", type=float, default=0.05, help="share of excerpts")
    parser.add_argument("--most", type=int, default=60_000, help="pairs in all, at most")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    paths = [path for folder in options.excerpts for path in sorted(folder.glob("*.jsonl"))]
    talks = [Talk(row) for row in read_rows(paths)]
    wordings = Wordings(DATA, talks)
    pairs = [pair for talk in talks for pair in pairs_of(talk, talks, wordings, rng)]
    pairs = balance(unique(pairs), options.most, rng)
    general = (p for talk in talks for p in general_pairs(talk, wordings, rng))
    pairs = unique([*pairs, *general])
    for name in ("handwritten_statements.yaml", "handwritten_kinds.yaml"):
        pairs += unique(handwritten(DATA / name, rng))
    settings = Settings(data_dir=options.data_dir) if options.data_dir else Settings()
    near = Nearness(open_services(settings).toolbox.embedder, talks)
    pairs += unique(written(read_rows(options.statements), talks, near, rng))
    pairs += unique(fixed(read_rows(options.fixed), talks, near, rng))
    ids = sorted({pair.excerpt for pair in pairs})
    dev = set(rng.sample(ids, round(len(ids) * options.dev_share)))
    rng.shuffle(pairs)
    write(options.out_train, [p for p in pairs if p.excerpt not in dev])
    write(options.out_dev, unique(p for p in pairs if p.excerpt in dev))


def read_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Every labelled excerpt of the files."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def pairs_of(
    talk: Talk, talks: list[Talk], wordings: Wordings, rng: random.Random
) -> Iterator[Pair]:
    """All pairs of one excerpt: what each signal says, and what its talk does not say."""
    for signal in talk.signals:
        source = f"sales_{signal['dimension']}"
        for claim in wordings.claims_of(signal, talk, rng):
            window = window_of(talk, signal, rng)
            if window is not None:
                yield from spoken(window, claim, source, talk.id, rng)
        for claim in wordings.claims_of_others(signal, talk, rng.choice(talks), rng):
            window = window_of(talk, signal, rng)
            if window is not None:
                yield from spoken(window, claim, source, talk.id, rng)
        for window in elsewhere(talk, signal, rng):
            claim = wordings.main_claim(signal, rng)
            if claim is not None:
                yield from spoken(window, claim.open(), f"{source}_elsewhere", talk.id, rng)
    for window in free_windows(talk, rng, most=5):
        for claim in wordings.claims_on_nothing(window, talk, rng):
            yield from spoken(window, claim, "sales_nothing_said", talk.id, rng)


def general_pairs(talk: Talk, wordings: Wordings, rng: random.Random) -> Iterator[Pair]:
    """Statements that generalise what was said, the kind that users write most."""
    for signal in talk.signals:
        for _ in range(GENERAL_REPEATS):
            window = window_of(talk, signal, rng)
            for claim in wordings.general_claims(signal, rng) if window is not None else ():
                yield from spoken(window, claim, "sales_general", talk.id, rng)


def elsewhere(talk: Talk, signal: Row, rng: random.Random) -> list[Window]:
    """Talk of the same excerpt that does not say what the signal says."""
    windows = free_windows(talk, rng, most=3)
    if signal["dimension"] not in EASILY_IMPLIED:
        others = [s for s in talk.signals if min(distances(s, signal)) > 2]
        chosen = rng.sample(others, min(3, len(others)))
        windows += [w for other in chosen if (w := window_of(talk, other, rng)) is not None]
    fitting = [w for w in windows if not w.says(signal)]
    return rng.sample(fitting, min(2, len(fitting)))


def distances(one: Row, other: Row) -> list[int]:
    """How many turns lie between the evidence of two signals, for each pair of turns."""
    return [abs(a - b) for a in one["turns"] for b in other["turns"]]


def spoken(
    window: Window,
    claim: Claim,
    source: str,
    excerpt: str,
    rng: random.Random,
    share: float | None = None,
) -> Iterator[Pair]:
    """The pair that a claim on a window makes, at times (`share`) in the negated form."""
    if share is None:
        share = {1: NEGATED_YES, -1: NEGATED_NO, 0: NEGATED_OPEN}[claim.truth]
    text, truth = claim.text, claim.truth
    if rng.random() < share:
        text, truth = negate(text), -truth
    yield Pair(window.spoken(rng), text, int(truth > 0), source, excerpt, truth < 0)


def handwritten(path: Path, rng: random.Random) -> Iterator[Pair]:
    """Pairs of written-down statements, each with premises that say yes, no and neither."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        excerpt = f"{path.stem}-{number}"
        stranger = rng.choice([r for r in rows if r.get("group") != row.get("group", number)])
        for answer, truth in (("holds", 1), ("fails", -1), ("open", 0)):
            for premise in row.get(answer, []):
                claims = [(s, truth) for s in row["statements"]]
                claims += [(s, -truth) for s in row.get("denials", [])]
                claims += [(negate(row["statements"][0]), -truth)]
                claims += [(rng.choice(stranger["statements"]), 0)]
                for text, holds in claims:
                    answer = int(holds > 0)
                    yield Pair(premise, text, answer, "sales_handwritten", excerpt, holds < 0)


def written(
    rows: Iterable[Row], talks: list[Talk], near: Nearness, rng: random.Random
) -> Iterator[Pair]:
    """Pairs of statements written about excerpts: `excerpt`, `statement`, `answer`, `turns`.

    Each is put to windows that hold its turns, and to one of another excerpt; one that nothing
    settles also to the talk that comes nearest. Trap: a statement that nothing settles is not
    denied by a window that leaves half of the talk out, so only `yes` and `no` need all turns.
    """
    by_id = {talk.id: talk for talk in talks}
    rows = list(rows)
    near.prepare([row["statement"] for row in rows])
    for row in rows:
        talk, truth = by_id[row["excerpt"]], {"yes": 1, "no": -1, "open": 0}[row["answer"]]
        claim = Claim(row["statement"], truth)
        for _ in range(WRITTEN_REPEATS):
            window = window_of(talk, {"turns": row["turns"], "quote": ""}, rng)
            if window is None:
                continue
            yield from spoken(window, claim, "sales_written", talk.id, rng, share=0.06)
        for window in free_windows(rng.choice(talks), rng, most=1):
            yield from spoken(window, claim.open(), "sales_written", talk.id, rng, share=0.06)
        said = near.holding(talk.id, row["turns"]) if truth else []
        said += near.nearest(talk.id, claim.text, NEAR_OPEN) if not truth else []
        for found in said[-NEAR_OPEN:]:
            yield as_the_product(found, claim, "sales_written_near", talk.id)


def fixed(
    rows: Iterable[Row], talks: list[Talk], near: Nearness, rng: random.Random
) -> Iterator[Pair]:
    """Pairs of the product's own sentences; all that is not answered of an excerpt is open there.

    Trap: a label that the answers forgot must not become an open one, so kinds with signals are
    left out.
    """
    sentences = {**KINDS, **MODELS, **load_blocker_statements()}
    answers: dict[str, dict[str, Row]] = {}
    for row in rows:
        answers.setdefault(row["excerpt"], {})[row["statement"]] = row
    for talk in talks:
        if talk.id not in answers:
            continue
        marked = {str(s.get("kind") or s["value"]) for s in talk.signals}
        for value, text in sentences.items():
            row = answers[talk.id].get(text)
            if row is not None:
                claim = Claim(text, 1 if row["answer"] == "yes" else -1)
                for _ in range(WRITTEN_REPEATS):
                    window = window_of(talk, {"turns": row["turns"], "quote": ""}, rng)
                    if window is not None:
                        yield from spoken(window, claim, "sales_fixed", talk.id, rng, share=0.03)
                for found in near.holding(talk.id, row["turns"])[-2:]:
                    yield as_the_product(found, claim, "sales_fixed", talk.id)
            elif value not in marked:
                for found in near.nearest(talk.id, text, NEAR_FIXED):
                    yield as_the_product(found, Claim(text, 0), "sales_fixed_open", talk.id)


def as_the_product(window: NearWindow, claim: Claim, source: str, excerpt: str) -> Pair:
    """The pair of a claim with a window as the product cuts it."""
    return Pair(window.premise, claim.text, int(claim.truth > 0), source, excerpt, claim.truth < 0)


def negate(text: str) -> str:
    """A statement turned round: "X is not Y" → "X is Y", else "It is not true that …"."""
    plain = text.strip().rstrip(".")
    if NEGATED.search(plain):
        return NEGATED.sub("", plain, count=1)
    return f"It is not true that {plain[:1].lower()}{plain[1:]}"


def unique(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs without repetitions, and without those that stand there with both labels."""
    labels: dict[tuple[str, str], set[tuple[int, bool]]] = {}
    kept: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        key = (pair.premise.lower(), pair.hypothesis.lower())
        labels.setdefault(key, set()).add((pair.label, pair.denied))
        kept.setdefault(key, pair)
    return [pair for key, pair in kept.items() if len(labels[key]) == 1]


def balance(pairs: list[Pair], most: int, rng: random.Random) -> list[Pair]:
    """At most `most` pairs with the wanted share of entailed ones."""
    yes, no = ([p for p in pairs if p.label == label] for label in (1, 0))
    rng.shuffle(yes)
    rng.shuffle(no)
    total = min(most, round(len(yes) / POSITIVE_SHARE), round(len(no) / (1 - POSITIVE_SHARE)))
    n_yes = round(total * POSITIVE_SHARE)
    return yes[:n_yes] + no[: total - n_yes]


def write(path: Path, pairs: list[Pair]) -> None:
    """Write the pairs as JSON lines, and say how many of which source."""
    with path.open("w", encoding="utf-8") as out:
        for pair in pairs:
            out.write(json.dumps(vars(pair), ensure_ascii=False) + "\n")
    counts = Counter(pair.source for pair in pairs)
    entailed = Counter(pair.source for pair in pairs if pair.label)
    denied = Counter(pair.source for pair in pairs if pair.denied)
    print(f"{path}: {len(pairs)} pairs; of each source how many, entailed, denied")
    for source, count in [("all", len(pairs)), *sorted(counts.items())]:
        yes, no = (c.total() if source == "all" else c[source] for c in (entailed, denied))
        print(f"  {source:38} {count:6}  {yes / count:4.0%}  {no / count:4.0%}")


if __name__ == "__main__":
    main()
