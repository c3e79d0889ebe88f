"""placeholder"""
from __future__ import annotations
from collections.abc import Sequence
from pipeline.domain import Word
class HintBook:
    def __init__(self, hints: Sequence[str]) -> None:
        self.hints = tuple(hints)
    def candidates(self, words: Sequence[Word]) -> list[str]:
        return []
    def accept(self, plain: Sequence[Word], biased: Sequence[Word], names: Sequence[str]) -> list[Word]:
        return list(plain)
