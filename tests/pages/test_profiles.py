"""Profiles and insights; and the whole way: assess a deal, change the profile, see the diff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from api.pages.profile_text import compare, example_text, read_text, write_text
from api.store import deals, jobs
from tests.pages.conftest import Open, Site, Watch
from tests.pages.stored import PROFILE, open_site, people, store_call, talk, tool
from tests.pages.test_pages import faults

browser_test = pytest.mark.browser
HOSTILE = "<svg onload=window.pwned=1>"
POST = """async ([path, body, token]) => (await fetch(path, {method: 'POST', headers: {
    'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': token},
    body: JSON.stringify(body)})).status"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: four deals of the north, two of them closed."""
    with open_site(tmp_path_factory) as site:
        for number, (name, count) in enumerate(
            (("Salesforce", 250), ("Salesforce", 700), ("HubSpot", 300), ("HubSpot", 30)), 1
        ):
            said = (
                ("Lee", f"We are {count} people.", [people(count)]),
                ("Lee", f"We run everything on {name}.", [tool(name)]),
            )
            store_call(
                site.service, site.services, talk(*said),  # type: ignore[attr-defined]
                deal=f"d-{number}", account=f"Account {number}", title=f"Call {number}",
            )  # fmt: skip
        with site.service.database.unit_of_work() as connection:
            deals.update(connection, "d-1", {"outcome": "won"})
            deals.update(connection, "d-4", {"outcome": "lost"})
        yield site


def status(page: Page, path: str, body: object, token: str | None = None) -> int:
    """The status of a POST from a page's script."""
    own = page.locator("meta[name=csrf]").get_attribute("content")
    found: int = page.evaluate(POST, [path, body, own if token is None else token])
    return found


def board(page: Page) -> dict[str, str]:
    """Account → tier, as the board shows them."""
    page.goto("/deals")
    expect(page.locator("#board-state")).to_have_attribute("data-waiting", "0", timeout=60_000)
    return {
        name: lane.get_attribute("aria-label") or ""
        for lane in page.locator(".lane").all()
        for name in lane.locator(".card-name").all_inner_texts()
    }


@browser_test
def test_assess_a_deal_change_the_profile_and_see_the_diff(
    open_page: Open, site: Site, watch: Watch
) -> None:
    watch.allowed += ["403", "404"]
    rep = open_page("/deals", "dana")
    assert board(rep)["Account 2"] == "Tier A"
    rep.locator(".card-name", has_text="Account 2").click()
    expect(rep.locator(".verdict .tier")).to_contain_text("A")
    rep.locator("nav").get_by_role("link", name="Profiles").click()
    rep.locator(".card-name").click()
    expect(rep.locator("pre")).to_contain_text("Salesforce")
    expect(rep.locator("textarea, #save, form[action*=profiles]")).to_have_count(0)
    assert rep.locator("nav").get_by_role("link", name="Insights").count() == 0
    text = {"text": write_text({**PROFILE, "name": "Mine"}), "profile_id": "midmarket"}
    for path in ("/profiles/lint", "/profiles/save", "/profiles/effect"):
        assert status(rep, path, text) == 403
    for path in ("/profiles/new", "/insights", "/admin/keys"):
        rep.goto(path)
        expect(rep.locator("h1")).to_have_text("You may not do this")

    manager = open_page("/profiles/one?id=midmarket", "mo")
    assert status(manager, "/profiles/save", text, token="0" * 80) == 403
    area, findings = manager.locator("#text"), manager.locator("#findings")
    written = area.input_value()
    area.fill(written.replace("max: 1000", "max: 'many'"))
    expect(findings.locator(".lint-sum")).to_contain_text("cannot be used")
    expect(manager.locator("#save")).to_be_disabled()
    findings.locator("[data-line]").first.click()
    picked = manager.evaluate("getSelection().toString() || document.activeElement.value.slice("
                              "document.activeElement.selectionStart,"
                              "document.activeElement.selectionEnd)")  # fmt: skip
    assert "'many'" in picked
    area.fill(written.replace("max: 1000", "max: 500"))
    expect(findings.locator(".lint-sum")).to_contain_text("can be used")
    manager.click("#try")
    effect = manager.locator("#effect")
    expect(effect).to_contain_text("1 of 4 deals would change tier", timeout=60_000)
    expect(effect.locator(".moved-list")).to_contain_text("Account 2")
    expect(effect.locator(".moved-list q")).to_contain_text("700 people")
    manager.fill("#note", HOSTILE)
    manager.click("#save")
    manager.wait_for_url("**/profiles/one?id=midmarket&version=2")
    assert board(manager)["Account 2"] == "Tier A"
    manager.goto("/profiles/one?id=midmarket")
    manager.locator(".row-card", has_text="Version 2").get_by_role(
        "link", name="What it changed"
    ).click()
    expect(manager.locator(".diff .gone")).to_contain_text("max: 1000")
    expect(manager.locator(".diff .new")).to_contain_text("max: 500")
    expect(manager.locator(".moves .moved")).to_have_text("1", timeout=60_000)
    assert faults(manager) == []
    manager.goto("/profiles/one?id=midmarket&version=2")
    manager.get_by_role("button", name="Let version 2 count").click()
    expect(manager.locator("h1 + .c-sub")).to_contain_text("version 2, which counts")
    expect(manager.locator("h1 + .c-sub")).to_contain_text(HOSTILE)
    assert board(manager)["Account 2"] == "Tier C"
    assert board(rep)["Account 2"] == "Tier C"

    admin = open_page("/profiles/one?id=midmarket", "ada")
    again = admin.locator(".row-card", has_text="Version 2").get_by_role("button")
    again.click()
    admin.locator("#confirm [value=no]").click()
    again.click()
    admin.locator("#confirm [value=yes]").click()
    admin.wait_for_url("**/admin/queue")
    expect(admin.locator(".row-card").first).to_contain_text("midmarket, version 2")
    with site.service.database.reading() as connection:
        assert jobs.counts(connection) == {"queued": 1}

    stranger = open_page("/deals/one?id=d-2", "sam")
    expect(stranger.locator("h1")).to_have_text("There is nothing here")
    stranger.goto("/profiles/compare?id=midmarket&a=1&b=2")
    expect(stranger.get_by_text("There is no deal")).to_be_visible(timeout=60_000)
    nobody = open_page("/deals", None)
    expect(nobody.locator("h1")).to_contain_text("Sign in")
    for page in (rep, manager, admin):
        assert page.evaluate("window.pwned") is None


@browser_test
def test_a_statement_is_tried_and_marks_move_its_limit(open_page: Open) -> None:
    page = open_page("/profiles/one?id=midmarket", "mo")
    page.fill("[name=statement]", "We run everything on Salesforce")
    page.get_by_role("button", name="Try it").click()
    preview = page.locator("#preview")
    expect(preview.locator(".effect-sum")).to_contain_text("of 4 calls", timeout=60_000)
    hit = preview.locator(".hit").first
    expect(hit.locator(".quote")).not_to_be_empty()
    hit.locator("[data-mark=no]").click()
    expect(preview.locator(".effect-sum")).to_contain_text("your 1 mark", timeout=60_000)
    expect(preview.locator("[data-mark=no][aria-pressed=true]")).to_have_count(1)


@browser_test
def test_a_new_profile_with_a_hostile_name_stays_text(open_page: Open, watch: Watch) -> None:
    watch.allowed.append("422")
    page = open_page("/profiles/new", "ada")
    text = page.input_value("#text")
    page.fill("#text", text.replace("name: Mid-market", f"name: {HOSTILE} Mid-market"))
    page.click("#save")
    expect(page.locator("h1")).to_contain_text(HOSTILE)
    page.fill("#text", text.replace("id: midmarket-saas", "id: other"))
    page.click("#save")
    expect(page.locator("#toasts")).to_contain_text("the id was")
    page.evaluate("document.querySelector('#text').value = ''")
    for path in ("/profiles", "/deals?profile=midmarket-saas", "/insights?profile=midmarket-saas"):
        page.evaluate("removeEventListener('beforeunload', () => 0)")
        page.once("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        expect(page.locator("main")).to_contain_text(HOSTILE)
    assert page.evaluate("window.pwned") is None
    assert page.locator("main svg[onload]").count() == 0


@browser_test
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_profiles_and_insights_have_no_fault(open_page: Open, width: int, scheme: str) -> None:
    page = open_page("/profiles", "mo", width=width, scheme=scheme)
    for path in ("/profiles", "/profiles/one?id=midmarket", "/insights?profile=midmarket&least=2"):
        page.goto(path)
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=60_000)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    main = page.locator("main")
    expect(main).to_contain_text("2 closed deals: 1 won, 1 lost")
    expect(main).to_contain_text("too few deals to tell")
    expect(main).to_contain_text("never arr")
    expect(main).to_contain_text("Nobody has judged a signal yet")


def test_the_example_survives_being_written_and_read() -> None:
    read = read_text(example_text())
    assert read.body is not None
    again = read_text(write_text(read.body))
    assert (again.body, again.errors) == (read.body, 0)


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    read = read_text(text)
    assert read.body is not None or all(f.line >= 1 and f.message for f in read.findings)
    assert (read.errors > 0) is (read.body is None)


LINES = st.lists(st.sampled_from("abcd"), max_size=12)


@given(LINES, LINES)
@settings(max_examples=60, deadline=None)
def test_a_comparison_holds_every_changed_line(old: list[str], new: list[str]) -> None:
    lines = compare("\n".join(old), "\n".join(new))
    gone = [line.old for line in lines if line.kind == "gone"]
    added = [line.new for line in lines if line.kind == "new"]
    kept = [text for i, text in enumerate(old, 1) if i not in gone]
    assert kept == [text for i, text in enumerate(new, 1) if i not in added]
    assert (lines == []) is (old == new)
