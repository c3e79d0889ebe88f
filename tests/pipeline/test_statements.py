"""Free-text statements: which windows are weighed, whose word counts, what is evidence."""

from hypothesis import given
from hypothesis import strategies as st

from models.fakes import FakeEmbedder, FakeEntailer
from pipeline.domain import Role, Statement, StatementEvidence, Transcript, Turn
from pipeline.statement_windows import StatementLimits, cut_pieces, cut_windows
from pipeline.steps.statements import scale, weigh_statements

ROLES = {"R": Role.REP, "P": Role.PROSPECT, "Q": Role.PROSPECT, "X": Role.OTHER}
HOSTING = Statement("onprem", "The company only allows software it hosts itself")
LIMITS = StatementLimits(far=-1.0, near=-0.9)


def make_call(*said: tuple[str, str], quarantined: frozenset[int] = frozenset()) -> Transcript:
    turns = tuple(
        Turn(i, who, text, start=10.0 * i, quarantine="loop" if i in quarantined else None)
        for i, (who, text) in enumerate(said)
    )
    return Transcript("c-1", turns)


SAID = "The company only"


def weigh(
    call: Transcript, said: dict[str, float], denied: dict[str, float] | None = None
) -> StatementEvidence:
    """The evidence when talk with these words says, or denies, the statement so surely."""
    entailer = FakeEntailer(
        {(words, SAID): p for words, p in said.items()},
        {(words, SAID): p for words, p in (denied or {}).items()},
    )
    (evidence,) = weigh_statements(call, ROLES, [HOSTING], entailer, FakeEmbedder(), limits=LIMITS)
    return evidence


def test_support_comes_with_the_sentence_that_says_it() -> None:
    call = make_call(
        ("R", "Would cloud be fine for you?"),
        ("P", "Lovely weather. We only allow software that the company hosts itself. Anyway."),
    )
    evidence = weigh(call, {"hosts itself": 0.9})
    assert evidence.supports > 0.5 > evidence.denies
    assert evidence.quote == "We only allow software that the company hosts itself."
    assert (evidence.turns[-1], evidence.speaker, evidence.start) == (1, "P", 10.0)


def test_talk_may_deny_a_statement() -> None:
    call = make_call(("R", "Must it run on your own servers?"), ("P", "No, cloud is fine for us."))
    evidence = weigh(call, {}, {"cloud is fine": 0.9})
    assert evidence.denies > 0.5 > evidence.supports


def test_talk_about_something_else_counts_nothing_whatever_the_entailer_says() -> None:
    call = make_call(("P", "My daughter plays tennis every Monday."))
    sure = FakeEntailer(default=0.99)
    (evidence,) = weigh_statements(call, ROLES, [HOSTING], sure, FakeEmbedder(4096))
    assert (evidence.supports, evidence.denies) == (0.0, 0.0)


def test_silence_is_neither() -> None:
    evidence = weigh(make_call(("P", "We sell garden furniture."), ("R", "Nice.")), {})
    assert max(evidence.supports, evidence.denies) < 0.1


def test_rep_speech_alone_and_quarantined_turns_are_no_evidence() -> None:
    call = make_call(
        ("R", "Our customers host everything themselves."),
        ("P", "We host everything ourselves."),
        quarantined=frozenset({1}),
    )
    assert not list(cut_windows(call.turns, ROLES, LIMITS))
    evidence = weigh(call, {"host": 0.99})
    assert (evidence.supports, evidence.denies, evidence.quote) == (0.0, 0.0, "")


def test_a_quarantined_turn_is_no_context_either() -> None:
    call = make_call(
        ("P", "thank you thank you"), ("P", "We host it ourselves."), quarantined=frozenset({0})
    )
    assert {w.turns for w in cut_windows(call.turns, ROLES, LIMITS)} == set() | {(1,)}


def test_other_and_unknown_speakers_count() -> None:
    call = make_call(("X", "They host all of it themselves."), ("?", "That is right, all of it."))
    speakers = {w.turn.speaker for w in cut_windows(call.turns, ROLES, LIMITS)}
    assert speakers == {"X", "?"}


def test_a_short_answer_is_read_with_its_question() -> None:
    call = make_call(("R", "Does it have to run on your own servers?"), ("P", "Yes."))
    premises = [w.premise for w in cut_windows(call.turns, ROLES, LIMITS)]
    assert premises == ["Rep: Does it have to run on your own servers? Prospect: Yes."]


def test_of_one_speaker_the_later_clear_position_counts() -> None:
    call = make_call(
        ("P", "We only run what we host here in our own rooms."),
        ("R", "Really?"),
        ("P", "Actually no, since March the cloud is allowed as well."),
    )
    evidence = weigh(call, {"since March": 0.1, "own rooms": 0.95}, {"since March": 0.9})
    assert evidence.denies > 0.5
    assert evidence.supports == 0.0
    assert "since March" in evidence.quote


def test_a_later_weak_hint_does_not_replace_a_clear_position() -> None:
    call = make_call(
        ("P", "We only run what we host here in our own rooms."),
        ("R", "Right."),
        ("P", "Somebody mentioned the cloud once, I believe."),
    )
    evidence = weigh(call, {"Somebody": 0.0, "own rooms": 0.97}, {"Somebody": 0.6})
    assert evidence.supports > 0.9
    assert evidence.denies == 0.0


def test_two_readings_of_one_turn_are_no_retraction() -> None:
    call = make_call(
        ("R", "Must all of it run with you?"), ("P", "No no, cloud is fine, all is cloud.")
    )
    alone, with_question = "Prospect: No no", "Rep: Must all"
    evidence = weigh(call, {with_question: 0.8, alone: 0.0}, {with_question: 0.0, alone: 0.9})
    assert evidence.denies > 0.5
    assert evidence.supports == 0.0


def test_two_speakers_who_disagree_are_both_reported() -> None:
    call = make_call(
        ("P", "Everything must run in our own rooms."), ("R", "Ok."), ("Q", "Oh, cloud is allowed.")
    )
    said = {"cloud is allowed": 0.0, "own rooms": 0.9}
    evidence = weigh(call, said, {"cloud is allowed": 0.9})
    assert evidence.supports > 0.5
    assert evidence.denies > 0.5


def test_only_the_nearest_windows_are_weighed() -> None:
    said = [("P", f"Number {i} is about something else entirely, really.") for i in range(40)]
    seen: list[int] = []

    class Counting(FakeEntailer):
        def judge(self, pairs):  # type: ignore[no-untyped-def]
            seen.append(len(pairs))
            return super().judge(pairs)

    call = make_call(*said)
    limits = StatementLimits(candidates=5, far=-1.0, near=-0.9)
    weigh_statements(call, ROLES, [HOSTING] * 3, Counting(), FakeEmbedder(), limits=limits)
    assert len(seen) == 1
    assert 3 * 5 <= seen[0] <= 3 * 5 * 2


def test_no_turns_and_no_statements() -> None:
    empty = weigh_statements(make_call(), ROLES, [HOSTING], FakeEntailer(), FakeEmbedder())
    assert empty == (StatementEvidence("onprem", 0.0, 0.0),)
    call = make_call(("P", "We host everything ourselves."))
    assert weigh_statements(call, ROLES, [], FakeEntailer(), FakeEmbedder()) == ()


def test_scale_puts_the_threshold_in_the_middle() -> None:
    assert (scale(0.0, 0.3), scale(0.3, 0.3), scale(1.0, 0.3)) == (0.0, 0.5, 1.0)


@given(st.text(), st.integers(1, 30))
def test_pieces_cover_every_word_once_and_keep_to_the_limit(text: str, longest: int) -> None:
    pieces = cut_pieces(text, longest)
    words = [word for start, end in pieces for word in text[start:end].split()]
    assert words == text.split()
    assert all(len(text[start:end].split()) <= longest for start, end in pieces)


@given(st.lists(st.tuples(st.sampled_from("RPQX?"), st.text(max_size=200)), max_size=12))
def test_every_quote_is_verbatim_in_a_turn_it_names(said: list[tuple[str, str]]) -> None:
    call = make_call(*said)
    evidence = weigh(call, {"": 0.8})
    if evidence.quote:
        assert any(evidence.quote in call.turns[index].text for index in evidence.turns)
    assert 0.0 <= evidence.denies <= 1.0
    assert 0.0 <= evidence.supports <= 1.0
