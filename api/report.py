"""The check as a person reads it in a terminal: verdict, proof, gaps. Prints; decides nothing.

Every claim stands with the words that prove it, who said them and when. Words of the call are
printed as `Text` after `plain`, never as markup, so a transcript cannot colour or fake a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.describe import Call, asked
from api.words import plain
from pipeline.bilingual import unread_language
from pipeline.domain import CallAnalysis, Check, Condition, Profile, Role, RuleResult
from pipeline.lexicon.languages import name_of

TIER_STYLES = {"A": "bold green", "B": "bold cyan", "C": "bold yellow", "D": "bold red"}
WIDEST = 110
QUOTE_LENGTH = 160
MOST_PROOFS = 3


def print_report(
    console: Console,
    analysis: CallAnalysis,
    pairs: Sequence[tuple[Profile, Check]],
    *,
    name: str = "",
) -> None:
    """Print one call's check against each profile, then what else was heard, then caveats."""
    call = Call(analysis)
    width = min(console.width, WIDEST)
    used: set[str] = set()
    for profile, check in pairs:
        console.print(_verdict(call, profile, check, name), width=width)
        for block in _sections(call, profile, check):
            console.print(block, width=width)
        used |= {i for rule in _rules(check) if rule.status not in _SILENT for i in rule.signals}
    for block in (*_further(call, used), *_notes(call), Text()):
        console.print(block, width=width)


_SILENT = {"unknown", "not_detected"}


def _rules(check: Check) -> tuple[RuleResult, ...]:
    return (*check.criteria, *check.triggers, *check.disqualifiers)


def _verdict(call: Call, profile: Profile, check: Check, name: str) -> Panel:
    tier = check.tier or "–"
    head = Text.assemble(
        (f"Tier {tier}", TIER_STYLES.get(tier, "bold")),
        "   ",
        (plain(check.quadrant.replace("_", " ")), "bold"),
        ("   DISQUALIFIED", "bold red") if check.disqualified else "",
    )
    fit = "–" if check.fit is None else f"{check.fit:.2f}"
    figures = Text(
        f"fit {fit} · coverage {check.coverage:.0%} · engagement {check.engagement:.2f}",
        style="dim",
    )
    lines = [head, figures]
    if check.tier is None:
        lines.append(Text("Too little is known for a tier: ask the questions below."))
    if check.summary:
        lines.append(Text(plain(check.summary)))
    title = plain(call.title or name or check.subject, 60)
    against = plain(profile.name or profile.id, 60)
    return Panel(
        Group(*lines),
        title=Text(f"{title} · {against}"),
        title_align="left",
        box=ROUNDED,
        padding=(0, 1),
    )


def _sections(call: Call, profile: Profile, check: Check) -> Iterable[Table | Text]:
    conditions: dict[str, tuple[Condition | None, str]] = {
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
            yield from _section(call, conditions, chosen, title, colour, mark)
    if check.open_questions:
        yield _heading("Unknown: ask", "magenta")
        table = _grid()
        for question in check.open_questions:
            text = Text.assemble(
                (plain(question.criterion), "bold"), "  ", plain(question.question)
            )
            table.add_row(Text("?", style="magenta"), text)
        yield table
    silent = [d for d in check.disqualifiers if d.status == "unknown"]
    if silent:
        names = ", ".join(plain(d.id) for d in silent)
        yield Text(f"Disqualifiers nobody settled: {names}", style="dim")


def _section(
    call: Call,
    conditions: dict[str, tuple[Condition | None, str]],
    results: Sequence[RuleResult],
    title: str,
    colour: str,
    mark: str,
) -> Iterable[Table | Text]:
    yield _heading(title, colour)
    table = _grid()
    for result in results:
        condition, flag = conditions.get(result.id, (None, ""))
        wanted = "; ".join(part for part in (asked(condition), flag) if part)
        text = Text.assemble((plain(result.id), "bold"))
        if wanted:
            text.append(f"  ({plain(wanted, 120)})", style="dim")
        proofs = call.proofs(result)
        if not proofs and result.explanation:
            text.append(f"  {plain(result.explanation)}")
        for value, quote, where in proofs[:MOST_PROOFS]:
            text.append("\n")
            text.append_text(_said(value, quote, colour, call.english(quote)))
            text.append(f"  {plain(where)}", style="dim")
        if len(proofs) > MOST_PROOFS:
            text.append(f"\nand {len(proofs) - MOST_PROOFS} more", style="dim")
        table.add_row(Text(mark, style=colour), text)
    yield table


def _further(call: Call, used: set[str]) -> Iterable[Table | Text]:
    rest = [s for s in call.analysis.signals if s.id not in used]
    if not rest:
        return
    yield _heading("Also heard", "blue")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold", ratio=1)
    table.add_column(justify="right", style="dim", min_width=4)
    last = ""
    for about, values, quote, moment in call.grouped(rest):
        said = _said(values, quote, "blue", call.english(quote))
        table.add_row("" if about == last else about, said, plain(moment))
        last = about
    yield table


def _said(value: str, quote: str, colour: str, english: str = "") -> Text:
    text = Text()
    if value:
        text.append(f"{plain(value, QUOTE_LENGTH)}  ", style=colour)
    text.append(f"“{plain(quote, QUOTE_LENGTH)}”", style="italic")
    return text.append(f"  = “{plain(english, QUOTE_LENGTH)}”", style="dim") if english else text


def _notes(call: Call) -> Iterable[Text]:
    quarantined = call.quarantined()
    if quarantined:
        places = ", ".join(quarantined[:4]) + (" …" if len(quarantined) > 4 else "")
        yield Text(
            f"Note: doubtful recognition, left out as evidence: {len(quarantined)} × ({places}).",
            style="yellow",
        )
    language = unread_language(call.analysis.transcript)
    if language:
        yield Text(
            f"Note: this call is in {name_of(language)} and there is no English of it, so most of"
            " it could not be understood. Give the recording, which is translated, or a transcript"
            " whose turns have `english` beside `text`.",
            style="yellow",
        )
    unknown = [s for s in call.speakers if s.role is Role.UNKNOWN]
    if unknown:
        names = ", ".join(plain(s.name or s.id, 30) for s in unknown)
        yield Text(
            f"Note: not sure which side is speaking: {names}. Name your own side with --rep.",
            style="yellow",
        )
    if not call.analysis.signals:
        yield Text("Note: nothing about the account was found in this call.", style="yellow")


def _heading(title: str, colour: str) -> Text:
    return Text(f"\n{title}", style=f"bold {colour}")


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold", ratio=1)
    return table
