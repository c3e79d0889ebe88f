"""`icp batch`: an archive in, results, tables and a summary out; goes on where it was stopped.

All that can be refused before the work starts is refused first. Trap: tables are written only when
every file has come to its end, so a stopped run leaves those of the run before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from api.batch.bar import show_batch
from api.batch.child import COMMAND
from api.batch.crew import Crew, Outcome, Plan
from api.batch.listing import RECORDINGS, Listing, read_listing
from api.batch.spread import WORKER, Helpers, Spread
from api.batch.state import State
from api.commands.check import load_profiles
from api.jobs.children import Children
from api.jobs.service import open_service
from api.logs import set_up_logs
from api.outputs import write_text
from api.progress import duration
from api.settings import Settings, quiet_libraries, settings_to_environment, unknown_variables
from api.wiring import Services, open_services
from api.words import plain
from models.device import usable_cores
from models.toolbox import require_weights
from pipeline.errors import BadProfile, BadUsage

MOST_WORKERS = 64
Count = Callable[[Outcome], None]
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What the user asked `icp batch` to do."""

    place: Path
    profiles: tuple[Path, ...]
    out: Path
    workers: int = 1
    retry_failed: bool = False
    dry_run: bool = False
    command: tuple[str, ...] = COMMAND
    worker: tuple[str, ...] = WORKER
    """What is started here when the service's workers do the work."""


def run_batch(options: BatchOptions, settings: Settings) -> int:
    """Check an archive; the exit status: 0 done, 1 some files failed."""
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    errors = Console(stderr=True)

    def tell(line: str) -> None:
        errors.print(f"icp: {plain(line)}", markup=False, highlight=False, soft_wrap=True)

    for name in unknown_variables():
        tell(f"warning: {name} is no setting; see README, Settings")
    spread = (settings.database_url or "").startswith("postgres")
    least = 0 if spread else 1
    if not least <= options.workers <= MOST_WORKERS:
        raise BadUsage(f"must be {least} to {MOST_WORKERS}", field="--workers")
    if options.out.exists() and not options.out.is_dir():
        raise BadUsage("is no folder", file=str(options.out), field="--out")
    profiles = load_profiles(options.profiles)
    listing = read_listing(options.place, out=options.out)
    if options.dry_run:
        return _estimate(options, listing)
    services = open_services(settings)
    if services.options is not None:
        audio = any(item.path.suffix.lower() in RECORDINGS for item in listing.items)
        require_weights(services.options, audio=audio)
    with State(options.out).opened() as state:
        plan = _plan(options, settings, state)
        with show_batch(listing.items, errors) as count:
            if spread:
                outcomes = _over_the_service(options, plan, state, services, listing, count, tell)
            else:
                outcomes = _on_this_machine(options, plan, state, listing, count)
        from api.batch.writing import write_all

        tell("writing the tables")
        written = write_all(state, listing, outcomes, profiles, services, tell)
        failures = [o for o in outcomes.values() if o.failed and o.same_as is None]
    for outcome in failures[:_MOST_NAMED]:
        reason = outcome.entry.reason if outcome.entry else outcome.problem
        tell(f"failed: {outcome.item.name}: {reason}")
    if len(failures) > _MOST_NAMED:
        tell(f"and {len(failures) - _MOST_NAMED} more: see {options.out / 'failures.csv'}")
    tell(_last_line(written.calls, written.deals, written.failed, listing, options))
    return 1 if written.failed else 0


def _on_this_machine(
    options: BatchOptions, plan: Plan, state: State, listing: Listing, count: Count
) -> dict[str, Outcome]:
    environment = _environment(plan.settings, options.workers)
    crew = Crew(plan, state, Children(options.command, environment=environment), count)
    crew.run(listing.items, options.workers)
    return crew.outcomes


def _over_the_service(
    options: BatchOptions,
    plan: Plan,
    state: State,
    services: Services,
    listing: Listing,
    count: Count,
    tell: Callable[[str], None],
) -> dict[str, Outcome]:
    """By the workers on all machines, and by so many that are started here."""
    service = open_service(plan.settings)
    try:
        spread = Spread(plan, state, service, services, count, tell)
        environment = _environment(plan.settings, max(1, options.workers))
        with Helpers(options.workers, environment, options.worker):
            spread.run(listing.items)
        return spread.outcomes
    finally:
        service.close()


def _plan(options: BatchOptions, settings: Settings, state: State) -> Plan:
    """The plan, with the profiles' texts kept beside the results, as they are now."""
    texts, places = [], []
    for path in options.profiles:
        text = path.read_bytes()
        name = f"{hashlib.sha256(text).hexdigest()[:16]}{path.suffix}"
        place = state.folder / "profiles" / name
        place.parent.mkdir(exist_ok=True)
        try:
            write_text(place, text.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise BadProfile("is not UTF-8", file=str(path)) from error
        texts.append(text)
        places.append(place)
    loaded = tuple(load_profiles(places))
    return Plan(loaded, tuple(texts), tuple(places), settings, options.retry_failed)


def _environment(settings: Settings, workers: int) -> dict[str, str]:
    """The processes share the cores."""
    threads = settings.threads or max(1, usable_cores() // workers)
    return settings_to_environment(settings.model_copy(update={"threads": threads}))


def _estimate(options: BatchOptions, listing: Listing) -> int:
    """Print what there is to do and how long it will take."""
    from api.batch.estimate import estimate

    state = State(options.out)
    state.read()
    found = estimate(listing.items, state.entries.values())
    done = sum(1 for entry in state.entries.values() if entry.done)
    console = Console()
    speed = "as fast as earlier runs here" if found.measured else "on two cores"
    lines = [
        f"{len(listing.items):,} files: {found.recordings:,} recordings"
        f" ({found.hours_of_sound:,.1f} h of sound), {found.transcripts:,} transcripts"
        f" ({found.text_bytes / 1e6:,.1f} MB); {len(listing.left_out):,} other files left out.",
        f"About {found.seconds / 3600:.1f} hours ({duration(found.seconds)}) {speed} with one"
        " worker; more help as far as there are cores for them.",
    ]
    if found.unknown_length:
        lines.append(f"{found.unknown_length:,} recordings do not say how long they are.")
    if done:
        lines.append(f"{done:,} contents were done in earlier runs; what is unchanged is skipped.")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0


def _last_line(calls: int, deals: int, failed: int, listing: Listing, options: BatchOptions) -> str:
    parts = [f"{calls:,} calls, {deals:,} deals"]
    if failed:
        parts.append(f"{failed:,} failed (see failures.csv; --retry-failed tries again)")
    if listing.left_out:
        parts.append(f"{len(listing.left_out):,} other files left out")
    return f"{', '.join(parts)}: {options.out / 'summary.html'}"
