"""The pages in a real browser: the service with stand-in models, a worker, and Chromium.

Every page that a test opens is watched: what it says on the console and every request that would
leave the machine fails the test. Trap: Playwright's loop lives in this thread while it runs, so it
is stopped when these tests are over.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.accounts import add_user
from api.jobs import intake
from api.jobs.service import Service, open_service
from api.main import create_app
from api.settings import Settings
from api.store import calls, keys, profiles
from api.store.records import ENDED, Call
from tests.stand_in import wire

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
PROFILE = {
    "id": "midmarket",
    "name": "Mid-market on Salesforce",
    "seller": {"company": "Northwind"},
    "criteria": [
        {"id": "size", "dimension": "headcount", "min": 200, "max": 1000, "required": True},
        {"id": "crm", "dimension": "tech_stack", "any_of": ["Salesforce"]},
        {"id": "arr", "dimension": "revenue", "min": 10_000_000, "currency": "USD"},
    ],
    "disqualifiers": [{"id": "locked", "kind": "contract_lock_in", "hard": True}],
}
PEOPLE = {
    "ada": ("admin", None, None),
    "mo": ("manager", None, "north"),
    "dana": ("rep", "dana", "north"),
    "sam": ("manager", None, "south"),
}
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


def find_chromium() -> str | None:
    """The browser: `CHROMIUM`, or what is installed."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; skips only where it can neither be found nor be installed."""
    found = find_chromium()
    if found is None:
        if os.geteuid() == 0 and shutil.which("apt-get"):
            pytest.fail("no Chromium: run scripts/setup --test, or set CHROMIUM", pytrace=False)
        pytest.skip("no Chromium, and no right to install it; set CHROMIUM to its path")
    return found


@dataclass
class Site:
    """The service under test, and how to fill it."""

    service: Service
    address: str
    key: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def upload(self, content: bytes, kind: str = "recording", **facts: object) -> Call:
        """Take in a recording, or a transcript as JSON."""
        facts = {"rep": "dana", "team": "north", **facts}
        with self.service.files.spool([content], most_bytes=10**8) as spooled:
            return intake.take_in(self.service, spooled, kind, facts)[0]

    def transcript(self, lines: Sequence[tuple[str, str]], **facts: object) -> Call:
        """Take in a transcript of (speaker, text) lines; R sells."""
        names = {speaker: speaker for speaker, _ in lines}
        names.update(facts.pop("names", {}))  # type: ignore[call-overload]
        turns = [
            {"speaker": who, "text": text, "start": at * 4.0, "end": at * 4.0 + 3.5}
            for at, (who, text) in enumerate(lines)
        ]
        turns = [{**turn, **extra} for turn, extra in zip(turns, self._extra(facts, turns))]  # noqa: B905
        speakers = [
            {"id": who, "name": name, "role": "rep" if who == "R" else "prospect"}
            for who, name in names.items()
        ]
        body = {"turns": turns, "speakers": speakers, "duration": len(turns) * 4.0}
        return self.upload(json.dumps(body).encode(), "transcript", **facts)

    @staticmethod
    def _extra(facts: dict[str, object], turns: list[dict[str, object]]) -> list[dict[str, object]]:
        english = facts.pop("english", {})
        assert isinstance(english, dict)
        return [{"english": english[t["text"]]} if t["text"] in english else {} for t in turns]

    def done(self, *wanted: Call, seconds: float = 90) -> list[Call]:
        """Wait until these calls have ended."""
        until = time.monotonic() + seconds
        while True:
            with self.service.database.reading() as connection:
                found = [calls.get(connection, call.id) for call in wanted]
            if all(call and call.status in ENDED for call in found):
                return [call for call in found if call]
            assert time.monotonic() < until, [call and call.status for call in found]
            time.sleep(0.05)


def wav(text: str, seconds: int = 60) -> bytes:
    """A recording that plays (8-bit samples) and that the stand-in hears `text` in."""
    samples = b"\n" + text.encode("ascii") + b"\n"
    samples += b" " * (8000 * seconds - len(samples))
    head = b"WAVEfmt " + b"".join(
        n.to_bytes(size, "little")
        for n, size in ((16, 4), (1, 2), (1, 2), (8000, 4), (8000, 4), (1, 2), (8, 2))
    )
    head += b"data" + len(samples).to_bytes(4, "little")
    return b"RIFF" + (len(head) + len(samples)).to_bytes(4, "little") + head + samples


def says(tool: str, extra: str = "") -> str:
    """What is said on a call about somebody who has this tool."""
    return (
        "How many people are you now Lee today? We are two hundred and fifty people."
        f" We run everything on {tool} and are losing hours on notes every week. {extra}"
        + " It has been like that for a good while and nobody is happy with it at all."
        * 3
    )


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service with four people, on its own database, with a worker process."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("pages") / "data", heartbeat=0.5, max_upload_mb=2
    )
    service = open_service(settings)
    with service.database.unit_of_work() as connection:
        profiles.add_version(connection, PROFILE, author="test")
        for login, (role, person, team) in PEOPLE.items():
            add_user(
                connection, login=login, password=PASSWORD, role=role, person=person, team=team,
                actor="test",
            )  # fmt: skip
        key = keys.create(connection, name="key", role="admin")[1]
    app = create_app(service, wire(settings))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(service, f"http://127.0.0.1:{port}", key)
    site.running.append(_worker(settings))
    yield site
    for process in site.running:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
    server.should_exit = True
    thread.join(10)


def _worker(settings: Settings) -> subprocess.Popen[bytes]:
    environment = {"ICP_DATA_DIR": str(settings.data_dir), "ICP_HEARTBEAT": "0.5"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stand_in", "worker"],
        cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, without any way off the machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What pages said and asked for."""

    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", lambda m: m.type in ("error", "warning") and self.said.append(m.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))


expect.set_options(timeout=15_000)
Open = Callable[..., Page]


@pytest.fixture
def watch() -> Watch:
    """Put a part of what a page may say on the console into `allowed`."""
    return Watch()


@pytest.fixture
def open_page(site: Site, browser: Browser, watch: Watch) -> Iterator[Open]:
    """A function that opens a path, signed in as somebody (None: nobody); checks all at the end."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "/calls", who: str | None = "ada", *, width: int = 1280, scheme: str = "light"
    ) -> Page:
        context = browser.new_context(
            base_url=site.address, viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(20_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        if who is not None:
            context.add_cookies([_cookie(site, who)])
        page = context.new_page()
        watch.on(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    host = urlsplit(site.address).netloc
    strange = [url for url in watch.asked if urlsplit(url).netloc != host]
    assert not [url for url in strange if not url.startswith(("data:", "blob:", "about:"))]
    assert not [text for text in watch.said if not any(a in text for a in watch.allowed)]


def _cookie(site: Site, who: str) -> Mapping[str, str]:  # type: ignore[return]
    """A session as signing in makes it; the form itself has tests of its own."""
    from api.accounts import COOKIE
    from api.store import sessions, users

    with site.service.database.unit_of_work() as connection:
        found = users.find(connection, who)
        assert found is not None
        secret = sessions.begin(connection, user_id=found[0].id)[1]
    return {"name": COOKIE, "value": secret, "url": site.address}


def until(page: Page, condition: str, seconds: float = 20) -> None:
    """Wait until a condition holds in the page (its policy forbids the browser's own way)."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


def settled(page: Page) -> None:
    """Wait until the transcript is loaded and nothing is being sent."""
    until(
        page,
        "document.querySelector('#call')?.dataset.ready === 'yes'"
        " && !document.body.hasAttribute('aria-busy')"
        " && document.querySelector('#loading').hidden",
    )
