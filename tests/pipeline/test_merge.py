"""Drafts that tell one fact become one; disagreeing people both stand."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain import Dimension, Range, Role, Turn
from pipeline.values.draft import Draft, scene_of
from pipeline.values.merge import merge_drafts

TURNS = [Turn(i, "AB"[i % 2], "words " * 10) for i in range(30)]
SCENE = scene_of(TURNS, {"A": Role.PROSPECT, "B": Role.PROSPECT})


def tool(turn, name, status, score):
    return Draft(Dimension.TECH_STACK, name, turn, 0, 5, score, status, key=name.lower())


def size(turn, n, score):
    return Draft(Dimension.HEADCOUNT, Range(n, n), turn, 0, 5, score, key=f":{n}:{n}")


def test_mentions_of_one_tool_are_one_fact_with_all_turns():
    facts = merge_drafts(
        [tool(0, "Slack", "current", 0.6), tool(4, "Slack", "current", 0.8)], SCENE
    )
    assert len(facts) == 1
    assert {d.turn for d in facts[0].drafts} == {0, 4}
    assert facts[0].best.turn == 4
    assert facts[0].score > 0.8


def test_the_likelier_status_of_one_speaker_survives():
    facts = merge_drafts([tool(0, "Slack", "current", 0.3), tool(2, "Slack", "past", 0.9)], SCENE)
    assert [f.best.attribute for f in facts] == ["past"]


def test_two_speakers_who_disagree_both_stand():
    facts = merge_drafts([tool(0, "Slack", "current", 0.9), tool(1, "Slack", "past", 0.9)], SCENE)
    assert {f.best.attribute for f in facts} == {"current", "past"}


def test_one_headcount_unless_two_people_disagree():
    assert len(merge_drafts([size(0, 130, 0.5), size(0, 160, 0.9)], SCENE)) == 1
    assert merge_drafts([size(0, 130, 0.5), size(0, 160, 0.9)], SCENE)[0].best.value.low == 160
    assert len(merge_drafts([size(0, 130, 0.9), size(1, 400, 0.9)], SCENE)) == 2
    assert len(merge_drafts([size(0, 200, 0.9), size(1, 210, 0.9)], SCENE)) == 1


def test_sentences_near_each_other_are_one():
    pains = [Draft(Dimension.PAIN, "x", turn, 0, 5, 0.7, key="") for turn in (2, 3, 9)]
    facts = merge_drafts(pains, SCENE)
    assert [sorted(d.turn for d in f.drafts) for f in facts] == [[2, 3], [9]]


drafts = st.builds(
    Draft,
    st.sampled_from(list(Dimension)),
    st.just("x"),
    st.integers(0, 29),
    st.just(0),
    st.just(5),
    st.floats(0, 1),
    st.sampled_from([None, "current", "past"]),
    key=st.sampled_from(["a", "b"]),
)


@given(st.lists(drafts, max_size=25))
def test_merging_invents_nothing_and_keeps_scores_in_bounds(given_drafts):
    for fact in merge_drafts(given_drafts, SCENE):
        assert fact.best in fact.drafts
        assert set(fact.drafts) <= set(given_drafts)
        assert 0 <= fact.score <= 1
        assert len({d.dimension for d in fact.drafts}) == 1
