"""The assessment of a deal as a person reads it in a terminal: verdict, proof, changes, gaps.

Every claim stands with the words that prove it, who said them, in which call, and what they add.
Words of the calls are printed as `Text` after `plain`, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.describe import asked, label, value_text
from api.report import QUOTE_LENGTH, TIER_STYLES, WIDEST
from api.words import plain
from pipeline.deals.types import CONTESTED, LATEST, REPLACED, Assessment, Contradiction, Position
from pipeline.domain import Condition, Profile, RuleResult

MARKS = {LATEST: "→", REPLACED: "·", CONTESTED: "≠"}
MOST_TERMS = 4
EXPLAINED = "+1.2 is what somebody's words add to the log-odds; each rule starts at -2.2 (1 in 10)."
MOST_QUESTIONS = 8


def print_assessment(console: Console, assessment: Assessment, profile: Profile) -> None:
    """Print one deal's assessment against one profile."""
    width = min(console.width, WIDEST)
    console.print(_verdict(assessment, profile), width=width)
    for block in (*_rules(assessment, profile), *_changes(assessment), *_gaps(assessment)):
        console.print(block, width=width)
    if assessment.sums:
        console.print(Text(f"\n{EXPLAINED}\n", style="dim"), width=width)


def _verdict(assessment: Assessment, profile: Profile) -> Panel:
    check = assessment.check
    tier = check.tier or "–"
    head = Text.assemble(
        (f"Tier {tier}", TIER_STYLES.get(tier, "bold")),
        "   ",
        (plain(check.quadrant.replace("_", " ")), "bold"),
        ("   DISQUALIFIED", "bold red") if check.disqualified else "",
    )
    fit = "–" if check.fit is None else f"{check.fit:.2f}"
    calls = f"{len(check.calls)} call" + ("" if len(check.calls) == 1 else "s")
    figures = Text(
        f"fit {fit} · coverage {check.coverage:.0%} · engagement {check.engagement:.2f} · {calls}",
        style="dim",
    )
    return Panel(
        Group(head, figures, Text(plain(check.summary))),
        title=Text(f"{plain(check.subject, 60)} · {plain(profile.name or profile.id, 60)}"),
        title_align="left",
        box=ROUNDED,
        padding=(0, 1),
    )


def _rules(assessment: Assessment, profile: Profile) -> Iterable[Table | Text]:
    check = assessment.check
    conditions: dict[str, tuple[Condition, str]] = {
        c.id: (c.condition, "required" if c.required else "") for c in profile.criteria
    }
    conditions |= {
        d.id: (d.condition, "hard" if d.hard else "a warning") for d in profile.disqualifiers
    }
    conditions |= {
        t.id: (Condition(kind=t.kind, statement=t.statement), "") for t in profile.triggers
    }
    groups = (
        ("Disqualifies", "red", "✗", check.disqualifiers, "raised"),
        ("Fits", "green", "✓", check.criteria, "met"),
        ("Does not fit", "red", "✗", check.criteria, "not_met"),
        ("Conflicting", "yellow", "≠", check.criteria, "conflicting"),
        ("Triggers", "cyan", "!", check.triggers, "detected"),
    )
    for title, colour, mark, results, status in groups:
        chosen = [r for r in results if r.status == status]
        if chosen:
            yield Text(f"\n{title}", style=f"bold {colour}")
            yield _table(assessment, conditions, chosen, colour, mark)


def _table(
    assessment: Assessment,
    conditions: Mapping[str, tuple[Condition, str]],
    results: Sequence[RuleResult],
    colour: str,
    mark: str,
) -> Table:
    table = _grid()
    for result in results:
        condition, flag = conditions[result.id]
        wanted = "; ".join(part for part in (asked(condition), flag) if part)
        text = Text.assemble((plain(result.id), "bold"))
        text.append(f"  ({plain(wanted, 120)})  {result.score:.0%} sure", style="dim")
        if result.source == "crm":
            text.append("  from the CRM, not from a call", style="yellow")
        terms = assessment.sums.get(result.id, ())[1:]
        for term in terms[:MOST_TERMS]:
            text.append(f"\n{term.log_odds:+.1f} ", style=colour)
            text.append(plain(term.source, QUOTE_LENGTH + 80))
        if len(terms) > MOST_TERMS:
            text.append(f"\nand {len(terms) - MOST_TERMS} more", style="dim")
        table.add_row(Text(mark, style=colour), text)
    return table


def _changes(assessment: Assessment) -> Iterable[Table | Text]:
    if not assessment.contradictions:
        return
    yield Text("\nChanged or contradicted", style="bold yellow")
    table = _grid()
    for found in assessment.contradictions:
        text = Text.assemble((plain(_title(found)), "bold"))
        text.append(f"  {_resolution(found)}", style="dim")
        for position in found.positions:
            text.append("\n")
            text.append_text(_position(position))
        table.add_row(Text("≠" if not found.resolved else "→", style="yellow"), text)
    yield table


def _title(found: Contradiction) -> str:
    about = label(found.dimension.value) if found.dimension and not found.rules else found.about
    return f"{about} ({', '.join(found.rules)})" if found.rules else about


def _resolution(found: Contradiction) -> str:
    if found.between == "crm":
        return "the CRM says something else; what was said counts"
    where = f"between {found.between}"
    if not found.resolved:
        return f"{where}; nothing resolves it: ask"
    return f"{where}; {_WHY.get(found.why, 'the latest counts')}"


_WHY = {
    "later": "the latest counts",
    "explained": "the latest tells of the change",
    "same person": "the same person, later",
    "stronger": "the surer one counts",
}


def _position(position: Position) -> Text:
    text = Text(f"{MARKS.get(position.stands, ' ')} ", style="yellow")
    day = position.on.isoformat() if position.on else ""
    who = ", ".join(part for part in (position.said_by, position.call_id, day) if part)
    text.append(f"{plain(who, 80)}: ")
    sure = 0.0
    if position.signal is not None:
        sure = position.signal.confidence
        if value := value_text(position.signal):
            text.append(f"{plain(value, QUOTE_LENGTH)}  ", style="cyan")
    elif (found := position.statement) is not None:
        sure = max(found.supports, found.denies)
        text.append("yes  " if found.supports >= found.denies else "no  ", style="cyan")
    if position.quote:
        text.append(f"“{plain(position.quote, QUOTE_LENGTH)}”", style="italic")
    return text.append(f"  {sure:.0%}", style="dim")


def _gaps(assessment: Assessment) -> Iterable[Table | Text]:
    if assessment.facts:
        yield Text("\nThe CRM says (nobody said it on a call)", style="bold blue")
        table = _grid()
        for fact in assessment.facts:
            told = f"{label(fact.dimension.value)}: {value_text(fact)}"
            table.add_row(Text("·", style="blue"), Text(plain(told)))
        yield table
    if assessment.questions:
        yield Text("\nAsk next, what decides most first", style="bold magenta")
        table = _grid()
        for question in assessment.questions[:MOST_QUESTIONS]:
            text = Text.assemble((plain(question.rule), "bold"), "  ", plain(question.question))
            text.append(f"  {plain(question.decides)}", style="dim")
            table.add_row(Text("?", style="magenta"), text)
        if len(assessment.questions) > MOST_QUESTIONS:
            more = len(assessment.questions) - MOST_QUESTIONS
            table.add_row(Text(), Text(f"and {more} more", style="dim"))
        yield table


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold", ratio=1)
    return table
