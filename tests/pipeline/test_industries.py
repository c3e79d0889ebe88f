"""The taxonomy of industries: parents, phrases, names and what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import IcpError
from pipeline.lexicon.industries import IndustryTaxonomy


@pytest.fixture(scope="module")
def taxonomy() -> IndustryTaxonomy:
    return IndustryTaxonomy.load()


def test_it_has_about_two_hundred_labels_each_its_own_name(taxonomy: IndustryTaxonomy) -> None:
    assert len(taxonomy.labels()) >= 150
    assert [x for x in taxonomy.labels() if taxonomy.normalise(x) != x] == []


def test_no_industry_lies_in_itself(taxonomy: IndustryTaxonomy) -> None:
    assert [x for x in taxonomy.labels() if x in taxonomy.ancestors(x)] == []


@pytest.mark.parametrize(
    ("label", "ancestor", "answer"),
    [
        ("payments", "fintech", True),
        ("payments", "payments", True),
        ("3PL", "logistics", True),
        ("fulfilment", "third-party logistics", True),
        ("brewery", "manufacturing", True),
        ("insurtech", "software", True),
        ("payments", "healthcare", False),
        ("trucking", "freight forwarding", False),
        ("fintech", "payments", None),
        ("underwater basket weaving", "fintech", None),
        ("fintech", "underwater basket weaving", None),
    ],
)
def test_is_a(taxonomy: IndustryTaxonomy, label: str, ancestor: str, answer: bool | None) -> None:
    assert taxonomy.is_a(label, ancestor) is answer


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("we pick and pack for brands", "fulfilment"),
        ("we make compressors, have done since 1950", "machinery manufacturing"),
        ("we lend to small shops", "lending"),
        ("so we're a 3pl provider", "third-party logistics"),
        ("we run care homes in kent", "care homes"),
    ],
)
def test_people_say_what_their_company_does(
    taxonomy: IndustryTaxonomy, said: str, label: str
) -> None:
    hits = taxonomy.find(said)
    assert label in [found for _, _, found in hits]
    assert all(0 <= start < end <= len(said) for start, end, _ in hits)


def test_a_single_word_counts_only_of_the_own_company(taxonomy: IndustryTaxonomy) -> None:
    assert [x for _, _, x in taxonomy.find_stated("we're a brewery up in leeds")] == ["brewing"]
    assert taxonomy.find_stated("then she walked past the old brewery to the office") == []


def test_a_narrower_name_falls_back_on_its_last_words(taxonomy: IndustryTaxonomy) -> None:
    assert taxonomy.normalise("kids' mobile games") == "gaming"
    assert taxonomy.normalise("Pharmaceutical Company") == "pharmaceuticals"
    assert taxonomy.normalise("things and stuff") is None


def test_every_label_has_a_sentence_to_embed(taxonomy: IndustryTaxonomy) -> None:
    pairs = taxonomy.texts_for_embedding()
    assert {label for label, _ in pairs} == set(taxonomy.labels())
    assert len({sentence for _, sentence in pairs}) > 1000
    assert taxonomy.phrases("payments")[0] == "payments"


def test_an_unknown_parent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "industries.yaml"
    path.write_text("industries:\n  a: {parent: b, names: []}\n", encoding="utf-8")
    with pytest.raises(IcpError, match=r"industries.yaml: a: unknown parent 'b'"):
        IndustryTaxonomy(path)
