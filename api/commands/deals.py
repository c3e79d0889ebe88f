"""`icp deals import`: what the CRM says of deals, from a CSV into the service's database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from api.deal_rows import MOST_SHOWN, read_table
from api.jobs.deal_changes import Imported, import_rows
from api.jobs.service import open_service
from api.logs import set_up_logs
from api.settings import Settings
from api.words import plain
from pipeline.errors import InputError


def run_import(file: Path, settings: Settings, *, partial: bool) -> int:
    """Take the table over, all of it or (with `partial`) its good rows; 1 when some were bad."""
    set_up_logs(settings.log_level)
    console, errors = Console(), Console(stderr=True)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(file)) from error
    table = read_table(content, str(file))
    problems = list(table.problems)
    if problems and not partial:
        _tell(errors, problems)
        raise InputError("nothing was taken over", file=str(file), remedy="mend it, or --partial")
    service = open_service(settings)
    try:
        with service.database.unit_of_work() as connection:
            done: Imported = import_rows(connection, table.rows, "command line")
    finally:
        service.close()
    _tell(errors, problems)
    if table.ignored:
        names = ", ".join(table.ignored)
        errors.print(f"icp: columns passed over: {plain(names)}", markup=False, highlight=False)
    text = f"{done.created} deals new, {done.updated} known, {len(problems)} cells wrong"
    console.print(text, markup=False, highlight=False)
    return 1 if problems else 0


def _tell(errors: Console, problems: Sequence[object]) -> None:
    for problem in problems[:MOST_SHOWN]:
        line = plain(f"icp: {problem}")
        errors.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(problems) > MOST_SHOWN:
        errors.print(f"icp: and {len(problems) - MOST_SHOWN} more", markup=False, highlight=False)
