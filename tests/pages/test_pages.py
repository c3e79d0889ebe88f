"""Every page as people meet it: any width, dark or light, with long names; nothing to trip on."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.store.records import Call
from tests.pages.conftest import Open, Site, Watch, says, settled, wav

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft & Söhne"
GERMAN = {
    "Wir sind zweihundertfünfzig Leute.": "We are two hundred and fifty people.",
    "Bei uns läuft alles über Salesforce.": "We run everything on Salesforce.",
    "Unsere Größe? Übrigens: ß, ä, ö, ü.": "Our size? By the way.",
}
FAULTS = ("serious", "critical")


@pytest.fixture(scope="package")
def filled(site: Site) -> Mapping[str, Call]:
    """A good call, a German one with long names, and a failed one."""
    lines = [("R", f"{de} Und sonst?") if i == 0 else ("P", de) for i, de in enumerate(GERMAN)]
    lines += [("P", says("Salesforce")), *[("P", f"Satz Nummer {i}.") for i in range(20)]]
    calls = {
        "good": site.upload(wav(says("HubSpot", "Good.")), title="A good call", account="Acme"),
        "german": site.transcript(
            lines, english=GERMAN, names={"P": LONG}, title=f"Gespräch mit {LONG}", account=LONG,
            deal_id="d-" + "9" * 150, language="de",
        ),
        "failed": site.upload(wav("!unreadable"), title="A broken one"),
    }  # fmt: skip
    found = site.done(*calls.values())
    return dict(zip(calls, found, strict=True))


def paths(filled: Mapping[str, Call]) -> list[str]:
    return ["/calls", "/upload", "/nothing-here", *(f"/calls/{c.id}" for c in filled.values())]


def faults(page: Page) -> list[str]:
    found = Axe().run(page)
    return [
        f"{v['id']}: {node['html'][:150]}"
        for v in found.response["violations"]
        if v["impact"] in FAULTS
        for node in v["nodes"]
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_pages_have_no_fault_at_this_width(
    open_page: Open, filled: Mapping[str, Call], watch: Watch, width: int, scheme: str
) -> None:
    watch.allowed.append("404")
    page = open_page("/sign-in", None, width=width, scheme=scheme)
    assert faults(page) == []
    page = open_page("/calls", "mo", width=width, scheme=scheme)
    for path in paths(filled):
        page.goto(path)
        if "Transcript" in page.locator("main").inner_text():
            settled(page)
        assert faults(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"


def test_on_a_phone_findings_and_transcript_take_turns(
    open_page: Open, filled: Mapping[str, Call]
) -> None:
    page = open_page(f"/calls/{filled['good'].id}", "mo", width=390)
    settled(page)
    expect(page.locator("#transcript")).to_be_hidden()
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator("#transcript")).to_be_visible()
    assert faults(page) == []
    page.locator("mark").first.click()
    expect(page.locator("#findings .proof.at")).to_be_visible()


def test_german_stands_beside_its_english(open_page: Open, filled: Mapping[str, Call]) -> None:
    page = open_page(f"/calls/{filled['german'].id}")
    settled(page)
    for german, english in GERMAN.items():
        turn = page.locator(".turn", has_text=german).first
        if english in turn.inner_text():
            expect(turn.locator(".en")).to_have_attribute("lang", "en")
    expect(page.locator(".turn .en").first).to_be_visible()
    left, right = (page.locator(f".turn:has(.en) {part}").first for part in (".said > p", ".en"))
    one, other = left.bounding_box(), right.bounding_box()
    assert one
    assert other
    assert other["x"] > one["x"]
    assert abs(other["y"] - one["y"]) < 10


def test_the_colours_can_be_chosen_and_stay(open_page: Open) -> None:
    page = open_page("/calls", "mo", scheme="light")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    button = page.locator("#theme")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Colours: dark")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_the_list_finds_filters_and_marks_what_is_new(
    open_page: Open, site: Site, filled: Mapping[str, Call]
) -> None:
    fresh = site.upload(
        wav(says("Salesforce", "Zebra.")), title="Zebra crossing", deal_id="d-zebra"
    )
    site.done(fresh)
    page = open_page("/calls", "mo")
    row = page.locator(".call-row", has_text="Zebra crossing")
    expect(row.locator(".dot")).to_be_visible()
    row.locator(".c-title").click()
    expect(page.locator("h1")).to_have_text("Zebra crossing")
    page.go_back()
    page.reload()
    expect(row.locator(".dot")).to_have_count(0)

    page.fill("[name=q]", "zebra")
    page.keyboard.press("Enter")
    expect(page.locator(".call-row")).to_have_count(1)
    page.goto("/calls?status=failed")
    expect(page.locator(".call-row").first).to_contain_text("holds no sound")
    page.goto("/calls?tier=A&deal=d-zebra")
    expect(page.locator(".call-row")).to_have_count(1)
    page.goto("/calls?q=nobody+ever+said+this")
    expect(page.get_by_text("No call fits this search")).to_be_visible()


def test_a_call_in_work_shows_how_far_it_is_and_opens_itself(open_page: Open, site: Site) -> None:
    call = site.upload(wav("!sleep 1.5\n" + says("Salesforce", "Slow.")), title="Slow one")
    page = open_page(f"/calls/{call.id}", "dana")
    expect(page.locator("#waiting progress")).to_be_visible()
    expect(page.locator(".verdict .tier")).to_have_text(re.compile("A"), timeout=60_000)


def test_upload_tells_what_is_wrong_with_each_file_and_can_be_stopped(
    open_page: Open, watch: Watch
) -> None:
    watch.allowed += ["422", "415"]
    page = open_page("/upload", "dana")
    files = [
        ("notes.mp3", b"This is no sound at all.\n" * 20),
        ("empty.wav", b""),
        ("huge.wav", b"RIFF" + b"x" * 2_200_000),
        ("2026-05-02 Globex (D-9).wav", wav("!sleep 20\n" + says("Salesforce", "Stop."))),
    ]
    page.set_input_files(
        "#pick", [{"name": n, "mimeType": "audio/wav", "buffer": b} for n, b in files]
    )
    row = {name: page.locator(".file", has_text=name) for name, _ in files}
    expect(row["empty.wav"].locator(".file-state")).to_contain_text("empty")
    expect(row["huge.wav"].locator(".file-state")).to_contain_text("larger than 2 MiB")
    page.click("#start")
    expect(row["notes.mp3"].locator(".file-state")).to_contain_text("text, not sound")
    last = row["2026-05-02 Globex (D-9).wav"]
    expect(last.get_by_role("link", name="Open")).to_be_visible()
    last.get_by_role("button", name="Cancel").click()
    expect(last.locator(".file-state")).to_contain_text("cancelled", timeout=30_000)
    expect(page.locator("#tally")).to_contain_text("4 failed")


NAMES = {
    "2026-03-04 Acme Corp - Discovery (D-17).mp3": ("Acme Corp", "D-17", "2026-03-04"),
    "Erstgespräch mit Müller Maschinenbau 12.05.2026.m4a": (
        "Müller Maschinenbau",
        "",
        "2026-05-12",
    ),
    "zoom_recording_20260301_Contoso.wav": ("Contoso", "", "2026-03-01"),
    "GMT20260301-150000_Recording.mp4": ("", "", "2026-03-01"),
    "Demo call with Bright & Co deal_482.vtt": ("Bright & Co", "deal-482", ""),
    "20261399.wav": ("", "", ""),
}


def test_a_files_name_tells_deal_account_and_date(open_page: Open) -> None:
    page = open_page("/upload", "dana")
    page.set_input_files(
        "#pick", [{"name": n, "mimeType": "audio/wav", "buffer": b"x"} for n in NAMES]
    )
    expect(page.locator(".file")).to_have_count(len(NAMES))
    for row, found in zip(page.locator(".file").all(), NAMES.values(), strict=True):
        fields = ("account", "deal_id", "recorded_at")
        assert tuple(row.locator(f"[name={f}]").input_value() for f in fields) == found
