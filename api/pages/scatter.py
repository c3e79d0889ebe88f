"""Fit × engagement as a picture: places in an SVG, computed here, for a template to draw.

Coordinates are in units of the picture's viewBox. Trap: the page's policy forbids style attributes,
so colours are classes and places are plain attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store.boards import BoardRow
from api.words import plain
from pipeline.steps.tiers import HIGH_ENGAGEMENT

WIDTH, HEIGHT = 960.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 12.0, 36.0
RADIUS = 7.0
MOST_LABELS = 26
LETTER = 6.6
"""About how wide a letter of a label is."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A deal's place, and where its name stands (`anchor`: start or end); no name if crowded."""

    row: BoardRow
    x: float
    y: float
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture; the lines part the quadrants."""

    dots: tuple[Dot, ...]
    line_x: float
    line_y: float
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM
    width: float = WIDTH
    height: float = HEIGHT


Box = tuple[float, float, float, float]
_CORNERS = [
    (left, y) for left in (LEFT + 8, WIDTH - RIGHT - 88) for y in (TOP + 20, HEIGHT - BOTTOM - 10)
]
"""Where the quadrants' names stand."""


def draw(rows: Sequence[BoardRow], high_fit: float) -> Picture:
    """The picture of deals with a fit; `high_fit` is the profile's limit of tier B."""
    placed: list[tuple[BoardRow, float, float]] = []
    for row in rows:
        if row.fit is not None:
            x, y = _apart(_x(row.engagement), _y(row.fit), [(a, b) for _, a, b in placed])
            placed.append((row, x, y))
    taken: list[Box] = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for _, x, y in placed]
    taken += [(left, y - 14, left + 80, y + 4) for left, y in _CORNERS]
    dots = []
    for number, (row, x, y) in enumerate(placed):
        dots.append(_named(Dot(row, x, y), taken) if number < MOST_LABELS else Dot(row, x, y))
    return Picture(tuple(dots), _x(HIGH_ENGAGEMENT), _y(high_fit))


def _x(engagement: float) -> float:
    return round(LEFT + min(1.0, max(0.0, engagement)) * (WIDTH - LEFT - RIGHT), 1)


def _y(fit: float) -> float:
    return round(HEIGHT - BOTTOM - min(1.0, max(0.0, fit)) * (HEIGHT - TOP - BOTTOM), 1)


def _apart(x: float, y: float, others: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A free place near the right one: dots that would hide each other stand side by side."""
    for step in range(12):
        shift = RADIUS * 2.1 * ((step + 1) // 2) * (-1 if step % 2 else 1)
        at = min(max(x + shift, LEFT), WIDTH - RIGHT)
        if all(abs(at - a) > RADIUS * 1.9 or abs(y - b) > RADIUS * 1.9 for a, b in others):
            return round(at, 1), y
    return x, y


def _named(dot: Dot, taken: list[Box]) -> Dot:
    text = plain(dot.row.deal.account or dot.row.deal.id, 24)
    width = len(text) * LETTER
    gap = RADIUS + 4
    for anchor, at, lift in (
        ("start", dot.x + gap, 4.0), ("end", dot.x - gap, 4.0), ("start", dot.x + 2, -gap),
        ("start", dot.x + 2, gap + 8), ("end", dot.x - 2, -gap), ("end", dot.x - 2, gap + 8),
    ):  # fmt: skip
        left = at if anchor == "start" else at - width
        box = (left, dot.y + lift - 11, left + width, dot.y + lift + 3)
        inside = box[0] > LEFT and box[2] < WIDTH - RIGHT + 8 and box[1] > 0
        if inside and not any(_meet(box, other) for other in taken):
            taken.append(box)
            return Dot(dot.row, dot.x, dot.y, text, round(at, 1), round(dot.y + lift, 1), anchor)
    return dot


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
