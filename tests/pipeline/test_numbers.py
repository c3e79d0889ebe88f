"""Numbers as people say them: examples, a speller that speaks every number, and random text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon.numbers import Quantity, find_quantities

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
UNITS, TENS = _UNITS.split(), _TENS.split()


def spell(n: int, *, conjunction: str = " and ", hyphen: str = "-", one: str = "one") -> str:
    """A number in words, the British way by default."""
    if n < 20:
        return UNITS[n]
    if n < 100:
        return TENS[n // 10] + (hyphen + UNITS[n % 10] if n % 10 else "")
    for scale, word in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= scale:
            count, rest = divmod(n, scale)
            style = {"conjunction": conjunction, "hyphen": hyphen, "one": one}
            head = one if count == 1 else spell(count, **style)
            if not rest:
                return f"{head} {word}"
            joint = conjunction if rest < 100 or scale == 100 else " "
            return f"{head} {word}{joint}{spell(rest, **style)}"
    raise AssertionError(n)


def only(text: str) -> Quantity:
    """The one quantity of a text that stands."""
    [found] = [q for q in find_quantities(text) if not q.superseded]
    return found


def limits(text: str) -> tuple[float | None, float | None]:
    found = only(text)
    return found.low, found.high


numbers = st.one_of(
    st.integers(0, 120),
    st.integers(0, 10_000),
    st.integers(0, 10_000_000),
    st.integers(1, 999).map(lambda n: n * 1000),
)


@given(
    numbers,
    st.sampled_from([" and ", " "]),
    st.sampled_from(["-", " "]),
    st.sampled_from(["one", "a"]),
    st.sampled_from([str.lower, str.capitalize, str.upper]),
)
def test_every_spoken_number_reads_back(n, conjunction, hyphen, one, case) -> None:
    said = spell(n, conjunction=conjunction, hyphen=hyphen, one=one)
    if one == "a" and " a " in said:
        one = "one"
        said = spell(n, conjunction=conjunction, hyphen=hyphen)
    text = case(f"we have {said} orders")
    found = only(text)
    assert (found.low, found.high) == (n, n), text
    assert found.surface.lower() == said


@given(numbers, st.sampled_from(["{}", "{:,}"]), st.sampled_from(["people", "reps"]))
def test_every_written_number_reads_back(n, form, noun) -> None:
    found = only(f"about {form.format(n)} {noun}, I think")
    assert (found.low, found.high, found.noun, found.unit) == (n, n, noun, "count")
    assert found.approx


@given(st.integers(1, 999), st.sampled_from(["thousand", "million", "k", "lakh", "crore"]))
def test_scales_multiply(n, word) -> None:
    factor = {"thousand": 1e3, "million": 1e6, "k": 1e3, "lakh": 1e5, "crore": 1e7}[word]
    assert limits(f"it is {spell(n)} {word} now") == (n * factor, n * factor)
    assert limits(f"it is {n} {word} now") == (n * factor, n * factor)


@given(st.integers(1, 9), st.integers(10, 99))
def test_hundreds_said_as_two_halves(head, tail) -> None:
    assert limits(f"we're {UNITS[head]} {spell(tail)} today") == (head * 100 + tail,) * 2


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["hundred", "thousand", "million"]))
def test_a_range_shares_its_scale(low, more, scale) -> None:
    factor = {"hundred": 1e2, "thousand": 1e3, "million": 1e6}[scale]
    for link in (" to ", " or "):
        text = f"maybe {spell(low)}{link}{spell(low + more)} {scale} of them"
        assert limits(text) == (low * factor, (low + more) * factor)


_WORDS = (
    "a an the one two ten forty hundred thousand million point and half of to or between sorry no "
    "wait over under about plus percent per cent euro dollars $ € 1.2 10 1,000 2026 9:30 k m - , . "
    "… couple few figures thirties third doubled at pm august q may people reps us one's"
)
words = st.sampled_from(_WORDS.split())


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=25).map(" ".join)))
def test_any_text_gives_sound_spans(text) -> None:
    last = 0
    for q in find_quantities(text):
        assert last <= q.start < q.end <= len(text)
        assert q.surface == text[q.start : q.end]
        if q.low is not None and q.high is not None:
            assert q.low <= q.high
        last = q.end


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("a couple hundred", 200, 200),
        ("a couple of hundred people", 200, 200),
        ("a few dozen", 24, 60),
        ("two to three hundred", 200, 300),
        ("two to two fifty", 200, 250),
        ("between forty and fifty", 40, 50),
        ("three-ten, three-twenty", 310, 320),
        ("one forty one forty five", 140, 145),
        ("like a hundred ten hundred fifteen", 110, 115),
        ("eight ninety to nine hundred million", 890e6, 900e6),
        ("two hundred to two hundred fifty thousand", 200e3, 250e3),
        ("eighteen mil", 18e6, 18e6),
        ("1.2m", 1.2e6, 1.2e6),
        ("2.5 cr", 25e6, 25e6),
        ("10k", 10_000, 10_000),
        ("two and a half thousand", 2500, 2500),
        ("half a million", 500_000, 500_000),
        ("a million and a half", 1.5e6, 1.5e6),
        ("eight point two, million", 8.2e6, 8.2e6),
        ("thirty-eight thousand million", 38e9, 38e9),
        ("one and half person", 1.5, 1.5),
        ("low seven figures", 1_000_000, 3_999_999),
        ("seven figures", 1_000_000, 9_999_999),
        ("mid forties", 44, 46),
        ("thirty something", 30, 39),
        ("hundred eighty", 180, 180),
        ("30 000 parcels", 30_000, 30_000),
        ("1 200 employees", 1200, 1200),
        ("1,00,000 rows", 100_000, 100_000),
        ("1.200.000", 1.2e6, 1.2e6),
        ("it's two, two hundred people", 200, 200),
        ("twelve fifty", 1250, 1250),
        ("twenty-three hundred", 2300, 2300),
        ("two hundred and, uh, sixty", 260, 260),
    ],
)  # fmt: skip
def test_forms(text: str, low: float, high: float) -> None:
    assert limits(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("just shy of ninety", None, 90),
        ("under forty people", None, 40),
        ("up to 200", None, 200),
        ("almost four thousand", None, 4000),
        ("fifty max", None, 50),
        ("we won't go over twenty", None, 20),
        ("north of eight hundred", 800, None),
        ("over 200", 200, None),
        ("four hundred plus. Exact", 400, None),
        ("three hundred and change", 300, None),
        ("200+ people", 200, None),
        ("north of ninety, south of a hundred", 90, 100),
        ("more than thirty and it's less than sixty", 30, 60),
        ("seventy odd people", 70, 70),
        ("thirty-ish", 30, 30),
        ("fifty give or take", 50, 50),
        ("a hundred and five, something like that", 105, 105),
        ("we turn over sixty million", 60e6, 60e6),
        ("four plus me", 4, 4),
    ],
)
def test_bounds(text: str, low: float | None, high: float | None) -> None:
    assert limits(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("€8.2M", 8.2e6, "EUR"),
        ("£13.60", 13.6, "GBP"),
        ("US$ 5 million", 5e6, "USD"),
        ("two million canadian", 2e6, "CAD"),
        ("three hundred million Swiss francs", 300e6, "CHF"),
        ("Seven hundred million kroner, Danish", 700e6, "DKK"),
        ("five hundred thousand Aussie dollars", 500e3, "AUD"),
        ("40k AUD", 40e3, "AUD"),
        ("fifty quid", 50, "GBP"),
        ("seven hundred grand", 700e3, None),
        ("CHF 200", 200, "CHF"),
        ("eleven million ARR", 11e6, None),
    ],
)
def test_money(text: str, value: float, currency: str | None) -> None:
    found = only(text)
    assert (found.low, found.high, found.unit, found.currency) == (value, value, "money", currency)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("18 %", 18, "percent"),
        ("eighteen per cent", 18, "percent"),
        ("we doubled", 100, "percent"),
        ("it's down about nine percent", -9, "percent"),
        ("minus five pct", -5, "percent"),
        ("we were flat last year", 0, "percent"),
        ("founded in nineteen ninety four", 1994, "year"),
        ("by twenty twenty-six", 2026, "year"),
        ("in two thousand and twenty three", 2023, "year"),
        ("since 2019", 2019, "year"),
        ("two thousand and twenty people", 2020, "count"),
        ("the twenty-seventh", 27, "ordinal"),
        ("27 August", 27, "time"),
        ("q three", 3, "time"),
        ("Office 365", 365, "ordinal"),
        ("SOC 2", 2, "ordinal"),
        ("let's speak at nine thirty", 570, "time"),
        ("half past nine", 570, "time"),
        ("9:30", 570, "time"),
        ("3pm", 180, "time"),
        ("we're at three twenty in Berlin", 320, "count"),
        ("we're looking at two fifty", 250, "count"),
        ("friday two fifty orders", 250, "count"),
        ("last year thirty eight", 38, "count"),
        ("year two", 2, "ordinal"),
        ("eighteen months", 18, "duration"),
        ("a three-year contract", 3, "duration"),
    ],
)
def test_units(text: str, value: float, unit: str) -> None:
    found = only(text)
    assert (found.low, found.high, found.unit) == (value, value, unit)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fifty, sorry, fifteen reps", 15),
        ("fifty no sorry fifteen", 15),
        ("four hundred … no hang on … three hundred and twenty", 320),
        ("a hundred and thirty... no wait … One-sixty", 160),
        ("it's not fifty, it's fifteen", 15),
        ("forty people, well actually more like sixty", 60),
        ("twenty million, no, thirty", 30e6),
    ],
)
def test_a_correction_replaces_what_it_corrects(text: str, value: float) -> None:
    old, new = find_quantities(text)
    assert (old.superseded, old.corrected, new.superseded, new.corrected) == (
        True, False, False, True,
    )  # fmt: skip
    assert (new.low, new.high) == (value, value)


@pytest.mark.parametrize(
    "text",
    [
        "six in Berlin, no managers, eight in Oslo",
        "we grew from thirty to sixty",
        "ten reps, no, two managers",
    ],
)
def test_numbers_that_both_stand(text: str) -> None:
    assert [q.superseded for q in find_quantities(text)] == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "one on one",
        "that one",
        "no one knows",
        "B2B deals",
        "020 7946 0018",
        "nine to five",
        "five five five two one",
    ],
)
def test_no_quantity(text: str) -> None:
    assert find_quantities(text) == []


def test_nouns_skip_what_describes_them() -> None:
    found = find_quantities("six full-time sales reps and about 40 of our customers, two million")
    assert [q.noun for q in found] == ["reps", "customers", None]
    assert [q.bare for q in found] == [True, True, False]
