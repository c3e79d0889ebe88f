"""Numbers and times in statements: what is asked, what talk answers, and the arithmetic between."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fakes import FakeEmbedder, FakeEntailer
from pipeline.domain import Role, Statement, Transcript, Turn
from pipeline.statement_limits import find_answers, read_question
from pipeline.statement_windows import StatementLimits
from pipeline.steps.statements import weigh_statements

DAY = date(2026, 10, 22)
PEAK = "Order volume in peak season is at least twice the normal volume"
LANGUAGES = "Training has to be offered in more than three languages"
LEASE = "The lease of the warehouse ends within two years"
LEAD = "A new head of support started in the last six months"
HALF = "At least half of the drivers are contractors"
MOST = "More than half of the staff are contractors"
LOSS = "They lose more than 10% of their orders"
CYCLE = "The sales cycle is longer than three months"
OPENED = "The company opened an office in the last five years"
GROWN = "Revenue grew at least three times"
ANSWERED = "Tickets are answered in less than 4 hours"
SITES = "It has fewer than five sites"


@pytest.mark.parametrize(
    ("statement", "said", "claim", "holds"),
    [
        (PEAK, "about three times a normal week", "is three times the normal volume", True),
        (PEAK, "that's plus thirty percent", "is thirty percent more than the normal", False),
        (LANGUAGES, "english, polish, portuguese, so three", "in three languages", False),
        (LANGUAGES, "five languages, so we have to", "in five languages", True),
        (LEASE, "it goes until end of March 2028", "ends at the end of march 2028", True),
        (LEASE, "fifteen years, so we stay", "ends in fifteen years", False),
        (LEASE, "it's up in June", "ends in june", True),
        (LEAD, "she started in august", "started in august", True),
        (LEAD, "she started three years ago", "started three years ago", False),
        (OPENED, "we opened two in the last three years", "in the last three years", True),
        (OPENED, "that was seven years back", "opened an office seven years back", False),
        (GROWN, "it grew 2.5 times", "grew 2.5 times", False),
        (MOST, "half of the staff", "half of the staff are", False),
        (MOST, "three quarters of the staff", "three quarters of the staff are", True),
        (HALF, "a third are contractors", "a third of the drivers", False),
        (LOSS, "like two percent", "They lose two percent of their orders", False),
        (CYCLE, "it takes us about eight weeks", "The sales cycle is about eight weeks", False),
        (SITES, "eleven sites all told", "It has eleven sites", False),
        (SITES, "there's four of us, four sites", "It has four sites", True),
    ],
)
def test_the_number_of_the_talk_takes_the_place_of_the_asked_one(
    statement: str, said: str, claim: str, holds: bool
) -> None:
    question = read_question(statement)
    assert question is not None
    answers = {question.fill(a.words): a.holds for a in find_answers(question, said, DAY)}
    assert any(claim in filled and answers[filled] is holds for filled in answers), answers


@pytest.mark.parametrize(
    "statement",
    [
        "Reps lose time typing call notes",
        "The company has more than 3 sites in at least two countries",
        "They moved offices in May",
        "The company only allows software it hosts itself",
        ANSWERED,
    ],
)
def test_statements_without_one_clear_limit_ask_no_number(statement: str) -> None:
    assert read_question(statement) is None


@pytest.mark.parametrize(
    ("statement", "said"),
    [(HALF, "last quarter was poor"), (HALF, "our third-party tool"), (LEASE, "many years ago")],
)
def test_words_that_only_look_like_numbers_answer_nothing(statement: str, said: str) -> None:
    question = read_question(statement)
    assert question is not None
    assert find_answers(question, said, DAY) == []


def test_numbers_of_another_kind_answer_nothing() -> None:
    question = read_question(LANGUAGES)
    assert question is not None
    assert find_answers(question, "forty thousand euros and eleven sites in 2024", DAY) == []


def test_a_time_that_needs_the_day_of_the_call_is_left_out_without_one() -> None:
    question = read_question(LEASE)
    assert question is not None
    assert find_answers(question, "it's up in June", None) == []


@pytest.mark.parametrize(("said", "supports"), [("in five, all told", True), ("in two", False)])
def test_arithmetic_decides_what_the_entailer_accepts(said: str, supports: bool) -> None:
    call = Transcript("c-1", (Turn(0, "P", f"We train {said}, languages I mean.", start=0.0),))
    accepts = FakeEntailer({("We train", "languages"): 0.95})
    (evidence,) = weigh_statements(
        call, {"P": Role.PROSPECT}, [Statement("l", LANGUAGES)], accepts, FakeEmbedder(),
        limits=StatementLimits(far=-1.0, near=-0.9),
    )  # fmt: skip
    assert (evidence.supports > 0.5) is supports
    assert (evidence.denies > 0.5) is not supports


@given(st.text(max_size=80), st.text(max_size=120))
def test_any_text_is_read_without_an_error(statement: str, said: str) -> None:
    question = read_question(statement)
    if question is not None:
        for answer in find_answers(question, said, DAY):
            assert answer.words
            assert 0 < answer.certainty <= 1
