"""`icp assess`: checked calls in, one assessment for each deal out. Nothing is heard again.

Statements of a profile that the stored results do not know are weighed in the stored words. A file
that cannot be read is named on standard error and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from api.checked import CheckedDeal, by_deal, read_checked
from api.commands.check import load_profiles
from api.deal_report import print_assessment
from api.deal_rows import DealTable, read_table
from api.logs import set_up_logs
from api.outputs import check_target, write_json
from api.settings import Settings, quiet_libraries
from api.wiring import Services, open_services
from api.words import plain
from pipeline.deals.facts import read_facts
from pipeline.domain import Profile, Signal
from pipeline.errors import InputError
from pipeline.formats_assessment import assessment_to_json
from pipeline.json_fields import Json


@dataclass(frozen=True, slots=True)
class AssessOptions:
    """What the user asked `icp assess` to do."""

    results: Path
    profiles: tuple[Path, ...]
    json_out: Path | None = None
    crm: Path | None = None
    """A CSV of the CRM's deals, whose facts are a source of their own."""


def run_assess(options: AssessOptions, settings: Settings) -> int:
    """Assess every deal; the exit status: 0 done, 1 some files could not be read."""
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    errors = Console(stderr=True)

    def tell(line: str) -> None:
        errors.print(f"icp: {plain(line)}", markup=False, highlight=False, soft_wrap=True)

    profiles = load_profiles(options.profiles)
    if options.json_out:
        check_target(options.json_out, "--json", options.profiles)
    facts = _facts(options.crm) if options.crm else {}
    checked = read_checked(options.results, tell, words=False)
    services, console = open_services(settings), Console()
    assessed: list[Json] = []
    try:
        for deal in by_deal(checked.calls):
            assessed += _assess(console, services, deal, profiles, facts.get(deal.id, ()))
    finally:
        if options.json_out and assessed:
            write_json(options.json_out, assessed if len(assessed) > 1 else assessed[0])
    return 1 if checked.failed else 0


def _assess(
    console: Console,
    services: Services,
    deal: CheckedDeal,
    profiles: Sequence[Profile],
    facts: Sequence[Signal],
) -> list[Json]:
    analyses = [services.weigh_missing(analysis, profiles) for analysis in deal.analyses]
    found = []
    for profile in profiles:
        assessment = services.assess(analyses, profile, deal_id=deal.id, facts=facts)
        print_assessment(console, assessment, profile)
        found.append(assessment_to_json(assessment))
    return found


def _facts(path: Path) -> dict[str, tuple[Signal, ...]]:
    rows = read_crm(path).rows
    return {row.deal_id: read_facts(row.facts, row.deal_id, str(path)) for row in rows}


def read_crm(path: Path) -> DealTable:
    """The CRM's deals in a CSV; raises InputError with every problem."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path)) from error
    table = read_table(content, str(path))
    table.must_be_whole()
    return table
