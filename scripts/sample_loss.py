"""What the sample call loses when it is heard instead of read.

    python scripts/sample_loss.py SCORE.py [--sample tests/data/sample] [--data-dir DIR]

Checks the labelled sample from its text and from its audio with the same program, and scores the
signals of both by SCORE.py's rules. Turns of the recognised transcript are mapped to the labelled
turns by time, because recognition cuts turns elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from calibrate import load_scorer

from api.settings import load_settings
from api.wiring import open_services
from pipeline.domain import CallAnalysis, Recording, Transcript
from pipeline.formats import signal_to_json, transcript_from_json
from pipeline.profile import load_profile


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--sample", type=Path, default=Path("tests/data/sample"))
    parser.add_argument("--data-dir", type=Path)
    args = parser.parse_args()
    chosen = {"data_dir": args.data_dir} if args.data_dir else {}
    services = open_services(load_settings(**chosen))
    call = json.loads((args.sample / "discovery.json").read_text(encoding="utf-8"))
    profile = load_profile(args.sample / "profile.yaml")
    text = transcript_from_json(call["transcript"], "discovery.json")
    audio = Recording(args.sample / "discovery.ogg", "discovery", recorded_at=text.recorded_at)
    score = load_scorer(args.scorer)
    print(f"{'from':<7}{'strict P':>9}{'R':>7}{'F1':>7}{'lenient F1':>12}  tier")
    for name, source in (("text", text), ("audio", audio)):
        analysis = services.analyze(source, [profile])
        said = [signal_to_json(s) for s in analysis.signals]
        if name == "audio":
            said = [{**s, "turns": at_labelled_turns(s["turns"], analysis, text)} for s in said]
        strict, lenient = count(score, call["gold"]["signals"], said)
        tier = services.check(analysis, profile).tier
        print(
            f"{name:<7}{strict['p']:>9}{strict['r']:>7}{strict['f1']:>7}{lenient['f1']:>12}  {tier}"
        )
    return 0


def at_labelled_turns(turns: list[int], analysis: CallAnalysis, text: Transcript) -> list[int]:
    """For each recognised turn the labelled turn that it overlaps most in time."""
    heard = {t.index: t for t in analysis.transcript.turns}
    found = []
    for index in turns:
        turn = heard[index]
        overlap = {
            t.index: min(t.end or 0, turn.end or 0) - max(t.start or 0, turn.start or 0)
            for t in text.turns
        }
        found.append(max(overlap, key=lambda i: overlap[i]))
    return sorted(set(found))


def count(score: object, gold: list[dict], said: list[dict]) -> tuple[dict, dict]:
    """Strict and lenient precision, recall and F1; optional labels count neither way."""
    pairs = score.match(gold, said)
    wanted = sum(not g.get("optional") for g in gold)
    taken = {j for _, j, _ in pairs}
    optional = sum(bool(gold[i].get("optional")) for i, _, _ in pairs)
    out = []
    for strict in (True, False):
        hits = sum(ok or not strict for i, _, ok in pairs if not gold[i].get("optional"))
        extra = len(said) - len(taken) + (len(taken) - optional - hits)
        out.append(score.prf(hits, extra, wanted - hits))
    return out[0], out[1]


if __name__ == "__main__":
    sys.exit(main())
