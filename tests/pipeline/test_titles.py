"""Job titles: found in cased and in lower-case speech, written as usual, tied to a function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon.titles import TitleIndex


@pytest.fixture(scope="module")
def titles() -> TitleIndex:
    return TitleIndex.load()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("I'm head of finance here", "Head of Finance"),
        ("our VP of Sales signs", "VP of Sales"),
        ("the c f o has the last word", "CFO"),
        ("our CTO wants it", "CTO"),
        ("you would need the m d for that", "Managing Director"),
        ("talk to our MD", "Managing Director"),
        ("she is chief of staff", "Chief of Staff"),
        ("i'm the ops manager", "Operations Manager"),
        ("he's team lead for support", "Team Lead for Support"),
        ("our i t manager asked", "IT Manager"),
        ("I'm the plant controller", "Controller"),
        ("as the owner i decide", "Owner"),
        ("we have two founders", "Founder"),
        ("our VP sales and marketing quit", "VP of Sales and Marketing"),
        ("a new chief revenue officer starts in may", "Chief Revenue Officer"),
        ("the deputy head of procurement", "Deputy Head of Procurement"),
        ("ask the group IT director", "Group IT Director"),
    ],
)
def test_find(titles: TitleIndex, text: str, title: str) -> None:
    assert [found for _, _, found in titles.find(text)] == [title]


def test_find_points_at_the_words(titles: TitleIndex) -> None:
    text = "So our vp ops and the head of rev ops both sign."
    hits = titles.find(text)
    assert [text[start:end] for start, end, _ in hits] == ["vp ops", "head of rev ops"]


def test_no_title_in_plain_talk(titles: TitleIndex) -> None:
    assert titles.find("we head out of the office and lead with the price") == []


@pytest.mark.parametrize(
    ("said", "usual"),
    [
        ("CFO", "CFO"),
        ("vp sales", "VP of Sales"),
        ("m d", "Managing Director"),
        ("head of rev ops", "Head of Revenue Operations"),
        ("it manager", "IT Manager"),
        ("queen bee", "Queen Bee"),
        ("Keeper of the Keys", "Keeper of the Keys"),
    ],
)
def test_canonical(titles: TitleIndex, said: str, usual: str) -> None:
    assert titles.canonical(said) == usual


@pytest.mark.parametrize(
    ("title", "function"),
    [
        ("Head of RevOps", "revenue operations"),
        ("CFO", "finance"),
        ("VP of Sales", "sales"),
        ("IT manager", "IT"),
        ("Plant Manager", "production"),
        ("General Counsel", "legal"),
        ("Queen Bee", None),
    ],
)
def test_function_of(titles: TitleIndex, title: str, function: str | None) -> None:
    assert titles.function_of(title) == function


def test_is_leader(titles: TitleIndex) -> None:
    assert titles.is_leader("head of quality")
    assert titles.is_leader("CEO")
    assert not titles.is_leader("data analyst")
    assert not titles.is_leader("queen bee")


@given(st.text(max_size=120))
def test_any_text_gives_ordered_titles_inside_it(text: str) -> None:
    end = 0
    for start, stop, title in TitleIndex.load().find(text):
        assert end <= start < stop <= len(text)
        assert title
        end = stop
