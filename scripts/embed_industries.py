"""Make the vectors of the industries' sentences: `python scripts/embed_industries.py`.

Run it after a change of pipeline/data/gazetteers/industries.yaml or of the embedder's weights; a
test says when. Without it calls still give the same results, a few seconds later.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.settings import load_settings, quiet_libraries
from models.embedder import READY, MiniLmEmbedder
from models.registry import get_model
from models.vectors import write_vectors
from models.weights import find
from pipeline.lexicon.industries import IndustryTaxonomy


def main() -> int:
    """Embed every sentence with the pinned weights and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="default: as ICP_DATA_DIR")
    parser.add_argument("--out", type=Path, default=READY)
    options = parser.parse_args()
    settings = load_settings(data_dir=options.data_dir)
    quiet_libraries(settings)
    texts = list(dict.fromkeys(t for _, t in IndustryTaxonomy.load().texts_for_embedding()))
    with tempfile.TemporaryDirectory() as scratch:
        folder = find("minilm", settings.data_dir)
        vectors = MiniLmEmbedder(folder, cache=Path(scratch), ready=None).embed(texts)
    made = dict(zip(texts, vectors, strict=True))
    write_vectors(options.out, made, weights=get_model("minilm").sha256)
    print(f"{options.out}: {len(made)} vectors, {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
