"""The tokens of spoken text and the words for numbers.

Hesitation sounds are dropped, so the token list is not the text: always go back to it by a token's
character offsets. What stands between two tokens (space, hyphen, comma, more) is kept as `gap`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set: a vocabulary that reads as a sentence."""
    return frozenset(text.split())


_UNITS = "zero one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: value for value, word in enumerate(_UNITS.split())}
TEENS = {word: value for value, word in enumerate(_TEENS.split(), 10)}
TENS = {word: value * 10 for value, word in enumerate(_TENS.split(), 2)} | {"fourty": 40}
SCALES: dict[str, float] = {
    "hundred": 1e2, "hundreds": 1e2, "thousand": 1e3, "thousands": 1e3, "k": 1e3, "ks": 1e3,
    "k's": 1e3, "k’s": 1e3, "grand": 1e3, "million": 1e6, "millions": 1e6, "mil": 1e6, "mill": 1e6,
    "mills": 1e6, "mils": 1e6, "mln": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "billion": 1e9,
    "billions": 1e9, "bn": 1e9, "bil": 1e9, "milliard": 1e9, "milliards": 1e9, "trillion": 1e12,
    "trillions": 1e12, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "crore": 1e7,
    "crores": 1e7, "cr": 1e7, "crs": 1e7, "dozen": 12,
}  # fmt: skip
LETTER_SCALES = {"m": 1e6, "b": 1e9, "t": 1e12}
BARE_SCALES = frozenset({"hundred", "thousand", "dozen", "million", "billion", "lakh", "crore"})
VAGUE = {"couple": (2.0, 2.0), "few": (2.0, 5.0), "several": (3.0, 9.0), "handful": (3.0, 6.0)}
FILLERS = frozenset({"uh", "um", "er", "erm", "uhm", "ehm", "eh", "ah", "hm", "hmm", "mm"})
_GROUPED = r"\d{1,3}(?:[\u00a0\u202f]\d{3})+|\d{1,3}(?: 000)+|[1-9](?: \d{3})+"
_TOKEN = re.compile(
    rf"[^\W\d_]+(?:['’][^\W\d_]+)*|(?:{_GROUPED})(?![\d.,]*\d)|\d+(?:[.,]\d+)*|[€£$¥₹%]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or money sign: lower-cased text, where it stands, and what separates it."""

    text: str
    start: int
    end: int
    gap: str
    """What stands before it: nothing, `" "`, `"-"`, `","`, `":"`, or `"."` for all else."""

    @property
    def joined(self) -> bool:
        """Whether it can continue the word before."""
        return self.gap in ("", " ", "-")


def tokenize(text: str) -> list[Token]:
    """The tokens of a text without its hesitation sounds."""
    tokens: list[Token] = []
    last, hesitated = 0, False
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        if word in FILLERS:
            hesitated = True
            continue
        gap = _gap(text[last : match.start()] if not hesitated else " ") if tokens else "."
        tokens.append(Token(word, match.start(), match.end(), gap))
        last, hesitated = match.end(), False
    return tokens


def _gap(between: str) -> str:
    if not between:
        return ""
    if between.isspace():
        return " "
    bare = between.strip()
    if bare in ("-", "–", "—", "‑"):
        return "-"
    return bare if bare in (",", ":") else "."


def word_at(tokens: list[Token], at: int) -> str:
    """The text of token `at`, empty outside the list."""
    return tokens[at].text if 0 <= at < len(tokens) else ""
