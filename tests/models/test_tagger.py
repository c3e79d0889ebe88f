"""The signal tagger: how scores become proposals, and what the shipped weights read."""

from pathlib import Path

import numpy as np
import pytest

import models
from models.places import GeonamesPlaces
from models.tagger import SignalTagger, WordScores, proposals_of
from models.tagger_pair import TaggerPair
from models.tagger_text import ATTRIBUTE_LABELS, DIMENSIONS
from pipeline.domain import Role, Turn

SHIPPED = Path(models.__file__).parent / "signal_tagger"
ROLES = {"R": Role.REP, "P": Role.PROSPECT}


def scores(n_words, **peaks):
    """All zero but the given (dimension, word) peaks; the first attribute of each is certain."""
    word = np.zeros((n_words, len(DIMENSIONS)), np.float32)
    attribute = np.zeros((n_words, len(ATTRIBUTE_LABELS)), np.float32)
    for dimension, places in peaks.items():
        for place, value in places.items():
            word[place, DIMENSIONS.index(dimension)] = value
            first = [i for i, a in enumerate(ATTRIBUTE_LABELS) if a.startswith(f"{dimension}:")]
            if first:
                attribute[place, first[0]] = 1
    begin = np.zeros_like(word)
    return WordScores(word, begin, attribute, np.ones(len(DIMENSIONS), np.float32))


def test_a_run_of_marked_words_is_one_proposal():
    turn = Turn(0, "P", "we use Acme Cloud Suite here")
    [found] = proposals_of(turn, scores(6, tech_stack={2: 0.9, 3: 0.8, 4: 0.7}), 0.1)
    assert turn.text[found.start : found.end] == "Acme Cloud Suite"
    assert found.label == "tech_stack:current"
    assert 0.85 < found.score < 0.95


def test_two_mentions_with_a_word_between_stay_two():
    turn = Turn(0, "P", "Slack and Jira")
    found = proposals_of(turn, scores(3, tech_stack={0: 0.9, 2: 0.9}), 0.1)
    assert [turn.text[p.start : p.end] for p in found] == ["Slack", "Jira"]


def test_a_sentence_is_one_run_in_spite_of_a_gap():
    turn = Turn(0, "P", "closing the month takes nine days")
    found = proposals_of(turn, scores(6, pain={0: 0.9, 2: 0.8, 5: 0.7}), 0.1)
    assert len(found) == 1


def test_weak_words_propose_nothing():
    assert not proposals_of(Turn(0, "P", "we use Slack"), scores(3, tech_stack={2: 0.05}), 0.1)


def test_nothing_to_read_gives_nothing():
    unread = Turn(0, "P", "x", quarantine="repetition")
    reading = SignalTagger(SHIPPED, GeonamesPlaces()).read([unread], {})
    assert reading.proposals == ()
    assert reading.rep_scores == {}


def shipped_pair() -> TaggerPair:
    """The reader as the product has it."""
    places = GeonamesPlaces()
    second = SignalTagger(SHIPPED / "second", places)
    return TaggerPair(SignalTagger(SHIPPED, places), second)


@pytest.mark.weights
def test_shipped_weights_read_a_plain_answer():
    turns = [
        Turn(0, "R", "And what are you using for the CRM today?"),
        Turn(1, "P", "We use HubSpot. We were on Pipedrive before that, until last year."),
        Turn(2, "R", "And how many people work there in all?"),
        Turn(3, "P", "We are about three hundred people, head office is in Munich."),
    ]
    found = shipped_pair().read(turns, ROLES).proposals
    strong = {
        (turns[p.turn].text[p.start : p.end].strip(".,"), p.label) for p in found if p.score > 0.3
    }
    assert ("HubSpot", "tech_stack:current") in strong
    assert any(w == "Pipedrive" and label.startswith("tech_stack") for w, label in strong)
    assert any(w == "Munich" and label.startswith("geography") for w, label in strong)
    assert any(label == "headcount" and "three hundred" in words for words, label in strong)
    assert not any(p.turn in (0, 2) and p.score > 0.3 for p in found)


@pytest.mark.weights
def test_shipped_weights_hear_who_sells():
    turns = [
        Turn(0, "A", "Thanks for joining. I'd love to hear how your team handles invoices today?"),
        Turn(1, "B", "Sure. Two of my people type them into the ERP by hand, it takes days."),
        Turn(2, "A", "Got it. Our platform reads them automatically. Shall I show you a demo?"),
        Turn(3, "B", "Yes, but I have to ask our CFO, he signs everything."),
    ]
    sides = SignalTagger(SHIPPED, GeonamesPlaces()).read(turns, {}).rep_scores
    assert sides["A"] > 0.6 > 0.4 > sides["B"]
