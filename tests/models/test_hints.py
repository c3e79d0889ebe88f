from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hints import HintBook, letters, sound
from pipeline.domain import Word

NAMES = [
    "HubSpot", "Salesforce", "Pipedrive", "BigQuery", "NetSuite", "Xero", "Marketo", "Zendesk",
    "DocuSign", "Okta", "Looker", "Outreach", "Intercom", "Tableau", "Five9",
]  # fmt: skip
ORDINARY = frozenset(
    [
        "the",
        "zero",
        "a",
        "market",
        "inner",
        "call",
        "table",
        "five",
        "sales",
        "force",
        "suit",
        "net",
        "big",
        "area",
    ]
)


def said(text: str, probability: float = 0.5) -> list[Word]:
    return [Word(p, i * 0.4, i * 0.4 + 0.3, probability) for i, p in enumerate(text.split())]


def book(names: list[str] | None = None) -> HintBook:
    return HintBook(NAMES if names is None else names, ordinary=ORDINARY)


def repaired(plain: str, biased: str, probability: float = 0.5) -> str:
    words = said(plain, probability)
    hints = book()
    names = hints.candidates(words)
    return " ".join(w.text for w in hints.accept(words, biased, names, 0.9))


@pytest.mark.parametrize(
    ("plain", "biased", "wanted"),
    [
        ("we moved to PyPedrive last year.", "We moved to Pipedrive last year.", "Pipedrive"),
        ("data sits in Biggery.", "data sits in BigQuery.", "BigQuery."),
        ("finance works in net suit and so on", "finance works in NetSuite and so on", "NetSuite"),
        ("relies on Marqueto today", "relies on Marketo today", "Marketo"),
        ("we use Zendisk, mostly", "we use Zendesk, mostly", "Zendesk,"),
        ("contracts with Docassign.", "contracts with DocuSign.", "DocuSign."),
        ("handled by Octa.", "handled by Okta.", "Okta."),
        ("works with Zero.", "works with Xero.", "Xero."),
    ],
)
def test_a_misheard_name_is_repaired(plain: str, biased: str, wanted: str) -> None:
    assert wanted in repaired(plain, biased).split()


@pytest.mark.parametrize(
    ("plain", "biased"),
    [
        ("We like the new report a lot", "We like HubSpot a lot"),
        ("The zero was missing", "The Xero was missing"),
        ("my inner comm of the room", "my Intercom of the room"),
        ("on the table. Oh well", "on the Tableau well"),
        ("it is quiet here", "it is quiet here Salesforce"),
        ("we talked about people", "we talked about Salesforce and people"),
    ],
)
def test_a_name_that_was_not_said_is_not_invented(plain: str, biased: str) -> None:
    assert repaired(plain, biased) == plain


@pytest.mark.parametrize(
    "text", ["our sales force is large", "we did a lot of outreach", "we use HubSpot and Okta"]
)
def test_text_that_already_reads_like_a_name_is_left_alone(text: str) -> None:
    assert book().candidates(said(text)) == []


def test_words_that_are_sure_need_more_likeness() -> None:
    assert book().candidates(said("we heard sandisk", 0.5)) == ["Zendesk"]
    assert book().candidates(said("we heard sandisk", 0.99)) == []


def test_a_repaired_name_has_the_times_of_what_it_replaces() -> None:
    words = said("works in net suit now")
    repaired_words = book().accept(words, "works in NetSuite now", ["NetSuite"], 0.77)
    name = repaired_words[2]
    assert (name.text, name.start, name.end) == ("NetSuite", words[2].start, words[3].end)
    assert name.probability == 0.77
    assert repaired_words[:2] == words[:2]


def test_only_few_names_are_offered_at_a_time() -> None:
    hints = book()
    offers = {0: ["a", "b", "c"], 1: ["b", "d"], 2: ["e", "f", "g", "h", "i"], 3: []}
    assert hints.share([0, 1, 2], offers) == [[0, 1], [2]]


def test_sound_is_the_same_for_what_sounds_alike() -> None:
    assert sound("Biggery") == sound("BigQuery")
    assert sound("Zero") == sound("Xero")
    assert sound("net suit") == sound("NetSuite")
    assert letters("Hub spot.") == "hubspot"


@given(
    st.lists(st.sampled_from(["we", "net", "suit", "Zero", "the", "Marqueto", "."]), max_size=12)
)
def test_without_hints_nothing_changes(parts: list[str]) -> None:
    words = said(" ".join(parts))
    hints = book([])
    assert hints.candidates(words) == []
    assert hints.accept(words, "NetSuite Xero Marketo", [], 0.9) == words


@given(
    st.lists(st.sampled_from(["we", "net", "suit", "Zero", "Marqueto", "table."]), max_size=12),
    st.lists(st.sampled_from(["we", "NetSuite", "Xero", "Marketo", "Okta"]), max_size=12),
)
def test_times_stay_in_order_whatever_the_second_decoding_says(
    plain: list[str], biased: list[str]
) -> None:
    words = said(" ".join(plain))
    accepted = book().accept(words, " ".join(biased), NAMES, 0.9)
    starts = [word.start for word in accepted]
    assert starts == sorted(starts)
    assert all(word.end > word.start for word in accepted)
