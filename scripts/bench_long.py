"""Peak memory and speed on a recording of hours: `nice python scripts/bench_long.py RECORDING`.

    python scripts/bench_long.py tests/data/sample/discovery.ogg --hours 3 --model tiny.en

Repeats a recording until it is so long (its packets are copied, not coded again), runs the product
on it in a process of its own, from file to check, and prints stage by stage how long it took and
the highest memory so far. Exit status 1 when the peak is over `--limit`. The trap: the same voices
and words come again and again, so it says nothing about quality.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

EXAMPLE = Path(__file__).resolve().parent.parent / "pipeline/data/profiles/example.yaml"


class StageClock:
    """A progress listener: when each stage began, with the CPU seconds and peak memory then."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._stage = ""
        self.enter("load")

    def __call__(self, stage: str, done: float, total: float) -> None:
        if stage != self._stage:
            self.enter(stage)

    def enter(self, stage: str) -> None:
        """The stage before ends here."""
        self._stage = stage
        row = {"stage": stage, "clock": time.perf_counter(), "cpu": time.process_time()}
        self.rows.append({**row, "peak": peak_gib()})


def main() -> int:
    """Make the recording, run the child, print its table."""
    options = _options()
    if options.child:
        return _run(options)
    with tempfile.TemporaryDirectory() as scratch:
        long = Path(scratch) / f"long{options.recording.suffix}"
        seconds = repeat(options.recording, long, options.hours * 3600)
        print(f"{seconds / 3600:.2f} h, {long.stat().st_size / 1e6:.0f} MB", flush=True)
        command = [sys.executable, str(Path(__file__).resolve()), str(long), "--child"]
        command += ["--profile", str(options.profile), "--language", options.language]
        for name in ("data_dir", "model", "threads"):
            if getattr(options, name) is not None:
                command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    _print(result["rows"], seconds, result["turns"])
    peak = result["rows"][-1]["peak"]
    print(f"peak memory {peak:.2f} GiB, limit {options.limit:.2f} GiB")
    return int(peak > options.limit)


def repeat(source: Path, target: Path, seconds: float) -> float:
    """Write the audio packets of `source` again and again until `seconds`; returns the length."""
    import av

    offset = 0
    with av.open(str(target), "w") as sink:
        out = None
        while True:
            end = offset
            with av.open(str(source)) as container:
                stream = container.streams.audio[0]
                out = out or sink.add_stream_from_template(stream)
                for packet in container.demux(stream):
                    if packet.pts is None:  # the end
                        continue
                    first = packet.pts + offset
                    packet.pts = packet.dts = first
                    end = max(end, first + (packet.duration or 0))
                    unit = packet.time_base
                    packet.stream = out
                    sink.mux(packet)
            if end <= offset:
                raise ValueError(f"{source} holds no audio with times")
            offset = end
            if offset * unit >= seconds:
                return float(offset * unit)


def _run(options: argparse.Namespace) -> int:
    """In the child: one recording through the product; rows of stages as JSON."""
    from api.settings import load_settings, quiet_libraries
    from api.wiring import open_services
    from pipeline.domain import Recording
    from pipeline.profile import load_profile

    settings = load_settings(
        data_dir=options.data_dir, model=options.model, threads=options.threads
    )
    quiet_libraries(settings)
    clock = StageClock()
    services, profile = open_services(settings), load_profile(options.profile)
    recording = Recording(options.recording, "long", language=options.language)
    analysis = services.analyze(recording, [profile], progress=clock)
    clock.enter("check")
    services.check(analysis, profile)
    clock.enter("end")
    json.dump({"rows": clock.rows, "turns": len(analysis.transcript.turns)}, sys.stdout)
    return 0


def _print(rows: list[dict[str, Any]], seconds: float, turns: int) -> None:
    """One line a stage; the peak is that at its end."""
    print(f"\n{'stage':<12}{'seconds':>9}{'CPU s':>9}{'x real time':>13}{'peak GiB':>10}")
    for row, after in zip(rows, rows[1:], strict=False):
        took, cpu = after["clock"] - row["clock"], after["cpu"] - row["cpu"]
        speed = f"{seconds / max(took, 1e-9):>13.1f}"
        print(f"{row['stage']:<12}{took:>9.1f}{cpu:>9.1f}{speed}{after['peak']:>10.2f}")
    took, cpu = (rows[-1][k] - rows[0][k] for k in ("clock", "cpu"))
    print(f"{'all':<12}{took:>9.1f}{cpu:>9.1f}{seconds / took:>13.1f}{rows[-1]['peak']:>10.2f}")
    print(f"{turns} turns; real-time factor {took / seconds:.3f}")


def peak_gib() -> float:
    """The highest memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recording", type=Path, help="compressed audio, e.g. ogg, to be repeated")
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--limit", type=float, default=2.5, metavar="GIB")
    parser.add_argument("--model")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--language", default="en")
    parser.add_argument("--profile", type=Path, default=EXAMPLE, help="profile to check against")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
