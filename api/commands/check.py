"""`icp check`: calls in, checks out. One bad file is named on standard error and stops nothing.

Everything that can be refused before the work starts (profiles, output places) is refused first,
and results are written even when a later file fails or the user presses Ctrl-C.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from api.checked import checked_to_json
from api.inputs import call_id, read_input
from api.logs import set_up_logs
from api.outputs import check_target, write_json
from api.progress import show_progress
from api.report import print_report
from api.settings import Settings, quiet_libraries, unknown_variables
from api.wiring import Services, open_services
from api.words import plain
from pipeline.domain import Profile
from pipeline.errors import BadProfile, BadUsage, IcpError
from pipeline.formats import transcript_to_json
from pipeline.profile import load_profile


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the user asked `icp check` to do."""

    files: tuple[Path, ...]
    profiles: tuple[Path, ...]
    json_out: Path | None = None
    transcript_out: Path | None = None
    rep: str | None = None
    debug: bool = False


def run_check(options: CheckOptions, settings: Settings) -> int:
    """Check every file against every profile; the exit status: 0 done, 1 some failed."""
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    errors = Console(stderr=True)
    for name in unknown_variables():
        _say(errors, f"warning: {name} is no setting; see README, Settings")
    if options.rep is not None and not options.rep.strip():
        raise BadUsage("names nobody", field="--rep", remedy="give a name, an id or a channel")
    profiles = load_profiles(options.profiles)
    _check_targets(options)
    services = open_services(settings)
    results: list[dict[str, object]] = []
    failed = status = 0
    try:
        for path in options.files:
            try:
                results.append(_check_file(path, options, profiles, services, errors))
            except IcpError as error:
                failed += 1
                status = max(status, 2 if isinstance(error, BadUsage | BadProfile) else 1)
                _say(errors, f"failed: {_named(error, path)}")
                _trace(options.debug)
            except Exception as error:  # a fault of ours or of a library: name it, go on
                failed, status = failed + 1, max(status, 1)
                what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                _say(errors, f"failed: {path}: unexpected {what} (--debug shows where)")
                _trace(options.debug)
    finally:
        if options.json_out and results:
            several = len(options.files) > 1
            write_json(options.json_out, results if several else results[0])
    if failed and len(options.files) > 1:
        _say(errors, f"{failed} of {len(options.files)} files failed")
    return status


def _check_file(
    path: Path,
    options: CheckOptions,
    profiles: Sequence[Profile],
    services: Services,
    errors: Console,
) -> dict[str, object]:
    call = read_input(path, language=services.settings.language)
    with show_progress(path.name, errors) as progress:
        analysis = services.analyze(call, profiles, rep=options.rep, progress=progress)
    checks = [(profile, services.check(analysis, profile)) for profile in profiles]
    if options.transcript_out:
        target = _transcript_target(options, path)
        write_json(target, transcript_to_json(analysis.transcript))
    print_report(Console(), analysis, checks, name=path.name)
    return checked_to_json(str(path), analysis, checks)


def load_profiles(paths: Sequence[Path]) -> list[Profile]:
    """The profiles in these files, each with an id of its own."""
    profiles: dict[str, Profile] = {}
    for path in paths:
        profile = load_profile(path)
        if profile.id in profiles:
            raise BadProfile(
                f"{profile.id!r} is the id of another profile given here too",
                file=str(path),
                field="id",
                remedy="give each profile its own id",
            )
        profiles[profile.id] = profile
    return list(profiles.values())


def _check_targets(options: CheckOptions) -> None:
    inputs = (*options.files, *options.profiles)
    if options.json_out:
        check_target(options.json_out, "--json", inputs)
    if options.transcript_out:
        if len(options.files) > 1 and not options.transcript_out.is_dir():
            raise BadUsage(
                "must be a folder that exists when several files are given",
                file=str(options.transcript_out),
                field="--transcript-out",
                remedy="create it, or give one file",
            )
        targets = [_transcript_target(options, path) for path in options.files]
        for target in targets:
            check_target(target, "--transcript-out", inputs)
        if len(set(targets)) < len(targets):
            raise BadUsage(
                "two files would have the same transcript's name",
                field="--transcript-out",
                remedy="rename one of them",
            )
        if options.json_out and options.json_out.absolute() in {t.absolute() for t in targets}:
            raise BadUsage(
                "the same file as --json", field="--transcript-out", remedy="name another file"
            )


def _transcript_target(options: CheckOptions, path: Path) -> Path:
    target = options.transcript_out
    assert target is not None
    return target / f"{call_id(path)}.transcript.json" if target.is_dir() else target


def _named(error: IcpError, path: Path) -> str:
    """The error with the file it is about, also when it names another place (missing weights)."""
    text = str(error)
    return text if str(path) in text else f"{path}: {text}"


def _trace(debug: bool) -> None:
    if debug:
        traceback.print_exc(file=sys.stderr)


def _say(console: Console, line: str) -> None:
    console.print(f"icp: {plain(line)}", markup=False, highlight=False, soft_wrap=True)
