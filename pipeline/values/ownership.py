"""Whose fact is it: vetoes on what the reader marked in a rep's turn or in a question.

A question is never evidence; what a rep says of the account counts when the other side confirms it,
or says nothing against it. Trap: "no, we're on HubSpot" denies the question and states a fact.
"""

from __future__ import annotations

import re

from pipeline.domain import Role
from pipeline.values.draft import SENTENCE, Scene

_HESITATION = r"^\W*(?:(?:um+|uh+|er+|ehm|mm+|oh|well|so|ha|ah|hm+)\W+)*"
_OPENING = r"^\W*(?:(?:um+|uh+|er+|so|and|but|okay|ok|right|well|yeah|cool|great|got it|sure)\W+)*"
_YES_WORDS = (
    "yes|yeah|yep|yup|ya|ja|aye|right|correct|exactly|sure|true|indeed|absolutely|of course|"
    "that'?s (?:right|it|correct|true|the)|bang on|spot on|precisely|mm-?hm+|uh-?huh|i am|we are|"
    "we do|it is|he is|she is|they are|give or take|pretty much|more or less|about that|"
    "something like that|okay|ok|perfect|great|works|sounds|fine|do that|please|good|lovely|done|"
    "deal"
)
_NO_WORDS = "no|nope|nah|not|never|neither|none|god no|wrong|i wish|hardly"
_QUESTION_WORDS = (
    "what|who|how|when|where|why|which|do|does|did|is|are|was|were|have|has|can|could|would|will|"
    "should|any|anyone|anybody"
)
YES = re.compile(rf"{_HESITATION}(?:{_YES_WORDS})\b", re.IGNORECASE)
NO = re.compile(rf"{_HESITATION}(?:yeah\W+)?(?:{_NO_WORDS})\b", re.IGNORECASE)
SURE_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|ja|aye|right|correct|exactly|true|indeed|absolutely|of course|"
    r"precisely|we (?:are|do|have|did)|it is|mm-?hm+|uh-?huh|give or take|more or less|"
    r"about that|roughly)\b",
    re.IGNORECASE,
)
OWN_SIDE = re.compile(r"\b(?:we|we['’]\w+|our|ours|us|they|they['’]\w+|their|i['’]ve)\b", re.I)
ADDRESSED = re.compile(r"\b(?:you|your|yours|you['’]\w+|y['’]all)\b", re.IGNORECASE)
ASKS = re.compile(rf"{_OPENING}(?:{_QUESTION_WORDS})\b", re.IGNORECASE)


def is_question(text: str, start: int, end: int) -> bool:
    """Whether the sentence around a span asks: by its mark, or by how it begins where marks are
    missing.
    """
    sentence = _sentence_at(text, start)
    if "?" in sentence:
        return True
    punctuated = bool(re.search(r"[.!?]", text))
    return not punctuated and bool(ASKS.match(sentence))


def confirms(text: str) -> bool:
    """Whether a turn starts by agreeing."""
    return bool(YES.match(text)) and not NO.match(text)


def denies(text: str) -> bool:
    """Whether a turn starts by saying no."""
    return bool(NO.match(text))


def agrees_surely(text: str) -> bool:
    """Whether a turn starts with a yes that is more than politeness ("okay", "great")."""
    return confirms(text) and bool(SURE_YES.search(" ".join(text.split()[:6])))


def speaks_of_seller(text: str, start: int) -> bool:
    """Whether a rep's sentence is about the rep's side or others: "we" or "they", and no "you"."""
    sentence = _sentence_at(text, start)
    return bool(OWN_SIDE.search(sentence)) and not ADDRESSED.search(sentence)


def _sentence_at(text: str, start: int) -> str:
    return next((m.group() for m in SENTENCE.finditer(text) if m.start() <= start < m.end()), text)


def is_evidence(turn: int, start: int, end: int, scene: Scene) -> bool:
    """Whether words of a turn may be evidence about the account at all."""
    text = scene.turns[turn].text
    asked = is_question(text, start, end)
    if scene.role(turn) is not Role.REP:
        return True
    answer = scene.neighbour(turn, 1)
    if answer is None or scene.roles.get(answer.speaker) is Role.REP:
        return not asked and not speaks_of_seller(text, start)
    if asked:
        return agrees_surely(answer.text)
    return not speaks_of_seller(text, start) and not denies(answer.text)
