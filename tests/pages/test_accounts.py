"""Signing in and what a session may do; no browser needed."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import accounts
from api.accounts import add_user
from api.cli import app
from api.jobs.service import Service, open_service
from api.main import create_app
from api.settings import Settings
from api.store import calls, keys, sessions, users
from api.store.records import NewCall
from pipeline.errors import BadUsage
from tests.stand_in import wire

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PASSWORD = "correct horse battery"
PAGE = {"Accept": "text/html"}


@dataclass
class Door:
    """The service, and a browser that keeps cookies."""

    service: Service
    client: TestClient
    key: str
    key_id: str

    def sign_in(self, **form: str) -> object:
        """Send the sign-in form as the page shows it."""
        shown = self.client.get("/sign-in", headers=PAGE).text
        csrf = re.search(r'name="csrf" value="(\w+)"', shown)
        assert csrf
        return self.client.post(
            "/sign-in", data={"csrf": csrf[1], **form}, headers=PAGE, follow_redirects=False
        )

    def token(self) -> str:
        """The CSRF token of the session that is open."""
        found = re.search(r'<meta name="csrf" content="(\w+)"', self.client.get("/calls").text)
        assert found
        return found[1]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A data folder with a rep, two calls and a key, to be copied; the key and its id."""
    folder = tmp_path_factory.mktemp("accounts") / "data"
    service = open_service(Settings(data_dir=folder))
    with service.database.unit_of_work() as connection:
        add_user(connection, login="Dana", password=PASSWORD, role="rep", team="north", actor="t")
        key, secret = keys.create(connection, name="robot", role="admin")
        for name, rep in (("c_mine", "dana"), ("c_theirs", "lee")):
            calls.add(connection, NewCall(name, name, "recording", 3, rep=rep, team="north"))
    service.close()
    return folder, secret, key.id


@pytest.fixture
def door(tmp_path: Path, prepared: tuple[Path, str, str]) -> Iterator[Door]:
    folder, secret, key_id = prepared
    shutil.copytree(folder, tmp_path / "data")
    service = open_service(Settings(data_dir=tmp_path / "data"))
    web = create_app(service, wire(service.settings))
    with TestClient(web, raise_server_exceptions=False) as client:
        yield Door(service, client, secret, key_id)


def test_an_account_signs_in_and_sees_its_own_calls_only(door: Door) -> None:
    answer = door.sign_in(login=" DANA ", password=PASSWORD, next="/calls?tier=A")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?tier=A")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    shown = door.client.get("/calls").text
    assert "c_mine" in shown
    assert "c_theirs" not in shown
    assert door.client.get("/calls/c_theirs", headers=PAGE).status_code == 404
    assert door.client.get("/calls/states?ids=c_mine,c_theirs").json()[0]["id"] == "c_mine"


def test_over_https_the_cookie_is_secure(door: Door) -> None:
    door.client.base_url = "https://testserver"  # type: ignore[assignment]
    answer = door.sign_in(login="dana", password=PASSWORD)
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_key_signs_in_and_its_session_ends_with_it(door: Door) -> None:
    assert door.sign_in(way="key", key=door.key).status_code == 303
    assert door.client.get("/calls").status_code == 200
    assert door.client.get("/v1/calls").status_code == 200
    with door.service.database.unit_of_work() as connection:
        keys.revoke(connection, door.key_id)
    assert door.client.get("/calls", headers=PAGE, follow_redirects=False).status_code == 303
    assert door.client.get("/v1/calls").status_code == 401


def test_who_is_not_signed_in_comes_back_to_where_they_went(door: Door) -> None:
    answer = door.client.get("/calls?q=a%26b", headers=PAGE, follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/calls%3Fq%3Da%2526b"
    assert 'value="/calls?q=a%26b"' in door.client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "next", ["//evil.example", "/\\evil.example", "https://evil.example", "x", "/a\n/b", ""]
)
def test_nobody_is_sent_elsewhere(door: Door, next: str) -> None:
    answer = door.sign_in(login="dana", password=PASSWORD, next=next)
    assert answer.headers["location"] == "/calls"


def test_any_login_and_any_path_are_answered(door: Door) -> None:
    assert door.sign_in(login="da\0na", password=PASSWORD).status_code == 401
    answer = door.sign_in(login="dana", password=PASSWORD, next="/deals/one?id=Café €")
    assert answer.headers["location"] == "/deals/one?id=Caf%C3%A9%20%E2%82%AC"


def test_wrong_ones_are_refused_alike_and_then_made_to_wait(door: Door) -> None:
    texts = set()
    for login in ("dana", "nobody"):
        for _ in range(3):
            answer = door.sign_in(login=login, password="wrong password")
            assert answer.status_code == 401
            texts.add(re.search(r'role="alert">([^<]+)', answer.text)[1])  # type: ignore[index]
    assert texts == {"The login or the password is wrong."}
    for _ in range(4):
        answer = door.sign_in(login="dana", password="wrong password")
    assert "too often" in answer.text
    answer = door.sign_in(login="dana", password=PASSWORD)
    assert "too often" in answer.text
    assert answer.status_code == 429


def test_without_the_forms_token_nobody_signs_in(door: Door) -> None:
    form = {"login": "dana", "password": PASSWORD}
    answer = door.client.post("/sign-in", data=form, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 401
    assert accounts.COOKIE not in door.client.cookies
    form["csrf"] = accounts.make_token("")
    answer = door.client.post("/sign-in", data=form, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/sign-out", "/calls/c_mine/cancel", "/calls/c_mine/speakers", "/v1/calls/c_mine/retry"],
)
def test_a_post_without_the_sessions_token_changes_nothing(door: Door, path: str) -> None:
    door.sign_in(login="dana", password=PASSWORD)
    for token in ("", "x" * 80, accounts.make_token("another session")):
        answer = door.client.post(path, headers={accounts.CSRF_HEADER: token}, json={})
        assert answer.status_code == 403
    assert door.client.get("/calls").status_code == 200
    assert door.client.delete("/v1/calls/c_mine").status_code == 403


def test_signing_out_ends_the_session_on_the_server(door: Door) -> None:
    door.sign_in(login="dana", password=PASSWORD)
    secret = door.client.cookies[accounts.COOKIE]
    door.client.post("/sign-out", data={"csrf": door.token()}, follow_redirects=False)
    assert accounts.caller_of_session(door.service.database, secret) is None


def test_a_session_ends_by_age_by_idling_and_with_its_account(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = door.service.database

    def begin() -> str:
        return accounts.open_session(database, "dana", PASSWORD, "here")

    secret, now = begin(), sessions.now()
    monkeypatch.setattr(sessions, "now", lambda: now + sessions.IDLE + 1)
    assert accounts.caller_of_session(database, secret) is None
    monkeypatch.setattr(sessions, "now", lambda: now + sessions.LONGEST + 1)
    assert accounts.caller_of_session(database, secret) is None
    monkeypatch.undo()
    assert accounts.caller_of_session(database, secret) is not None
    with database.unit_of_work() as connection:
        found = users.find(connection, "dana")
        assert found
        users.disable(connection, found[0].id)
    assert accounts.caller_of_session(database, secret) is None
    with pytest.raises(accounts.NotSignedIn):
        begin()


def test_neither_passwords_nor_sessions_are_stored_as_they_are(door: Door) -> None:
    secret = accounts.open_session(door.service.database, "dana", PASSWORD, "here")
    door.service.close()
    stored = b"".join(p.read_bytes() for p in door.service.settings.data_dir.glob("icp.sqlite*"))
    assert PASSWORD.encode() not in stored
    assert secret.encode() not in stored
    assert b"$argon2id$" in stored


@pytest.mark.parametrize(
    "account",
    [
        {"login": "", "password": PASSWORD, "role": "rep"},
        {"login": "two words", "password": PASSWORD, "role": "rep"},
        {"login": "dana", "password": PASSWORD, "role": "rep"},
        {"login": "new", "password": "short", "role": "rep"},
        {"login": "new", "password": PASSWORD, "role": "boss"},
        {"login": "new", "password": PASSWORD, "role": "manager"},
    ],
)
def test_what_cannot_be_an_account_is_refused(door: Door, account: dict[str, str]) -> None:
    with pytest.raises(BadUsage), door.service.database.unit_of_work() as connection:
        add_user(connection, actor="t", **account)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/sign-in", "/calls", "/upload", "/nothing", "/calls/c_mine"])
def test_every_page_has_a_strict_policy_and_no_inline_code(door: Door, path: str) -> None:
    door.sign_in(login="dana", password=PASSWORD)
    answer = door.client.get(path, headers=PAGE)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)
    assert not re.search(r'(?:src|href)="(?!/|#)', answer.text)


def test_errors_are_pages_for_browsers_and_json_for_scripts(door: Door) -> None:
    door.sign_in(login="dana", password=PASSWORD)
    assert "There is nothing here" in door.client.get("/calls/x", headers=PAGE).text
    assert door.client.get("/calls/x").json()["error"]["code"] == "not_found"
    assert door.client.get("/v1/calls/x", headers=PAGE).json()["error"]["code"] == "not_found"
    assert door.client.get("/static/x/none.css", headers=PAGE).status_code == 404


def test_static_files_are_kept_only_under_their_hash(door: Door) -> None:
    found = re.search(r"/static/\w+/app.css", door.client.get("/sign-in").text)
    assert found
    assert "immutable" in door.client.get(found[0]).headers["cache-control"]
    assert door.client.get("/static/old/app.css").headers["cache-control"] == "no-cache"


def test_accounts_are_made_listed_changed_and_removed_on_the_command_line(
    tmp_path: Path, prepared: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(prepared[0], tmp_path / "data")
    monkeypatch.setenv("ICP_DATA_DIR", str(tmp_path / "data"))

    def icp(*words: str, password: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(app, ["users", *words], input=f"{password}\n")
        return done.exit_code, done.stdout

    assert icp("add", "mo", "--role", "manager", "--team", "north", password=PASSWORD)[0] == 0
    assert icp("list")[1].splitlines() == [
        "dana\trep\tdana\tdana\tnorth", "mo\tmanager\tmo\t\tnorth",
    ]  # fmt: skip
    assert icp("add", "mo", "--role", "admin", password=PASSWORD)[0] == 2
    assert icp("add", "lee", password="short")[0] == 2
    assert icp("password", "mo", password="another long one")[0] == 0
    assert icp("remove", "dana")[0] == 0
    assert icp("remove", "nobody")[0] == 2
    assert "out of use" in icp("list")[1].splitlines()[0]
    service = open_service(Settings(data_dir=tmp_path / "data"))
    assert accounts.open_session(service.database, "mo", "another long one", "here")
    for login in ("mo", "dana"):
        with pytest.raises(accounts.NotSignedIn):
            accounts.open_session(service.database, login, PASSWORD, "here")
    service.close()
