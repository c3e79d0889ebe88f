"""The API of calls: upload, look, stop, erase; who may do what; what is refused, and how."""

from __future__ import annotations

import pytest

from api.jobs import intake
from api.store import calls, jobs
from tests.api.conftest import TRANSCRIPT
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def test_two_who_retry_at_once_make_one_job(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1))
    api.work()
    with api.service.database.reading() as connection:
        call = calls.get(connection, call_id)
    assert call is not None
    intake.retry(api.service, call)
    with pytest.raises(intake.NotNow, match="queued"):
        intake.retry(api.service, call)
    with api.service.database.reading() as connection:
        assert len(jobs.of_call(connection, call_id)) == 2
    intake.erase(api.service, call, "test")
    with pytest.raises(intake.NotNow):
        api.service.queue.submit(api.service.database, "text", call_id=call_id)


def left(api: Api) -> list[str]:
    return [p.name for p in api.service.settings.data_dir.rglob("upload-*")]


def test_a_recording_goes_all_the_way(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), deal_id="d-1", metadata='{"a": 1}', title="First")
    assert api.upload(SOUND + talk(1)) == call_id
    mine = api.headers("admin")
    early = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "wrong_state")
    api.work()
    call = api.client.get(f"/v1/calls/{call_id}", headers=mine).json()
    assert (call["status"], call["deal_id"], call["metadata"]) == ("done", "d-1", {"a": 1})
    said = api.client.get(f"/v1/calls/{call_id}/transcript", headers=mine).json()
    assert said["call_id"] == call_id
    found = api.client.get(f"/v1/calls/{call_id}/signals", headers=mine).json()["items"]
    assert "Salesforce" in [signal["value"] for signal in found]
    check = api.client.get(f"/v1/calls/{call_id}/check?profile=midmarket", headers=mine).json()
    assert check["tier"] == call["tier"]
    assert check["profile"] == {"id": "midmarket", "version": 1}
    assert left(api) == []


def test_a_transcript_may_be_sent_as_json(api: Api) -> None:
    answered = api.client.post("/v1/calls", json=TRANSCRIPT, headers=api.headers("rep"))
    assert answered.status_code == 202
    api.work()
    call = api.client.get(answered.json()["status_url"], headers=api.headers("rep")).json()
    assert (call["kind"], call["status"], call["title"]) == (
        "transcript", "done", "Discovery with Acme",
    )  # fmt: skip
    assert call["rep"] == "dana"


def test_everybody_sees_what_is_theirs(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), "rep", rep="lee", team="south")
    for who, status in (("admin", 200), ("manager", 200), ("rep", 200), ("other", 404)):
        got = api.client.get(f"/v1/calls/{call_id}", headers=api.headers(who))
        assert got.status_code == status, who
    for who, count in (("admin", 1), ("manager", 1), ("rep", 1), ("other", 0), ("stranger", 0)):
        page = api.client.get("/v1/calls", headers=api.headers(who)).json()
        assert len(page["items"]) == count, who
    again = api.client.post(
        "/v1/calls", files={"file": ("x", SOUND + talk(1))}, headers=api.headers("other")
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_uploaded")


def test_only_those_who_may_erase_do(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), "rep")
    api.work()
    assert api.client.delete(f"/v1/calls/{call_id}", headers=api.headers("rep")).status_code == 403
    for who in ("other", "stranger"):
        gone = api.client.delete(f"/v1/calls/{call_id}", headers=api.headers(who))
        assert gone.status_code == 404
    manager = api.headers("manager")
    assert api.client.delete(f"/v1/calls/{call_id}", headers=manager).status_code == 204
    assert api.client.get(f"/v1/calls/{call_id}", headers=manager).status_code == 404
    files = api.service.settings.data_dir / "files"
    assert [p for p in files.rglob("*") if p.is_file()] == []
    assert api.upload(SOUND + talk(1), "rep") != call_id


def test_a_call_is_stopped_and_tried_again(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1))
    mine = api.headers("admin")
    stopped = api.client.post(f"/v1/calls/{call_id}/cancel", headers=mine)
    assert (stopped.status_code, stopped.json()["status"]) == (202, "cancelled")
    assert api.client.post(f"/v1/calls/{call_id}/cancel", headers=mine).status_code == 409
    again = api.client.post(f"/v1/calls/{call_id}/retry", headers=mine)
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    assert api.client.post(f"/v1/calls/{call_id}/retry", headers=mine).status_code == 409


@pytest.mark.parametrize("key", [None, "Bearer ", "Bearer icp_x", "Basic abc", "Bearer ä"])
@pytest.mark.parametrize("path", ["/v1/calls", "/v1/calls/c_1", "/v1/calls/c_1/check"])
def test_nobody_gets_in_without_a_key(api: Api, key: str | None, path: str) -> None:
    headers = {} if key is None else {"Authorization": key.encode("utf-8")}
    got = api.client.get(path, headers=headers)  # type: ignore[arg-type]
    assert (got.status_code, got.json()["error"]["code"]) == (401, "unauthorized")


MULTI = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF\x00\r\n'


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"hello", 422),
        (MULTI, b"", 422),
        (MULTI, PART, 422),
        (MULTI, PART + PART + b"--x--\r\n", 422),
        (MULTI, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', 422),
        (MULTI, b"\x00" * 5000, 422),
        (MULTI, PART.replace(b"RIFF\x00", b"some words") + b"--x--\r\n", 415),
        (MULTI, PART.replace(b"RIFF\x00", b'{"turns": 3}') + b"--x--\r\n", 422),
        (MULTI, PART.replace(b"RIFF\x00", b"RIFF\x00" * 300_000) + b"--x--\r\n", 413),
        (MULTI, PART.replace(b"RIFF\x00", b"%PDF-1.7\x00") + b"--x--\r\n", 415),
        (MULTI, PART.replace(b"RIFF\x00", b"MZ\x90\x00\xff") + b"--x--\r\n", 415),
        (MULTI + "x" * 300, PART, 422),
        ("application/json", b"", 422),
        ("application/json", b"[" * 100_000, 422),
        ("application/json", b'{"turns": []}', 422),
    ],
)
def test_a_hostile_upload_is_refused_and_leaves_nothing(
    api: Api, content_type: str, body: bytes, status: int
) -> None:
    headers = {**api.headers("admin"), "Content-Type": content_type}
    got = api.client.post("/v1/calls", content=body, headers=headers)
    assert got.status_code == status, got.text
    assert str(api.service.settings.data_dir) not in got.text
    assert left(api) == []
    assert api.client.get("/v1/calls", headers=api.headers("admin")).json()["items"] == []


def test_health_needs_no_key(api: Api) -> None:
    for path in ("/healthz", "/readyz"):
        assert api.client.get(path).json() == {"status": "ok"}
    assert "/v1/calls" in api.client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("wanted", "status", "stretch"),
    [
        (None, 200, slice(None)),
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=4-", 206, slice(4, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=2-99999999", 206, slice(2, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=9-3", 416, None),
    ],
)
def test_a_player_gets_the_bytes_it_asks_for(
    api: Api, wanted: str | None, status: int, stretch: slice | None
) -> None:
    content = SOUND + talk(1)
    call_id = api.upload(content, "rep")
    headers = {**api.headers("rep"), **({"Range": wanted} if wanted else {})}
    got = api.client.get(f"/v1/calls/{call_id}/audio", headers=headers)
    assert got.status_code == status
    if stretch is not None:
        assert got.content == content[stretch]
    hidden = api.client.get(f"/v1/calls/{call_id}/audio", headers=api.headers("other"))
    assert hidden.status_code == 404
