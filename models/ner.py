"""EntityTagger on spaCy: named things that no list can hold.

Loaded from a folder of the data directory, so no package of weights has to be installed. Trap: the
small model finds almost nothing in lower-case recognition output; case is repaired by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from models.imports import without
from pipeline.domain import Entity


class SpacyTagger:
    """Loads the spaCy pipeline in `folder` on first use, without the parts that are not needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made_by = "en_core_web_sm-3.8.0"

    @cached_property
    def _engine(self) -> Any:
        with without("torch"):
            import spacy

        unused = ["parser", "tagger", "senter", "attribute_ruler", "lemmatizer"]
        return spacy.load(self.folder, exclude=unused)

    def tag(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text with character offsets and spaCy's labels (ORG, GPE, PRODUCT …)."""
        if not texts:
            return []
        documents = self._engine.pipe(texts, batch_size=64)
        return [[Entity(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in documents]
