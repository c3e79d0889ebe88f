"""What is left of a call in another language: word error rate, and which labels were found.

    python scripts/german_loss.py SCORE.py [--sample tests/data/sample_de] [--data-dir DIR]

The sample is heard, translated and checked by the program; the signals are scored by SCORE.py's
rules. The trap: numbers are written as digits by recognition and as words in the labelled text, so
both are brought to digits before words are counted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from calibrate import load_scorer
from sample_loss import at_labelled_turns, count

from api.settings import load_settings
from api.wiring import open_services
from pipeline.domain import CallAnalysis, Recording, Transcript
from pipeline.formats import signal_to_json, transcript_from_json
from pipeline.profile import load_profile

NUMBERS = {"vierhundertfünfzig": "450", "fünfzigtausend": "50.000", "dreißig": "30"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--sample", type=Path, default=Path("tests/data/sample_de"))
    parser.add_argument("--name", default="erstgespraech")
    parser.add_argument("--data-dir", type=Path)
    args = parser.parse_args()
    chosen = {"data_dir": args.data_dir} if args.data_dir else {}
    services = open_services(load_settings(**chosen))
    call = json.loads((args.sample / f"{args.name}.json").read_text(encoding="utf-8"))
    profile = load_profile(args.sample / "profile.yaml")
    text = transcript_from_json(call["transcript"], args.name)
    audio = Recording(args.sample / f"{args.name}.ogg", args.name, recorded_at=text.recorded_at)
    analysis = services.analyze(audio, [profile])
    report(analysis, text, call["gold"]["signals"], load_scorer(args.scorer))
    print("tier", services.check(analysis, profile).tier)
    return 0


def report(analysis: CallAnalysis, text: Transcript, gold: list[dict], score: object) -> None:
    """Print the word error rate, the labels with what was found for each, and the counts."""
    wanted, heard = words_of(text), words_of(analysis.transcript)
    errors = distance(wanted, heard)
    print(f"word error rate {errors / len(wanted):.1%} ({errors} of {len(wanted)} words)")
    said = [signal_to_json(s) for s in analysis.signals]
    said = [{**s, "turns": at_labelled_turns(s["turns"], analysis, text)} for s in said]
    pairs = {i: (said[j], strict) for i, j, strict in score.match(gold, said)}
    for i, label in enumerate(gold):
        found, strict = pairs.get(i, ({}, False))
        state = "right" if strict else "partly" if found else "missed"
        optional = " (optional)" if label.get("optional") else ""
        print(f"{state:<7}{label['dimension']}: {label['value']}{optional}")
        if found and not strict:
            print(f"{'':<7}  found {found['value']} {found.get('status') or found.get('kind')}")
    strict, lenient = count(score, gold, said)
    print(f"strict {strict}\nlenient {lenient}\nsignals {len(said)}")


def words_of(transcript: Transcript) -> list[str]:
    """The words of a call in lower case without punctuation, numbers as digits."""
    text = " ".join(turn.text for turn in transcript.turns).lower()
    words = re.findall(r"\w+(?:[.'-]\w+)*", text)
    return [NUMBERS.get(word, word) for word in words]


def distance(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Words to put in, leave out or replace."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(wanted, heard))


if __name__ == "__main__":
    sys.exit(main())
