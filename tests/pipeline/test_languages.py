from __future__ import annotations

import pytest

from pipeline.lexicon.languages import code_of, guess_language, name_of, short_answer


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir haben heute ungefähr 200 Leute und wir sind in München, aber das ist noch nicht "
         "alles für uns.", "de"),
        ("Nous avons deux cents personnes et nous sommes à Lyon, mais ce n'est pas tout pour une "
         "équipe.", "fr"),
        ("Tenemos unas doscientas personas y estamos en Madrid, pero no es todo lo que se hace en "
         "la empresa.", "es"),
        ("Wij hebben ongeveer tweehonderd mensen en we zijn in Utrecht, maar dat is nog niet alles "
         "voor ons.", "nl"),
        ("We have about two hundred people and we are in Leeds, but that is not all that we do "
         "there.", "en"),
        ("Salesforce, HubSpot, Gong.", None),
        ("Ja, genau.", None),
    ],
)  # fmt: skip
def test_a_text_is_told_by_its_common_words(text: str, language: str | None) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("text", "language", "english"),
    [
        ("Ja.", "de", "Yes."),
        ("Ja, genau.", "de", "Yes, exactly."),
        ("Nein, danke!", "de", "No, thank you."),
        ("Genau?", "de", "Exactly?"),
        ("D'accord.", "fr", "Okay."),
        ("Sí, claro.", "es", "Yes, sure."),
        ("Nee, nog niet.", "nl", None),
        ("Nog niet.", "nl", "Not yet."),
        ("Ja, 200.", "de", None),
        ("", "de", None),
        ("Ja.", "fi", None),
    ],
)
def test_short_answers_are_looked_up(text: str, language: str, english: str | None) -> None:
    assert short_answer(text, language) == english


def test_codes_and_names() -> None:
    assert [code_of(x) for x in ("de", "de-AT", "fr_FR", "EN", "", None)] == [
        "de", "de", "fr", "en", None, None,
    ]  # fmt: skip
    assert (name_of("nl"), name_of("xx")) == ("Dutch", "xx")
