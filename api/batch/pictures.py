"""Bars and grids as SVG, made here so that the summary needs no script and no network.

Every text is escaped. Trap: colours alone tell nothing to some people, so each bar has its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_ROW, _LABEL, _BAR, _NUMBER = 26, 210, 430, 90
_INK, _FAINT = "#1f2933", "#e4e7eb"
STATUS_COLOURS = {
    "A": "#1b7f4b", "B": "#2f6fb3", "C": "#b7791f", "D": "#b83232", "none": "#9aa5b1",
    "met": "#1b7f4b", "not_met": "#b83232", "conflicting": "#b7791f", "unknown": "#cbd2d9",
    "raised": "#b83232", "clear": "#1b7f4b", "detected": "#2f6fb3", "not_detected": "#cbd2d9",
    "current": "#2f6fb3", "evaluating": "#7c5cbf", "planned": "#3a9a9a", "past": "#9aa5b1",
    "not_used": "#d9a0a0",
}  # fmt: skip
_PLAIN = "#2f6fb3"


def bars(rows: Sequence[tuple[str, Mapping[str, int]]], *, whole: int, title: str) -> str:
    """Stacked bars: (label, part → number); `whole` is the full width.

    The number beside a bar leaves out what is `unknown`.
    """
    height = _ROW * len(rows) + 4
    lines = [_open(_LABEL + _BAR + _NUMBER, height, title)]
    for i, (label, parts) in enumerate(rows):
        y, x = i * _ROW + 3, float(_LABEL)
        lines.append(_text(_LABEL - 8, y + 14, _short(label, 30), anchor="end", full=label))
        lines.append(_rect(_LABEL, y, _BAR, 18, _FAINT))
        for part, number in parts.items():
            width = _BAR * number / max(1, whole)
            colour = STATUS_COLOURS.get(part, _PLAIN)
            lines.append(_rect(x, y, width, 18, colour, f"{part.replace('_', ' ')}: {number:,}"))
            x += width
        total = sum(number for part, number in parts.items() if part != "unknown")
        share = f" ({total / whole:.0%})" if whole else ""
        lines.append(_text(_LABEL + _BAR + 6, y + 14, f"{total:,}{share}"))
    return "".join([*lines, "</svg>"])


def legend(parts: Sequence[str]) -> str:
    """What the colours of a stacked bar mean."""
    marks = (
        f'<span class="key"><i style="background:{STATUS_COLOURS.get(part, _PLAIN)}"></i>'
        f"{escape(part.replace('_', ' '))}</span>"
        for part in parts
    )
    return f'<p class="legend">{"".join(marks)}</p>'


def grid(
    rows: Sequence[str], columns: Sequence[str], shares: Mapping[tuple[str, str], float]
) -> str:
    """A table of shares, the darker the larger."""
    head = "".join(f"<th>{escape(_short(column, 24))}</th>" for column in columns)
    body = []
    for row in rows:
        cells = []
        for column in columns:
            share = shares.get((row, column), 0.0)
            ink = "#fff" if share > 0.6 else _INK
            style = f"background:rgba(184,50,50,{0.9 * share:.2f});color:{ink}"
            cells.append(f'<td style="{style}">{share:.0%}</td>')
        body.append(f"<tr><th>{escape(_short(row, 40))}</th>{''.join(cells)}</tr>")
    lines = f"<tr><th></th>{head}</tr>{''.join(body)}"
    return f'<div class="wide"><table class="grid">{lines}</table></div>'


def _open(width: int, height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg" aria-label="{escape(title)}">'
    )


def _rect(x: float, y: float, width: float, height: float, colour: str, tip: str = "") -> str:
    inside = f"<title>{escape(tip)}</title>" if tip else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}">'
        f"{inside}</rect>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", full: str = "") -> str:
    inside = f"<title>{escape(full)}</title>" if full and full != text else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="13" fill="{_INK}">'
        f"{escape(text)}{inside}</text>"
    )


def _short(text: str, most: int) -> str:
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
