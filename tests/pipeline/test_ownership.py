"""Questions are no evidence; what a rep says needs the other side."""

import pytest

from pipeline.domain import Role, Turn
from pipeline.values import ownership
from pipeline.values.draft import scene_of

ROLES = {"R": Role.REP, "P": Role.PROSPECT}


def scene(*said: tuple[str, str]):
    return scene_of([Turn(i, who, text) for i, (who, text) in enumerate(said)], ROLES)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("R", "So you are on HubSpot?"), ("P", "Yeah, since May.")], True),
        ([("R", "So you are on HubSpot?"), ("P", "No, that was the old place.")], False),
        ([("R", "Are you on HubSpot?"), ("P", "We live in spreadsheets.")], False),
        ([("R", "are you using hub spot at all"), ("P", "nah never")], False),
        ([("R", "I saw you are about two hundred people."), ("P", "We have nice offices.")], True),
        ([("R", "I saw you are about two hundred people."), ("P", "No, half of that.")], False),
        ([("P", "We are on HubSpot.")], True),
        ([("R", "You are on HubSpot, right?"), ("R", "Anyway.")], False),
    ],
)
def test_what_a_rep_says_needs_the_prospect(said, expected):
    call = scene(*said)
    assert ownership.is_evidence(0, 0, len(said[0][1]), call) is expected


def test_only_the_sentence_that_asks_is_a_question():
    text = "We moved to Snowflake in May. Did you know that?"
    assert not ownership.is_question(text, 3, 20)
    assert ownership.is_question(text, 32, 40)


@pytest.mark.parametrize("text", ["Yes.", "um yeah", "That's right", "mm-hm", "Exactly, forty."])
def test_agreement_is_heard(text):
    assert ownership.confirms(text)
    assert not ownership.denies(text)


@pytest.mark.parametrize("text", ["No.", "Nope, never", "yeah no", "Not really", "er, no we don't"])
def test_refusal_is_heard(text):
    assert ownership.denies(text)
    assert not ownership.confirms(text)
