"""Sides are found from what is said, kept where given, and left open where little is said."""

import pytest

from pipeline.domain import Role, Speaker, Transcript, Turn, Word
from pipeline.errors import BadUsage
from pipeline.steps.roles import assign_roles, find_speakers, override_rep

LONG = "word " * 30


def call(*speakers, words="word " * 30):
    turns = tuple(Turn(i, s.id, words) for i, s in enumerate(speakers))
    return Transcript("c1", turns, tuple(speakers))


def roles(transcript):
    return [s.role for s in transcript.speakers]


def test_given_roles_stay():
    known = call(Speaker("S1", Role.PROSPECT), Speaker("S2", Role.REP))
    assert roles(assign_roles(known, {"S1": 0.99, "S2": 0.01})) == [Role.PROSPECT, Role.REP]


def test_unknown_roles_follow_the_scores():
    open_call = call(Speaker("S1"), Speaker("S2"), Speaker("S3"))
    found = assign_roles(open_call, {"S1": 0.9, "S2": 0.1, "S3": 0.5})
    assert roles(found) == [Role.REP, Role.PROSPECT, Role.UNKNOWN]


def test_a_voice_that_says_little_stays_unknown():
    found = assign_roles(call(Speaker("S1"), words="yes"), {"S1": 0.95})
    assert roles(found) == [Role.UNKNOWN]


def test_override_names_the_rep_and_the_rest_are_prospects():
    named = override_rep(call(Speaker("S1", name="Dana"), Speaker("S2")), ["S1"])
    assert roles(named) == [Role.REP, Role.PROSPECT]


def test_speakers_are_found_by_id_name_or_channel():
    turns = tuple(
        Turn(i, s, "hello", 0.0, 1.0, (Word("hello", 0.0, 1.0, channel=i),))
        for i, s in enumerate(("S1", "S2"))
    )
    transcript = Transcript("c1", turns, (Speaker("S1", name="Dana"), Speaker("S2")))
    assert find_speakers(transcript, "dana") == ["S1"]
    assert find_speakers(transcript, "s2") == ["S2"]
    assert find_speakers(transcript, "2") == ["S2"]
    with pytest.raises(BadUsage, match="Dana"):
        find_speakers(transcript, "Lee")
