"""Languages of calls: their English names, which one a text is in, and short answers in English.

A text is told by its commonest words, so only languages listed here are told from English. The
trap: a short text has too few of them, and then nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.lexicon.phrases import key_of, word_set

ENGLISH = "en"
NAMES: Mapping[str, str] = {
    "de": "German", "fr": "French", "es": "Spanish", "nl": "Dutch", "it": "Italian",
    "pt": "Portuguese", "pl": "Polish", "sv": "Swedish", "da": "Danish", "no": "Norwegian",
    "fi": "Finnish", "cs": "Czech", "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian",
    "ja": "Japanese", "zh": "Chinese", "ko": "Korean", "en": "English",
}  # fmt: skip
_COMMON: Mapping[str, frozenset[str]] = {
    "en": word_set(
        "the and of to is are was have has you we they it that this with for not what how our your "
        "would be but there from on can"
    ),
    "de": word_set(
        "der die das und ist sind war haben hat sie wir ich nicht mit fur auf ein eine einen auch "
        "was wie unsere ihr es dass aber noch uns von zu im"
    ),
    "fr": word_set(
        "le la les des et est sont nous vous je il ne pas avec pour une un que qui dans sur mais "
        "notre votre avons ce c du au plus"
    ),
    "es": word_set(
        "el la los las y es son somos nosotros usted yo no con para una un que en pero nuestro "
        "nuestra tenemos esto muy como por del lo se"
    ),
    "nl": word_set(
        "de het een en is zijn was hebben heeft we wij ik niet met voor op ook wat hoe onze uw dat "
        "maar nog ons van te in er jullie"
    ),
}
_LEAST_WORDS, _LEAST_SHARE = 12, 0.2
_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "ja": "Yes", "jawohl": "Yes", "nein": "No", "nee": "No", "genau": "Exactly", "okay": "Okay",
        "ok": "Okay", "richtig": "Right", "stimmt": "That's right", "gut": "Good", "klar": "Sure",
        "gerne": "Gladly", "danke": "Thank you", "vielen dank": "Thank you very much",
        "natürlich": "Of course", "mhm": "Mhm", "hm": "Hm", "aha": "Aha", "ach so": "I see",
        "korrekt": "Correct", "doch": "Yes", "noch nicht": "Not yet", "ja genau": "Yes, exactly",
    },
    "fr": {
        "oui": "Yes", "non": "No", "exactement": "Exactly", "d'accord": "Okay", "ok": "Okay",
        "merci": "Thank you", "bien sûr": "Of course", "voilà": "That's it", "tout à fait": "Quite",
        "pas encore": "Not yet", "mhm": "Mhm", "ouais": "Yeah", "c'est ça": "That's right",
    },
    "es": {
        "sí": "Yes", "no": "No", "exacto": "Exactly", "exactamente": "Exactly", "vale": "Okay",
        "ok": "Okay", "gracias": "Thank you", "claro": "Sure", "correcto": "Correct",
        "todavía no": "Not yet", "mhm": "Mhm", "de acuerdo": "Okay", "por supuesto": "Of course",
    },
    "nl": {
        "ja": "Yes", "nee": "No", "precies": "Exactly", "oké": "Okay", "ok": "Okay",
        "klopt": "That's right", "dank u": "Thank you", "bedankt": "Thank you",
        "natuurlijk": "Of course", "goed": "Good", "nog niet": "Not yet", "mhm": "Mhm",
        "inderdaad": "Indeed", "zeker": "Certainly",
    },
}  # fmt: skip
_BY_KEY = {
    language: {key_of(said): english for said, english in answers.items()}
    for language, answers in _ANSWERS.items()
}


def code_of(language: str | None) -> str | None:
    """The plain code of a language tag: "de-AT" → "de"; None stays None."""
    return language.replace("_", "-").split("-")[0].strip().lower() or None if language else None


def name_of(language: str) -> str:
    """A language's English name; its code where that is not listed."""
    return NAMES.get(language, language)


def guess_language(text: str) -> str | None:
    """The listed language whose commonest words are most of a text; None when unsure."""
    words = key_of(text).split()
    if len(words) < _LEAST_WORDS:
        return None
    shares = {
        language: sum(word in common for word in words) / len(words)
        for language, common in _COMMON.items()
    }
    first, second = sorted(shares, key=lambda language: -shares[language])[:2]
    sure = shares[first] >= _LEAST_SHARE and shares[first] > 1.25 * shares[second]
    return first if sure else None


def short_answer(text: str, language: str) -> str | None:
    """What a text that is nothing but a short answer says in English: "Ja, genau." → "Yes, …"."""
    known = _BY_KEY.get(language, {})
    key = key_of(text)
    words = [key] if key in known else key.split()
    found = [known.get(word, "") for word in words]
    if not found or not all(found) or len(found) > 4:
        return None
    said = ", ".join((found[0], *(word[:1].lower() + word[1:] for word in found[1:])))
    return f"{said}{'?' if text.rstrip().endswith('?') else '.'}"
