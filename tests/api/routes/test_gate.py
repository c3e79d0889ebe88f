"""What is refused before a route is reached: no key, too much, too often, too slow, unstorable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from api import gate
from api.gate import MOST_BODY, Gate
from api.jobs.service import Service
from api.limits import Buckets, Full, Slots, TooMany
from api.main import create_app
from tests.api.conftest import TRANSCRIPT
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk, wire


def limited(api: Api, **settings: int) -> Service:
    """The same service with other limits."""
    return replace(api.service, settings=api.service.settings.model_copy(update=settings))


async def ask(
    service: Service,
    headers: dict[str, str],
    body: Iterator[bytes],
    path: str = "/v1/calls",
    ends: bool = True,
) -> tuple[int, int]:
    """One POST in pieces through the app; its status, and how many pieces were read."""
    read, answered = 0, []

    async def receive() -> dict[str, object]:
        nonlocal read
        piece = next(body, None)
        if piece is None:
            if not ends:
                await anyio.sleep_forever()
            return {"type": "http.request", "body": b"", "more_body": False}
        read += 1
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        answered.append(message)

    raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": raw,
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
        "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip
    await create_app(service, wire(service.settings))(scope, receive, send)
    return answered[0]["status"], read


@pytest.mark.parametrize("path", ["/v1/calls", "/v1/profiles", "/v1/none"])
def test_who_has_no_key_is_refused_before_a_byte_is_read(shared: Api, path: str) -> None:
    body = iter([b"x" * 1000])
    got = anyio.run(ask, shared.service, {"Authorization": "Bearer icp_no"}, body, path)
    assert got == (401, 0)


@pytest.mark.parametrize("path", ["/v1/calls", "/v1/profiles", "/v1/keys", "/v1/signals/x"])
def test_a_stated_length_over_the_limit_is_refused_unread(shared: Api, path: str) -> None:
    headers = {**shared.headers("admin"), "Content-Length": str(2**34)}
    assert anyio.run(ask, shared.service, headers, iter([b"x"]), path) == (413, 0)


def test_an_unstated_length_is_counted(shared: Api) -> None:
    pieces = (b" " * 65_536 for _ in range(10_000))
    headers = {**shared.headers("admin"), "Content-Type": "application/json"}
    status, read = anyio.run(ask, shared.service, headers, pieces, "/v1/profiles")
    assert (status, read) == (413, MOST_BODY // 65_536 + 1)


def test_a_transcript_has_a_smaller_limit_than_a_recording(api: Api) -> None:
    service = limited(api, max_upload_mb=8, max_transcript_mb=1)
    turn = {"speaker": "S1", "text": "x" * 100_000}
    body = json.dumps({"turns": [turn] * 12}).encode()
    headers = {**api.headers("admin"), "Content-Type": "application/json"}
    assert anyio.run(ask, service, headers, iter([body]))[0] == 413
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    headers["Content-Type"] = "multipart/form-data; boundary=x"
    for content, status in ((body, 413), (SOUND + b"\0" * len(body), 202)):
        form = part + content + b"\r\n--x--\r\n"
        assert anyio.run(ask, service, headers, iter([form]))[0] == status
    assert list((service.settings.data_dir / "incoming").iterdir()) == []


def test_a_body_that_stalls_is_let_go(shared: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "STALL_SECONDS", 0.05)
    headers = {**shared.headers("admin"), "Content-Type": "multipart/form-data; boundary=x"}
    got = anyio.run(ask, shared.service, headers, iter([b"--x\r\n"]), "/v1/calls", False)
    assert got == (408, 1)
    monkeypatch.setattr(gate, "LEAST_BYTES_PER_SECOND", 10**12)
    monkeypatch.setattr(gate, "STALL_SECONDS", -0.001)  # so a trickle is late at once
    pieces = (b"--x\r\n" for _ in range(10**9))
    assert anyio.run(ask, shared.service, headers, pieces)[0] == 408
    assert list((shared.service.settings.data_dir / "incoming").iterdir()) == []


def test_a_key_may_not_ask_too_often(api: Api) -> None:
    service = limited(api, rate_limit=60)
    from fastapi.testclient import TestClient

    client = TestClient(create_app(service, wire(service.settings)))
    got = [client.get("/v1/calls", headers=api.headers("rep")) for _ in range(22)]
    assert [g.status_code for g in got[:20]] == [200] * 20
    assert got[21].status_code == 429
    assert got[21].json()["error"]["code"] == "too_many_requests"
    assert int(got[21].headers["Retry-After"]) >= 1
    assert client.get("/v1/calls", headers=api.headers("other")).status_code == 200


def test_a_bucket_fills_again() -> None:
    at = 0.0
    buckets = Buckets(600, clock=lambda: at)
    for _ in range(120):
        buckets.take("a")
    with pytest.raises(TooMany) as refused:
        buckets.take("a")
    assert refused.value.retry_after == pytest.approx(0.1)
    at = 0.11
    buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")
    for _ in range(1000):
        Buckets(0).take("a")


def test_places_are_given_back() -> None:
    slots = Slots("uploads", per_key=1, total=2)
    for _ in range(3):
        with slots.taking("a"), slots.taking("b"):
            with pytest.raises(TooMany):
                slots.taking("a").__enter__()
            with pytest.raises(Full):
                slots.taking("c").__enter__()
    assert slots.taken == 0


def test_uploads_under_way_are_capped(api: Api) -> None:
    service = limited(api, uploads_per_key=1, uploads_at_once=1)
    app = create_app(service, wire(service.settings))
    door = app.build_middleware_stack()
    while not isinstance(door, Gate):
        door = door.app
    content = {"file": ("a.wav", SOUND + talk(3))}
    from fastapi.testclient import TestClient

    client = TestClient(app)
    for who, held_by, status in (("rep", "rep", 429), ("rep", "x", 503), ("rep", None, 202)):
        with service.database.reading() as connection:
            from api.store import keys

            found = {key.name: key.id for key in keys.listed(connection)}
        app.middleware_stack = door
        if held_by is None:
            got = client.post("/v1/calls", files=content, headers=api.headers(who))
        else:
            with door._uploads.taking(found.get(held_by, held_by)):
                got = client.post("/v1/calls", files=content, headers=api.headers(who))
        assert got.status_code == status


BAD_JSON = [
    ('{"name": "a\\u0000b", "role": "admin"}', "name"),
    ('{"name": "a", "role": "admin", "team": "\\ud800"}', "team"),
    ('{"name": "a", "role": "admin", "x": [1, NaN]}', "body"),
    ('{"name": "a", "role": "admin", "x": {"y": [1e999]}}', "x.y[0]"),
    ('{"\\udfff": 1}', "body"),
    ("[" * 100_000, "body"),
    ('{"a":' * 300 + "1" + "}" * 300, "body"),
    ('{"a": ' + "9" * 5000 + "}", "body"),
    ("{", "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_JSON, ids=range(len(BAD_JSON)))
@pytest.mark.parametrize("path", ["/v1/keys", "/v1/profiles"])
def test_json_that_nothing_could_store_is_refused(
    shared: Api, path: str, body: str, field: str
) -> None:
    headers = {**shared.headers("admin"), "Content-Type": "application/json"}
    got = shared.client.post(path, content=body, headers=headers)
    assert (got.status_code, got.json()["error"]["field"]) == (422, field), got.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "a\0b"),
        ("title", "x" * 501),
        ("deal_id", "d\0"),
        ("account", "x" * 201),
        ("recorded_at", "0001-01-01T00:00:00+14:00"),
        ("recorded_at", "9999-12-31T23:59:59-14:00"),
        ("recorded_at", "yesterday"),
        ("metadata", '{"a": NaN}'),
        ("metadata", '{"a": "\\ud800"}'),
        ("metadata", '{"a": "\\u0000"}'),
        ("metadata", '{"a": -1e999}'),
        ("metadata", "[1]"),
        ("metadata", '{"a":' * 5000),
    ],
)
def test_a_form_field_that_nothing_could_show_is_named(shared: Api, name: str, value: str) -> None:
    got = shared.client.post(
        "/v1/calls", files={"file": ("x", SOUND + talk(1))}, data={name: value},
        headers=shared.headers("rep"),
    )  # fmt: skip
    assert got.status_code == 422, got.text
    assert got.json()["error"]["field"].startswith(name)
    assert shared.client.get("/v1/calls", headers=shared.headers("rep")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "x" * 501}, "title"),
        ({"recorded_at": "0001-01-01T00:00:00Z"}, "recorded_at"),
        ({"turns": [{"speaker": "S1", "text": "a\0"}]}, "turns[0].text"),
        ({"turns": [{"speaker": "\0", "text": "a"}]}, "turns[0].speaker"),
        ({"speakers": [{"id": "S1", "name": "L\0"}]}, "speakers[0].name"),
    ],
)
def test_a_transcript_that_nothing_could_show_is_refused(
    shared: Api, change: dict[str, object], field: str
) -> None:
    body = json.dumps({**TRANSCRIPT, **change})
    headers = {**shared.headers("rep"), "Content-Type": "application/json"}
    got = shared.client.post("/v1/calls", content=body, headers=headers)
    assert got.status_code == 422, got.text
    assert got.json()["error"]["field"] == field


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/calls?q=a%00b", "q"),
        ("/v1/calls/a%00b", "path"),
        ("/v1/calls?since=x", "since"),
        ("/v1/calls?tier=E", "tier"),
        ("/v1/calls?cursor=%C3%A4", "cursor"),
        ("/v1/calls?limit=0", "limit"),
    ],
)
def test_an_address_is_looked_at_too(shared: Api, path: str, field: str) -> None:
    got = shared.client.get(path, headers=shared.headers("rep"))
    assert (got.status_code, got.json()["error"]["field"]) == (422, field)


def test_the_limits_count_no_health_checks(api: Api, tmp_path: Path) -> None:
    service = limited(api, rate_limit=1)
    from fastapi.testclient import TestClient

    client = TestClient(create_app(service, wire(service.settings)))
    assert {client.get("/healthz").status_code for _ in range(50)} == {200}
