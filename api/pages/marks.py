"""A turn's text cut into pieces, each with what is said about it: evidence, doubt, quarantine.

Everything is a stretch of characters; stretches may overlap, so the text is cut at every edge. The
pieces put together are the text again. Trap: words carry no offsets, so they are sought in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain import Turn

UNSURE = 0.4
"""Words under this probability are shown as doubtful."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` of a text something holds: a signal's id, or `unsure`, `quarantine`."""

    start: int
    end: int
    kind: str
    signal: str = ""
    label: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text under the same stretches."""

    text: str
    evidence: tuple[Stretch, ...] = ()
    unsure: bool = False
    quarantine: bool = False
    ends: tuple[str, ...] = ()
    """The labels of the evidence that ends here."""

    @property
    def family(self) -> str:
        """The colour: that of the first evidence."""
        return self.evidence[0].family if self.evidence else ""

    @property
    def signals(self) -> str:
        """The ids of the evidence, with a space between."""
        return " ".join(dict.fromkeys(s.signal for s in self.evidence if s.signal))


def cut(text: str, stretches: Sequence[Stretch]) -> list[Piece]:
    """The pieces of a text, in order."""
    inside = [s for s in stretches if 0 <= s.start < s.end <= len(text)]
    edges = sorted({0, len(text), *(s.start for s in inside), *(s.end for s in inside)})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        over = [s for s in inside if s.start <= start and end <= s.end]
        evidence = tuple(s for s in over if s.kind == "evidence")
        ends = tuple(dict.fromkeys(s.label for s in evidence if s.end == end))
        kinds = {s.kind for s in over}
        pieces.append(
            Piece(text[start:end], evidence, "unsure" in kinds, "quarantine" in kinds, ends)
        )
    return pieces


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, also when only letters' case or spaces differ."""
    if not quote:
        return None
    at = text.find(quote)
    if at < 0:
        at = text.lower().find(quote.lower()) if len(text.lower()) == len(text) else -1
    return (at, at + len(quote)) if at >= 0 else None


def doubts(turn: Turn) -> Iterable[Stretch]:
    """The doubtful and the quarantined words of a turn; neighbours make one stretch."""
    if turn.quarantine:
        yield Stretch(0, len(turn.text), "quarantine")
        return
    at, run = 0, None
    for word in turn.words:
        found = turn.text.find(word.text.strip(), at)
        if found < 0 or not word.text.strip():
            continue
        at = found + len(word.text.strip())
        kind = "quarantine" if word.quarantine else "unsure" if word.probability < UNSURE else ""
        if run is not None and run.kind == kind:
            run = Stretch(run.start, at, kind)
            continue
        if run is not None:
            yield run
        run = Stretch(found, at, kind) if kind else None
    if run is not None:
        yield run
