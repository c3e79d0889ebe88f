"""`icp crm …`: deals tagged in a CRM or in a CSV for it, and facts and outcomes pulled from it.

Every change is printed before it is made; a dry run stops there. What goes wrong with one deal is
named on standard error and stops nothing else. Exit status: 0 done, 1 some deals failed, 2 bad
usage, a bad mapping, or credentials that the CRM refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from api.crm.connecting import first_contact, open_crm, without_secrets
from api.crm.fitting import fit_pull, fit_push
from api.crm.mapping import CrmMapping, lint_mapping, load_mapping
from api.crm.pulling import Pulled, deal_changes, pull_deals, to_csv
from api.crm.pushing import KEEP, FieldChange, Pushed, push_tags, with_overwrite
from api.crm.sources import chosen_deals, tags_in_file, tags_in_store
from api.crm.tables import tags_to_csv
from api.crm.tags import Tags
from api.crm.values import number_text
from api.deal_rows import DealRow
from api.jobs.deal_changes import import_rows
from api.jobs.service import Service, open_service
from api.logs import set_up_logs
from api.outputs import check_target, write_json, write_text
from api.settings import Settings, quiet_libraries
from api.store import audit, deals
from api.wiring import open_services
from api.words import plain
from pipeline.errors import BadUsage

ACTOR = "icp crm"
SHOWN = 160
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Which deals: of a file that `icp assess --json` wrote, or of the service's store."""

    file: Path | None = None
    profile: str | None = None
    deals: tuple[str, ...] = ()


def run_lint(paths: Sequence[Path], settings: Settings) -> int:
    """Print what is wrong with mappings; 2 when one cannot be used."""
    status = 0
    out, _ = _printers(settings)
    for path in paths:
        mapping, findings = lint_mapping(path)
        for finding in findings:
            out(f"{path}: {finding}")
        out(f"{path}: {'cannot be used' if mapping is None else 'can be used'}")
        status = 2 if mapping is None else status
    return status


def run_csv(source: Source, settings: Settings, *, out: Path, mapping: Path | None) -> int:
    """Write the tags of all deals as a table."""
    say, tell = _printers(settings)
    check_target(out, "--out", [p for p in (source.file, mapping) if p])
    given = load_mapping(mapping) if mapping else None
    tags = _tags(source, settings, tell)
    write_text(out, tags_to_csv(tags, given))
    say(f"{len(tags)} deals written to {out}")
    return 0


def run_push(
    path: Path, source: Source, settings: Settings, *, dry_run: bool, overwrite: Sequence[str],
    json_out: Path | None,
) -> int:  # fmt: skip
    """Tag the deals in the CRM; 1 when some failed."""
    say, tell = _printers(settings)
    mapping = with_overwrite(load_mapping(path), overwrite)
    if not mapping.push:
        raise BadUsage("maps no push", file=str(path), remedy="see README, CRM")
    if json_out:
        check_target(json_out, "--json", [p for p in (path, source.file) if p])
    tags = _tags(source, settings, tell)
    with first_contact(settings):
        crm = open_crm(mapping, settings)
        fields = fit_push(mapping, crm)
    done = push_tags(
        crm, mapping, fields, tags, dry_run=dry_run, tell=lambda change: say(_change_line(change))
    )
    done.problems = {d: without_secrets(p, settings) for d, p in done.problems.items()}
    _tell_problems(done.problems, done.notes, tell)
    say(_push_summary(done, dry_run=dry_run))
    if json_out:
        write_json(json_out, _report(done, dry_run=dry_run))
    if source.file is None and not dry_run:
        _note(settings, mapping, done)
    return 1 if done.problems else 0


def run_pull(
    path: Path, source: Source, settings: Settings, *, dry_run: bool, csv_out: Path | None
) -> int:
    """Take facts and outcomes over into the service, or into a CSV; 1 when some deals failed."""
    say, tell = _printers(settings)
    mapping = load_mapping(path)
    if not mapping.pull:
        raise BadUsage("maps no pull", file=str(path), remedy="see README, CRM")
    if csv_out:
        check_target(csv_out, "--csv", [p for p in (path, source.file) if p])
    deal_ids = _deal_ids(source, settings)
    with first_contact(settings):
        crm = open_crm(mapping, settings)
        fit_pull(mapping, crm)
    pulled = pull_deals(crm, mapping, deal_ids)
    if csv_out is None:
        changed = _into_store(pulled, settings, say, dry_run=dry_run)
        what = f"{changed} {'would change' if dry_run else 'changed'}"
    elif dry_run:
        for row in pulled.rows:
            _say_row(row, say)
        what = f"{len(pulled.cells)} would be written"
    else:
        write_text(csv_out, to_csv(pulled))
        what = f"{len(pulled.cells)} written to {csv_out}"
    _tell_problems(pulled.problems, pulled.notes, tell)
    left = f", {len(pulled.missing)} not in the CRM" if pulled.missing else ""
    say(f"{len(deal_ids)} deals: {what}{left}, {len(pulled.problems)} failed")
    return 1 if pulled.problems else 0


def _printers(settings: Settings) -> tuple[Tell, Tell]:
    """How to print a line, and how to tell of a problem."""
    set_up_logs(settings.log_level)
    console, errors = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)

    def say(line: str) -> None:
        console.print(plain(line), markup=False, highlight=False)

    def tell(line: str) -> None:
        safe = without_secrets(plain(line), settings)
        errors.print(f"icp: {safe}", markup=False, highlight=False)

    return say, tell


def _tags(source: Source, settings: Settings, tell: Tell) -> list[Tags]:
    if source.file is not None:
        found = tags_in_file(source.file, source.profile)
        return _only(found, source.deals) if source.deals else found
    if source.profile is None:
        raise BadUsage(
            "no deals are named",
            remedy="give --from ASSESSMENTS.json, or --profile ID of the service",
        )  # fmt: skip
    quiet_libraries(settings)
    service = open_service(settings)
    try:
        services = open_services(settings)
        return tags_in_store(service, services, source.profile, source.deals, tell)
    finally:
        service.close()


def _only(found: Sequence[Tags], deal_ids: Sequence[str]) -> list[Tags]:
    known = {tags.deal_id: tags for tags in found}
    for deal_id in deal_ids:
        if deal_id not in known:
            raise BadUsage(f"there is no deal {deal_id[:60]!r}", field="--deal")
    return [known[deal_id] for deal_id in dict.fromkeys(deal_ids)]


def _deal_ids(source: Source, settings: Settings) -> list[str]:
    if source.file is not None:
        found = tags_in_file(source.file, source.profile)
        return [t.deal_id for t in (_only(found, source.deals) if source.deals else found)]
    service = open_service(settings)
    try:
        return [deal.id for deal in chosen_deals(service, source.deals)]
    finally:
        service.close()


def _into_store(pulled: Pulled, settings: Settings, say: Tell, *, dry_run: bool) -> int:
    """Take over what differs, in one transaction; how many deals that changes."""
    service = open_service(settings)
    try:
        with service.database.reading() as connection:
            known = {row.deal_id: deals.get(connection, row.deal_id) for row in pulled.rows}
        changed = []
        for row in pulled.rows:
            changes = deal_changes(row, known[row.deal_id])
            for change in changes:
                say(f"{row.deal_id}: {change.name}: {_old(change.old)} → {_value(change.new)}")
            if changes:
                changed.append(row)
        if changed and not dry_run:
            with service.database.unit_of_work() as connection:
                import_rows(connection, tuple(changed), ACTOR)
    finally:
        service.close()
    return len(changed)


def _say_row(row: DealRow, say: Tell) -> None:
    for change in deal_changes(row, None):
        say(f"{row.deal_id}: {change.name}: {_value(change.new)}")


def _change_line(change: FieldChange) -> str:
    line = f"{change.deal_id}: {change.field}: {_old(change.old)} → {_value(change.new)}"
    if change.action == KEEP:
        return f"{line} · kept, for it is filled (--overwrite {change.field})"
    return line


def _old(value: object) -> str:
    return "(empty)" if value in (None, "") else _value(value)


def _value(value: object) -> str:
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else plain(str(value), SHOWN)


def _tell_problems(problems: Mapping[str, str], notes: Sequence[str], tell: Tell) -> None:
    for note in notes:
        tell(note)
    for deal_id, problem in sorted(problems.items()):
        tell(f"deal {deal_id}: {problem}")


def _push_summary(done: Pushed, *, dry_run: bool) -> str:
    written = done.written
    changed = {change.deal_id for change in written}
    kept = sum(change.action == KEEP for change in done.changes)
    same = done.deals - len(changed) - len(done.problems) - len(done.skipped)
    parts = [
        f"{len(changed)} {'would change' if dry_run else 'changed'} ({len(written)} fields)",
        f"{same} as they should be", f"{len(done.problems)} failed",
    ]  # fmt: skip
    if done.skipped:
        parts.append(f"{len(done.skipped)} not in the CRM")
    if kept:
        parts.append(f"{kept} filled fields kept")
    return f"{done.deals} deals: {', '.join(parts)}"


def _report(done: Pushed, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run, "deals": done.deals, "changes": [asdict(c) for c in done.changes],
        "problems": done.problems, "skipped": done.skipped,
    }  # fmt: skip


def _note(settings: Settings, mapping: CrmMapping, done: Pushed) -> None:
    """The audit log says which fields of a deal went to the CRM, never what was in them."""
    fields: dict[str, list[str]] = {}
    for change in done.written:
        fields.setdefault(change.deal_id, []).append(change.field)
    service: Service = open_service(settings)
    try:
        with service.database.unit_of_work() as connection:
            for deal_id, names in fields.items():
                details = {"crm": mapping.crm, "fields": sorted(names)}
                audit.note(connection, ACTOR, "crm.push", "deal", deal_id, details)
    finally:
        service.close()
