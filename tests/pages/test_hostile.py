"""Words from calls are never more than words, wherever they stand."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Open, Site, Watch, says, settled, wav

pytestmark = pytest.mark.browser
ATTEMPTS = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<iframe src=javascript:parent.pwned=1></iframe>",
    "<a href=javascript:window.pwned=1>press</a>",
    "javascript:window.pwned=1",
    "<body onload=window.pwned=1>",
    "<input autofocus onfocus=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>",
    "<video><source onerror=window.pwned=1></video>",
    "<math><mtext></mtext><script>window.pwned=1</script></math>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<form action=http://evil.example><button>sign in</button></form>",
    "<img src=http://evil.example/track.gif>",
    "<!--<script>window.pwned=1</script>-->",
    "<![CDATA[<script>window.pwned=1</script>]]>",
    "</title><script>window.pwned=1</script>",
    "</textarea><script>window.pwned=1</script>",
    "</template><script>window.pwned=1</script>",
    "{{ 7 * 7 }} {% raw %} {{ cycler.__init__.__globals__ }}",
    "${window.pwned=1} #{window.pwned=1} <%= 7 * 7 %>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "\" onmouseover=\"window.pwned=1\" x=\"",
    "' autofocus onfocus='window.pwned=1",
    "` onclick=`window.pwned=1",
    "\\\"><script>window.pwned=1</script>",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    "\u202egnp.exe\u202c <b>bold</b>",
)  # fmt: skip


def test_there_are_enough_attempts() -> None:
    assert len(ATTEMPTS) >= 30


def test_attempts_stay_text_in_every_place(open_page: Open, site: Site) -> None:
    spoken = [*ATTEMPTS, *(f"We run everything on Salesforce, {a}" for a in ATTEMPTS[:6])]
    lines = [("R", "How many people are you?"), ("P", says("HubSpot"))]
    lines += [("P" if i % 2 else "R", text) for i, text in enumerate(spoken)]
    for place, text in enumerate(ATTEMPTS[:8]):
        lines.append((text, f"Speaker number {place}."))
    call = site.transcript(
        lines, names={"P": ATTEMPTS[3]}, title=ATTEMPTS[1] + ATTEMPTS[24], account=ATTEMPTS[2],
        deal_id=ATTEMPTS[30],
    )  # fmt: skip
    site.done(call)
    page = open_page(f"/calls/{call.id}")
    settled(page)
    shown = page.locator("#turns").inner_text()
    for text in ATTEMPTS:
        assert text in shown
    assert ATTEMPTS[1] in page.locator("h1").inner_text()
    page.click("summary:has-text('Who is who')")
    page.locator(".proof").first.hover()
    page.locator("[data-act=correct]").first.click()
    expect(page.locator("#correct")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#t5 .name").click()
    expect(page.locator("#who-text")).to_have_text(ATTEMPTS[3])
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("r")
    expect(page.locator(".tone-away .proof")).to_have_count(1)
    assert page.evaluate("window.pwned") is None
    assert (
        page.locator("main :is(iframe, base, meta, link, style, object, embed, script)").count()
        == 0
    )
    page.goto("/calls")
    expect(page.locator(".call-row", has_text=ATTEMPTS[1])).to_have_count(1)
    assert page.evaluate("window.pwned") is None


def test_attempts_in_a_files_name_and_in_the_address_stay_text(
    open_page: Open, watch: Watch
) -> None:
    watch.allowed += ["404", "415"]
    page = open_page("/upload", "dana")
    names = [f"{i} {text}.wav" for i, text in enumerate(ATTEMPTS)]
    page.set_input_files(
        "#pick", [{"name": n, "mimeType": "audio/wav", "buffer": b"x"} for n in names]
    )
    expect(page.locator(".file-name")).to_have_count(len(ATTEMPTS))
    assert page.locator("#files :is(img, script, svg, iframe, a:not(.file-open))").count() == 0
    page.click("#start")
    expect(page.locator("#tally")).to_contain_text(f"{len(ATTEMPTS)} failed", timeout=30_000)
    for place in (2, 4, 9, 30):
        page.goto(f"/calls?q={_quoted(ATTEMPTS[place])}&deal={_quoted(ATTEMPTS[place])}")
        assert page.input_value("[name=q]") == ATTEMPTS[place]
        page.goto(f"/calls/{_quoted(ATTEMPTS[place])}")
        expect(page.locator("h1")).to_have_text("There is nothing here")
    page.goto(f"/sign-in?next={_quoted('javascript:window.pwned=1')}")
    assert page.input_value("form >> nth=0 >> [name=next]") == "/calls"
    assert page.evaluate("window.pwned") is None


def test_a_failures_reason_stays_text(open_page: Open, site: Site) -> None:
    text = json.dumps({"turns": [{"speaker": "<script>", "text": "x"}]})
    call = site.upload(wav("!unreadable " + text), title="<b>broken</b>")
    site.done(call)
    page = open_page(f"/calls/{call.id}")
    expect(page.locator("h1")).to_have_text("<b>broken</b>")


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
