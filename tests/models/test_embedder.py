"""Vectors are remembered and kept; the real ones put like beside like."""

import numpy as np
import pytest

from models import embedder
from models.embedder import MiniLmEmbedder
from pipeline.errors import WeightsError


class Counting(MiniLmEmbedder):
    """Instead of a model: a vector that says how long the text is, and a count of texts
    embedded.
    """

    def __init__(self, folder, **options):
        super().__init__(folder, **options)
        self.embedded = 0

    def _embed(self, texts):
        self.embedded += len(texts)
        return {t: [float(len(t))] + [0.0] * (embedder.WIDTH - 1) for t in texts}


def test_a_text_is_embedded_once(tmp_path):
    made = Counting(tmp_path)
    first, second = made.embed(["a", "bb"]), made.embed(["bb", "a", "a"])
    assert made.embedded == 2
    assert [v[0] for v in first] == [1.0, 2.0]
    assert [v[0] for v in second] == [2.0, 1.0, 1.0]


def test_a_long_list_is_kept_on_disk_and_a_damaged_one_made_anew(tmp_path):
    texts = [f"label {i}" for i in range(embedder.WORTH_KEEPING)]
    one = Counting(tmp_path, cache=tmp_path / "cache")
    expected = one.embed(texts)
    two = Counting(tmp_path, cache=tmp_path / "cache")
    assert two.embed(texts) == expected
    assert two.embedded == 0
    [kept] = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"not numpy")
    three = Counting(tmp_path, cache=tmp_path / "cache")
    assert three.embed(texts) == expected
    assert three.embedded == len(texts)


def test_missing_weights_name_the_folder_and_the_remedy(tmp_path):
    with pytest.raises(WeightsError, match="icp models --fetch"):
        MiniLmEmbedder(tmp_path).embed(["hello"])


@pytest.mark.weights
def test_real_vectors_are_unit_and_put_like_beside_like(data_dir):
    made = MiniLmEmbedder(data_dir / "weights" / "minilm", threads=1)
    a, b, c = np.array(made.embed(["We sell shoes online.", "An online shop.", "The tax office."]))
    assert abs(np.linalg.norm(a) - 1) < 1e-4
    assert a @ b > a @ c + 0.1
