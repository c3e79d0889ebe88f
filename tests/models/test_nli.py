"""The entailment adapter: a folder that is wrong, batches, and the real weights."""

import json
import shutil
from pathlib import Path

import pytest

from models.nli import SHIPPED, EntailmentModel, _cut_batches
from pipeline.errors import WeightsError

SIGNS = "A finance leader signs the contract"
BERLIN = "The company has an office in Berlin."
BY_HAND = "Invoices are put together by hand or in spreadsheets"
HOSTING = "The company only allows software it hosts itself"
CLOUD = "Rep: Does it have to run on your servers? Prospect: No, cloud is fine."
SERVERS = "Rep: Would cloud be okay? Prospect: No, everything has to run on our own servers."
TALK = [
    ("Prospect: Our head office is in Berlin.", BERLIN),
    ("Prospect: The invoices are all typed by hand into Excel.", BY_HAND),
    ("Rep: And who signs? Prospect: The CFO signs everything over ten thousand.", SIGNS),
    (CLOUD, f"It is not true that {HOSTING[0].lower()}{HOSTING[1:]}"),
]
UNRELATED = [
    ("Prospect: The weather in Leeds is awful today.", BERLIN),
    ("Prospect: My daughter starts school on Monday.", BY_HAND),
    ("Prospect: Can you send me the slides after the call?", SIGNS),
]
SAID_AND_DENIED = [
    ((TALK[0][0], BERLIN), ("Prospect: We have never had an office in Berlin.", BERLIN)),
    ((TALK[1][0], BY_HAND), ("Prospect: Invoicing is fully automatic.", BY_HAND)),
    ((SERVERS, HOSTING), (CLOUD, HOSTING)),
]
DENIED = [denied for _, denied in SAID_AND_DENIED]
NOT_TOLD_APART = pytest.mark.xfail(
    strict=True, reason="known weakness: talk of servers and of the cloud is hardly told apart"
)


def copy_shipped(folder: Path) -> Path:
    shutil.copytree(SHIPPED, folder / "weights")
    return folder / "weights"


def test_a_folder_without_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        EntailmentModel(tmp_path)
    assert caught.value.file == str(tmp_path / "manifest.json")
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"revision": "x"}'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match="damaged"):
        EntailmentModel(tmp_path)


@pytest.mark.parametrize(("content", "problem"), [(None, "missing"), (b"other", "sha256")])
def test_files_are_checked_on_first_use(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    manifest = {"revision": "r1", "files": {"model.bin": "0" * 64}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if content is not None:
        (tmp_path / "model.bin").write_bytes(content)
    model = EntailmentModel(tmp_path)
    assert model.made_by == "entailment@r1"
    assert model.entail([]) == []
    with pytest.raises(WeightsError, match=problem):
        model.entail([("a", "b")])


def test_batches_hold_like_lengths_and_every_pair_once() -> None:
    lengths = [3, 900, 1500, 4, 2100, 5, 700]
    cut = {(f"p{i}", "h"): ([0] * n, [0] * n) for i, n in enumerate(lengths)}
    batches = _cut_batches(cut)
    sizes = [[len(cut[pair][0]) for pair in batch] for batch in batches]
    assert sizes == [[3, 4, 5], [700, 900], [1500], [2100]]


@pytest.fixture(scope="module")
def shipped() -> EntailmentModel:
    return EntailmentModel(threads=1)


@pytest.mark.weights
def test_what_is_said_is_entailed_and_what_is_not_is_not(shipped: EntailmentModel) -> None:
    said, unrelated = shipped.entail(TALK), shipped.entail(UNRELATED)
    assert min(said) > max(unrelated) + 0.3, (said, unrelated)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("said", "denied"),
    [*SAID_AND_DENIED[:2], pytest.param(*SAID_AND_DENIED[2], marks=NOT_TOLD_APART)],
)
def test_a_denial_is_no_support(
    shipped: EntailmentModel, said: tuple[str, str], denied: tuple[str, str]
) -> None:
    for_it, against = shipped.entail([said, denied])
    assert for_it > against + 0.2
    assert against < 0.3


@pytest.mark.weights
def test_order_and_company_do_not_change_a_score(shipped: EntailmentModel) -> None:
    pairs = [*TALK, *UNRELATED, *DENIED, TALK[0]]
    together = shipped.entail(pairs)
    assert shipped.entail(pairs[::-1])[::-1] == pytest.approx(together, abs=0.02)
    assert [shipped.entail([pair])[0] for pair in pairs] == pytest.approx(together, abs=0.02)
    assert together[0] == together[-1]


@pytest.mark.weights
def test_a_long_premise_keeps_its_end_and_the_hypothesis_is_whole(shipped: EntailmentModel) -> None:
    premise, claim = TALK[1]
    long = "Prospect: " + "So the weather was fine and we talked about it for a while. " * 40
    (score,) = shipped.entail([(long + premise, claim)])
    assert score > 0.4
    (odd,) = shipped.entail([("", "word " * 300)])
    assert 0.0 <= odd <= 1.0


@pytest.mark.weights
def test_damaged_weights_are_noticed(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path)
    data = bytearray((folder / "model.bin").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "model.bin").write_bytes(data)
    with pytest.raises(WeightsError, match="sha256"):
        EntailmentModel(folder).entail(TALK)
