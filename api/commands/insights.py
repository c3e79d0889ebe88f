"""`icp profile diff`, `insight` and `preview`: what stored calls say about a profile or a change.

Nothing is heard again. Trap: statements that the stored calls were never weighed for stay open in a
diff, unless they are asked to be weighed, which takes a while for each call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.checked import CheckedDeal, by_deal, read_checked
from api.commands.assess import read_crm
from api.logs import set_up_logs
from api.outputs import check_target, write_json
from api.settings import Settings, quiet_libraries
from api.wiring import Services, open_services, statements_of
from api.words import plain
from pipeline.domain import Dimension, Profile, Statement
from pipeline.errors import BadUsage
from pipeline.explain import clock
from pipeline.insights.diff import ProfileDiff, diff_checks
from pipeline.insights.lift import ClosedDeal, Insight, Lift, find_features, find_width, learn
from pipeline.insights.preview import Hit, Preview, preview
from pipeline.knowledge import CheckOptions
from pipeline.profile import load_profile

MOST_ROWS = 40
LONGEST_STATEMENT = 300


def run_diff(
    before: Path, after: Path, calls: Path, settings: Settings, *, json_out: Path | None,
    weigh: bool,
) -> int:  # fmt: skip
    """Print which deals change; 1 when some files could not be read."""
    tell, services = _begin(settings, json_out, (before, after))
    old, new = load_profile(before), load_profile(after)
    checked = read_checked(calls, tell, words=False)
    deals = by_deal(checked.calls)
    if weigh:
        deals = tuple(_weighed(services, deal, (old, new)) for deal in deals)
    missing = _unweighed(deals, (old, new))
    found = diff_checks(
        services.check_change(deal.analyses, old, new, deal_id=deal.id) for deal in deals
    )
    console = Console()
    for line in diff_lines(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if missing:
        tell(f"{missing} calls were not weighed for every statement; --weigh does it now")
    if json_out:
        write_json(json_out, {**found.to_json(), "unweighed": missing})
    return 1 if checked.failed else 0


def diff_lines(found: ProfileDiff) -> Iterator[str]:
    """A diff in words, a line each."""
    yield f"{found.deals} deals; {len(found.changed)} change their tier or are ruled out or in"
    yield "tiers: " + ", ".join(f"{move} {count}" for move, count in found.moves.items())
    if found.rules:
        rules = ", ".join(f"{rule} {count}" for rule, count in found.rules.items())
        yield f"rules that come out otherwise: {plain(rules)}"
    for change in found.changed[:MOST_ROWS]:
        fits = [("–" if f is None else f"{f:.2f}") for f in (change.fit_before, change.fit_after)]
        head = f"{change.before or '–'} → {change.after or '–'}  {change.deal_id}"
        told = "; ".join(
            f"{r.rule} {r.before} → {r.after}" + (f" “{r.quote[:100]}”" if r.quote else "")
            for r in change.rules[:3]
        )
        yield plain(f"{head}  fit {fits[0]} → {fits[1]}  {told}")
    if len(found.changed) > MOST_ROWS:
        yield f"and {len(found.changed) - MOST_ROWS} more; --json has them all"


def run_insight(
    profile: Path, calls: Path, crm: Path, settings: Settings, *, least: int,
    json_out: Path | None,
) -> int:  # fmt: skip
    """Print what outcomes say about a profile; 1 when some files could not be read."""
    tell, services = _begin(settings, json_out, (profile, crm))
    held = load_profile(profile)
    outcomes = {row.deal_id: row.fields.get("outcome") for row in read_crm(crm).rows}
    checked = read_checked(calls, tell, words=False)
    closed, checks = [], []
    for deal in by_deal(checked.calls):
        check = services.check_deal(deal.analyses, held)
        checks.append(check)
        outcome = outcomes.get(deal.id)
        if outcome is not None:
            said = [signal for analysis in deal.analyses for signal in analysis.signals]
            features = find_features(said, services.knowledge)
            closed.append(ClosedDeal(deal.id, str(outcome), check, features))
    insight = learn(closed, held, least)
    console = Console()
    _print_insight(console, insight)
    if width := find_width(checks):
        console.print(Text(f"\nThis profile is {plain(width)}", style="yellow"))
    if not closed:
        tell("no deal has both calls and an outcome; are the ids those of --crm's deal_id?")
    if json_out:
        write_json(json_out, asdict(insight))
    return 1 if checked.failed else 0


def _print_insight(console: Console, insight: Insight) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in insight.outcomes.items())
    console.print(f"{insight.deals} closed deals: {counts}", highlight=False)
    table = _table("tier", "deals", "win rate", "churn of the won")
    for row in insight.tiers:
        table.add_row(row.tier or "–", str(row.deals), _share(row.wins), _share(row.churn))
    console.print(table)
    groups = (("criteria and triggers", insight.criteria), ("signals", insight.signals),
              ("churn", insight.churn))  # fmt: skip
    for title, lifts in groups:
        shown = [x for x in lifts if x.odds or title.startswith("criteria")][:MOST_ROWS]
        if not shown:
            continue
        rate = "churn" if title == "churn" else "won"
        table = _table(title, f"{rate} with it", f"{rate} without", "log-odds (95 in 100)")
        for lift in shown:
            table.add_row(plain(lift.about, 50), _share(lift.with_it), _share(lift.without_it),
                          _odds(lift, insight.least))  # fmt: skip
        console.print(table)
    for found in insight.suggestions:
        line = Text.assemble((f"{found.change}: ", "bold"), plain(found.rule), f"  {found.why}")
        console.print(line)


def run_preview(
    statement: str, calls: Path, settings: Settings, *, dimension: str | None,
    yes: tuple[str, ...], no: tuple[str, ...], json_out: Path | None,
) -> int:  # fmt: skip
    """Print which calls say a statement; 1 when some files could not be read."""
    tell, services = _begin(settings, json_out, ())
    asked = make_statement(statement, dimension)
    checked = read_checked(calls, tell, words=False)
    known = {call.analysis.transcript.call_id for call in checked.calls}
    for name in (*yes, *no):
        if name not in known:
            raise BadUsage(f"there is no call {name!r}", field="--yes" if name in yes else "--no")
    marks = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    hits = [
        Hit(call.analysis.transcript.call_id, services.weigh_statement(call.analysis, asked))
        for call in checked.calls
    ]
    options = CheckOptions()
    found = preview(hits, marks, options.statement_met, options.statement_denied)
    console = Console()
    for line in preview_lines(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if json_out:
        write_json(json_out, asdict(found))
    return 1 if checked.failed else 0


def make_statement(text: str, dimension: str | None) -> Statement:
    """A statement that a profile does not have yet; raises BadUsage when it cannot be one."""
    clean = " ".join(text.split())
    if len(clean.split()) < 3 or len(clean) > LONGEST_STATEMENT:
        raise BadUsage(
            "is no statement", field="statement",
            remedy=f"write a sentence of 3 words to {LONGEST_STATEMENT} characters about them",
        )  # fmt: skip
    if dimension is not None and dimension not in {d.value for d in Dimension}:
        raise BadUsage(f"there is no dimension {dimension[:40]!r}", field="dimension")
    return Statement("preview", clean, Dimension(dimension) if dimension else None)


def preview_lines(found: Preview) -> Iterator[str]:
    """A preview in words, a line each."""
    yield (
        f"{found.calls} calls: {len(found.hits)} say it (from {found.threshold:.2f} on), "
        f"{len(found.near)} nearly, {len(found.denied)} deny it"
    )
    for title, hits in (("says", found.hits), ("nearly", found.near), ("denies", found.denied)):
        for hit in hits[:MOST_ROWS]:
            sure = hit.evidence.denies if title == "denies" else hit.score
            at = clock(hit.evidence.start)
            where = f"{hit.call_id} {at}".strip()
            yield plain(f"{title} {sure:.2f}  {where}  “{hit.evidence.quote}”", 300)
    if found.wrong:
        yield plain(f"marked otherwise: {', '.join(found.wrong)}")


def _begin(
    settings: Settings, json_out: Path | None, inputs: Sequence[Path]
) -> tuple[Callable[[str], None], Services]:
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    if json_out:
        check_target(json_out, "--json", inputs)
    errors = Console(stderr=True)

    def tell(line: str) -> None:
        errors.print(f"icp: {plain(line)}", markup=False, highlight=False, soft_wrap=True)

    return tell, open_services(settings)


def _weighed(services: Services, deal: CheckedDeal, profiles: Sequence[Profile]) -> CheckedDeal:
    from dataclasses import replace

    calls = tuple(
        replace(call, analysis=services.weigh_missing(call.analysis, profiles))
        for call in deal.calls
    )
    return replace(deal, calls=calls)


def _unweighed(deals: Sequence[CheckedDeal], profiles: Sequence[Profile]) -> int:
    asked = {statement.id for statement in statements_of(profiles)}
    return sum(
        bool(asked - {found.statement for found in call.analysis.statements})
        for deal in deals
        for call in deal.calls
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _share(share: object) -> str:
    from pipeline.insights.intervals import Share

    if not isinstance(share, Share):
        return "–"
    return f"{share.share:.0%} ({share.hits} of {share.count}; {share.low:.0%}–{share.high:.0%})"


def _odds(lift: Lift, least: int) -> str:
    if lift.odds is None:
        return f"fewer than {least} deals"
    return f"{lift.odds.log_odds:+.1f} ({lift.odds.low:+.1f} to {lift.odds.high:+.1f})"
