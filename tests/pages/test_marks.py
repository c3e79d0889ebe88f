"""A turn's text cut into marked pieces: nothing is lost, whatever overlaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.edits import change_of, undo_of_edit
from api.pages.marks import Stretch, cut, doubts, find_quote
from pipeline.corrections import SpeakerEdit, edit_speakers, make_verdict, match_verdicts
from pipeline.domain import Dimension, Role, Word
from pipeline.errors import InputError
from tests.factories import make_signal, make_transcript, make_turn

KINDS = ("evidence", "unsure", "quarantine")
stretches = st.lists(
    st.builds(
        Stretch, st.integers(-3, 40), st.integers(-3, 40), st.sampled_from(KINDS),
        st.sampled_from(("s1", "s2", "")), st.just("tool"), st.just("tool"),
    ),
    max_size=8,
)  # fmt: skip


@given(st.text(max_size=30), stretches)
def test_the_pieces_are_the_text_and_each_edge_holds(text: str, given: list[Stretch]) -> None:
    pieces = cut(text, given)
    assert "".join(piece.text for piece in pieces) == text
    at = 0
    for piece in pieces:
        over = [
            s for s in given if 0 <= s.start <= at and at + len(piece.text) <= s.end <= len(text)
        ]
        assert set(piece.evidence) == {s for s in over if s.kind == "evidence"}
        assert piece.unsure == any(s.kind == "unsure" for s in over)
        at += len(piece.text)


@given(st.lists(st.tuples(st.text("ab,.", min_size=1, max_size=4), st.booleans()), max_size=12))
def test_doubtful_words_are_found_where_they_stand(said: list[tuple[str, bool]]) -> None:
    words = tuple(Word(text, i, i + 1, 0.1 if low else 0.9) for i, (text, low) in enumerate(said))
    turn = make_turn(text=" ".join(text for text, _ in said), words=words)
    marked = "".join(turn.text[s.start : s.end] for s in doubts(turn)).replace(" ", "")
    assert marked == "".join(text for text, low in said if low)


def test_a_quarantined_turn_is_marked_whole() -> None:
    turn = make_turn(text="thank you thank you", quarantine="loop")
    assert [(s.start, s.end, s.kind) for s in doubts(turn)] == [(0, 19, "quarantine")]


@pytest.mark.parametrize(
    ("text", "quote", "place"),
    [("We use Gong.", "use Gong", (3, 11)), ("We use Gong.", "USE gong", (3, 11)), ("a", "", None),
     ("a", "b", None)],
)  # fmt: skip
def test_a_quote_is_found(text: str, quote: str, place: tuple[int, int] | None) -> None:
    assert find_quote(text, quote) == place


LINES = (("S1", "Hello."), ("S2", "Hi."), ("S3", "And I."), ("S2", "Good."), ("S3", "Yes."))


@pytest.mark.parametrize(
    "edit",
    [
        SpeakerEdit("name", "S2", name="Lee"),
        SpeakerEdit("role", "S2", role=Role.REP),
        SpeakerEdit("merge", "S3", other="S2"),
        SpeakerEdit("swap", "S1", other="S3"),
        SpeakerEdit("split", "S2", other="S9", turns=(3,)),
        SpeakerEdit("split", "S2", other="S1", turns=(1,)),
    ],
    ids=lambda edit: f"{edit.kind} {edit.other or ''}",
)
def test_undoing_an_edit_brings_back_who_said_what(edit: SpeakerEdit) -> None:
    before = make_transcript(LINES)
    undo = SpeakerEdit.from_json(undo_of_edit(before, edit))
    after = edit_speakers(before, (edit, undo))
    assert [t.speaker for t in after.turns] == [t.speaker for t in before.turns]
    assert {s.id: (s.role, s.name) for s in after.speakers} == {
        s.id: (s.role, s.name) for s in before.speakers
    }


def test_a_forms_fields_become_the_contracts_change() -> None:
    size = make_signal("headcount", (50, 50))
    assert change_of(size, {"min": "1,200", "max": ""}) == {"value": {"min": 1200, "max": None}}
    money = make_signal("budget", (50, 50), status="available")
    form = {"min": "5", "max": "9.5", "currency": "eur", "status": "available"}
    value = {"min": 5, "max": 9.5, "currency": "EUR"}
    assert change_of(money, form) == {"value": value, "status": "available"}
    tool = make_signal(Dimension.TECH_STACK, "Gong", status="current")
    assert change_of(tool, {"value": "Clari", "status": ""}) == {"value": "Clari"}
    for wrong in ({"min": "many", "max": ""}, {"min": "", "max": " "}):
        with pytest.raises(InputError):
            change_of(size, wrong)


def test_a_withdrawn_verdict_is_as_if_it_had_not_been() -> None:
    signal = make_signal("headcount", (50, 50))
    rejected = make_verdict(signal, "rejected", {}, None)
    withdrawn = make_verdict(signal, "withdrawn", {}, None)
    assert match_verdicts([signal], [rejected]) == {signal.id: rejected}
    assert match_verdicts([signal], [rejected, withdrawn]) == {}
    assert match_verdicts([signal], [withdrawn, rejected]) == {signal.id: rejected}
