"""Finds personal data in what was said: names, e-mail addresses, phone, card and account numbers,
street addresses, also numbers and addresses that were spelt out.

Names come from the tagger of named things, phone numbers from `phonenumbers`; card and account
numbers must have the right check digits. Trap: figures are the product's evidence, so a number is
personal only by its form, never for being long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import phonenumbers

from pipeline.domain import Entity
from pipeline.ports import EntityTagger
from pipeline.redaction import Personal

REGIONS = ("US", "GB", "DE")
"""Whose phone numbers are known without a `+` and a country's code."""
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_SPELT = re.compile(
    r"\b[\w-]+(?: (?:dot|punkt|underscore|dash) [\w-]+)*,? (?:at|ät|@) [\w-]+"
    r"(?: (?:dot|punkt) [\w-]+)+\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w$€£.,-])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\w%])")
_CARD = re.compile(r"(?<![\w$€£])\d(?:(?:[ .-]|, )?\d){12,18}(?!\w)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_SOCIAL = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SPOKEN = re.compile(rf"\b{_DIGIT}(?:[ ,.-]{{1,2}}{_DIGIT}){{6,}}\b", re.IGNORECASE)
_STREETS = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Terrace|Way|Place"
)
_STREET = re.compile(
    rf"\b\d{{1,5}}[a-z]? (?:[NSEW]\.? )?(?:[A-Z][\w'-]+ ){{1,3}}(?:{_STREETS})\b\.?"
)
_STRASSE = re.compile(
    r"\b(?:[A-ZÄÖÜ][\wäöüß-]+(?:straße|strasse|weg|platz|allee|gasse|ring|damm)"
    r"|[A-ZÄÖÜ][\wäöüß-]+(?:er|e) (?:Straße|Strasse|Weg|Platz|Allee)) \d{1,4}[a-z]?\b"
)
_NAME = r"([A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)?)"
_ADDRESSED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Mevrouw|Meneer)\.? {_NAME}"
)
_INTRODUCED = re.compile(
    r"(?i:\b(?:my name is|mein name ist|ich heiße|hier spricht|je m.appelle|me llamo"
    rf"|mijn naam is)) {_NAME}"
)
_TITLES = re.compile(r"^(?:(?:mr|mrs|ms|dr|herr|frau|hi|hey|thanks|and)\b\.?[ ,]*)+", re.IGNORECASE)
_WORDS = (
    "i you he she it we they this that okay ok yes no yeah hi hey hello thanks q1 q2 q3 q4 kpi crm"
    " monday tuesday wednesday thursday friday"
)
_NO_NAME = frozenset(_WORDS.split())
"""What the tagger takes for people in recognised speech now and then."""


class PersonalFinder:
    """Finds personal data with a tagger of names; `keep` names what is no person, such as tools."""

    def __init__(
        self, tagger: EntityTagger, keep: Callable[[str], bool] = lambda _n: False
    ) -> None:
        self._tagger, self._keep = tagger, keep

    def __call__(self, texts: Sequence[str], english: Sequence[bool]) -> list[list[Personal]]:
        """The personal data of each text; may overlap. Only English is tagged."""
        readable = [text for text, is_english in zip(texts, english, strict=True) if is_english]
        tagged = dict(zip(readable, self._tagger.tag(readable), strict=True))
        return [[*self._names(text, tagged.get(text, ())), *_patterns(text)] for text in texts]

    def _names(self, text: str, entities: Sequence[Entity]) -> Iterator[Personal]:
        for entity in entities:
            start, end, label = entity.start, entity.end, entity.label
            if label != "PERSON":
                continue
            said = text[start:end]
            if head := _TITLES.match(said):
                start, said = start + head.end(), said[head.end() :]
            said = re.sub(r"['’]s?$", "", said.rstrip())
            named = said and said[0].isupper() and not any(c.isdigit() for c in said)
            if named and said.casefold() not in _NO_NAME and not self._keep(said):
                yield Personal(start, start + len(said), "NAME")


def _patterns(text: str) -> Iterator[Personal]:
    plain = (
        (_EMAIL, "EMAIL"), (_SPELT, "EMAIL"), (_PHONE, "PHONE"), (_SOCIAL, "NUMBER"),
        (_SPOKEN, "NUMBER"), (_STREET, "ADDRESS"), (_STRASSE, "ADDRESS"),
    )  # fmt: skip
    for pattern in (_ADDRESSED, _INTRODUCED):
        for match in pattern.finditer(text):
            yield Personal(*match.span(1), "NAME")
    for pattern, label in plain:
        for match in pattern.finditer(text):
            yield Personal(*match.span(), label)
    for match in _CARD.finditer(text):
        if has_card_check(re.sub(r"\D", "", match.group())):
            yield Personal(*match.span(), "CARD")
    for match in _IBAN.finditer(text):
        yield from _iban(match)
    if sum(c.isdigit() for c in text) >= 6:
        for region in REGIONS:
            for found in phonenumbers.PhoneNumberMatcher(text, region):
                if not _is_amount(text, found.start, found.end):
                    yield Personal(found.start, found.end, "PHONE")


def has_card_check(digits: str) -> bool:
    """Whether the digits end in the check digit of payment cards (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return 13 <= len(digits) <= 19 and total % 10 == 0 and len(set(digits)) > 1


def has_iban_check(text: str) -> bool:
    """Whether the check digits of an international bank account number are right."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _iban(match: re.Match[str]) -> Iterator[Personal]:
    """The longest beginning of the match that is an account number: words may follow it."""
    text = match.group()
    for end in range(len(text), 14, -1):
        if text[end - 1] != " " and has_iban_check(text[:end].replace(" ", "")):
            yield Personal(match.start(), match.start() + end, "IBAN")
            return


def _is_amount(text: str, start: int, end: int) -> bool:
    """Whether the digits are money, a share or a count rather than somebody's number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 12].lower()
    money = re.match(
        r"\s*(?:%|dollar|euro|pound|usd|eur|people|employees|million|thousand|k\b)", after
    )
    return any(sign in before for sign in "$€£") or money is not None
