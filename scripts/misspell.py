"""Product names as recognition gets them wrong: spellings that the product lists, and others.

`listed_spellings` takes the gazetteer's own variants, which the product is made for. `mishear`
makes spellings by general rules of English sounds, independent of the product, and refuses any
that the gazetteer lists: only these say how it does on errors that nobody foresaw. Both tables can
be seen: `python scripts/misspell.py NAME…`. The trap: labels hold aliases that are ordinary words,
so outside a label's turns only names with their capitals are changed.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Indel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.lexicon.phrases import common_words
from pipeline.lexicon.products import ProductGazetteer
from pipeline.lexicon.spelling import sound_of

Spell = Callable[[str, random.Random], str | None]
SHARE = 0.7
SOUND_ALIKES = (
    # vowels
    ("ee|ea|ie", ("ea", "ee", "y")), ("oo", ("u", "ou")), ("u(?=[^aeiou])", ("oo", "a")),
    ("ai|ay|ei|ey", ("a", "ay", "ey")), ("ou|ow|au|aw", ("ow", "or", "o")),
    ("(?<=[^aeiou])y$", ("ie", "ee", "i")), ("i$", ("y", "ee")), ("a$", ("er", "ah", "o")),
    ("o$", ("a", "ow")), ("er$|or$", ("a", "er", "ar")), ("(?<=[^aeiou])e$", ("",)),
    ("i(?=[^aeiou])", ("e", "y")), ("e(?=[^aeiou])", ("i", "a")), ("o(?=[^aeiou])", ("a", "u")),
    # consonants that the telephone confuses
    ("m", ("n",)), ("n(?![gk])", ("m",)), ("p(?!h)", ("b",)), ("b", ("p",)), ("d", ("t",)),
    ("t(?!h)", ("d",)), ("v", ("f", "b")), ("f", ("v", "th")), ("th", ("f", "t")), ("z", ("s",)),
    ("s(?=[aeiou])", ("z",)), ("g(?=[aou])", ("k",)), ("sh", ("s", "ch")), ("j", ("ch", "g")),
    # the same sound written otherwise
    ("ph", ("f",)), ("ck|k", ("c", "k", "ck")), ("c(?=[aour])", ("k",)), ("c(?=[ei])", ("s",)),
    ("x", ("cks", "ks")), ("qu", ("kw",)), (r"([a-z])\1", (r"\1",)), ("w(?!h)", ("wh",)),
    # ends are swallowed
    ("(?<=[a-z]{3})[tdsk]$", ("",)), ("^h", ("",)),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), spellings) for pattern, spellings in SOUND_ALIKES)
_BREAK = re.compile(
    r"(?<=[a-z]{2}[aeiouy])(?=[^aeiouy ][a-z]{2})|(?<=[a-z]{2})(?=[^aeiouyhr ][aeiouy][a-z])"
)


def listed_spellings(name: str, gazetteer: ProductGazetteer) -> tuple[str, ...]:
    """The gazetteer's own spellings of a name that sound like it: "net sweet", no abbreviations."""
    letters, sound = squeeze(name), sound_of(name)
    return tuple(
        form
        for form in gazetteer.variants(name)
        if form.lower() != name.lower()
        and "." not in form
        and Indel.normalized_similarity(letters, squeeze(form)) >= 0.6
        and Indel.normalized_similarity(sound, sound_of(form)) >= 0.75
        and not (letters in squeeze(form) and letters != squeeze(form))
    )


def squeeze(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def mishear(
    name: str, dice: random.Random, gazetteer: ProductGazetteer, *, tries: int = 12
) -> str | None:
    """A name as it might be heard, by sound rules; None when none fits.

    Recognisers know English, so of several the one with most English words is taken.
    """
    heard = [_sound_alike(name.lower(), dice) for _ in range(tries)]
    fresh = [text for text in dict.fromkeys(heard) if is_unlisted(text, name, gazetteer)]
    if not fresh:
        return None
    return max(fresh, key=lambda text: sum(w in common_words() for w in text.split()))


def is_unlisted(text: str, name: str, gazetteer: ProductGazetteer) -> bool:
    """Whether a spelling differs from the name and from every form that the gazetteer holds."""
    forms = {squeeze(form) for form in (name, *gazetteer.variants(name))}
    covers = any(squeeze(hit.surface) == squeeze(text) for hit in gazetteer.find(text))
    return bool(squeeze(text)) and squeeze(text) not in forms and not covers


def _sound_alike(name: str, dice: random.Random) -> str:
    """One or two sounds written otherwise, and a long name sometimes broken in two."""
    for _ in range(dice.choice((1, 2, 2))):
        places = [(m, to) for rule, to in _RULES for m in rule.finditer(name)]
        if places:
            match, spellings = dice.choice(places)
            name = (
                name[: match.start()] + match.expand(dice.choice(spellings)) + name[match.end() :]
            )
    breaks = [m.start() for m in _BREAK.finditer(name)]
    if len(name) >= 6 and breaks and dice.random() < 0.5:
        at = dice.choice(breaks)
        name = f"{name[:at]} {name[at:]}"
    return name.strip()


def misspell_call(
    call: dict[str, Any], spell: Spell, *, seed: int, share: float = SHARE
) -> tuple[dict[str, Any], int, int]:
    """The transcript with that share of the labelled products' mentions misspelt.

    Also the number of misspelt mentions, and of all mentions. The same seed gives the same.
    """
    labels = [s for s in call["gold"]["signals"] if s["dimension"] == "tech_stack"]
    turns, changed, mentions = [], 0, 0
    for index, turn in enumerate(call["transcript"]["turns"]):
        text = turn["text"]
        for start, end in reversed(list(find_mentions(text, index, labels))):
            mentions += 1
            dice = random.Random(f"{seed} {call['id']} {index} {start}")
            heard = spell(text[start:end], dice) if dice.random() < share else None
            if heard is not None:
                changed += 1
                text = text[:start] + write_as(text[start:end], heard) + text[end:]
        turns.append({**turn, "text": text})
    return {**call["transcript"], "turns": turns}, changed, mentions


def find_mentions(text: str, turn: int, labels: Sequence[dict]) -> Iterator[tuple[int, int]]:
    """Where a turn names a labelled product, the longest name at each place."""
    here, anywhere = set(), set()
    for label in labels:
        names = [str(n) for n in (label["value"], *label.get("aliases", []))]
        anywhere |= {n for n in names if n != n.lower()}
        here |= {n for n in names if n != n.lower() and turn in label["turns"]}
    parts = [f"(?:{p})" for p in (_any_of(here, "(?i:{})"), _any_of(anywhere, "{}")) if p]
    if parts:
        for match in re.finditer(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", text):
            yield match.span()


def _any_of(names: set[str], form: str) -> str:
    longest_first = sorted(names, key=lambda n: (-len(n), n))
    return form.format("|".join(re.escape(n) for n in longest_first)) if names else ""


def write_as(name: str, heard: str) -> str:
    """A misheard name keeps its capital, unless it became ordinary words."""
    words = heard.lower().split()
    if name[:1].islower() or (len(words) > 1 and all(w in common_words() for w in words)):
        return " ".join(words)
    return " ".join(w.capitalize() for w in words)


def main() -> None:
    """Print both tables for the names given."""
    gazetteer = ProductGazetteer.load()
    for name in sys.argv[1:]:
        heard = [mishear(name, random.Random(n), gazetteer) for n in range(6)]
        print(f"{name}\n  listed: {', '.join(listed_spellings(name, gazetteer))}")
        print(f"  by sound: {', '.join(dict.fromkeys(h for h in heard if h))}")


if __name__ == "__main__":
    main()
