"""Webhooks against a real receiver: signed, tried again, given up, and never sent inside."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.jobs import sending
from api.jobs.addresses import Guarded, Refused, check_url, is_public
from api.jobs.sending import Sender
from api.store import migrate, webhooks
from api.store.engine import Database
from api.store.records import Delivery, Webhook
from pipeline.errors import InputError
from tests.api.jobs.conftest import Rig
from tests.api.jobs.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def _offline() -> None:
    """In place of the ban on sockets: these tests talk to this machine."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'icp.sqlite'}")
    migrate.upgrade(found)
    yield found
    found.close()


def sender(database: Database, **options: object) -> Sender:
    given = {"http": True, "private": True, "first_delay": 0.05, "timeout": 0.3, **options}
    return Sender(database, **given)  # type: ignore[arg-type]


def hooked(database: Database, url: str, *keys: str) -> Webhook:
    with database.unit_of_work() as connection:
        hook = webhooks.add(connection, url, ["call.done"])
        for key in keys:
            webhooks.announce(connection, "call.done", key, {"call_id": "c_1", "status": "done"})
    return hook


def stand(database: Database) -> list[Delivery]:
    with database.reading() as connection:
        return list(webhooks.find(connection).items)


def test_an_event_arrives_once_and_signed(database: Database, receiver: Receiver) -> None:
    hook = hooked(database, f"{receiver.url}/in?x=1", "done:c_1.1")
    assert sender(database).round() == 1
    assert sender(database).round() == 0
    ((path, headers, body),) = receiver.got
    assert path == "/in?x=1"
    stamp = headers["X-ICP-Timestamp"]
    assert abs(int(stamp) - time.time()) < 5
    wanted = hmac.new(hook.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    assert headers["X-ICP-Signature"] == f"v1={wanted.hexdigest()}"
    assert (headers["Idempotency-Key"], headers["X-ICP-Event"]) == ("done:c_1.1", "call.done")
    told = json.loads(body)
    assert (told["id"], told["event"]) == ("done:c_1.1", "call.done")
    assert told["data"] == {"call_id": "c_1", "status": "done"}
    assert [(d.state, d.tries, d.error) for d in stand(database)] == [("sent", 1, None)]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(500, "status 500"), (302, "status 302"), (410, "status 410"), ("slow", "no answer"),
     ("drip", "no answer")],
)  # fmt: skip
def test_what_fails_is_tried_again_with_the_same_key(
    database: Database, receiver: Receiver, answer: object, error: str
) -> None:
    hooked(database, receiver.url, "done:c_1.1")
    receiver.answers = [answer, 204]
    begun = time.monotonic()
    sender(database).round()
    assert time.monotonic() - begun < 1.0
    (waiting,) = stand(database)
    assert (waiting.state, waiting.tries) == ("waiting", 1)
    assert error in str(waiting.error)
    assert waiting.next_at > time.time()
    time.sleep(max(0.0, waiting.next_at - time.time()))
    sender(database).round()
    assert [(d.state, d.tries) for d in stand(database)] == [("sent", 2)]
    assert {path for path, _, _ in receiver.got} == {"/"}  # a redirect is not followed
    assert [h["Idempotency-Key"] for _, h, _ in receiver.got] == ["done:c_1.1"] * 2
    assert receiver.got[0][2] == receiver.got[1][2]


def test_pauses_grow_and_the_last_try_is_the_end(
    database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_TRIES", 3)
    hooked(database, receiver.url, "done:c_1.1")
    receiver.answers = [503]
    pauses = []
    for _ in range(3):
        sender(database).round()
        (found,) = stand(database)
        pauses.append(found.next_at - time.time())
        time.sleep(max(0.0, pauses[-1]))
    assert 0.0 < pauses[0] < 0.07 < pauses[1] < 0.2
    assert (found.state, found.tries, found.error) == ("dead", 3, "status 503")
    assert sender(database).round() == 0
    with database.unit_of_work() as connection:
        assert webhooks.revive(connection, found.n)
    receiver.answers = [200]
    sender(database).round()
    assert [d.state for d in stand(database)] == ["sent"]


def test_a_dead_receiver_does_not_hold_up_the_others(
    database: Database, receiver: Receiver
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
    hooked(database, gone)
    hooked(database, receiver.url, *(f"done:c_{n}.1" for n in range(5)))
    sender(database).round()
    assert len(receiver.got) == 5
    states = [(d.state, d.error) for d in stand(database) if d.tries]
    assert states.count(("sent", None)) == 5
    assert states.count(("waiting", "no connection: ConnectError")) == 1


@pytest.mark.parametrize(
    ("settings", "problem"),
    [({"private": False}, "own network"), ({"http": False}, "https://")],
)
def test_what_settings_forbid_is_given_up_at_once(
    database: Database, receiver: Receiver, settings: dict[str, object], problem: str
) -> None:
    hooked(database, receiver.url, "done:c_1.1")
    sender(database, **settings).round()
    (found,) = stand(database)
    assert (found.state, receiver.got) == ("dead", [])
    assert problem in str(found.error)


def test_a_name_that_turns_private_is_not_followed(database: Database, receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2]
    hooked(database, f"http://rebound.example:{port}/", "done:c_1.1")
    answers = iter([["192.0.2.1", "127.0.0.1"], ["127.0.0.1"]])
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    sender(database, private=False, resolve=resolve).round()
    (found,) = stand(database)
    assert (found.state, found.error) == (
        "dead",
        "the name stands for an address of the own network",
    )
    assert (receiver.got, asked) == ([], ["rebound.example"])


def test_the_connection_goes_to_the_address_that_was_judged(receiver: Receiver) -> None:
    port, asked = int(receiver.url.rpartition(":")[2]), []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    guard = Guarded(time.monotonic() + 1, private=True, resolve=resolve)
    with httpcore.ConnectionPool(network_backend=guard) as pool:
        assert pool.request("POST", f"http://judged.example:{port}/", content=b"").status == 200
    assert asked == ["judged.example"]
    assert receiver.got[0][1]["Host"] == f"judged.example:{port}"


def test_a_certificate_must_be_that_of_the_name(receiver: Receiver) -> None:
    guard = Guarded(time.monotonic() + 1, private=True)
    url = receiver.url.replace("http:", "https:")
    with (
        httpcore.ConnectionPool(network_backend=guard) as pool,
        pytest.raises(httpcore.ConnectError, match="(?i)ssl"),
    ):
        pool.request("POST", url, content=b"")


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a00:1",
    "2001:db8::1", "fc00::1",
]  # fmt: skip


@pytest.mark.parametrize("text", INSIDE)
def test_inside_is_inside_however_it_is_written(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    with pytest.raises(Refused):
        Guarded(time.monotonic() + 1, resolve=lambda _h, _p: [text]).connect_tcp("x.example", 443)


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_the_open_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_address_in_an_address_is_judged_as_itself(address: ipaddress.IPv4Address) -> None:
    assert is_public(ipaddress.IPv6Address(f"::ffff:{address}")) is is_public(address)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a.example", "http://a.example", "https://", "https://u:p@a.example/",
     "https://a.example/#x", "https://127.0.0.1/", "https://[::1]/", "https://a.example:99999/",
     "https://münchen.example/", "https://a.example/a b", "https://a.example/\r\nX: y", "https://[x"],
)  # fmt: skip
def test_a_url_that_nothing_goes_to_is_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        check_url(url, http=False, private=False)
    assert caught.value.field == "url"
    check_url("https://crm.example.com:8443/in?x=1", http=False, private=False)


@pytest.mark.parametrize("rig", ["sqlite"], indirect=True)
def test_a_worker_killed_before_it_wrote_the_end_down_leaves_it_to_the_next(
    rig: Rig, receiver: Receiver
) -> None:
    settings = {"HTTP": "true", "PRIVATE": "true", "TIMEOUT": "0.5"}
    rig.environment = {**rig.environment, **{f"ICP_WEBHOOK_{k}": v for k, v in settings.items()}}
    hooked(rig.service.database, receiver.url)
    receiver.answers = ["slow", 200]
    first = rig.worker()
    call = rig.talk(1)
    rig.wait(lambda: len(receiver.got) == 1)
    rig.kill(first)  # it was sent, and nobody wrote down how it went
    rig.wait_for(call, "done")
    assert [(d.state, d.tries) for d in stand(rig.service.database)] == [("waiting", 1)]
    rig.worker()
    rig.wait(lambda: [d.state for d in stand(rig.service.database)] == ["sent"])
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.got]
    assert keys == [f"done:{call.id}.1"] * 2
    assert receiver.got[0][2] == receiver.got[1][2]
