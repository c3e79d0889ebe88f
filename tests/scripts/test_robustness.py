from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.lexicon.products import ProductGazetteer
from scripts.misspell import (
    find_mentions,
    is_unlisted,
    listed_spellings,
    mishear,
    misspell_call,
    write_as,
)
from scripts.robustness import count_strict, strip_call, strip_text
from scripts.speak_call import without_notes

NAMES = ("Zendesk", "NetSuite", "Salesforce", "HubSpot", "Snowflake", "Chargebee", "QuickBooks")


def call() -> dict[str, Any]:
    tool = {"dimension": "tech_stack", "value": "NetSuite", "aliases": ["net sweet"], "turns": [1]}
    turns = [
        {"speaker": "S1", "text": "Do you know NetSuite? It is no netsuite."},
        {"speaker": "S2", "text": "Yes, netsuite, or net sweet. Not NetSuites."},
    ]
    return {"id": "c1", "transcript": {"turns": turns}, "gold": {"signals": [tool]}}


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Well, it's 2.5 million. Right?", "well it's 2.5 million right"),
        ("A follow-up – at 10:30, for $1,000!", "a follow up at 10:30 for $1,000"),
        ("In 2019, 40-50 people (“temps”).", "in 2019 40-50 people temps"),
    ],
)
def test_punctuation_and_case_go_but_numbers_stay(written: str, spoken: str) -> None:
    assert strip_text(written) == spoken


@pytest.mark.parametrize(
    ("written", "said"), [("Er. [laughs] Go on.", "Er. Go on."), ("[laughs]", ""), ("…", "")]
)
def test_notes_are_not_spoken(written: str, said: str) -> None:
    assert without_notes(written) == said


def test_a_turn_of_marks_alone_is_kept() -> None:
    data, changed, of = strip_call({"transcript": {"turns": [{"text": "…"}, {"text": "Yes."}]}})
    assert [turn["text"] for turn in data["turns"]] == ["…", "yes"]
    assert (changed, of) == (1, 2)


def test_mentions_are_found_in_any_case_only_where_the_label_is() -> None:
    labels = call()["gold"]["signals"]
    first, second = (turn["text"] for turn in call()["transcript"]["turns"])
    assert [first[a:b] for a, b in find_mentions(first, 0, labels)] == ["NetSuite"]
    assert [second[a:b] for a, b in find_mentions(second, 1, labels)] == ["netsuite"]
    assert not list(find_mentions(first, 0, []))


def test_every_mention_is_misspelt_and_nothing_else() -> None:
    data, changed, of = misspell_call(call(), lambda name, dice: "met zuite", seed=1, share=1.0)
    assert [turn["text"] for turn in data["turns"]] == [
        "Do you know Met Zuite? It is no netsuite.",
        "Yes, met zuite, or net sweet. Not NetSuites.",
    ]
    assert (changed, of) == (2, 2)


def test_the_share_is_kept_and_the_seed_decides() -> None:
    many = call()
    many["transcript"]["turns"] *= 200
    runs = [misspell_call(many, lambda n, d: "x y", seed=s) for s in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert 0.6 < runs[0][1] / runs[0][2] < 0.8


@pytest.mark.parametrize("name", NAMES)
def test_misheard_names_are_none_that_the_gazetteer_lists(name: str) -> None:
    gazetteer = ProductGazetteer.load()
    heard = {mishear(name, random.Random(n), gazetteer) for n in range(20)}
    assert len(heard) > 3
    listed = {form.lower() for form in gazetteer.variants(name)}
    assert not heard & listed
    assert mishear(name, random.Random(3), gazetteer) == mishear(name, random.Random(3), gazetteer)


def test_listed_spellings_sound_like_the_name() -> None:
    gazetteer = ProductGazetteer.load()
    assert "net sweet" in listed_spellings("NetSuite", gazetteer)
    assert "sfdc" not in listed_spellings("Salesforce", gazetteer)
    assert not is_unlisted("Net Sweet", "NetSuite", gazetteer)
    assert is_unlisted("met zuite", "NetSuite", gazetteer)


def test_misheard_names_keep_their_capitals_unless_they_are_ordinary_words() -> None:
    assert write_as("Zendesk", "zemtesk") == "Zemtesk"
    assert write_as("zendesk", "zem tesk") == "zem tesk"
    assert write_as("HubSpot", "ups pot") == "ups pot"


def test_optional_labels_count_neither_way() -> None:
    gold = [{}, {"optional": True}, {}, {}]
    score = SimpleNamespace(match=lambda gold, said: [(0, 0, True), (1, 1, True), (2, 2, False)])
    assert count_strict(score, gold, [{}] * 4) == (1, 2, 2)
