"""Outcomes → tables and summary, one call in memory at a time, always in the listing's order.

Trap: a deal needs all its calls at once, so deals come after the calls, each read again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from api.batch import rows
from api.batch.crew import Outcome
from api.batch.figures import Figures, group_pains
from api.batch.listing import Listing
from api.batch.state import State
from api.batch.summary import summary_page
from api.batch.tables import Table
from api.outputs import write_text
from api.results import result_from_json
from api.wiring import Services
from pipeline.domain import CallAnalysis, Profile
from pipeline.errors import InputError
from pipeline.json_fields import Json, object_of

_KEPT = ("call_id", "deal_id", "account", "rep", "outcome", "recorded_at", "tier", "result")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Written:
    """How much the tables hold."""

    calls: int
    deals: int
    failed: int


def write_all(
    state: State,
    listing: Listing,
    outcomes: Mapping[str, Outcome],
    profiles: Sequence[Profile],
    services: Services,
    tell: Tell,
) -> Written:
    """Write every table and the summary."""
    figures = Figures()
    deals: dict[str, list[Json]] = defaultdict(list)
    if dropped := state.drop_replaced():
        tell(f"{dropped:,} results of files that have changed since were deleted")
    failed = _write_calls(state, listing, outcomes, figures, deals, tell)
    _write_deals(state.out, deals, profiles, services)
    pains = group_pains(figures, services.toolbox.embedder.embed)
    page = summary_page(
        figures, profiles, pains, deals=len(deals), failed=failed, left_out=len(listing.left_out)
    )
    write_text(state.out / "summary.html", page)
    return Written(figures.calls, len(deals), failed)


def _write_calls(
    state: State,
    listing: Listing,
    outcomes: Mapping[str, Outcome],
    figures: Figures,
    deals: dict[str, list[Json]],
    tell: Tell,
) -> int:
    same: dict[str, list[str]] = defaultdict(list)
    for item in listing.items:
        if (outcome := outcomes[item.name]).same_as is not None:
            same[outcome.same_as].append(item.name)
    ids: dict[str, str] = {}
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(Table(state.out, name, columns))
            for name, columns in (
                ("calls", rows.CALLS), ("signals", rows.SIGNALS), ("checks", rows.CHECKS),
                ("failures", rows.FAILURES),
            )
        }  # fmt: skip
        for item in listing.items:
            outcome = outcomes[item.name]
            if outcome.same_as is not None:
                continue
            found = None if outcome.failed else _rows(state, outcome, same.get(item.name, ()))
            if found is None:
                tables["failures"].add(_failure(outcome))
                continue
            call, signals, checks = found
            call_id = str(call["call_id"])
            if call_id in ids:
                tell(f"{item.name}: the call {call_id!r} is in {ids[call_id]} too")
            ids.setdefault(call_id, item.name)
            tables["calls"].add(call)
            for name, several in (("signals", signals), ("checks", checks)):
                for row in several:
                    tables[name].add(row)
            figures.add(call, signals, checks)
            if call["deal_id"]:
                deals[str(call["deal_id"])].append({name: call[name] for name in _KEPT})
        failed = tables["failures"].n_rows
        for left in listing.left_out:
            tables["failures"].add({"file": left.name, "state": "left out", "reason": left.reason})
    return failed


def _write_deals(
    out: Path, deals: Mapping[str, list[Json]], profiles: Sequence[Profile], services: Services
) -> None:
    with Table(out, "deals", rows.DEALS) as table:
        for deal_id, calls in sorted(deals.items()):
            calls.sort(key=lambda call: str(call["recorded_at"] or "9999"))
            analyses = [_analysis(out / str(call["result"])) for call in calls]
            for profile in profiles:
                assessed = services.assess(analyses, profile, deal_id=deal_id)
                table.add(
                    rows.deal_row(deal_id, calls, assessed.check, len(assessed.contradictions))
                )


def _rows(
    state: State, outcome: Outcome, same_files: Sequence[str]
) -> tuple[Json, list[Json], list[Json]] | None:
    """The rows of a call, of its signals and of its checks; None when its result is damaged."""
    path = state.result(str(outcome.sha))
    try:
        data = object_of(json.loads(path.read_text(encoding="utf-8")), str(path))
        result_from_json(data.data, str(path))
        call = rows.call_row(outcome, data, str(path.relative_to(state.out)), same_files)
        return call, list(rows.signal_rows(data, call)), list(rows.check_rows(data, call))
    except (OSError, ValueError, InputError):
        return None


def _analysis(path: Path) -> CallAnalysis:
    return result_from_json(json.loads(path.read_text(encoding="utf-8")), str(path)).analysis


def _failure(outcome: Outcome) -> Json:
    if outcome.failed:
        return rows.failure_row(outcome)
    remedy = "delete it and run the command again"
    return {
        "file": outcome.item.name, "state": "failed", "code": "damaged_result",
        "reason": f"the stored result cannot be read ({remedy})", "sha256": outcome.sha,
    }  # fmt: skip
