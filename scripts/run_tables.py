"""Tables over the predictions of one or two runs: errors by dimension, and what a change did.

A label and a signal are paired by the scorer's own rules. The trap: with few calls most differences
are noise, so the difference of two runs comes with an interval from resampling whole calls.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

DRAWS = 2000
Key = tuple[str, str, str]


@dataclass
class Outcome:
    """What the scorer makes of one call: counts by dimension, labels found, statuses right."""

    errors: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    labels: dict[str, bool] = field(default_factory=dict)
    statuses: dict[Key, tuple[str, str | None]] = field(default_factory=dict)

    def counts(self) -> tuple[int, int, int]:
        """Right, extra and missed signals, the attribute counted."""
        total: Counter[str] = sum(self.errors.values(), Counter())
        extra = total["extra"] + total["wrong attribute"]
        return total["right"], extra, total["missed"] + total["wrong attribute"]


def judge_run(score: ModuleType, gold: Path, run: Path) -> dict[str, Outcome]:
    """Every labelled call of a run; one without a prediction has missed all."""
    found = {}
    for path in sorted(gold.glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        file = run / path.name
        said = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        found[path.stem] = _judge(score, call["gold"], said)
    return found


def _judge(score: ModuleType, gold: Mapping[str, Any], said: Mapping[str, Any]) -> Outcome:
    outcome = Outcome()
    labels, signals = gold["signals"], said.get("signals", [])
    pairs = score.match(labels, signals)
    hit = {i: ok for i, _, ok in pairs}
    traps = {turn for trap in gold.get("traps", []) for turn in trap["turns"]}
    for i, label in enumerate(labels):
        if label.get("optional"):
            continue
        state = "missed" if i not in hit else "right" if hit[i] else "wrong attribute"
        outcome.errors[label["dimension"]][state] += 1
        name = f"{label['dimension']} {label['value']!r} turns {label['turns']}"
        outcome.labels[name] = state == "right"
    paired = {j for _, j, _ in pairs}
    for j, signal in enumerate(signals):
        if j not in paired:
            row = outcome.errors[signal["dimension"]]
            row["extra"] += 1
            row["of these in traps"] += set(signal["turns"]) <= traps
    for profile, want in gold.get("checks", {}).items():
        have = said.get("checks", {}).get(profile, {})
        for part in ("criteria", "triggers", "disqualifiers"):
            got = {row["id"]: row["status"] for row in have.get(part, [])}
            for rule, status in want.get(part, {}).items():
                outcome.statuses[profile, part, rule] = (status, got.get(rule))
    return outcome


def print_errors(run: Mapping[str, Outcome]) -> None:
    """How many labels of each dimension were missed or mislabelled, and what was extra."""
    columns = ("right", "wrong attribute", "missed", "extra", "of these in traps")
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in run.values():
        for dimension, row in outcome.errors.items():
            total[dimension] += row
    print("errors by dimension" + "".join(f"{name:>18}" for name in columns))
    for dimension, row in sorted(total.items()):
        print(f"{dimension:19}" + "".join(f"{row[name]:>18}" for name in columns))


def print_comparison(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> None:
    """What got better and what got worse from one run to the other."""
    low, high = interval(before, after)
    print(f"strict F1 {f1(before.values()):.3f} -> {f1(after.values()):.3f} ", end="")
    print(f"(difference {f1(after.values()) - f1(before.values()):+.3f}, ", end="")
    print(f"95 % of {DRAWS} draws of calls between {low:+.3f} and {high:+.3f})")
    for part in ("criteria", "triggers", "disqualifiers"):
        print(f"{part}: {_right(before, part)} -> {_right(after, part)} right")
    for title, was, now in (("now right", before, after), ("no longer right", after, before)):
        print(f"{title}:")
        for line in _gained(was, now):
            print(f"  {line}")


def f1(outcomes: Any) -> float:
    """Strict micro F1 over calls."""
    hit, extra, missed = (sum(n) for n in zip(*(o.counts() for o in outcomes), strict=True))
    return 2 * hit / max(1, 2 * hit + extra + missed)


def interval(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> tuple[float, float]:
    """The middle 95 % of the difference of strict F1 when calls are drawn with replacement."""
    rng, calls = random.Random(0), sorted(before)
    draws = []
    for _ in range(DRAWS):
        chosen = rng.choices(calls, k=len(calls))
        draws.append(f1(after[c] for c in chosen) - f1(before[c] for c in chosen))
    draws.sort()
    return draws[int(0.025 * DRAWS)], draws[int(0.975 * DRAWS) - 1]


def _right(run: Mapping[str, Outcome], part: str) -> str:
    rows = [row for o in run.values() for key, row in o.statuses.items() if key[1] == part]
    return f"{sum(want == got for want, got in rows)} of {len(rows)}"


def _gained(was: Mapping[str, Outcome], now: Mapping[str, Outcome]) -> Iterator[str]:
    for call in sorted(now):
        for name, right in now[call].labels.items():
            if right and not was[call].labels.get(name):
                yield f"{call} {name}"
        for key, (want, got) in now[call].statuses.items():
            other = was[call].statuses.get(key, (want, None))[1]
            if want == got and other != want:
                yield f"{call} {' '.join(key)}: {want} (else {other})"
