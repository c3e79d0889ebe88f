"""Names as tools write them: badges taken off, numbered voices told from people, prefixes found.

`Name: text` is read with care, for people say "one thing: …" too. Trap: "Speaker 1" is an id that a
tool made up, so it stays an id and never becomes a person's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_BADGES = (
    "guest|external|unverified|verified|organi[sz]er|presenter|co-?host|host|attendee|me|you|"
    "gast|extern|externe|invité|invitado|externo|(?:he|she|they|xe|ze)/\\w+(?:/\\w+)?"
)
_BADGE = re.compile(rf"\s*[(\[](?:{_BADGES})(?:\s*[,/]\s*(?:{_BADGES}))*[)\]]\s*$", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:unknown|unidentified|anonymous|unbekannt)(?:[ _]+(?:speaker|participant|user|caller))?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:speaker|spk|participant|sprecher|voice|channel|s)[ _#-]?(?:\d{1,3}|[a-z])", re.IGNORECASE
)
_PREFIX = re.compile(r"(?:(?:-|–|>>)\s*)?([^:<>\n\"“”]{1,80}?)\s*:(?:\s+(.*))?", re.DOTALL)
_LEAD_INS = """
a an and answer are as at but by can did do does example finally first for fyi here here's honestly
how i i'm if important in is it it's its let let's like look maybe means my next no not note now of
on one or our ps question remember say says second should so still subject summary that that's the
their then there there's they thing things this to two up update us was we we're well were what
what's when where which who why with yeah yes you your
"""
_STOP = frozenset(_LEAD_INS.split())
_PARTICLES = frozenset(("al", "bin", "da", "de", "del", "den", "der", "di", "la", "van", "von"))
_LONGEST_NAME = 120
_MOSTLY = 0.5
_LONE_TIMES, _LONE_SHARE = 3, 0.1


def tidy_name(written: str) -> str | None:
    """A speaker's name without badges; None when it names nobody."""
    name = " ".join(written.split())
    while (bare := _BADGE.sub("", name)) != name:
        name = bare
    name = name.strip(" \t-–,;")
    if not name or len(name) > _LONGEST_NAME or _NOBODY.fullmatch(name):
        return None
    return name


def is_numbered(name: str) -> bool:
    """Whether a tool made this name up: `Speaker 1`, `spk_0`."""
    return _NUMBERED.fullmatch(name) is not None


def split_prefix(line: str) -> tuple[str, str] | None:
    """(`Name`, text) of a line that has the shape `Name: text`."""
    found = _PREFIX.fullmatch(line.strip())
    return (" ".join(found[1].split()), found[2] or "") if found and found[1].strip() else None


def speaker_names(lines: Sequence[str], cues: int) -> frozenset[str]:
    """Which of the texts before a colon are speakers, from all lines of so many cues.

    A name looks like one, and comes again or stands in most cues.
    """
    split = (split_prefix(line) for line in lines)
    seen = Counter(pair[0] for pair in split if pair and looks_like_name(pair[0]))
    mostly = seen.total() >= _MOSTLY * cues
    return frozenset(name for name, n in seen.items() if _is_speaker(name, n, mostly, cues))


def _is_speaker(name: str, times: int, mostly: bool, cues: int) -> bool:
    if is_numbered(name) or _NOBODY.fullmatch(name):
        return True
    if not _is_capitalised(name):
        return mostly and times >= 2
    if mostly:
        return True
    if len(name.split()) == 1:
        return times >= _LONE_TIMES and times >= _LONE_SHARE * cues
    return times >= 2


def looks_like_name(text: str) -> bool:
    """Whether a text may be a person's name, or what stands for it (an address, a number)."""
    bare = _BADGE.sub("", text)
    words = bare.split()
    return (
        0 < len(words) <= 6
        and (words[0][0].isalnum() or words[0][0] == "+")
        and not re.search(r"[?!;{}=]|://|\.\.", bare)
        and bare.count(",") <= 1
        and not any(word.lower().strip(".,'’") in _STOP for word in words)
    )


def _is_capitalised(name: str) -> bool:
    words = re.findall(r"[^\W\d_][\w'’.-]*", _BADGE.sub("", name))
    return bool(words) and all(
        word != word.lower() or word in _PARTICLES or "@" in name for word in words
    )
