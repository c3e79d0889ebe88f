"""The archive on one HTML page: tiers, what is known, tools, pains, disqualifiers, open questions.

One file without scripts, readable offline; all that people said is escaped. Trap: it must be the
same to the byte for the same calls, so it bears no date.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from api.batch.figures import Figures, PainGroup, ProfileFigures, top_tools
from api.batch.pictures import bars, grid, legend
from api.describe import label
from pipeline.domain import Dimension, Profile

TIERS = ("A", "B", "C", "D", "none")
_TOOL_STATUSES = ("current", "evaluating", "planned", "past", "not_used")
_MOST_TOOLS, _MOST_REPS = 15, 30
_FEWEST_CALLS = 3
"""A rep with fewer calls is not shown: a share of one call says nothing."""
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:60rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}h3{font-size:1rem}
p.note{color:#52606d;margin:.2rem 0}svg{max-width:100%;height:auto}
.figures{display:flex;flex-wrap:wrap;gap:.6rem 2rem;padding:0;list-style:none}
.figures b{display:block;font-size:1.4rem}
.legend .key{margin-right:1rem;color:#52606d}.legend i{display:inline-block;width:.8em;height:.8em;
margin-right:.35em}table{border-collapse:collapse}.wide{overflow-x:auto}
.grid th{font-weight:500;text-align:left;padding:.2rem .5rem;white-space:nowrap}
.grid td{text-align:right;padding:.2rem .5rem;min-width:3rem}
.list td{padding:.25rem .7rem .25rem 0;vertical-align:top;border-top:1px solid #e4e7eb}
.list q{color:#52606d;font-style:italic}
"""


def summary_page(
    figures: Figures,
    profiles: Sequence[Profile],
    pains: Sequence[PainGroup],
    *,
    deals: int,
    failed: int,
    left_out: int,
) -> str:
    """The page."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'\">",
        f"<title>Archive</title><style>{_STYLE}</style><h1>Archive of calls</h1>",
        _heads(figures, deals, failed, left_out),
    ]
    for profile in profiles:
        found = figures.profiles.get(profile.id, ProfileFigures())
        parts += [f"<h2>{escape(profile.name or profile.id)}</h2>", *_profile(found, figures)]
    parts += [
        "<h2>What is known of the accounts</h2>",
        '<p class="note">Calls in which something was said about each dimension.</p>',
        _dimensions(figures),
        "<h2>Tools named most</h2>", _tools(figures),
        "<h2>Pains</h2>", _pains(figures, pains),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def _heads(figures: Figures, deals: int, failed: int, left_out: int) -> str:
    rows = [
        (f"{figures.calls:,}", "calls"), (f"{deals:,}", "deals"),
        (f"{figures.hours:,.1f}", "hours (where known)"), (f"{figures.words:,}", "words"),
        (f"{figures.signals:,}", "signals"), (f"{failed:,}", "failed: see failures.csv"),
        (f"{left_out:,}", "other files left out"),
    ]  # fmt: skip
    items = "".join(f"<li><b>{number}</b>{what}</li>" for number, what in rows)
    return f'<ul class="figures">{items}</ul>'


def _profile(found: ProfileFigures, figures: Figures) -> list[str]:
    whole = figures.calls
    tiers = [(f"Tier {t}" if t != "none" else "no verdict", {t: found.tiers[t]}) for t in TIERS]
    criteria = _rules(found, "criterion", ("met", "conflicting", "not_met", "unknown"))
    parts = ["<h3>Tiers</h3>", bars(tiers, whole=whole, title="Calls by tier")]
    if criteria:
        parts += [
            "<h3>Criteria</h3>",
            '<p class="note">The numbers are the calls in which the criterion is known.</p>',
            legend(("met", "conflicting", "not_met", "unknown")),
            bars(criteria, whole=whole, title="Criteria by status"),
        ]  # fmt: skip
    raised = _rules(found, "disqualifier", ("raised",))
    if raised:
        parts += ["<h3>Disqualifiers raised</h3>", bars(raised, whole=whole, title="Disqualifiers")]
    detected = _rules(found, "trigger", ("detected",))
    if detected:
        parts += ["<h3>Triggers detected</h3>", bars(detected, whole=whole, title="Triggers")]
    return [*parts, *_reps(found, figures)]


def _rules(
    found: ProfileFigures, kind: str, statuses: Sequence[str]
) -> list[tuple[str, dict[str, int]]]:
    return [
        (rule, {status: counts[status] for status in statuses})
        for (of, rule), counts in found.rules.items()
        if of == kind
    ]


def _reps(found: ProfileFigures, figures: Figures) -> list[str]:
    """Who leaves what open."""
    reps = sorted(
        (rep for rep, n in figures.reps.items() if rep and n >= _FEWEST_CALLS),
        key=lambda rep: (-figures.reps[rep], rep),
    )[:_MOST_REPS]
    criteria = [rule for kind, rule in found.rules if kind == "criterion"]
    if not reps or not criteria:
        return []
    shares = {
        (rep, rule): found.open_by_rep[rep][rule] / figures.reps[rep]
        for rep in reps
        for rule in criteria
    }
    shown = {(f"{rep} ({figures.reps[rep]:,})", rule): s for (rep, rule), s in shares.items()}
    rows = [f"{rep} ({figures.reps[rep]:,})" for rep in reps]
    return [
        "<h3>Who never asks what</h3>",
        '<p class="note">Share of a rep’s calls (their number in brackets) that end with the '
        f"criterion unknown; reps with at least {_FEWEST_CALLS} calls.</p>",
        grid(rows, criteria, shown),
    ]


def _dimensions(figures: Figures) -> str:
    rows = [(label(d.value), {"": figures.dimensions[d.value]}) for d in Dimension]
    return bars(rows, whole=figures.calls, title="Dimensions covered")


def _tools(figures: Figures) -> str:
    tools = top_tools(figures, _MOST_TOOLS)
    if not tools:
        return '<p class="note">No tool was named.</p>'
    most = max(sum(parts.values()) for _, parts in tools)
    rows = [(tool, {s: parts[s] for s in _TOOL_STATUSES if parts.get(s)}) for tool, parts in tools]
    whole = max(figures.calls, most)
    return legend(_TOOL_STATUSES) + bars(rows, whole=whole, title="Tools by status")


def _pains(figures: Figures, pains: Sequence[PainGroup]) -> str:
    if not pains:
        return '<p class="note">No pain was found.</p>'
    rows = "".join(
        f"<tr><td>{group.calls:,}</td><td>{escape(group.text)}<br><q>{escape(group.quote)}</q>"
        "</td></tr>"
        for group in pains
    )
    note = (
        f"Calls by pains of one meaning, among the {len(figures.pains):,} surest of "
        f"{figures.n_pains:,}; the surest wording stands for its group."
    )
    return f'<p class="note">{note}</p><table class="list">{rows}</table>'
