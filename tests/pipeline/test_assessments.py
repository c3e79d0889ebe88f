"""What an assessment looks like, what holds for every one, and what a CRM may say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.assess import assess_deal
from pipeline.deals.facts import read_facts
from pipeline.domain import (
    TriggerRule,
)
from pipeline.errors import InputError
from pipeline.formats import check_from_json
from pipeline.formats_assessment import assessment_to_json
from tests.deal_checks import KNOWLEDGE, assess, headcount
from tests.factories import (
    make_criterion,
    make_profile,
    make_signal,
)
from tests.factories import make_deal_call as call


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"head_count": 5}, "head_count"),
        ({"headcount": "many"}, "headcount"),
        ({"headcount": -1}, "headcount"),
        ({"revenue": {"min": 5, "max": 1}}, "revenue.min"),
        ({"growth_stage": "series_z"}, "growth_stage"),
        ({"tech_stack": [3]}, "tech_stack"),
        ({"team_size": 4}, "team_size"),
    ],
)
def test_a_wrong_fact_is_refused_by_name(facts: object, field: str) -> None:
    with pytest.raises(InputError) as refused:
        read_facts(facts, "d-1")
    assert refused.value.field == field


def test_questions_are_ranked_by_what_they_decide() -> None:
    made = assess(call(0, make_signal("tech_stack", "Salesforce", status="current")))
    ranked = {q.rule: q for q in made.questions}
    assert made.questions[0].rule == "size"
    assert "required" in ranked["size"].decides
    assert ranked["in_house"].kind == "disqualifier"
    assert [q.worth for q in made.questions] == sorted(q.worth for q in made.questions)[::-1]
    asked = [q.criterion for q in made.check.open_questions]
    assert asked == [q.rule for q in made.questions]


def test_the_json_has_the_contracts_fields_and_full_signals_in_the_history() -> None:
    old, new = headcount(150), headcount(220)
    written = assessment_to_json(assess(call(0, old), call(90, new)))
    assert (written["deal_id"], written["calls"]) == ("d-1", ["c-0", "c-90"])
    size = written["criteria"][0]  # type: ignore[index]
    assert [(h["id"], h["speaker"], h["said_by"], h["stands"]) for h in size["history"]] == [
        (old.id, "S2", "Lee", "replaced"), (new.id, "S2", "Lee", "latest"),
    ]  # fmt: skip
    assert check_from_json(written).criteria[0].history == (old.id, new.id)
    assert assessment_to_json(assess(deal_id="d-9"))["calls"] == []


SIGNALS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([40, 150, 300, 5000]),
        st.sampled_from(["S2", "S3"]),
        st.floats(0.05, 1.0),
    ),
    max_size=8,
)


@settings(max_examples=50)
@given(SIGNALS, st.sampled_from([0, 3, 60]))
def test_whatever_is_said_the_assessment_holds_together(
    said: list[tuple[int, int, str, float]], gap: int
) -> None:
    calls = [
        call(
            number * gap + number,
            *(
                headcount(n, speaker=who, confidence=sure)
                for c, n, who, sure in said
                if c == number
            ),
        )
        for number in range(4)
    ]
    made = assess(*calls)
    every = {s.id for c in calls for s in c.signals}
    assert {p.signal.id for p in made.histories["size"] if p.signal} == every
    for rule in made.check.criteria:
        assert 0 <= rule.score <= 1
        assert set(rule.signals) <= every
    for found in made.contradictions:
        assert len({str(p.signal.value) for p in found.positions if p.signal}) > 1
        assert any(p.stands == "latest" for p in found.positions) or not found.resolved
    assert assess(*calls) == made


@settings(max_examples=50)
@given(
    st.integers(4, 9),
    st.floats(0.3, 1.0),
    st.floats(2.0, 5.0),
    st.data(),
)
def test_a_strong_trigger_outweighs_one_static_criterion(
    count: int, sure: float, weight: float, data: st.DataObject
) -> None:
    """Contract 4: all criteria and no trigger ranks below one criterion fewer and a trigger."""
    tools = [f"Tool {n}" for n in range(count)]
    profile = make_profile(
        [make_criterion("tech_stack", id=f"r{n}", any_of=(t,)) for n, t in enumerate(tools)],
        [TriggerRule("funding", kind="funding", weight=weight)],
    )
    missed = data.draw(st.sampled_from(tools))
    used = {t: make_signal("tech_stack", t, status="current", confidence=sure) for t in tools}
    gone = make_signal("tech_stack", missed, status="not_used", confidence=sure)
    event = make_signal("trigger", "Series B", kind="funding", confidence=sure)
    fewer = [gone if t == missed else s for t, s in used.items()]
    full = assess_deal([call(0, *used.values())], profile, KNOWLEDGE).check
    strong = assess_deal([call(0, *fewer, event)], profile, KNOWLEDGE).check
    assert [r.status for r in full.criteria] == ["met"] * count
    assert [r.status for r in strong.criteria].count("not_met") == 1
    assert full.fit is not None
    assert strong.fit is not None
    assert full.fit < strong.fit
