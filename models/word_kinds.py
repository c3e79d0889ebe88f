"""What the lists say of each word of a turn: part of a product's name, a place, a title, a number …

The signal tagger reads it beside the words (as token types), for a small encoder knows few names.
Training and inference share this file. The trap: lists are never complete, so training hides some
of it, and a kind may only be appended, or trained weights read the wrong rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.lexicon.functions import FunctionIndex
from pipeline.lexicon.industries import IndustryTaxonomy
from pipeline.lexicon.numbers import find_quantities
from pipeline.lexicon.phrases import first_names, fold
from pipeline.lexicon.products import ProductGazetteer
from pipeline.lexicon.titles import TitleIndex
from pipeline.ports import PlaceIndex

KINDS = (
    "none", "unused", "product", "product_word", "place", "title", "function", "industry",
    "first_name", "count", "money", "percent", "other_number",
)  # fmt: skip
"""0 is what the encoder was pretrained with; 1 is the second text of a pair, which never occurs."""
N_KINDS = 16
_ID = {kind: number for number, kind in enumerate(KINDS)}


class WordKinds:
    """The lexicons as one lookup; stateless, so threads may share it."""

    def __init__(self, places: PlaceIndex) -> None:
        self._places = places
        self._products = ProductGazetteer.load()
        self._functions = FunctionIndex.load()
        self._titles = TitleIndex.load()
        self._industries = IndustryTaxonomy.load()
        self._first_names = first_names()

    def of(self, text: str, words: Sequence[tuple[int, int]]) -> list[int]:
        """The kind of each word (character spans of a text), as a token type."""
        kinds = [0] * len(words)
        for start, end, kind in self._found(text):
            for place, (first, last) in enumerate(words):
                if first < end and last > start:
                    kinds[place] = _ID[kind]
        return kinds

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Spans and their kinds; what comes later wins where two overlap."""
        for start, end, _ in self._functions.find(text):
            yield start, end, "function"
        for start, end, _ in self._industries.find(text):
            yield start, end, "industry"
        at = 0
        for word in text.split():
            at = text.index(word, at)
            bare = word.strip(".,!?;:'\"()").removesuffix("'s")
            if bare[:1].isupper() and fold(bare) in self._first_names:
                yield at, at + len(word), "first_name"
            at += len(word)
        products = self._products.find(text)
        for hit in products:
            if hit.is_word:
                yield hit.start, hit.end, "product_word"
        for quantity in find_quantities(text):
            known = quantity.unit in ("count", "money", "percent")
            yield quantity.start, quantity.end, quantity.unit if known else "other_number"
        for start, end, _ in self._titles.find(text):
            yield start, end, "title"
        for place in self._places.find(text):
            yield place.start, place.end, "place"
        for hit in products:
            if not hit.is_word:
                yield hit.start, hit.end, "product"
