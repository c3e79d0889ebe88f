"""Functions of a company: names of teams, abbreviations, and what is part of what."""

from __future__ import annotations

import pytest

from pipeline.lexicon.functions import FunctionIndex


@pytest.fixture(scope="module")
def functions() -> FunctionIndex:
    return FunctionIndex.load()


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("SDRs", "sales development"),
        ("b d r's", "sales development"),
        ("the AEs", "account executives"),
        ("RevOps", "revenue operations"),
        ("rev ops", "revenue operations"),
        ("helpdesk", "customer support"),
        ("service desk", "IT support"),
        ("support agents", "customer support"),
        ("our developers", "engineering"),
        ("Human Resources department", "human resources"),
        ("people", "human resources"),
        ("pickers", "picking"),
        ("nurses", "nursing"),
        ("purchasing", "procurement"),
    ],
)
def test_normalise(functions: FunctionIndex, said: str, label: str) -> None:
    assert functions.normalise(said) == label


def test_what_is_no_function_is_none(functions: FunctionIndex) -> None:
    assert functions.normalise("the blue car") is None


def test_every_label_is_its_own_name(functions: FunctionIndex) -> None:
    assert [x for x in functions.labels() if functions.normalise(x) != x] == []


def test_every_parent_is_a_label_and_no_chain_is_a_ring(functions: FunctionIndex) -> None:
    labels = set(functions.labels())
    assert {p for x in labels for p in functions.parents(x)} <= labels
    assert [x for x in labels if x in functions.parents(x)] == []


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("inside sales", "sales", True),
        ("sales", "SDRs", True),
        ("pickers", "warehouse", True),
        ("support", "customer support", True),
        ("sales", "customer support", False),
        ("SDRs", "AEs", False),
        ("glass blowing", "Glass Blowing", True),
        ("glass blowing", "sales", False),
    ],
)
def test_matches(functions: FunctionIndex, one: str, other: str, answer: bool) -> None:
    assert functions.matches(one, other) is answer


def test_find_gives_places_in_the_text(functions: FunctionIndex) -> None:
    text = "we have forty reps, six s d rs and a small rev ops team"
    hits = functions.find(text)
    assert [label for _, _, label in hits] == ["sales", "sales development", "revenue operations"]
    assert text[hits[1][0] : hits[1][1]] == "s d rs"
