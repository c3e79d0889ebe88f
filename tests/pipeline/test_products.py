"""The gazetteer of products: size, no double meanings, spoken spellings, ordinary words, speed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import IcpError
from pipeline.lexicon.products import ProductGazetteer


@pytest.fixture(scope="module")
def gazetteer() -> ProductGazetteer:
    return ProductGazetteer.load()


def names_in(gazetteer: ProductGazetteer, text: str) -> list[str]:
    return [hit.name for hit in gazetteer.find(text)]


def test_it_holds_at_least_fifteen_hundred_products(gazetteer: ProductGazetteer) -> None:
    assert len(gazetteer.names()) >= 1500
    assert len(set(gazetteer.names())) == len(gazetteer.names())


def test_a_spelling_of_two_products_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[crm]\nOne = shared name\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("[erp]\nTwo = shared name\n", encoding="utf-8")
    with pytest.raises(IcpError, match=r"b.txt: line 2.*'shared name' stands for 'One'"):
        ProductGazetteer(tmp_path)


def test_a_product_listed_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[crm]\nOne\nOne\n", encoding="utf-8")
    with pytest.raises(IcpError, match="listed twice"):
        ProductGazetteer(tmp_path)


def test_a_product_without_category_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One\n", encoding="utf-8")
    with pytest.raises(IcpError, match=r"before the first \[category\]"):
        ProductGazetteer(tmp_path)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("we are on hub spot since day one", "HubSpot"),
        ("it goes into sales force", "Salesforce"),
        ("we had sail force before", "Salesforce"),
        ("the e r p is net sweet", "NetSuite"),
        ("at the moment it is octa", "Okta"),
        ("it lands in data bricks", "Databricks"),
        ("segment going into big very", "BigQuery"),
        ("everything is in big re now", "BigQuery"),
        ("it's red shift for now", "Redshift"),
        ("we moved to shop if i plus", "Shopify Plus"),
        ("man hatten runs the shed", "Manhattan Associates"),
        ("a w s and a bit of azure", "AWS"),
        ("five nine tomorrow", "Five9"),
        ("everything's microsoft three six five", "Microsoft 365"),
        ("power b i for finance", "Power BI"),
        ("its gra fauna on our own boxes", "Grafana"),
        ("Raiser's Edge, since oh nine", "Raiser's Edge"),
        ("Salesforce's reports are fine", "Salesforce"),
        ("out of post gress with a script", "PostgreSQL"),
        ("it's an auld as four hundred", "IBM AS/400"),
    ],
)
def test_names_are_found_as_recognition_spells_them(
    gazetteer: ProductGazetteer, heard: str, name: str
) -> None:
    assert name in names_in(gazetteer, heard)


def test_the_longest_name_wins_and_offsets_point_at_it(gazetteer: ProductGazetteer) -> None:
    text = "We run Salesforce Marketing Cloud and Jira Service Management."
    hits = gazetteer.find(text)
    assert [h.name for h in hits] == ["Salesforce Marketing Cloud", "Jira Service Management"]
    assert [text[h.start : h.end] for h in hits] == [h.surface for h in hits]


@pytest.mark.parametrize(
    ("text", "name", "doubtful"),
    [
        ("All our docs live in Notion now.", "Notion", False),
        ("we have no notion of that", "Notion", True),
        ("Outreach to churches is what they do.", "Outreach", True),
        ("We bought Outreach last year.", "Outreach", False),
        ("we do it on slack", "Slack", True),
        ("They use HubSpot.", "HubSpot", False),
    ],
)
def test_ordinary_words_need_a_capital_inside_a_sentence(
    gazetteer: ProductGazetteer, text: str, name: str, doubtful: bool
) -> None:
    assert [(h.name, h.is_word) for h in gazetteer.find(text)] == [(name, doubtful)]


def test_a_weekday_is_never_a_sure_product(gazetteer: ProductGazetteer) -> None:
    assert all(h.is_word for h in gazetteer.find("Shall we talk on Monday or in March?"))
    assert names_in(gazetteer, "boards in monday dot com") == ["monday.com"]


PROSE = """
The committee had no clear notion of what the winter would bring, and the harvest was late. Around
the square the stores were closed; a drift of snow lay in front of the church, and nobody could get
close to the gate without a shovel. It was nice to hear the chorus sing, and later the children were
sent home in teams. By and large people remember that year for its patience. We were to segment the
land into strips, so each family could lever its own share, but the plan was gone by June. Four of
the men had to fix the bridge, and it's four miles to the next one. The pilot of the small plane
said he would remain on call. If the line is busy, wait; a box of apples is in the kitchen. He will
close the deal on Monday, weather permitting. Their outreach to the poor was real, and the board
did not count the cost. Honestly, the base was rather small. On the island there was a lot to see:
red hats, green houses, a sauna by the lake, and boats for hire. She signed the book, walked me to
the door and said that the sharp point of the story had to be found by each reader alone.
"""


def test_a_page_of_ordinary_english_names_no_sure_product(gazetteer: ProductGazetteer) -> None:
    for text in (PROSE, PROSE.lower().replace(".", "").replace(",", "")):
        assert [h.surface for h in gazetteer.find(text) if not h.is_word] == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("hubspot crm", "HubSpot"),
        ("Salesforce's", "Salesforce"),
        ("the Zendesk licences", "Zendesk"),
        ("Microsoft Excel", "Excel"),
        ("sails forse", "Salesforce"),
        ("snow flayk", "Snowflake"),
        ("zen desc", "Zendesk"),
        ("datta dog", "Datadog"),
        ("pipe dryve", "Pipedrive"),
        ("mar ketto", "Marketo"),
    ],
)
def test_canonical_knows_spellings_and_sounds(
    gazetteer: ProductGazetteer, said: str, name: str
) -> None:
    assert gazetteer.canonical(said) == name


def test_canonical_leaves_ordinary_english_alone(gazetteer: ProductGazetteer) -> None:
    for said in ("a spreadsheet", "the warehouse people", "our own system", "paper and pen",
                 "something old", "next quarter", "customer service", "two hundred"):  # fmt: skip
        assert gazetteer.canonical(said) is None


def test_every_listed_name_is_its_own_canonical_form(gazetteer: ProductGazetteer) -> None:
    assert [n for n in gazetteer.names() if gazetteer.canonical(n) != n] == []


def test_categories_say_what_takes_the_place_of_what(gazetteer: ProductGazetteer) -> None:
    assert gazetteer.same_category("Redshift", "snow flake")
    assert gazetteer.category("hub spot") == "crm"
    assert not gazetteer.same_category("Snowflake", "Salesforce")
    assert not gazetteer.same_category("Snowflake", "no such thing")
    assert gazetteer.category("no such thing") is None


def test_variants_and_hints_are_known_names(gazetteer: ProductGazetteer) -> None:
    assert gazetteer.variants("HubSpot")[0] == "HubSpot"
    assert "hub spot" in gazetteer.variants("HubSpot")
    hints = gazetteer.hint_names(40)
    assert len(hints) == 40
    assert set(gazetteer.hint_names(1000)) <= set(gazetteer.names())


@given(st.text(max_size=200))
def test_any_text_gives_ordered_hits_inside_it(text: str) -> None:
    end = 0
    for hit in ProductGazetteer.load().find(text):
        assert end <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end] == hit.surface
        end = hit.end
