"""An archive of transcripts through `icp batch`: speed, time by stage, memory, and kills.

`python scripts/bench_batch.py CALLS --profile P.yaml --count 2000 --kills 10` makes transcripts
from the labelled calls in a folder (turns left out at random, in four formats, a few calls a deal),
runs them in peace, then again with `kill -9` at even distances, and compares every file to the
byte.
Trap: the generated calls say the same things as their originals, so their tables mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
CALLS_A_DEAL = 4


def main() -> int:
    """Run the benchmark; 0 when the killed run gave the same files."""
    options = read_options()
    folder = Path(tempfile.mkdtemp(prefix="bench-batch-"))
    archive = folder / "archive"
    make_archive(options.calls, archive, options.count, options.seed)
    calm = measure(options, archive, folder / "calm")
    print(json.dumps(calm, indent=1), flush=True)
    if not options.kills:
        return 0
    kills = run_with_kills(options, archive, folder / "killed")
    same = contents(folder / "calm") == contents(folder / "killed")
    print(
        json.dumps(
            {"kills": kills, "same_to_the_byte": same, "files": len(contents(folder / "calm"))}
        )
    )
    return 0 if same else 1


def read_options() -> argparse.Namespace:
    """What to run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calls", type=Path, help="folder of labelled calls (JSON)")
    parser.add_argument("--profile", type=Path, action="append", required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_archive(source: Path, archive: Path, count: int, seed: int) -> None:
    """Write `count` transcripts in folders by deal, no two alike."""
    chance = random.Random(seed)
    originals = []
    for path in sorted(source.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        originals.append(data.get("transcript", data))
    writers = (as_native, as_zoom, as_gong, as_fireflies)
    for number in range(count):
        original = originals[number % len(originals)]
        turns = [turn for turn in original["turns"] if chance.random() > 0.05]
        names = {s["id"]: s.get("name") or f"Person {s['id']}" for s in original["speakers"]}
        roles = {s["id"]: s.get("role", "unknown") for s in original["speakers"]}
        deal = f"d-{number // CALLS_A_DEAL:05d}"
        call = {
            **original, "turns": [{k: v for k, v in t.items() if k != "index"} for t in turns],
            "call_id": f"c-{number:05d}", "deal_id": deal,
        }  # fmt: skip
        writer = writers[0] if number % CALLS_A_DEAL == 0 else chance.choice(writers)
        ending, text = writer(call, names, roles)
        target = archive / deal / f"call-{number:05d}{ending}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def as_native(call: dict, names: dict, roles: dict) -> tuple[str, str]:
    """Our own JSON."""
    return ".json", json.dumps(call, ensure_ascii=False)


def as_zoom(call: dict, names: dict, roles: dict) -> tuple[str, str]:
    """A VTT of Zoom."""
    lines = ["WEBVTT", ""]
    for number, turn in enumerate(call["turns"], 1):
        times = f"{clock(turn['start'])} --> {clock(turn['end'])}"
        lines += [str(number), times, f"{names[turn['speaker']]}: {turn['text']}", ""]
    return ".vtt", "\n".join(lines)


def as_gong(call: dict, names: dict, roles: dict) -> tuple[str, str]:
    """Gong's JSON, in milliseconds."""
    sides = {"rep": "Internal", "prospect": "External"}
    said = [
        {"speakerId": t["speaker"], "sentences": [
            {"start": round(t["start"] * 1000), "end": round(t["end"] * 1000), "text": t["text"]}]}
        for t in call["turns"]
    ]  # fmt: skip
    parties = [
        {"speakerId": i, "name": name, "affiliation": sides.get(roles[i], "Unknown")}
        for i, name in names.items()
    ]
    body = {"callTranscripts": [{"callId": call["call_id"], "transcript": said}]}
    return ".json", json.dumps({**body, "parties": parties}, ensure_ascii=False)


def as_fireflies(call: dict, names: dict, roles: dict) -> tuple[str, str]:
    """Fireflies' JSON."""
    said = [
        {"index": i, "speaker_name": names[t["speaker"]], "speaker_id": t["speaker"],
         "text": t["text"], "start_time": t["start"], "end_time": t["end"]}
        for i, t in enumerate(call["turns"])
    ]  # fmt: skip
    return ".json", json.dumps({"id": call["call_id"], "sentences": said}, ensure_ascii=False)


def clock(seconds: float) -> str:
    """hh:mm:ss.mmm"""
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}.{ms:03d}"


def start(options: argparse.Namespace, archive: Path, out: Path) -> subprocess.Popen[bytes]:
    """`icp batch` on the archive."""
    profiles = [part for path in options.profile for part in ("--profile", str(path.resolve()))]
    command = [sys.executable, "-m", "api.cli", "batch", str(archive), *profiles]
    command += ["--out", str(out), "--workers", str(options.workers)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def measure(options: argparse.Namespace, archive: Path, out: Path) -> dict[str, object]:
    """One run in peace: speed, share of time by stage, memory."""
    begun = time.monotonic()
    process = start(options, archive, out)
    samples: list[tuple[float, float, float]] = []
    while process.poll() is None:
        samples.append((progress(out) / options.count, *memory(process.pid)))
        time.sleep(1.0)
    seconds = time.monotonic() - begun
    entries = [json.loads(line)["entry"] for line in journal(out)]
    stages: Counter[str] = Counter()
    for entry in entries:
        stages.update(entry["seconds"])
    whole = sum(stages.values()) or 1.0
    return {
        "status": process.returncode, "calls": len(entries), "seconds": round(seconds, 1),
        "calls_a_minute": round(len(entries) / seconds * 60, 1),
        "work_seconds": round(whole, 1),
        "share_by_stage": {s: round(t / whole, 3) for s, t in stages.most_common()},
        "outside_the_processes": round(1 - whole / options.workers / seconds, 3),
        "memory_mib": quarters(samples),
    }  # fmt: skip


def quarters(samples: list[tuple[float, float, float]]) -> dict[str, list[float]]:
    """Largest memory in each quarter of the files: of the command, and of its processes."""
    found: dict[str, list[float]] = {"command": [], "processes": []}
    for quarter in range(4):
        inside = [s for s in samples if quarter / 4 <= s[0] < (quarter + 1) / 4]
        found["command"].append(round(max((s[1] for s in inside), default=0.0)))
        found["processes"].append(round(max((s[2] for s in inside), default=0.0)))
    found["command while writing tables"] = [
        round(max((s[1] for s in samples if s[0] >= 1), default=0.0))
    ]
    return found


def memory(pid: int) -> tuple[float, float]:
    """MiB of the command and of all its processes."""
    try:
        top = psutil.Process(pid)
        below = sum(child.memory_info().rss for child in top.children(recursive=True))
        return top.memory_info().rss / 2**20, below / 2**20
    except psutil.Error:
        return 0.0, 0.0


def journal(out: Path) -> list[str]:
    """The journal's lines on files."""
    path = out / "state" / "journal.jsonl"
    if not path.is_file():
        return []
    return [line for line in path.read_text().splitlines() if line.startswith('{"entry"')]


def progress(out: Path) -> int:
    """Files that are done."""
    return len(journal(out))


def run_with_kills(options: argparse.Namespace, archive: Path, out: Path) -> int:
    """Kill the command at even distances, then let it end; how often it was killed."""
    kills = 0
    while True:
        process = start(options, archive, out)
        wanted = options.count * (kills + 1) / (options.kills + 1)
        while process.poll() is None and (kills >= options.kills or progress(out) < wanted):
            time.sleep(0.3)
        if process.poll() is not None:
            return kills
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1


def contents(out: Path) -> dict[str, bytes]:
    """All files that came out."""
    files = [p for p in out.rglob("*") if p.is_file() and "state" not in p.parts]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


if __name__ == "__main__":
    sys.exit(main())
