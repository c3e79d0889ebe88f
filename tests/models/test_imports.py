"""A library is hidden from one thread's imports, and from no other's."""

import importlib
import subprocess
import sys
import threading

import pytest

from models.imports import without


@pytest.fixture(autouse=True)
def _not_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)


def test_a_hidden_module_cannot_be_imported_inside_and_can_after():
    with without("colorsys"), pytest.raises(ModuleNotFoundError, match="hidden"):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hsv


def test_other_threads_see_it():
    found = []
    with without("colorsys"):
        thread = threading.Thread(target=lambda: found.append(importlib.import_module("colorsys")))
        thread.start()
        thread.join()
    assert found


@pytest.mark.weights
def test_texts_are_read_without_torch_and_transformers(data_dir, tmp_path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from models.embedder import MiniLmEmbedder\n"
        "from models.ner import SpacyTagger\n"
        "weights, cache = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "[found] = SpacyTagger(weights / 'spacy-en').tag(['We hire in Munich.'])\n"
        "MiniLmEmbedder(weights / 'minilm', cache=cache).embed(['shoes'])\n"
        "assert [e.label for e in found] == ['GPE'], found\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program, str(data_dir / "weights"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
