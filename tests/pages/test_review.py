"""From an upload to a corrected call, as a rep does it: no reload in between."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import PASSWORD, Open, Site, Watch, says, settled, until, wav

pytestmark = pytest.mark.browser


def tier(page: Page) -> str:
    return page.locator(".verdict .tier").inner_text().replace("Tier", "").strip()


def proof(page: Page, dimension: str) -> str:
    return f"#findings .group:not(.tone-away) .proof:has(.dim:text-is('{dimension}'))"


def test_a_rep_uploads_waits_reviews_and_swaps_speakers(open_page: Open, site: Site) -> None:
    page = open_page("/upload", None)
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Upload")
    name = "2026-03-04 Acme Corp - Discovery (D-17).wav"
    content = wav(says("HubSpot"))
    page.set_input_files("#pick", {"name": name, "mimeType": "audio/wav", "buffer": content})
    row = page.locator(".file")
    for field, value in (
        ("title", "Acme Corp – Discovery"), ("account", "Acme Corp"), ("deal_id", "D-17"),
        ("recorded_at", "2026-03-04"),
    ):  # fmt: skip
        expect(row.locator(f"[name={field}]")).to_have_value(value)
    page.click("#start")
    expect(row.locator(".file-state")).to_contain_text("fit", timeout=90_000)
    row.get_by_role("link", name="Open").click()

    expect(page.locator("h1")).to_have_text("Acme Corp – Discovery")
    settled(page)
    assert tier(page) == "B"
    expect(page.locator("#questions")).to_contain_text("revenue")
    page.evaluate("window.sameDocument = true")

    page.click(f"{proof(page, 'tool')} [data-act=play]")
    until(page, "document.querySelector('#audio').currentTime > 5")
    expect(page.locator("mark.hot")).to_contain_text("HubSpot")
    page.keyboard.press("Space")
    until(page, "document.querySelector('#audio').paused")

    page.click(f"{proof(page, 'tool')} [data-act=rejected]")
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("A"))
    expect(page.locator(".tone-away .proof")).to_contain_text("HubSpot")
    expect(page.locator("#turns mark[data-label*='tool']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("B"))
    expect(page.locator("#turns mark[data-label*='tool']")).to_have_count(1)

    page.click(f"{proof(page, 'tool')} [data-act=confirmed]")
    expect(page.locator(proof(page, "tool")).locator(".said-so")).to_have_text("accepted")

    page.click("summary:has-text('Who is who')")
    page.locator(".speaker[data-speaker=S1] [data-edit=role]").select_option("rep")
    expect(page.locator("#toasts")).to_contain_text("Side changed")
    page.locator(".speaker[data-speaker=S1] [data-edit=other]").select_option("swap S2")
    expect(page.locator("#toasts")).to_contain_text("Swapped")
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("–"))
    expect(page.locator("#reading")).to_be_hidden(timeout=60_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#reading")).to_be_hidden(timeout=60_000)
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("B"), timeout=60_000)
    assert page.evaluate("window.sameDocument") is True


def test_correcting_a_value_changes_the_tier(open_page: Open, site: Site, watch: Watch) -> None:
    call = site.transcript(
        [("R", "Which CRM do you use today?"), ("P", says("HubSpot"))], names={"P": "Lee"}
    )
    site.done(call)
    watch.allowed.append("422")
    page = open_page(f"/calls/{call.id}", "mo")
    settled(page)
    assert tier(page) == "B"
    page.click(f"{proof(page, 'tool')} [data-act=correct]")
    dialog = page.locator("#correct")
    dialog.locator("[name=value]").fill("Salesforce")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("A"))
    expect(page.locator(proof(page, "tool")).locator(".said-so")).to_have_text("corrected")
    page.click(f"{proof(page, 'headcount')} [data-act=correct]")
    dialog.locator("[name=min]").fill("many")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".toast.bad")).to_contain_text("no number")


def test_speakers_are_renamed_merged_and_split_at_once(open_page: Open, site: Site) -> None:
    lines = [
        ("R", "Who is on the call?"), ("P", says("Salesforce")), ("Q", "And me, from finance."),
        ("P", "Right, sorry, that is so."), ("P", "And there is more to say."),
    ]  # fmt: skip
    call = site.transcript(lines)
    site.done(call)
    page = open_page(f"/calls/{call.id}", "dana")
    settled(page)
    page.click("summary:has-text('Who is who')")
    row = page.locator(".speaker[data-speaker=P]")
    row.locator("[name=name]").fill("Ingrid Ødegård-Þórsdóttir")
    row.get_by_role("button", name="Rename").click()
    expect(page.locator("#t1 .name")).to_have_text("Ingrid Ødegård-Þórsdóttir")

    page.locator(".speaker[data-speaker=Q] [data-edit=other]").select_option("merge P")
    expect(page.locator("#t2 .name")).to_have_text("Ingrid Ødegård-Þórsdóttir")
    expect(page.locator(".speaker")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".speaker")).to_have_count(3)
    expect(page.locator("#t2 .name")).to_have_text("Q")

    page.click("#t3 .name", force=True)
    page.locator("#who [name=other]").select_option("")
    page.locator("#who [name=name]").fill("Marek")
    page.locator("#who [name=from_turn]").check()
    page.locator("#who").get_by_role("button", name="Save").click()
    expect(page.locator("#t3 .name")).to_have_text("Marek")
    expect(page.locator("#t4 .name")).to_have_text("Marek")
    expect(page.locator("#t1 .name")).to_have_text("Ingrid Ødegård-Þórsdóttir")
    expect(page.locator("#reading")).to_be_hidden(timeout=60_000)


def test_a_review_by_keyboard_alone(open_page: Open, site: Site) -> None:
    call = site.upload(wav(says("HubSpot", "Keyboard.")), title="By keyboard")
    site.done(call)
    page = open_page("/calls", None)
    page.keyboard.type("dana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Calls")
    link = page.get_by_role("link", name="By keyboard")
    for _ in range(60):
        if link.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("By keyboard")
    settled(page)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".proof:focus")).to_contain_text("HubSpot")
    page.keyboard.press("Enter")
    until(page, "!document.querySelector('#audio').paused")
    page.keyboard.press(" ")
    until(page, "document.querySelector('#audio').paused")
    page.keyboard.press("r")
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("A"))
    page.keyboard.press("u")
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("B"))
    page.keyboard.press("a")
    expect(page.locator(".said-so")).to_have_text("accepted")
    page.keyboard.press("c")
    expect(page.locator("#correct [name=value]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Salesforce")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("A"))
    page.keyboard.press("/")
    page.keyboard.type("losing hours")
    expect(page.locator("#found")).to_have_text("1/1")
