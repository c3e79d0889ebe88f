"""Files of vectors made beforehand: what a list of fixed texts means, so that no call computes it.

A file names each text by a hash of its own, so a sentence that was changed since is only missing,
and it names the weights that made it: vectors of other weights are never mixed in. The trap: a
file that is out of date costs time and no result, so a test compares it with the texts.
"""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def key_of(text: str) -> int:
    """How a file names a text: the first 64 bits of its sha256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def write_vectors(path: Path, vectors: Mapping[str, Sequence[float]], *, weights: str) -> None:
    """Write the vector of each text in half precision; `weights`: sha256 of what made them."""
    import numpy as np

    with path.open("wb") as file:
        np.savez(
            file,
            weights=np.array(weights),
            keys=np.array([key_of(text) for text in vectors], dtype=np.uint64),
            vectors=np.array(list(vectors.values()), dtype=np.float16),
        )


def read_vectors(path: Path, *, weights: str) -> dict[int, list[float]]:
    """Unit vectors by the key of their text; none when other weights made them, or none can be."""
    import numpy as np

    try:
        with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
            if str(file["weights"]) != weights:
                return {}
            keys, rows = file["keys"].tolist(), file["vectors"].astype(np.float32)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        logging.getLogger(__name__).warning("%s cannot be read, made anew: %s", path, error)
        return {}
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip(keys, rows.tolist(), strict=True))
