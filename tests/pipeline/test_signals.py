"""Proposals become signals: values read, vetoes applied, evidence named. The lexicons are real."""

import pytest

from models.places import GeonamesPlaces
from pipeline.calibration import Calibration, Curve
from pipeline.domain import Dimension, Proposal, Range, Reading, Role, Speaker, Transcript, Turn
from pipeline.lexicon.functions import FunctionIndex
from pipeline.lexicon.industries import IndustryTaxonomy
from pipeline.lexicon.products import ProductGazetteer
from pipeline.lexicon.titles import TitleIndex
from pipeline.steps.signals import raise_signals
from pipeline.values.draft import Lexicon

OPEN = Calibration({d.value: Curve(threshold=0.3) for d in Dimension})


@pytest.fixture(scope="module")
def places():
    return GeonamesPlaces()


@pytest.fixture
def lexicon(places):
    def embed(texts):
        return [[1.0, 0.0] for _ in texts]

    return Lexicon(
        ProductGazetteer.load(),
        places,
        IndustryTaxonomy.load(),
        FunctionIndex.load(),
        TitleIndex.load(),
        embed,
        lambda pairs: [0.5 for _ in pairs],
        seller="Brightline",
    )


def call(*said):
    turns = tuple(
        Turn(i, who, text, float(10 * i), float(10 * i + 8)) for i, (who, text) in enumerate(said)
    )
    speakers = (Speaker("R", Role.REP), Speaker("P", Role.PROSPECT), Speaker("Q", Role.PROSPECT))
    return Transcript("c1", turns, speakers)


def mark(transcript, turn, words, label, score=0.9):
    start = transcript.turns[turn].text.index(words)
    return Proposal(turn, start, start + len(words), label, score)


def signals(transcript, lexicon, *marks):
    return raise_signals(transcript, Reading(tuple(marks)), lexicon, OPEN)


def test_a_misheard_product_gets_its_usual_name(lexicon):
    talk = call(("R", "so the ledger"), ("P", "yeah finance is on net sweet these days"))
    [signal] = signals(talk, lexicon, mark(talk, 1, "net sweet", "tech_stack:current"))
    assert (signal.value, signal.status, signal.heard) == ("NetSuite", "current", "net sweet")
    assert signal.quote in talk.turns[1].text
    assert 1 in signal.turns
    assert 10.0 <= signal.start <= signal.end <= 18.0


def test_the_sellers_own_product_is_no_tool(lexicon):
    talk = call(("P", "We saw Brightline at a fair."))
    assert not signals(talk, lexicon, mark(talk, 0, "Brightline", "tech_stack:evaluating"))


def test_a_rep_question_that_is_denied_is_no_evidence(lexicon):
    talk = call(("R", "And the CRM, that's Salesforce?"), ("P", "No. Not any more."))
    assert not signals(talk, lexicon, mark(talk, 0, "Salesforce", "tech_stack:current"))


def test_a_confirmed_guess_names_both_turns(lexicon):
    talk = call(("R", "So you are about two hundred people?"), ("P", "Yes, roughly."))
    [signal] = signals(talk, lexicon, mark(talk, 0, "two hundred", "headcount"))
    assert signal.value == Range(200, 200)
    assert signal.turns == (0, 1)


def test_a_number_of_a_team_knows_its_function(lexicon):
    talk = call(("R", "How big is sales?"), ("P", "We have eighteen sales reps."))
    marks = [mark(talk, 1, "eighteen", "team_size"), mark(talk, 1, "sales", "function")]
    [signal] = signals(talk, lexicon, *marks)
    assert signal.value == Range(18, 18)
    assert signal.function == "sales"


def test_unnamed_money_takes_the_currency_of_the_head_office(lexicon):
    talk = call(("P", "Head office is in Doncaster. We turn over thirty eight million."))
    marks = [
        mark(talk, 0, "Doncaster", "geography:hq"),
        mark(talk, 0, "thirty eight million", "revenue"),
    ]
    found = {s.dimension: s for s in signals(talk, lexicon, *marks)}
    assert found[Dimension.REVENUE].value == Range(38_000_000, 38_000_000, "GBP")
    assert found[Dimension.GEOGRAPHY].kind == "hq"


def test_two_people_who_disagree_give_two_signals(lexicon):
    talk = call(("P", "We use Slack."), ("R", "Okay."), ("Q", "We left Slack last year."))
    marks = [
        mark(talk, 0, "Slack", "tech_stack:current"),
        mark(talk, 2, "Slack", "tech_stack:past"),
    ]
    assert {s.status for s in signals(talk, lexicon, *marks)} == {"current", "past"}


def test_quarantined_text_is_never_evidence(lexicon):
    talk = call(("P", "Salesforce Salesforce Salesforce"), ("P", "We use HubSpot."))
    bad = talk.turns[0]
    damaged = Transcript(
        "c1",
        (Turn(0, "P", bad.text, 0.0, 8.0, quarantine="repetition"), talk.turns[1]),
        talk.speakers,
    )
    reading = Reading((mark(talk, 1, "HubSpot", "tech_stack:current"),))
    [signal] = raise_signals(damaged, reading, lexicon, OPEN)
    assert signal.value == "HubSpot"
    assert 0 not in signal.turns


def test_weak_marks_raise_nothing(lexicon):
    talk = call(("P", "We use HubSpot."))
    assert not signals(talk, lexicon, mark(talk, 0, "HubSpot", "tech_stack:current", 0.2))


def test_ids_are_stable_and_distinct(lexicon):
    talk = call(("P", "We use HubSpot and Slack."))
    marks = [mark(talk, 0, w, "tech_stack:current") for w in ("HubSpot", "Slack")]
    first, second = signals(talk, lexicon, *marks), signals(talk, lexicon, *marks)
    assert first == second
    assert len({s.id for s in first}) == 2


@pytest.mark.parametrize(
    ("said", "marked", "size", "turns"),
    [
        (
            [("P", "We are a hundred and thirty, no wait, that was Christmas. One-sixty now.")],
            0,
            160,
            (0,),
        ),
        (
            [
                ("P", "four hundred give or take"),
                ("R", "four hundred okay"),
                ("P", "no hang on I tell a lie it's three hundred and twenty"),
            ],
            0,
            320,
            (1, 2),
        ),
        ([("P", "We are two hundred. We have forty desks.")], 0, 200, (0,)),
        (
            [
                ("P", "Two hundred, about."),
                ("R", "And how many of those are in sales?"),
                ("P", "We have fifty reps. No, sorry, forty reps."),
            ],
            0,
            200,
            (0,),
        ),
    ],
)
def test_a_number_taken_back_is_replaced(lexicon, said, marked, size, turns):
    talk = call(*said)
    words = {160: "a hundred and thirty", 320: "four hundred", 200: said[0][1][:11]}[size]
    words = "two hundred" if "two hundred" in said[0][1] else words
    [signal] = signals(talk, lexicon, mark(talk, marked, words, "headcount"))
    assert signal.value == Range(size, size)
    assert set(signal.turns) <= {*turns, 0, 1, 2}
    assert signal.turns[-1] == turns[-1]
