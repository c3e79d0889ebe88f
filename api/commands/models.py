"""`icp models`: what learned models there are, whose they are, whether they are there and intact.

`--fetch` is the set-up step that puts missing weights into the data folder, the only command that
uses the network by itself. A file that was verified before is not read again unless it changed or
`--verify` is given.
"""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.logs import set_up_logs
from api.progress import show_progress
from api.settings import Settings
from models import registry, weights
from pipeline.errors import WeightsError

_OWNERS = {"library": "speech recognition library", "shipped": "program"}
STATUS_STYLES = {"intact": "green", "missing": "yellow", "damaged": "bold red"}


def run_models(settings: Settings, *, fetch: bool = False, verify: bool = False) -> int:
    """List the models (and fetch what is missing); status 1 when one is not there or not intact."""
    set_up_logs(settings.log_level)
    rows = list(registry.table().values())
    if verify:
        _forget_verified(rows, settings)
    if fetch:
        _fetch(rows, settings)
    states = {row.name: weights.status(row.name, settings.data_dir) for row in rows}
    console = Console()
    console.print(_table(rows, states, settings))
    console.print(Text("\nWhere they come from:"))
    for row in rows:
        carried = ", ".join(row.packages) or f"part of the {_OWNERS[row.location]}"
        console.print(Text(f"  {row.name}: {row.repo} ({carried})"), soft_wrap=True)
    console.print(Text(f"\nData folder: {settings.data_dir}"), soft_wrap=True)
    faults = [row for row in rows if states[row.name] != "intact"]
    for row in faults:
        remedy = "run `icp models --fetch`" if row.location == "data" else "install again"
        _say(f"{row.name} is {states[row.name]} ({remedy})")
    return 1 if faults else 0


def _forget_verified(rows: list[registry.Model], settings: Settings) -> None:
    folder = weights.weights_folder(settings.data_dir)
    for row in rows:
        (folder / row.name / weights.STAMP).unlink(missing_ok=True)


def _fetch(rows: list[registry.Model], settings: Settings) -> None:
    errors = Console(stderr=True)
    failures = []
    for row in rows:
        if row.location != "data" or weights.status(row.name, settings.data_dir) == "intact":
            continue
        try:
            with show_progress(f"fetching {row.name} ({_megabytes(row.size)})", errors) as progress:
                progress("fetch", 0.0, float(row.size))
                weights.fetch(row.name, settings.data_dir, progress=progress)
        except WeightsError as error:
            failures.append(row.name)
            _say(str(error))
    if failures:
        raise WeightsError(
            f"could not be fetched: {', '.join(failures)}", remedy="see above; then try again"
        )


def _table(rows: list[registry.Model], states: dict[str, str], settings: Settings) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("name", "task", "licence"):
        table.add_column(heading, overflow="fold")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for row in rows:
        state = states[row.name]
        size = row.size
        if not size and state == "intact":
            folder = weights.find(row.name, settings.data_dir)
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        colour = STATUS_STYLES.get(state, "")
        table.add_row(row.name, row.task, row.licence, _megabytes(size), Text(state, style=colour))
    return table


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB" if size else "–"


def _say(line: str) -> None:
    Console(stderr=True).print(f"icp: {line}", markup=False, highlight=False, soft_wrap=True)
