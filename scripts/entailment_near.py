"""Windows of an excerpt as the product cuts them, and which of them are nearest to a statement.

Talk near a statement that does not settle it is what the product shows the entailment model most,
so training needs it too. The trap: only a statement that nothing in the excerpt settles may be
put to all of its windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from entailment_premises import Talk, side

from pipeline.domain import Role, Turn
from pipeline.ports import Embedder
from pipeline.statement_windows import StatementLimits, Window, cut_windows


@dataclass(frozen=True)
class NearWindow:
    """A window as the product words it: the premise and the indices of its turns."""

    premise: str
    turns: tuple[int, ...]


class Nearness:
    """Cosine between statements and the windows of excerpts, each text embedded once."""

    def __init__(self, embedder: Embedder, talks: Sequence[Talk]) -> None:
        self._embedder = embedder
        self._windows = {talk.id: list(windows_of(talk)) for talk in talks}
        self._vectors: dict[str, np.ndarray] = {}

    def prepare(self, statements: Sequence[str]) -> None:
        """Embed all statements at once."""
        self._embed(statements)

    def nearest(self, excerpt: str, statement: str, most: int) -> list[NearWindow]:
        """The windows of an excerpt that are nearest to a statement, at most one for each turn."""
        windows = self._windows[excerpt]
        if not windows:
            return []
        texts = [w.said for w in windows]
        self._embed([*texts, statement])
        claim = self._vectors[statement]
        cosines = [float(claim @ self._vectors[text]) for text in texts]
        found: dict[int, NearWindow] = {}
        for place in sorted(range(len(windows)), key=lambda i: -cosines[i]):
            window = windows[place]
            found.setdefault(window.turn.index, NearWindow(window.premise, window.turns))
            if len(found) == most:
                break
        return list(found.values())

    def holding(self, excerpt: str, turns: Sequence[int]) -> list[NearWindow]:
        """The windows that hold all of the given turns."""
        wanted = set(turns)
        return [
            NearWindow(w.premise, w.turns) for w in self._windows[excerpt] if wanted <= set(w.turns)
        ]

    def _embed(self, texts: Sequence[str]) -> None:
        new = [t for t in dict.fromkeys(texts) if t not in self._vectors]
        if new:
            vectors = np.array(self._embedder.embed(new), dtype=np.float32)
            self._vectors.update(zip(new, vectors, strict=True))


def windows_of(talk: Talk) -> list[Window]:
    """Windows of an excerpt by the rules of the product."""
    turns = [Turn(t["index"], f"{t['speaker']}/{side(t)}", t["text"]) for t in talk.turns]
    roles = {turn.speaker: Role(turn.speaker.rpartition("/")[2]) for turn in turns}
    return list(cut_windows(turns, roles, StatementLimits()))
