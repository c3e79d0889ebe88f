"""Numbers that their speaker takes back: "a hundred and thirty, no wait, that was Christmas,
one-sixty".

The number parser sees corrections that follow at once; here are those with words between, and those
that come a turn later ("no hang on, I tell a lie"). Trap: only the same speaker corrects.
"""

from __future__ import annotations

import re

from pipeline.lexicon.numbers import Quantity, find_quantities
from pipeline.values.draft import Scene

CUE = re.compile(
    r"\b(?:no,? wait|wait,? no|sorry|hang on|hold on|tell a lie|actually|correction|scrap that|"
    r"make that|rather|no,? no|let me correct|i was wrong|not right|take that back)\b",
    re.IGNORECASE,
)
OPENING_CUE = re.compile(
    rf"^\W*(?:(?:yeah|oh|er+|um+|uh+|well|so|no|but)\W+)*{CUE.pattern}", re.IGNORECASE
)
MOST_WORDS_BETWEEN = 14
TURNS_LATER = 2


def latest_position(quantity: Quantity, turn: int, scene: Scene) -> tuple[Quantity, int]:
    """The number that stands after its speaker's corrections, and the turn it is said in."""
    text = scene.turns[turn].text
    for later in find_quantities(text):
        between = text[quantity.end : later.start]
        if later.start > quantity.end and _replaces(quantity, later, between):
            return later, turn
    speaker = scene.turns[turn].speaker
    for step in range(1, TURNS_LATER + 1):
        after = scene.neighbour(turn, step)
        if after is None or after.speaker != speaker:
            continue
        if not OPENING_CUE.match(after.text):
            break
        fitting = [q for q in find_quantities(after.text) if _alike(quantity, q)]
        changed = [q for q in fitting if (q.low, q.high) != (quantity.low, quantity.high)]
        if changed:
            return changed[-1], after.index
    return quantity, turn


def _replaces(old: Quantity, new: Quantity, between: str) -> bool:
    near = len(between.split()) <= MOST_WORDS_BETWEEN
    return near and _alike(old, new) and bool(CUE.search(between))


def _alike(old: Quantity, new: Quantity) -> bool:
    return old.unit == new.unit and not new.superseded
