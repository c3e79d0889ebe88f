from __future__ import annotations

from pipeline.domain import Role, Speaker, Transcript, Turn, Word
from scripts.align_turns import LabelledTurn, align_turns, align_words, name_speakers

LABELLED = [
    LabelledTurn(0, "A", "What do you use today?", 0.0, 2.0),
    LabelledTurn(1, "B", "Zendesk, mostly.", 2.5, 4.0),
    LabelledTurn(2, "A", "Okay. And how many people?", 4.5, 7.0),
    LabelledTurn(3, "B", "Forty.", 7.5, 8.0),
]


def words(text: str, start: float, each: float = 0.4) -> tuple[Word, ...]:
    return tuple(
        Word(w, start + i * each, start + (i + 1) * each) for i, w in enumerate(text.split())
    )


def heard() -> tuple[Turn, ...]:
    """The first two turns run together, and the last word is in the wrong voice."""
    one = (*words("What do you use today?", 0.0), *words("Send desk, mostly.", 2.5, 0.5))
    two = (*words("Okay. And how many people?", 4.5, 0.5), Word("40.", 7.5, 8.0))
    three = words("Thanks.", 20.0)
    return tuple(
        Turn(index, speaker, " ".join(w.text for w in said), words=said)
        for index, (speaker, said) in enumerate((("S1", one), ("S2", two), ("S1", three)))
    )


def test_words_find_their_turn_by_text_and_else_by_time() -> None:
    said = [word for turn in heard() for word in turn.words]
    assert align_words(LABELLED, said) == [0] * 5 + [1] * 3 + [2] * 5 + [3, 3]


def test_an_equal_word_far_away_in_time_is_a_coincidence() -> None:
    assert align_words(LABELLED, [Word("Forty.", 1.0, 1.4)]) == [0]


def test_a_word_at_the_border_goes_where_its_text_is() -> None:
    assert align_words(LABELLED, [Word("today?", 2.6, 3.0), Word("Zendesk,", 3.0, 3.4)]) == [0, 1]


def test_a_signal_is_where_the_words_of_its_quote_are() -> None:
    turns = heard()
    alignment = align_turns(LABELLED, turns)
    texts = {turn.index: turn.text for turn in turns}
    assert alignment.place([0], "Send desk, mostly.", texts) == [1]
    assert alignment.place([0], "today? Send", texts) == [0, 1]
    assert alignment.place([0, 1], "40.", texts) == [0, 3]
    assert alignment.place([1], "", texts) == [2]


def test_voices_get_the_role_of_whom_they_speak_for() -> None:
    speakers = (Speaker("A", Role.REP, "Dana"), Speaker("B", Role.PROSPECT, "Neil"))
    transcript = Transcript("c1", heard(), (Speaker("S1"), Speaker("S2")))
    named = name_speakers(transcript, align_turns(LABELLED, heard()), LABELLED, speakers)
    assert [(s.id, s.role, s.name) for s in named.speakers] == [
        ("S1", Role.REP, "Dana"),
        ("S2", Role.REP, "Dana"),
    ]
