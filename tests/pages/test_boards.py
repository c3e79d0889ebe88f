"""Deals: the board, the picture and one deal, as each role sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from api.pages import scatter
from api.store import audit, boards, deals
from api.store.records import now
from pipeline.domain import Range
from tests.pages.conftest import Open, Site, Watch
from tests.pages.stored import open_site, people, store_call, talk, tool
from tests.pages.test_pages import faults

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=window.pwned=1>"
DEAL = 'd/<b>7 &amp; "7"</b>'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, with the deals of two reps and two teams."""
    with open_site(tmp_path_factory) as site:
        fill(site)
        yield site


def fill(site: Site) -> None:
    """Acme changed its mind between calls, Globex is locked in, others are as they are."""

    def call(*args: object, **facts: object) -> str:
        return store_call(site.service, site.services, *args, **facts)  # type: ignore[attr-defined, arg-type]

    small = ("Lee", "We are two hundred and fifty people.", [people(250)])
    sales = ("Lee", "We run everything on Salesforce.", [tool("Salesforce")])
    call(talk(small, sales), deal="d-1", account="Acme", title="First call")
    moved = ("Lee", "We moved away from Salesforce to HubSpot.",
             [tool("Salesforce", "past"), tool("HubSpot")])  # fmt: skip
    larger = ("Sam", "We are more like four hundred people now.", [people(400)])
    call(talk(moved, larger), deal="d-1", account="Acme", on="2026-05-04", title="Second call")
    lock = {"dimension": "blocker", "value": "three years with Gong", "kind": "contract_lock_in"}
    locked = ("Lee", "We signed three years with Gong.", [lock])
    call(talk(small, locked), deal="d-2", account="Globex", rep="lee")
    call(talk(sales), deal="d-3", account="Initech", rep="kim", team="south")
    hostile = ("Lee", f"We have {HOSTILE} people.", [people(300)])
    named = {"Lee": HOSTILE}
    call(talk(hostile, sales), deal=DEAL, account=HOSTILE, title=HOSTILE, names=named)
    money = ("Lee", "Twelve million a year.",
             [{"dimension": "revenue", "value": Range(12e6, 12e6, "USD")}])  # fmt: skip
    call(talk(money), deal="d-5", account="Hooli", title="Not dana's", rep="lee")
    call(talk(small), deal="d-5", account="Hooli", title="Dana's own", on="2026-04-01")
    with site.service.database.unit_of_work() as connection:
        facts = {"headcount": 90, "industry": HOSTILE}
        deals.update(connection, "d-1", {"facts": facts})
        deals.update(connection, "d-5", {"rep": "dana"})
        deals.touch(connection, "d-1")


def settled(page: Page) -> None:
    expect(page.locator("#board-state")).to_have_attribute("data-waiting", "0", timeout=60_000)


def lane(page: Page, name: str) -> str:
    return page.locator(f".lane[aria-label='{name}']").inner_text()


def test_the_board_shows_every_role_its_deals_by_tier(open_page: Open) -> None:
    page = open_page("/deals", "mo")
    settled(page)
    expect(page.locator(".card")).to_have_count(4)
    assert "Globex" in lane(page, "Tier D")
    assert "ruled out" in lane(page, "Tier D")
    expect(page.locator(".scatter circle")).to_have_count(4)
    assert HOSTILE in page.locator(".board").inner_text()
    assert page.evaluate("window.pwned") is None
    page.goto("/deals?tier=D")
    expect(page.locator(".card")).to_have_count(1)
    page.goto("/deals?q=acm&rep=dana&outcome=open")
    expect(page.locator(".card-name")).to_have_text("Acme")
    page.goto("/deals?q=nobody")
    expect(page.get_by_text("No deal fits this filter")).to_be_visible()
    south = open_page("/deals", "sam")
    settled(south)
    expect(south.locator(".card-name")).to_have_text("Initech")


def test_who_sees_some_calls_of_a_deal_gets_what_those_say(open_page: Open, site: Site) -> None:
    everything = open_page("/deals/one?id=d-5", "mo")
    expect(everything.locator(".matrix thead th")).to_have_count(3)
    expect(everything.locator(".matrix")).to_contain_text("12 million USD")
    page = open_page("/deals", "dana")
    settled(page)
    expect(page.locator(".card", has_text="Hooli")).to_contain_text("1 call")
    page.locator(".card-name", has_text="Hooli").click()
    expect(page.locator(".matrix thead th")).to_have_count(2)
    expect(page.locator("main")).not_to_contain_text("Twelve million")
    expect(page.locator("main")).not_to_contain_text("12 million USD")


def test_a_deal_shows_changes_quotes_sums_and_the_crm_apart(open_page: Open) -> None:
    page = open_page("/deals/one?id=d-1", "dana")
    expect(page.locator("h1")).to_have_text("Acme")
    clash = page.locator(".clash", has_text="tool Salesforce")
    expect(clash.locator(".side")).to_have_count(2)
    expect(clash.locator(".s-replaced .quote")).to_contain_text("run everything on Salesforce")
    expect(clash.locator(".s-latest .quote")).to_contain_text("moved away from Salesforce")
    row = page.locator(".matrix tr", has_text="crm")
    expect(row.locator("td").nth(0)).to_contain_text("Salesforce")
    expect(row.locator("td").nth(1)).to_contain_text("HubSpot")
    row.get_by_role("link", name="crm").click()
    rule = page.locator("#rule-crm")
    expect(rule).to_have_attribute("open", "")
    expect(rule.locator(".addends li").first).to_contain_text("−2.2")
    expect(rule.locator(".addends li").nth(1)).to_contain_text(re.compile(r"\+\d\.\d.*from Lee"))
    expect(rule.locator(".history .side")).to_have_count(3)
    expect(page.locator("#questions .question").first).not_to_be_empty()
    facts = page.locator("#crm .facts")
    expect(facts).to_contain_text("90 employees")
    expect(facts).to_contain_text(HOSTILE)
    assert "employees" in page.locator(".clash", has_text="CRM and calls").inner_text()
    page.get_by_role("button", name="Copy for a mail").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert "Open questions" in page.evaluate("navigator.clipboard.readText()")
    rule.locator("a", has_text="Second call").first.click()
    expect(page.locator("h1")).to_have_text("Second call")


def test_an_outcome_is_written_down_or_refused(open_page: Open, site: Site, watch: Watch) -> None:
    watch.allowed.append("422")
    page = open_page(f"/deals/one?id={quote(DEAL, safe='')}", "dana")
    expect(page.locator("h1")).to_have_text(HOSTILE)
    page.select_option("[name=outcome]", "won")
    page.fill("[name=amount]", "48,000.50")
    page.fill("[name=closed_at]", "2026-06-01")
    page.fill("[name=stage]", HOSTILE)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#crm")).to_contain_text("Saved")
    with site.service.database.reading() as connection:
        deal = deals.get(connection, DEAL)
        noted = audit.find(connection, subject_id=DEAL).items[0]
    assert deal is not None
    assert (deal.outcome, deal.amount, deal.stage) == ("won", 48000.5, HOSTILE)
    assert (noted.action, noted.subject_id) == ("deal.change", DEAL)
    page.fill("[name=currency]", "E1R")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("three letters")
    assert page.evaluate("window.pwned") is None
    assert page.locator("main :is(img, script, iframe)").count() == 0
    watch.allowed.append("404")
    page.goto("/deals/one?id=d-2")
    expect(page.locator("h1")).to_have_text("There is nothing here")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_boards_have_no_fault_at_this_width(open_page: Open, width: int, scheme: str) -> None:
    page = open_page("/deals", "mo", width=width, scheme=scheme)
    settled(page)
    for path in ("", "/deals/one?id=d-1"):
        if path:
            page.goto(path)
            page.locator("#rule-crm summary").click()
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_dots_that_would_hide_each_other_stand_apart() -> None:
    rows = [
        boards.BoardRow(
            deals.Deal(f"d-{i}", f"Account {i}", {}, None, None, None, None, None, None, None, 0,
                       now(), now()),
            1, 1, None, True, "A", 0.8, 1.0, 0.5, "pursue", False,
        )
        for i in range(8)
    ]  # fmt: skip
    found = scatter.draw(rows, 0.5)
    places = [(dot.x, dot.y) for dot in found.dots]
    assert len(set(places)) == 8
    assert all(found.left <= x <= found.right for x, _ in places)
    assert sum(bool(dot.label) for dot in found.dots) >= 2
