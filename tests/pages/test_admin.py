"""Administration in the browser: keys, accounts, webhooks, the queue and the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from api.security import sign_in
from api.store import audit, boards, calls, jobs, users, webhooks
from api.store.records import Failure, NewCall
from tests.pages.conftest import PASSWORD, Open, Site, Watch
from tests.pages.stored import open_site
from tests.pages.test_pages import faults

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=window.pwned=1>'
TABS = ("queue", "keys", "people", "webhooks", "retention", "audit")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, with a failed job, a waiting one, and a delivery that was given up."""
    with open_site(tmp_path_factory) as site:
        with site.service.database.unit_of_work() as connection:
            for number in range(2):
                call_id = f"c_{number}"
                new = NewCall(call_id, call_id, "recording", 3, title=f"Call {number} {HOSTILE}")
                calls.add(connection, new)
                calls.set_file(connection, call_id, "recording", f"key{number}", n_bytes=3)
                jobs.add(connection, f"{call_id}.1", "call", call_id=call_id)
            failed = jobs.claim(connection, "c_0.1", "worker")
            jobs.fail(connection, failed, Failure("unreadable_recording", f"no sound {HOSTILE}"))
            webhooks.add(connection, "https://crm.example.com/in", ["call.done"])
            webhooks.announce(connection, "call.done", "done:c_0.1", {"call_id": "c_0"})
            (due,) = webhooks.due(connection)
            claimed = webhooks.claim(connection, due, until=0)
            assert claimed is not None
            webhooks.record(connection, claimed, state="dead", error="the receiver answered 500")
        yield site


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_every_part_is_without_fault_and_words_stay_words(
    open_page: Open, width: int, scheme: str
) -> None:
    page = open_page("/admin", "ada", width=width, scheme=scheme)
    for tab in TABS if width == 390 else ("queue", "people", "webhooks"):
        page.goto(f"/admin/{tab}")
        assert faults(page) == [], tab
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    page.goto("/admin/queue?state=failed")
    expect(page.locator(".row-card")).to_contain_text(HOSTILE)
    assert page.evaluate("window.pwned") is None


def test_only_admins_administer(open_page: Open, watch: Watch) -> None:
    watch.allowed.append("403")
    for who in ("mo", "dana"):
        page = open_page("/calls", who)
        assert page.locator("nav").get_by_role("link", name="Admin").count() == 0
        assert {page.request.get(f"/admin/{tab}").status for tab in TABS} == {403}
        page.goto("/admin/keys")
        expect(page.locator("h1")).to_have_text("You may not do this")


def test_a_key_is_shown_once_works_and_is_revoked(open_page: Open, site: Site) -> None:
    page = open_page("/admin/keys", "ada")
    page.fill("[name=name]", f"Robot {HOSTILE}")
    page.select_option("[name=role]", "manager")
    page.fill("[name=team]", "north")
    page.get_by_role("button", name="Make a key").click()
    secret = page.locator("#secret").inner_text()
    caller = sign_in(site.service.database, None, secret)
    assert (caller.key.role, caller.key.team) == ("manager", "north")
    page.goto("/admin/keys")
    assert secret not in page.content()
    page.locator(".row-card", has_text=HOSTILE).get_by_role("button", name="Revoke").click()
    expect(page.locator("#confirm")).to_contain_text("stops working at once")
    page.locator("#confirm [value=yes]").click()
    expect(page.locator(".row-card.off", has_text=HOSTILE)).to_contain_text("revoked")
    with site.service.database.reading() as connection:
        done = [e.action for e in audit.find(connection, subject_id=caller.key.id).items]
    assert done == ["key.revoke", "key.create"]


def test_accounts_are_made_changed_and_taken_away(
    open_page: Open, site: Site, watch: Watch
) -> None:
    watch.allowed += ["422", "409"]
    page = open_page("/admin/people", "ada")
    form = page.locator("form[action='/admin/people']")
    form.locator("[name=login]").fill("Kim")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=role]").select_option("manager")
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("Team is missing")
    form = page.locator("form[action='/admin/people']")
    form.locator("[name=login]").fill("Kim")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=person]").fill(HOSTILE)
    form.get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text("kim may sign in as rep")
    with site.service.database.reading() as connection:
        found = users.find(connection, "kim")
    assert found is not None
    assert found[0].person == HOSTILE
    row = page.locator(".row-card", has_text="kim")
    row.locator("summary").click()
    row.locator("[name=password]").fill("another long password")
    row.get_by_role("button", name="Set it").click()
    expect(page.locator("main")).to_contain_text("old sessions have ended")
    page.locator(".row-card", has_text="kim").get_by_role("button", name="Take out").click()
    page.locator("#confirm [value=yes]").click()
    expect(page.locator(".row-card.off")).to_contain_text("kim")
    with site.service.database.reading() as connection:
        assert users.find(connection, "kim") is None
    own = page.locator(".row-card", has=page.locator(".tag.news"))
    assert own.get_by_role("button", name="Take out").count() == 0


def test_the_queue_tries_again_and_stops(open_page: Open, site: Site) -> None:
    page = open_page("/admin/queue?state=failed", "ada")
    page.locator(".row-card").get_by_role("button", name="Retry").click()
    expect(page.locator(".queue-head")).to_contain_text("queued 2")
    with site.service.database.reading() as connection:
        call = calls.get(connection, "c_0")
        old = boards.queue(connection, state="failed").items[0]
        first = boards.queue(connection, limit=2)
        rest = boards.queue(connection, cursor=first.next, limit=2)
    assert call is not None
    assert (call.status, call.job_id, old.current) == ("queued", "c_0.2", False)
    assert len({row.job.id for row in (*first.items, *rest.items)}) == 3
    assert rest.next is None
    page.goto("/admin/queue?state=failed")
    assert page.locator(".row-card").get_by_role("button").count() == 0
    page.goto("/admin/queue?state=queued")
    page.locator(".row-card", has_text="Call 0").get_by_role("button", name="Cancel").click()
    expect(page.locator(".queue-head")).to_contain_text("cancelled 1")


def test_a_delivery_that_was_given_up_is_sent_again(
    open_page: Open, site: Site, watch: Watch
) -> None:
    watch.allowed.append("422")
    page = open_page("/admin/webhooks?state=dead", "ada")
    expect(page.locator("#deliveries .job-error")).to_contain_text("answered 500")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#deliveries .row-card")).to_contain_text("waiting")
    page.fill("[name=url]", "https://127.0.0.1/in")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("The address")
    page.fill("[name=url]", "https://93.184.215.14/in")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#secret")).not_to_be_empty()
    row = page.locator(".row-card", has_text="https://93.184.215.14/in")
    row.get_by_role("button", name="Pause").click()
    expect(page.locator(".row-card.off")).to_contain_text("paused")


def test_the_log_is_found_by_name_and_paged(open_page: Open, site: Site) -> None:
    with site.service.database.unit_of_work() as connection:
        for number in range(60):
            audit.note(connection, "robot", "test.note", "call", f"c_{number}", {"n": number})
    page = open_page("/admin/audit?action=test.note", "ada")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator("tbody tr").first).to_contain_text("c_59")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.goto("/admin/audit?actor=nobody")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
