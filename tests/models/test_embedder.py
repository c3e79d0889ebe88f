"""Vectors are remembered, taken ready made where they are; the real ones put like beside like."""

import logging

import numpy as np
import pytest

from models import embedder
from models.embedder import READY, MiniLmEmbedder
from models.registry import get_model
from models.vectors import key_of, read_vectors, write_vectors
from pipeline.errors import WeightsError
from pipeline.lexicon.industries import IndustryTaxonomy

OURS = get_model("minilm").sha256


class Counting(MiniLmEmbedder):
    """Instead of a model: a vector that says how long the text is, and a count of texts
    embedded.
    """

    def __init__(self, folder, **options):
        super().__init__(folder, cache=folder / "cache", **options)
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


def test_ready_vectors_are_taken_and_only_the_rest_computed(tmp_path):
    ready = tmp_path / "ready.npz"
    write_vectors(ready, {"known": [0.0, 2.0], "other": [1.0, 0.0]}, weights=OURS)
    made = Counting(tmp_path, ready=ready)
    known, new = made.embed(["known", "new"])
    assert known == [0.0, 1.0]
    assert new[0] == 3.0
    assert made.embedded == 1


@pytest.mark.parametrize("content", [b"not numpy", b"PK\x03\x04 half a file", b""])
def test_a_damaged_file_of_vectors_is_named_and_not_used(tmp_path, caplog, content):
    ready = tmp_path / "ready.npz"
    ready.write_bytes(content)
    made = Counting(tmp_path, ready=ready)
    with caplog.at_level(logging.WARNING):
        made.embed(["a"])
    assert made.embedded == 1
    assert str(ready) in caplog.text


def test_vectors_of_other_weights_are_not_used(tmp_path):
    ready = tmp_path / "ready.npz"
    write_vectors(ready, {"known": [0.0, 1.0]}, weights="0" * 64)
    assert read_vectors(ready, weights=OURS) == {}


def test_the_shipped_vectors_are_those_of_the_taxonomy():
    texts = {text for _, text in IndustryTaxonomy.load().texts_for_embedding()}
    assert set(read_vectors(READY, weights=OURS)) == {key_of(t) for t in texts}, (
        "run `python scripts/embed_industries.py`"
    )


def test_missing_weights_name_the_folder_and_the_remedy(tmp_path):
    with pytest.raises(WeightsError, match="icp models --fetch"):
        MiniLmEmbedder(tmp_path, cache=tmp_path / "cache").embed(["hello"])


@pytest.mark.weights
def test_real_vectors_are_unit_and_put_like_beside_like(data_dir, tmp_path):
    made = MiniLmEmbedder(data_dir / "weights" / "minilm", cache=tmp_path, threads=1)
    a, b, c = np.array(made.embed(["We sell shoes online.", "An online shop.", "The tax office."]))
    assert abs(np.linalg.norm(a) - 1) < 1e-4
    assert a @ b > a @ c + 0.1


@pytest.mark.weights
def test_the_converted_network_gives_the_vectors_of_the_published_one(data_dir, tmp_path):
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = data_dir / "weights" / "minilm"
    texts = ["We sell shoes online.", "ok", "The company is in freight forwarding. " * 20]
    tokens = AutoTokenizer.from_pretrained(folder)(
        texts, padding=True, truncation=True, max_length=embedder.LONGEST, return_tensors="pt"
    )
    with torch.inference_mode():
        hidden = AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1)
    expected = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
    found = MiniLmEmbedder(folder, cache=tmp_path, threads=1).embed(texts)
    assert (np.array(found) * expected.numpy()).sum(1) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.weights
def test_the_shipped_vectors_are_those_of_the_network(data_dir, tmp_path):
    folder = data_dir / "weights" / "minilm"
    texts = [text for _, text in IndustryTaxonomy.load().texts_for_embedding()][::100]
    ready = MiniLmEmbedder(folder, cache=tmp_path, threads=1)
    fresh = MiniLmEmbedder(folder, cache=tmp_path, threads=1, ready=None)
    likeness = (np.array(ready.embed(texts)) * np.array(fresh.embed(texts))).sum(1)
    assert ready._engine is None
    assert likeness.min() > 0.9999


@pytest.mark.weights
def test_a_conversion_is_kept_and_a_damaged_one_not_used(data_dir, tmp_path, caplog):
    folder = data_dir / "weights" / "minilm"
    expected = MiniLmEmbedder(folder, cache=tmp_path, threads=1).embed(["shoes"])
    [kept] = tmp_path.iterdir()
    before = (kept / "model.bin").stat().st_mtime_ns
    assert MiniLmEmbedder(folder, cache=tmp_path, threads=1).embed(["shoes"]) == expected
    assert (kept / "model.bin").stat().st_mtime_ns == before
    (kept / "model.bin").write_bytes(b"\0" * 100)
    with caplog.at_level(logging.WARNING):
        assert MiniLmEmbedder(folder, cache=tmp_path, threads=1).embed(["shoes"]) == expected
    assert str(tmp_path) in caplog.text


@pytest.mark.weights
def test_where_nothing_can_be_kept_it_works_all_the_same(data_dir, tmp_path):
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    made = MiniLmEmbedder(data_dir / "weights" / "minilm", cache=no_folder / "cache", threads=1)
    assert len(made.embed(["shoes"])[0]) == embedder.WIDTH
