"""What signals lose when a transcript is worse than the labelled one: strict F1 by variant.

    python scripts/robustness.py DEVSET --out DIR [--calls dev02 dev07] [--seed 7] [--data-dir DIR]
        [--audio [--piper-voice VOICE.onnx]]

The same calls are scored as they are; without punctuation and case; with 70 % of the mentions of
labelled products spelt as the gazetteer lists for what is misheard ("net sweet"), and then by sound
rules that the gazetteer does not know (scripts/misspell.py); and with --audio spoken by one voice
a speaker, over a telephone line (8 kHz) with white noise 15 dB below the speech, and recognised by
the product itself. There the voices get the roles of the speakers they are, and signals are put
into the labelled turns by the words of their quotes (scripts/hear_call.py). Predictions,
recordings and transcripts are written to DIR, a folder for each variant.

--audio needs Debian's flite and espeak-ng; with --piper-voice also piper-tts and a piper voice. The
traps: a product that the gazetteer does not know can only be lost once misspelt, and some names
have no listed spelling, so compare the rows of names by how many mentions they changed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings
from api.wiring import Services, open_services
from pipeline.domain import Profile
from pipeline.formats import transcript_from_json
from pipeline.lexicon.products import ProductGazetteer
from scripts.calibrate import load_scorer
from scripts.evaluate import load_profiles, to_prediction
from scripts.misspell import Spell, listed_spellings, mishear, misspell_call

Rewrite = Callable[[dict[str, Any]], tuple[dict[str, Any], int, int]]
"""A labelled call → its transcript rewritten, how much of it was changed, and of how much."""
_MARK = re.compile(r"(?<!\d)[.,:](?!\d)|(?<=\d)[.,:](?!\d)|(?<!\d)[.,:](?=\d)|[!?;…\"“”()\[\]]")
_DASH = re.compile(r"(?<!\d)[-–—]|[-–—](?!\d)")


@dataclass
class Tally:
    """Hits, extras and misses by the scorer's strict rules, over all dimensions and for tools."""

    every: tuple[int, int, int] = (0, 0, 0)
    tools: tuple[int, int, int] = (0, 0, 0)
    changed: int = 0
    of: int = 0

    def add(self, score: Any, gold: Sequence[dict], result: dict[str, Any]) -> None:
        """Count one call."""
        said = result["signals"]
        tools = [[s for s in rows if s["dimension"] == "tech_stack"] for rows in (gold, said)]
        self.every = _sum(self.every, count_strict(score, gold, said))
        self.tools = _sum(self.tools, count_strict(score, *tools))
        self.changed += result["changed"][0]
        self.of += result["changed"][1]


@dataclass
class Variant:
    """A way to make calls worse: rewritten text, or the sound of it when there is no rewrite."""

    name: str
    unit: str = ""
    rewrite: Rewrite | None = None


def main() -> int:
    """Score every variant and print the table."""
    args = _options()
    score = load_scorer(args.devset / "score.py")
    chosen = {"data_dir": args.data_dir} if args.data_dir else {}
    services = open_services(load_settings(**chosen))
    calls = list(read_calls(args.devset / "calls", args.calls))
    listener = _listener(args, services) if args.audio else None
    print(f"{len(calls)} calls")
    print(f"{'variant':<26}{'strict F1':>10}{'loss':>8}{'tools F1':>10}{'loss':>8}")
    plain: Tally | None = None
    for variant in variants(args):
        tally = Tally()
        folder = args.out / variant.name.replace(" ", "-").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        for call in calls:
            profiles = load_profiles(args.devset, call["profiles"])
            if variant.rewrite:
                result = read_call(call, variant.rewrite, profiles, services)
            else:
                assert listener
                result = listener.hear_call(call, profiles, folder)
            path = folder / f"{call['id']}.json"
            path.write_text(json.dumps(result, indent=1), encoding="utf-8")
            tally.add(score, call["gold"]["signals"], result)
        plain = plain or tally
        print(describe(score, variant, tally, plain), flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("devset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--calls", nargs="+", metavar="ID", help="these calls only")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--audio", action="store_true", help="speak and recognise the calls too")
    parser.add_argument("--piper-voice", type=Path, help="a piper .onnx voice, for one speaker")
    return parser.parse_args()


def _listener(args: argparse.Namespace, services: Services) -> Any:
    from scripts.hear_call import Listener

    return Listener(services, piper_voice=args.piper_voice, seed=args.seed)


def read_calls(folder: Path, chosen: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """The labelled calls, or those chosen; an id that is not there ends the program."""
    there = {path.stem: path for path in sorted(folder.glob("*.json"))}
    for name in chosen or there:
        if name not in there:
            raise SystemExit(f"no call {name} in {folder}; there are {', '.join(there)}")
        yield json.loads(there[name].read_text(encoding="utf-8"))


def variants(args: argparse.Namespace) -> list[Variant]:
    """All that are asked for; the plain text comes first, the others are compared with it."""
    gazetteer = ProductGazetteer.load()

    def listed(name: str, dice: random.Random) -> str | None:
        forms = listed_spellings(name, gazetteer)
        return dice.choice(forms) if forms else None

    def misspelt(spell: Spell) -> Rewrite:
        return partial(misspell_call, spell=spell, seed=args.seed)

    by_sound = misspelt(lambda name, dice: mishear(name, dice, gazetteer))
    out = [
        Variant("plain text", rewrite=lambda call: (call["transcript"], 0, 0)),
        Variant("no punctuation, no case", "turns changed", strip_call),
        Variant("names misspelt as listed", "mentions misspelt", misspelt(listed)),
        Variant("names misspelt by sound", "mentions misspelt", by_sound),
    ]
    return [*out, Variant("spoken, 8 kHz, 15 dB", "words wrong")] if args.audio else out


def strip_call(call: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
    """The transcript in small letters, without punctuation."""
    old = call["transcript"]["turns"]
    new = [{**turn, "text": strip_text(turn["text"]) or turn["text"]} for turn in old]
    changed = sum(a["text"] != b["text"] for a, b in zip(old, new, strict=True))
    return {**call["transcript"], "turns": new}, changed, len(new)


def strip_text(text: str) -> str:
    """Small letters without marks; apostrophes, signs of money, and marks in numbers stay."""
    return " ".join(_DASH.sub(" ", _MARK.sub(" ", text)).lower().split())


def read_call(
    call: dict[str, Any], rewrite: Rewrite, profiles: list[Profile], services: Services
) -> dict[str, Any]:
    """Predictions for a rewritten transcript, and how much of it was changed."""
    data, changed, of = rewrite(call)
    analysis = services.analyze(transcript_from_json(data, call["id"]), profiles)
    return {**to_prediction(analysis, profiles, services), "changed": [changed, of]}


def count_strict(score: Any, gold: Sequence[dict], said: Sequence[dict]) -> tuple[int, int, int]:
    """Hits, extras and misses as the scorer counts them: optional labels count neither way."""
    pairs = score.match(gold, said)
    counted = [strict for i, _, strict in pairs if not gold[i].get("optional")]
    hits = sum(counted)
    extras = len(said) - len(pairs) + len(counted) - hits
    return hits, extras, sum(not g.get("optional") for g in gold) - hits


def _sum(a: tuple[int, int, int], b: tuple[int, int, int]) -> tuple[int, int, int]:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def describe(score: Any, variant: Variant, tally: Tally, plain: Tally) -> str:
    """A row of the table."""
    row = f"{variant.name:<26}"
    for own, base, width in (
        (tally.every, plain.every, 10), (tally.tools, plain.tools, 10)
    ):  # fmt: skip
        value = score.prf(*own)["f1"]
        row += f"{value:>{width}.3f}{score.prf(*base)['f1'] - value:>8.3f}"
    return row + (f"  {tally.changed} of {tally.of} {variant.unit}" if tally.of else "")


if __name__ == "__main__":
    sys.exit(main())
