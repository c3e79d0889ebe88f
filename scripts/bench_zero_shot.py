"""Statements on whole calls: ours against transformers' zero-shot classification, same weights.

    python scripts/bench_zero_shot.py DEVSET --statements scripts/data/dev_statements.jsonl
        [--calls 6] [--threads 2] [--hour]

Theirs scores every turn of the account's side (with the turn before it) against every statement,
each statement by itself (`multi_label=True`); a statement counts as said when the best turn reaches
the threshold with the best F1 of their own scores, a favour that ours does not get. Ours is the
product: candidates narrowed by the embedder, int8 kernels, its own thresholds. --hour also times
the whole text analysis of 600 turns made of the calls one after the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast, pipeline

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings
from api.wiring import Services, open_services
from models.nli import SHIPPED
from pipeline.domain import Profile, Role, Transcript
from pipeline.formats import transcript_from_json
from pipeline.knowledge import CheckOptions
from pipeline.profile import load_profile
from pipeline.steps.statements import weigh_statements
from scripts.statement_scores import Answered, ask, read_answers, read_statements
from scripts.stored_weights import load_network

TURNS_OF_AN_HOUR = 600


def main() -> None:
    """Time both on the same calls and statements, and print seconds, ratio and F1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("devset", type=Path)
    parser.add_argument("--statements", type=Path, required=True)
    parser.add_argument("--calls", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hour", action="store_true")
    parser.add_argument("--data-dir", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    chosen = {"data_dir": args.data_dir} if args.data_dir else {}
    services = open_services(load_settings(threads=args.threads, **chosen))
    profiles = {
        path.stem: load_profile(path) for path in sorted((args.devset / "profiles").glob("*.yaml"))
    }
    labelled = read_statements(args.statements)
    calls = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((args.devset / "calls").glob("*.json"))[: args.calls]
    ]
    compare(services, calls, labelled, profiles)
    if args.hour:
        time_an_hour(services, calls, profiles)


def compare(
    services: Services, calls: list[dict], labelled: dict[str, list[dict]], profiles: dict
) -> None:
    """Both ways over the labelled statements of the calls; models are loaded beforehand."""
    classify = open_pipeline()
    classify(["Hello."], ["A greeting is said"], hypothesis_template="{}", multi_label=True)
    services.toolbox.entailer.entail([("Hello.", "A greeting is said")])
    services.toolbox.embedder.embed(["Hello."])
    answered: list[Answered] = []
    theirs: list[tuple[float, bool]] = []
    spent = {"ours": 0.0, "transformers": 0.0}
    pairs = 0
    for call in calls:
        rows = labelled[call["id"]]
        asked = ask(rows, profiles[call["profiles"][0]])
        given = transcript_from_json(call["transcript"], call["id"])
        analysis = services.analyze(given, [])
        named = analysis.transcript
        begun = time.process_time()
        evidence = weigh(services, named, asked)
        spent["ours"] += time.process_time() - begun
        answered += read_answers(rows, asked, replace(analysis, statements=evidence))
        premises = premises_of(named)
        begun = time.process_time()
        best = classify_all(classify, premises, [row["statement"] for row in rows])
        spent["transformers"] += time.process_time() - begun
        pairs += len(premises) * len(rows)
        theirs += [(best[row["statement"]], row["answer"] == "yes") for row in rows]
    options = CheckOptions()
    ours = f1([a.given(options) == "yes" for a in answered], [a.wanted == "yes" for a in answered])
    favoured = max(
        f1([score >= bar for score, _ in theirs], [wanted for _, wanted in theirs])
        for bar in (score for score, _ in theirs)
    )
    print(f"{len(calls)} calls, {len(answered)} statements, {pairs} pairs of turn and statement")
    print(f"{'':16}{'CPU s':>8}{'F1 said':>10}")
    print(f"{'ours':16}{spent['ours']:>8.1f}{ours:>10.3f}")
    print(f"{'transformers':16}{spent['transformers']:>8.1f}{favoured:>10.3f}")
    print(f"ours is {spent['transformers'] / spent['ours']:.1f} times faster (CPU seconds)")


def open_pipeline():
    """The zero-shot pipeline on the weights that the product ships, as float32."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(SHIPPED / "tokenizer.json"),
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        unk_token="[UNK]",
        model_max_length=512,
    )
    network = load_network(SHIPPED)
    return pipeline("zero-shot-classification", model=network, tokenizer=tokenizer, device="cpu")


def classify_all(classify, premises: Sequence[str], statements: Sequence[str]) -> dict[str, float]:
    """The best score of each statement over all premises."""
    results = classify(
        list(premises),
        list(statements),
        hypothesis_template="{}",
        multi_label=True,
        batch_size=16,
    )
    best = dict.fromkeys(statements, 0.0)
    for result in results:
        for label, score in zip(result["labels"], result["scores"], strict=True):
            best[label] = max(best[label], score)
    return best


def weigh(services: Services, named: Transcript, asked: Profile):
    """The product's evidence for the statements of a profile."""
    from api.wiring import statements_of

    roles = {s.id: s.role for s in named.speakers}
    box = services.toolbox
    return weigh_statements(named, roles, statements_of([asked]), box.entailer, box.embedder)


def premises_of(named: Transcript) -> list[str]:
    """Every turn of the account's side behind the turn before it."""
    roles = {s.id: s.role for s in named.speakers}
    turns = [t for t in named.turns if not t.quarantine and roles[t.speaker] is not Role.REP]
    places = {turn.index: place for place, turn in enumerate(named.turns)}
    return [
        " ".join(
            f"{'Rep' if roles[t.speaker] is Role.REP else 'Prospect'}: {t.text}"
            for t in named.turns[max(0, places[turn.index] - 1) : places[turn.index] + 1]
        )
        for turn in turns
    ]


def f1(picked: Sequence[bool], wanted: Sequence[bool]) -> float:
    """Harmonic mean of precision and recall."""
    both = sum(p and w for p, w in zip(picked, wanted, strict=True))
    return 2 * both / max(1, sum(picked) + sum(wanted))


def time_an_hour(services: Services, calls: list[dict], profiles: dict) -> None:
    """The whole analysis of about an hour of talk, with the profile of the first call."""
    turns = []
    while len(turns) < TURNS_OF_AN_HOUR:
        for call in calls:
            turns += call["transcript"]["turns"]
    data = {
        "call_id": "hour",
        "turns": [
            {"index": n, "speaker": f"S{n % 2}", "text": turn["text"]}
            for n, turn in enumerate(turns[:TURNS_OF_AN_HOUR])
        ],
        "speakers": [{"id": "S0", "role": "rep"}, {"id": "S1", "role": "prospect"}],
    }
    transcript = transcript_from_json(data, "hour")
    profile = profiles[calls[0]["profiles"][0]]
    services.analyze(transcript_from_json({**data, "turns": data["turns"][:20]}, "warm"), [profile])
    wall, cpu = time.perf_counter(), time.process_time()
    analysis = services.analyze(transcript, [profile])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    words = sum(len(t.text.split()) for t in transcript.turns)
    print(
        f"{TURNS_OF_AN_HOUR} turns, {words} words, {len(analysis.signals)} signals: "
        f"{cpu:.1f} s of CPU, {wall:.1f} s"
    )


if __name__ == "__main__":
    main()
