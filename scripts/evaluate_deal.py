"""Assess labelled deals and compare with the labels; name each wrong answer and each hidden change.

    python scripts/evaluate_deal.py DEVSET [--results DIR] [--data-dir DIR]

DEVSET holds deals/*.json (calls in order, and the assessment that a careful person makes), calls/
and profiles/. The calls are analysed here, or taken from DIR, where `icp check --json` wrote them.
A fact that the labels give differently in two calls is a planted change; it counts as shown when a
contradiction of the assessment has positions of both calls on it. The last table is the same with
the labelled signals in place of those that were found: what the assessment alone gets wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.checked import read_checked
from api.settings import load_settings
from api.wiring import Services, open_services
from pipeline.deals.types import Assessment, Contradiction
from pipeline.domain import CallAnalysis, Profile, Signal
from pipeline.formats import signal_from_json, signal_to_json, transcript_from_json
from pipeline.profile import load_profile

ONE_TRUTH = ("headcount", "revenue", "growth_stage", "growth_rate", "budget")
NAMED = ("tech_stack", "team")
SURE = 0.95


def main() -> int:
    """Assess, then print what is right, what is wrong, and which changes are shown."""
    args = _options()
    services = open_services(
        load_settings(**({"data_dir": args.data_dir} if args.data_dir else {}))
    )
    right = asked = shown = planted = 0
    for path in sorted((args.devset / "deals").glob("*.json")):
        deal = json.loads(path.read_text(encoding="utf-8"))
        calls = [_call(args.devset, name) for name in deal["calls"]]
        profiles = [load_profile(args.devset / "profiles" / f"{n}.yaml") for n in deal["gold"]]
        found = _analyses(args, services, calls, profiles)
        labelled = [_as_labelled(a, c) for a, c in zip(found, calls, strict=True)]
        for title, analyses in (("product", found), ("labelled signals", labelled)):
            for profile in profiles:
                made = services.assess(analyses, profile, deal_id=deal["deal_id"])
                print(f"{deal['deal_id']} · {profile.id} · {title}")
                good, all_ = _compare(made, deal["gold"][profile.id])
                seen, facts = _changes(made, calls)
                if title == "product":
                    right, asked = right + good, asked + all_
                    shown, planted = shown + seen, planted + facts
    print(f"criteria {right} of {asked}: {right / max(1, asked):.3f}")
    print(f"planted changes shown {shown} of {planted}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("devset", type=Path)
    parser.add_argument("--results", type=Path, help="results of icp check --json")
    parser.add_argument("--data-dir", type=Path)
    return parser.parse_args()


def _call(devset: Path, name: str) -> dict[str, Any]:
    call: dict[str, Any] = json.loads((devset / "calls" / f"{name}.json").read_text("utf-8"))
    return call


def _analyses(
    args: argparse.Namespace,
    services: Services,
    calls: Sequence[Mapping[str, Any]],
    profiles: Sequence[Profile],
) -> list[CallAnalysis]:
    if args.results:
        stored = {
            call.analysis.transcript.call_id: call.analysis
            for call in read_checked(args.results, print).calls
        }
        return [services.weigh_missing(stored[call["id"]], profiles) for call in calls]
    return [
        services.analyze(transcript_from_json(call["transcript"], call["id"]), profiles)
        for call in calls
    ]


def _as_labelled(analysis: CallAnalysis, call: Mapping[str, Any]) -> CallAnalysis:
    """The analysis with the labelled signals in place of those that were found."""
    transcript = analysis.transcript
    turns = {turn.index: turn for turn in transcript.turns}
    signals: list[Signal] = []
    for number, label in enumerate(call["gold"]["signals"]):
        if label.get("optional"):
            continue
        turn = turns[label["turns"][-1]]
        fields = {k: v for k, v in label.items() if k not in ("aliases", "note", "optional")}
        signals.append(
            signal_from_json(
                {
                    **fields, "id": f"label_{transcript.call_id}_{number}",
                    "call_id": transcript.call_id, "quote": turn.text, "speaker": turn.speaker,
                    "role": str(transcript.role_of(turn.speaker)), "confidence": SURE,
                }
            )
        )  # fmt: skip
    return replace(analysis, signals=tuple(signals))


def _compare(made: Assessment, gold: Mapping[str, Any]) -> tuple[int, int]:
    """Print each wrong answer; how many criteria are right, of how many."""
    check = made.check
    for kind, results in (
        ("criteria", check.criteria), ("triggers", check.triggers),
        ("disqualifiers", check.disqualifiers),
    ):  # fmt: skip
        wrong = [r for r in results if gold[kind][r.id] != r.status]
        print(f"  {kind}: {len(results) - len(wrong)} of {len(results)}")
        for r in wrong:
            print(f"    {r.id}: {r.status}, labelled {gold[kind][r.id]}: {r.explanation[:140]}")
    print(f"  tier {check.tier}, labelled {gold['tier']}; disqualified {check.disqualified}")
    good = sum(gold["criteria"][r.id] == r.status for r in check.criteria)
    return good, len(check.criteria)


def _changes(made: Assessment, calls: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    planted = 0
    missing = []
    for key, values in _told(calls).items():
        if len({json.dumps(v, sort_keys=True) for _, v in values}) < 2:
            continue
        planted += 1
        places = {call for call, _ in values}
        if not any(_is_about(key, c) and len(places & _calls(c)) > 1 for c in made.contradictions):
            missing.append((key, values))
    print(f"  changes shown: {planted - len(missing)} of {planted}")
    for (dimension, name), values in missing:
        print(f"    not shown: {dimension} {name}: " + ", ".join(f"{c} {v}" for c, v in values))
    return planted - len(missing), planted


def _told(
    calls: Sequence[Mapping[str, Any]],
) -> dict[tuple[str, str], list[tuple[str, object]]]:
    """For each thing of which only one truth can hold, what each call says of it."""
    found: dict[tuple[str, str], list[tuple[str, object]]] = {}
    for call in calls:
        for label in call["gold"]["signals"]:
            dimension = label["dimension"]
            if label.get("optional"):
                continue
            if dimension in ONE_TRUTH:
                value = [label.get("value"), label.get("status")]
                found.setdefault((dimension, ""), []).append((call["id"], value))
            elif dimension in NAMED:
                name = str(label["value"])
                found.setdefault((dimension, name), []).append((call["id"], label.get("status")))
    return found


def _is_about(key: tuple[str, str], found: Contradiction) -> bool:
    dimension, name = key
    names = {str(signal_to_json(p.signal)["value"]).lower() for p in found.positions if p.signal}
    return str(found.dimension) == dimension and (not name or name.lower() in names)


def _calls(found: Contradiction) -> set[str]:
    return {p.call_id for p in found.positions}


if __name__ == "__main__":
    sys.exit(main())
