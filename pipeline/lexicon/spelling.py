"""How a written name may be spelt after recognition, and how it sounds.

`spoken_forms` makes the spellings that follow by rule; `sound_of` is a small phonetic key for
English ears: names that a listener confuses share it. The trap: the key is coarse, so a match by
sound needs a likeness of letters as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])")
_TLD = re.compile(r"\.(com|io|ai|co|me|net|de|app|dev|so|tech|world|eu)\b", re.IGNORECASE)
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]{1,4}\b")
_SOUND_RULES = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^x", "s"),
        (r"sch|sh|tion|sion|cia|tch", "x"), (r"ch", "k"), (r"ph", "f"), (r"ght", "t"),
        (r"gh", ""), (r"dg(?=[ei])", "j"), (r"ck", "k"), (r"qu?", "k"), (r"cc(?=[eiy])", "ks"),
        (r"c(?=[eiy])", "s"), (r"c", "k"), (r"x(?=.)", "ks"), (r"z", "s"), (r"th", "t"),
        (r"wh", "w"), (r"(?<=[aeiou])w(?![aeiou])", ""), (r"mb$", "m"), (r"v", "f"),
        (r"(?<=[aeiou])y(?![aeiou])", ""), (r"(?<=[aeiou])h", ""), (r"d", "t"), (r"g(?=[ei])", "j"),
        (r"b", "p"), (r"g", "k"),
    )
)  # fmt: skip


def spoken_forms(name: str) -> Iterator[str]:
    """Spellings of a name that follow by rule: split, joined, spelled out, digits as words."""
    dotted = _TLD.sub(r" dot \1", name)
    if dotted != name:
        yield dotted
        yield _TLD.sub(r" \1", name)
    split = _CAMEL.sub(" ", name)
    if split != name:
        yield split
    for base in {name, split}:
        spelled = _ACRONYM.sub(lambda m: " ".join(m.group()), base)
        if spelled != base:
            yield spelled
            yield from _numbered(spelled)
        yield from _numbered(base)
    if 1 <= name.count(" ") <= 2 and "." not in name and len(name) >= 7:
        yield name.replace(" ", "")


def _numbered(text: str) -> Iterator[str]:
    """The text with each number as words, in the ways people read it."""
    if not re.search(r"\d", text):
        return
    for read in (_digit_by_digit, _in_groups):
        yield re.sub(r"\d+", lambda m, read=read: f" {read(m.group())} ", text).strip()  # type: ignore[misc]


def _digit_by_digit(digits: str) -> str:
    return " ".join(_DIGITS[int(d)] for d in digits)


def _in_groups(digits: str) -> str:
    """365 → three sixty five, 300 → three hundred, 24 → twenty four, 2019 → twenty nineteen."""
    if len(digits) == 1:
        return _DIGITS[int(digits)]
    if len(digits) == 2:
        return _two_digits(digits)
    if len(digits) == 3 and digits.endswith("00"):
        return f"{_DIGITS[int(digits[0])]} hundred"
    if len(digits) == 3:
        return f"{_DIGITS[int(digits[0])]} {_two_digits(digits[1:])}"
    if len(digits) == 4:
        return f"{_two_digits(digits[:2])} {_two_digits(digits[2:])}"
    return _digit_by_digit(digits)


def _two_digits(digits: str) -> str:
    tens, ones = int(digits[0]), int(digits[1])
    if tens == 0:
        return f"oh {_DIGITS[ones]}"
    if tens == 1:
        return _TEENS[ones]
    return _TENS[tens - 2] + (f" {_DIGITS[ones]}" if ones else "")


def sound_of(text: str) -> str:
    """A phonetic key: consonants as an English ear tells them apart, and whether a vowel opens."""
    letters = re.sub(r"(.)\1+", r"\1", re.sub(r"[^a-z0-9]", "", text.lower()))
    for pattern, to in _SOUND_RULES:
        letters = pattern.sub(to, letters)
    opening = "a" if letters[:1] in set("aeiouy") else ""
    return opening + re.sub(r"[aeiouyhw]", "", re.sub(r"(.)\1+", r"\1", letters))
