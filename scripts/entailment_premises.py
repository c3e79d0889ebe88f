"""Premises for the entailment pairs: short windows of talk, worded as the product words them.

Mostly a window ends with what the account's side says, with some talk before it. The trap: a window
must hold all turns that a signal needs (the question too), or the pair's label is wrong.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

LONGEST_PIECE = 60
LONGEST_CONTEXT = 40
LONGEST_WINDOW = 95
MOST_TURNS = 4
LOWERED, UNLABELLED, LETTERED = 0.2, 0.06, 0.15
_STOP_WORDS = (
    "the a an of to in on at by for with and or but is are was were be been has have had it its "
    "that this they them their there from as not no so we our you i do does did would will can "
    "company only about more than into out up over after before when who which"
)
_STOP = frozenset(_STOP_WORDS.split())

Row = dict[str, Any]


@dataclass(frozen=True)
class Talk:
    """One excerpt with its labels."""

    row: Row

    @property
    def id(self) -> str:
        """The excerpt's id."""
        return str(self.row["id"])

    @property
    def signals(self) -> list[Row]:
        """The labelled signals."""
        return list(self.row["signals"])

    @cached_property
    def turns(self) -> list[Row]:
        """The turns; a turn of unknown role shows the true one where the label knows it."""
        return [
            {**turn, "index": turn.get("index", place), "role": turn["role"]}
            for place, turn in enumerate(self.row["turns"])
        ]

    @cached_property
    def said_in(self) -> dict[int, list[Row]]:
        """For each turn the signals that need it."""
        found: dict[int, list[Row]] = {turn["index"]: [] for turn in self.turns}
        for signal in self.signals:
            for index in signal["turns"]:
                found.setdefault(index, []).append(signal)
        return found

    def of_dimension(self, dimension: str) -> list[Row]:
        """All signals of one dimension."""
        return [signal for signal in self.signals if signal["dimension"] == dimension]


@dataclass(frozen=True)
class Window:
    """Consecutive turns of an excerpt, as (role, text)."""

    turns: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The words without labels."""
        return " ".join(text for _, text in self.turns)

    def says(self, signal: Row) -> bool:
        """Whether the window may say what the signal says, judged by the words they share."""
        value = signal["value"] if isinstance(signal["value"], str) else ""
        shared = content(f"{value} {signal['quote']}") & content(self.text)
        name = value.lower() in self.text.lower() if value else False
        return len(shared) > 2 or name

    def spoken(self, rng: random.Random) -> str:
        """The premise: labelled as the product labels turns, at times as raw recognition."""
        lowered, plain = rng.random() < LOWERED, rng.random() < UNLABELLED
        letters = rng.random() < LETTERED and all(role == "unknown" for role, _ in self.turns)
        parts = []
        for place, (role, text) in enumerate(self.turns):
            name = "Rep" if role == "rep" else "Prospect"
            name = f"Speaker {'AB'[place % 2]}" if letters else name
            words = as_recognised(text) if lowered else text
            parts.append(words if plain else f"{name}: {words}")
        return " ".join(parts)


@dataclass(frozen=True)
class Claim:
    """A statement and what the talk makes of it: 1 true, -1 false, 0 left open."""

    text: str
    truth: int

    def open(self) -> Claim:
        """The same statement, put to talk that does not bear on it."""
        return replace(self, truth=0)


def as_recognised(text: str) -> str:
    """A text in lower case without punctuation, as raw recognition writes it."""
    text = re.sub(r"[-–—]", " ", text.lower())
    text = re.sub(r"(?<!\d)[.,](?!\d)|(?<=\d)[.,](?!\d)|[!?;:…\"“”()\[\]]", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def content(text: str) -> frozenset[str]:
    """The words that carry meaning, cut to six letters so that forms of a word meet."""
    words = re.findall(r"[^\W_]{3,}", text.lower())
    return frozenset(word[:6] for word in words if word not in _STOP)


def window_of(talk: Talk, signal: Row, rng: random.Random) -> Window | None:
    """A window that holds all evidence of a signal, now and then with more talk around it."""
    places = {turn["index"]: place for place, turn in enumerate(talk.turns)}
    needed = sorted(places[index] for index in signal["turns"] if index in places)
    if not needed or needed[-1] - needed[0] >= MOST_TURNS + 1:
        return None
    first, last = needed[0], needed[-1]
    while last - first + 1 < MOST_TURNS and rng.random() < 0.45:
        if rng.random() < 0.75:
            first = max(0, first - 1)
        else:
            last = min(len(talk.turns) - 1, last + 1)
    while last > needed[-1] and _words(talk, first, last) > LONGEST_WINDOW:
        last -= 1
    while first < needed[0] and _words(talk, first, last) > LONGEST_WINDOW:
        first += 1
    turns = []
    for place in range(first, last + 1):
        turn = talk.turns[place]
        longest = LONGEST_PIECE if place in needed else LONGEST_CONTEXT
        turns.append((side(turn), cut_around(turn["text"], signal["quote"], longest)))
    return Window(tuple(turns))


def _words(talk: Talk, first: int, last: int) -> int:
    turns = talk.turns[first : last + 1]
    return sum(min(len(turn["text"].split()), LONGEST_PIECE) for turn in turns)


def free_windows(talk: Talk, rng: random.Random, most: int = 12) -> list[Window]:
    """Windows of one to three turns in which no signal is labelled."""
    found = []
    for place in range(len(talk.turns)):
        for size in (1, 2, 3):
            turns = talk.turns[place : place + size]
            if len(turns) < size or any(talk.said_in[turn["index"]] for turn in turns):
                break
            if sum(len(turn["text"].split()) for turn in turns) < 5:
                continue
            parts = [(side(t), cut_around(t["text"], "", LONGEST_PIECE)) for t in turns]
            found.append(Window(tuple(parts)))
    rng.shuffle(found)
    return found[:most]


def side(turn: Row) -> str:
    """The role that the premise shows."""
    role = str(turn["role"])
    return str(turn.get("true_role", role)) if role == "unknown" and turn["index"] % 3 else role


def cut_around(text: str, quote: str, longest: int) -> str:
    """At most `longest` words of a turn, with the quote in them, else its end."""
    words = text.split()
    if len(words) <= longest:
        return text
    at = text.find(quote) if quote else -1
    if at < 0:
        return " ".join(words[-longest:])
    before = len(text[:at].split())
    size = len(quote.split())
    first = max(0, min(before - max(0, (longest - size) // 2), len(words) - longest))
    return " ".join(words[first : first + max(longest, size + 2)])
