"""Sentences out of proposals: pains, uses, measures, triggers, blockers, who decides, when, what
next.

The value is the speaker's own words made short; the quote stays verbatim. Trap: a mark may start
in the middle of a sentence, so the quote is widened to its sentence before anything is cut.
"""

from __future__ import annotations

import re

from pipeline.domain import Dimension, Proposal
from pipeline.values.draft import Draft, Lexicon, Scene, quote_span, split_label

_FILLERS = (
    "um+|uh+|er+m?|ehm|mm+|hm+|ah|oh|well|so|yeah|yes|no no|like|you know|i mean|sort of|kind of|"
    "basically|honestly|actually|to be honest|right|okay|ok"
)
FILLER = re.compile(
    rf"(?:(?<=^)|(?<=[\s,]))(?:{_FILLERS})(?:[,.…]+|\s|$)+",
    re.IGNORECASE,
)
LEADING = re.compile(r"^(?:and|but|so|then|because|cause|or|also|well)\b[\s,]*", re.IGNORECASE)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_FEAST = "christmas|easter|ramadan|eid|diwali|summer|autumn|winter|spring"
_UNIT = rf"(?:day|week|fortnight|month|quarter|year|fall|{_FEAST})s?"
_NUMBER = r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|eighteen|\d+)"
_LEAD = (
    r"(?:(?:by|before|until|till|since|in|from|at|on|around|after|for|within|during)\s+)?"
    r"(?:(?:the\s+)?(?:end|start|beginning|middle|first half|second half|back end|early|mid|late)"
    r"(?:\s+(?:of|in))?\s+(?:the\s+)?)?"
    r"(?:(?:the\s+)?(?:\w+(?:th|st|nd|rd)|\d{1,2})\s+(?:of\s+)?)?"
)
_CORE = (
    rf"(?:(?:last|next|this|coming)\s+(?:{_UNIT}|{_MONTHS})"
    rf"|(?:{_MONTHS})\b(?:\s+(?:\d{{1,2}}(?:st|nd|rd|th)?|\w+(?:th|st|nd|rd)))?(?:\s+20\d\d)?"
    r"|q\s?[1-4]\b(?:\s+20\d\d)?|(?:first|second|third|fourth)\s+quarter|h[12]\b|20\d\d"
    rf"|(?:new|financial|fiscal)\s+year|{_FEAST}|{_NUMBER}\s+{_UNIT}(?:\s+(?:ago|from now|time))?)"
)
WHEN = re.compile(rf"\b{_LEAD}{_CORE}", re.IGNORECASE)
LONGEST_VALUE = 160


def sentences_of(proposal: Proposal, scene: Scene, lexicon: Lexicon) -> list[Draft]:
    """The marked words, widened to their sentence, as a short sentence."""
    name, attribute = split_label(proposal)
    text = scene.turns[proposal.turn].text
    a, b = quote_span(text, proposal.start, proposal.end)
    if proposal.end - proposal.start > (b - a) * 0.5 or b - a > 400:
        a, b = min(a, proposal.start), max(b, proposal.end)
    value = shorten(text[a:b])
    if not value:
        return []
    dimension = Dimension(name)
    when = when_said(text[a:b]) or when_said(text) if dimension is Dimension.TRIGGER else None
    return [
        Draft(
            dimension,
            value,
            proposal.turn,
            a,
            b,
            proposal.score,
            attribute,
            when=when,
            key=attribute or "",
        )
    ]


def shorten(words: str) -> str:
    """One short sentence: no fillers, a capital letter, at most about 160 characters."""
    text = " ".join(words.split())
    for _ in range(3):
        text = LEADING.sub("", FILLER.sub("", text)).strip(" ,;-–—")
    if len(text) > LONGEST_VALUE:
        text = text[: text.rfind(" ", 0, LONGEST_VALUE)].rstrip(" ,;") + "…"
    return text[:1].upper() + text[1:] if re.search(r"\w", text) else ""


def when_said(text: str) -> str | None:
    """The first stretch of a text that tells a time ("by the end of January"), as it was said."""
    found = [m.group().strip() for m in WHEN.finditer(text)]
    return max(found, key=len) if found else None
