"""How fast and how good, in one run on one recording: `python scripts/bench.py RECORDING`.

Prints the share of time by stage, speed relative to real time, peak memory, and how much faster our
transcription is than a plain sequential `WhisperModel.transcribe` of the same weights and threads,
with both word error rates when a reference text is given. `--make OUT.wav` speaks a recording and
its text (needs flite). The trap: on a shared machine only the ratios of one run mean anything.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings, quiet_libraries
from api.wiring import Services, hints_of, load_lexicons, open_services, statements_of
from models.device import choose_device
from models.toolbox import preloading
from models.whisper import WhisperTranscriber
from models.whisper_weights import find_whisper
from pipeline.analyze import analyze_call
from pipeline.domain import Profile, Recognition, Recording
from pipeline.profile import load_profile

EXAMPLE = Path(__file__).resolve().parent.parent / "pipeline/data/profiles/example.yaml"


@dataclass
class Stopwatch:
    """Seconds of the clock and of the CPU by stage."""

    clock: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def run(self, stage: str, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call `work` and add its time to the stage: also the step runner of `analyze_call`."""
        begun, begun_cpu = time.perf_counter(), time.process_time()
        try:
            return work(*args, **options)
        finally:
            self.clock[stage] = self.clock.get(stage, 0.0) + time.perf_counter() - begun
            self.cpu[stage] = self.cpu.get(stage, 0.0) + time.process_time() - begun_cpu


def main() -> int:
    """Measure, and print a table."""
    options = _options()
    if options.make:
        from scripts.bench_text import make_recording

        print(f"{options.make} and {make_recording(options.make, minutes=options.minutes)} written")
        return 0
    settings = load_settings(
        data_dir=options.data_dir, model=options.model, threads=options.threads
    )
    quiet_libraries(settings)
    device = choose_device(settings.device, settings.threads)
    print(
        f"{options.recording.name}: model {settings.model}, {device.kind}, {device.threads} threads"
    )
    watch = Stopwatch()
    services = open_services(settings)
    profiles = [load_profile(options.profile)]
    recording = Recording(options.recording, "bench", language=options.language)
    hints = hints_of(profiles) if options.hints else ()
    transcriber = WhisperTranscriber(
        settings.model, data_dir=settings.data_dir, threads=settings.threads, device=settings.device
    )
    watch.run("load", transcriber.warm_up)
    beside = preloading(services.toolbox, load_lexicons) if options.preload else nullcontext()
    with beside:
        recognition = watch.run("transcribe", transcriber.transcribe, recording, hints=hints)
        if not options.transcribe_only:
            _rest(watch, recording, recognition, services, profiles)
    _print_stages(watch, recognition.duration)
    if "analyse" in watch.clock:
        clock, cpu = (t["analyse"] / t["transcribe"] for t in (watch.clock, watch.cpu))
        print(f"analysis against transcription: {clock:.1%} of the seconds, {cpu:.1%} of the CPU s")
    print(f"peak memory so far: {_peak_gib():.2f} GiB", flush=True)
    if options.baseline:
        _compare(watch, recognition, settings, options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure speed, memory and word error rate.")
    parser.add_argument("recording", type=Path, nargs="?")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--language", default="en")
    parser.add_argument("--reference", type=Path, help="text that was spoken, for word error rates")
    parser.add_argument("--no-hints", dest="hints", action="store_false")
    parser.add_argument("--profile", type=Path, default=EXAMPLE, help="profile to check against")
    parser.add_argument("--transcribe-only", action="store_true")
    parser.add_argument(
        "--preload", action="store_true", help="load the text models beside it, as `icp check` does"
    )
    parser.add_argument("--no-baseline", dest="baseline", action="store_false")
    parser.add_argument(
        "--make", type=Path, metavar="OUT.wav", help="speak a recording and its text"
    )
    parser.add_argument("--minutes", type=float, default=10.5)
    options = parser.parse_args()
    if not options.make and not options.recording:
        parser.error("name a recording, or use --make")
    return options


def _rest(
    watch: Stopwatch,
    recording: Recording,
    recognition: Recognition,
    services: Services,
    profiles: Sequence[Profile],
) -> None:
    """The stages after transcription, on the words that were already recognised."""

    def step(stage: str, work: Callable[..., Any], *args: Any, **given: Any) -> Any:
        if stage == "transcribe":
            return recognition
        return watch.run("diarize", work, *args, **given) if stage == "diarize" else work(
            *args, **given
        )  # fmt: skip

    before, before_cpu = watch.clock.get("diarize", 0.0), watch.cpu.get("diarize", 0.0)
    analysis = watch.run(
        "analyse",
        analyze_call,
        recording,
        statements_of(profiles),
        services.toolbox,
        seller=profiles[0].seller.company,
        step=step,
    )
    # diarization ran inside the analysis and is a stage of its own
    watch.clock["analyse"] -= watch.clock["diarize"] - before
    watch.cpu["analyse"] -= watch.cpu["diarize"] - before_cpu
    watch.run("check", services.check, analysis, profiles[0])


def _print_stages(watch: Stopwatch, duration: float) -> None:
    total = sum(watch.clock.values())
    print(f"\n{'stage':<12}{'seconds':>9}{'CPU s':>9}{'share':>8}{'x real time':>13}")
    for stage, seconds in watch.clock.items():
        cpu = watch.cpu.get(stage, 0.0)
        speed = duration / max(seconds, 1e-9)
        print(f"{stage:<12}{seconds:>9.1f}{cpu:>9.1f}{seconds / total:>8.1%}{speed:>13.1f}")
    print(f"{'all':<12}{total:>9.1f}{'':>9}{'':>8}{duration / total:>13.1f}")


def _compare(watch: Stopwatch, ours: Recognition, settings: Any, options: Any) -> None:
    """A plain sequential run of the same weights, without and with word times."""
    from faster_whisper import WhisperModel

    folder, _ = find_whisper(settings.model, settings.data_dir)
    device = choose_device(settings.device, settings.threads)
    model = WhisperModel(
        str(folder),
        device=device.kind,
        compute_type=device.compute_type,
        cpu_threads=device.threads,
    )
    reference = options.reference.read_text(encoding="utf-8") if options.reference else None
    mine, mine_cpu = watch.clock["transcribe"], watch.cpu["transcribe"]
    print(
        f"\n{'transcription':<24}{'seconds':>9}{'CPU s':>9}{'ratio':>8}{'CPU ratio':>11}{'WER':>8}"
    )
    text = " ".join(word.text for word in ours.words if not word.quarantine)
    _print_run("ours (word times)", mine, mine_cpu, (1.0, 1.0), text, reference)
    for name, word_times in (("plain", False), ("plain with word times", True)):
        stage = Stopwatch()
        text = stage.run(name, _plain, model, options.recording, options.language, word_times)
        ratios = stage.clock[name] / mine, stage.cpu[name] / mine_cpu
        _print_run(name, stage.clock[name], stage.cpu[name], ratios, text, reference)


def _plain(model: Any, path: Path, language: str, word_times: bool) -> str:
    segments, _ = model.transcribe(str(path), language=language, word_timestamps=word_times)
    return " ".join(segment.text.strip() for segment in segments)


def _print_run(
    name: str,
    seconds: float,
    cpu: float,
    ratios: tuple[float, float],
    text: str,
    reference: str | None,
) -> None:
    rate = f"{word_error_rate(reference, text):>8.2%}" if reference else f"{'–':>8}"
    clock, by_cpu = ratios
    print(f"{name:<24}{seconds:>9.1f}{cpu:>9.1f}{clock:>7.2f}x{by_cpu:>10.2f}x{rate}", flush=True)


def word_error_rate(reference: str, heard: str) -> float:
    """Wrong, missing and added words as a share of the spoken ones, spelling made equal."""
    from rapidfuzz.distance import Levenshtein
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    normalise = EnglishTextNormalizer({})
    spoken: Sequence[str] = normalise(reference).split()
    return Levenshtein.distance(spoken, normalise(heard).split()) / max(len(spoken), 1)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    sys.exit(main())
