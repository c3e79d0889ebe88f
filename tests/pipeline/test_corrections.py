"""Corrections applied to an analysis: verdicts, and edits of speakers."""

from __future__ import annotations

import pytest

from pipeline.corrections import SpeakerEdit, Verdict, correct, edit_speakers, make_verdict
from pipeline.domain import CallAnalysis, Range, Role
from pipeline.errors import InputError
from tests.factories import make_analysis, make_evidence, make_signal, make_transcript


def analysis(*signals: object) -> CallAnalysis:
    return make_analysis(signals or (make_signal("headcount", (200, 250)),), [make_evidence()])  # type: ignore[arg-type]


def test_the_latest_verdict_counts() -> None:
    found = analysis()
    signal = found.signals[0]
    no = make_verdict(signal, "rejected", {}, None)
    yes = make_verdict(signal, "confirmed", {}, None)
    assert correct(found, (), (yes, no)).signals == ()
    assert correct(found, (), (no, yes)).signals[0].confidence == 1.0
    assert correct(found, (), ()) == found


def test_a_correction_changes_the_fields_it_names() -> None:
    found = analysis()
    change = {"value": {"min": 15, "max": 15}}
    fixed = correct(found, (), (make_verdict(found.signals[0], "corrected", change, "typo"),))
    assert fixed.signals[0].value == Range(15, 15)
    assert fixed.signals[0].quote == found.signals[0].quote


def test_a_verdict_finds_its_signal_again_after_a_new_analysis() -> None:
    before, after = make_signal("pain", "x", quote="q"), make_signal("pain", "x", quote="q")
    other = make_signal("pain", "y", quote="q")
    verdict = make_verdict(before, "rejected", {}, None)
    assert correct(analysis(after, other), (), (verdict,)).signals == (other,)


def test_a_verdict_on_a_signal_that_is_gone_does_no_harm() -> None:
    found = analysis()
    assert correct(found, (), (Verdict("sig_gone", "rejected"),)) == found


def test_what_the_rep_said_is_no_evidence_once_it_is_known() -> None:
    found = analysis()
    edited = correct(found, (SpeakerEdit("role", "S2", role=Role.REP),), ())
    assert edited.signals == ()
    assert (edited.statements[0].supports, edited.statements[0].denies) == (0.0, 0.0)
    back = SpeakerEdit("role", "S2", role=Role.PROSPECT)
    assert correct(found, (SpeakerEdit("role", "S2", role=Role.REP), back), ()) == found


def test_speakers_are_merged_split_swapped_and_named() -> None:
    call = make_transcript((("S1", "a"), ("S2", "b"), ("S3", "c")))
    merged = edit_speakers(call, [SpeakerEdit("merge", "S3", "S2")])
    assert [t.speaker for t in merged.turns] == ["S1", "S2", "S2"]
    assert [s.id for s in merged.speakers] == ["S1", "S2"]
    split = edit_speakers(merged, [SpeakerEdit("split", "S2", "S9", Role.OTHER, "Kim", (2,))])
    assert [t.speaker for t in split.turns] == ["S1", "S2", "S9"]
    assert (split.role_of("S9"), split.speakers[-1].name) == (Role.OTHER, "Kim")
    swapped = edit_speakers(call, [SpeakerEdit("swap", "S1", "S2")])
    assert [t.speaker for t in swapped.turns] == ["S2", "S1", "S3"]
    named = edit_speakers(call, [SpeakerEdit("name", "S1", name="Dana")])
    assert named.speakers[0].name == "Dana"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "vanish", "speaker": "S1"},
        {"kind": "role", "speaker": "S1"},
        {"kind": "merge", "speaker": "S1"},
        {"kind": "split", "speaker": "S1", "other": "S9"},
        {"kind": "split", "speaker": "S1", "turns": [1]},
        {"kind": "swap", "speaker": "S1", "other": 7},
    ],
)
def test_an_edit_that_says_too_little_is_refused(data: object) -> None:
    with pytest.raises(InputError):
        SpeakerEdit.from_json(data)


def test_an_edit_of_a_stranger_is_refused() -> None:
    with pytest.raises(InputError, match="S7"):
        edit_speakers(make_transcript(), [SpeakerEdit("name", "S7", name="x")])
