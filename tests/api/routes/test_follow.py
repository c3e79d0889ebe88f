"""What is there to follow a call and the service: events, captions, audit log, metrics, filters."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.routes import events
from api.store import audit, calls, jobs, keys
from api.store.records import Failure
from tests.api.conftest import TRANSCRIPT
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk, wire


def parsed(text: str) -> list[dict[str, str]]:
    """The events of a stream, as a browser reads them."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if "event" in fields:
            found.append(fields)
    return found


def follow(api: Api, call_id: str, who: str = "rep", **headers: str) -> list[dict[str, str]]:
    got = api.client.get(f"/v1/calls/{call_id}/events", headers={**api.headers(who), **headers})
    assert got.status_code == 200, got.text
    assert got.headers["Content-Type"].startswith("text/event-stream")
    return parsed(got.text)


def test_a_call_that_has_ended_says_so_once(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), "rep")
    api.work()
    (end,) = follow(api, call_id)
    assert (end["event"], json.loads(end["data"])["status"]) == ("end", "done")
    path = f"/v1/calls/{call_id}/events"
    again = api.client.get(path, headers={**api.headers("rep"), "Last-Event-ID": end["id"]})
    assert (again.status_code, again.content) == (204, b"")
    for made_up in ("x", "-1", "9" * 150, "0"):
        (repeated,) = follow(api, call_id, **{"Last-Event-ID": made_up})
        assert repeated == end
    assert api.client.get(path, headers=api.headers("other")).status_code == 404


def test_each_change_is_told_until_the_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    call_id = api.upload(SOUND + talk(1), "rep")

    def act() -> None:
        database = api.service.database
        time.sleep(0.3)
        with database.unit_of_work() as connection:
            job = jobs.claim(connection, f"{call_id}.1", "w")
        time.sleep(0.1)
        with database.unit_of_work() as connection:
            jobs.report(connection, job, "transcribe", 0.5)
        time.sleep(0.1)
        with database.unit_of_work() as connection:
            jobs.fail(connection, job, Failure("no_speech", "nobody speaks"))

    actor = threading.Thread(target=act)
    actor.start()
    got = api.client.get(f"/v1/calls/{call_id}/events", headers=api.headers("rep"))
    actor.join()
    found = parsed(got.text)
    told = [json.loads(event["data"]) for event in found]
    assert [t["status"] for t in told] == ["queued", "running", "running", "failed"]
    assert (told[2]["stage"], told[2]["progress"]) == ("transcribe", 0.5)
    assert told[3]["error"]["code"] == "no_speech"
    assert [event["event"] for event in found] == ["progress"] * 3 + ["end"]
    assert len({event["id"] for event in found}) == 4
    assert ": still there" in got.text


@pytest.mark.parametrize("what", ["erased", "revoked"])
def test_a_stream_ends_with_the_right_to_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    call_id = api.upload(SOUND + talk(1), "rep")

    def act() -> None:
        time.sleep(0.3)
        with api.service.database.unit_of_work() as connection:
            if what == "erased":
                calls.erase(connection, call_id)
            else:
                mine = next(key for key in keys.listed(connection) if key.name == "rep")
                keys.revoke(connection, mine.id)

    actor = threading.Thread(target=act)
    actor.start()
    found = follow(api, call_id)
    actor.join()
    names = [event["event"] for event in found]
    assert names == ["progress"] + (["gone"] if what == "erased" else [])


def test_a_transcript_comes_as_captions(api: Api) -> None:
    call_id = api.client.post(
        "/v1/calls", json=TRANSCRIPT, headers=api.headers("rep")
    ).json()["id"]  # fmt: skip
    api.work()
    path = f"/v1/calls/{call_id}/transcript"
    wanted = {
        "vtt": ("text/vtt", "WEBVTT\n\n1\n00:00:00.000 --> 00:00:04.000\n<v Dana>Hi Lee"),
        "srt": ("application/x-subrip", "1\n00:00:00,000 --> 00:00:04,000\nDana: Hi Lee"),
        "txt": ("text/plain", "[0:00] Dana: Hi Lee, how many"),
    }
    for name, (kind, beginning) in wanted.items():
        got = api.client.get(f"{path}?format={name}", headers=api.headers("rep"))
        assert got.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert got.text.startswith(beginning)
    assert api.client.get(f"{path}?format=json", headers=api.headers("rep")).json()["turns"]
    wrong = api.client.get(f"{path}?format=pdf", headers=api.headers("rep"))
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "format")


def test_each_listening_is_noted_once_whatever_bytes_are_read(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), "rep")
    path = f"/v1/calls/{call_id}/audio"

    def listenings() -> list[dict[str, str]]:
        wanted = f"/v1/audit?subject={call_id}&action=audio.read"
        items: list[dict[str, str]] = api.client.get(wanted, headers=api.headers("admin")).json()[
            "items"
        ]
        return items

    for wrong in ("bytes=-0", "bytes=99999999-", "bytes=5-4"):
        got = api.client.get(path, headers={**api.headers("rep"), "Range": wrong})
        assert got.status_code == 416
    assert listenings() == []
    for stretch in ("bytes=3-5", "bytes=0-", "bytes=-4"):
        api.client.get(path, headers={**api.headers("rep"), "Range": stretch})
    assert len(listenings()) == 1
    api.client.get(path, headers={**api.headers("manager"), "Range": "bytes=7-"})
    assert len({entry["actor"] for entry in listenings()}) == 2
    with api.service.database.reading() as connection:
        mine = next(key.id for key in keys.listed(connection) if key.name == "rep")
        entry = (mine, "audio.read", "call", call_id)
        assert audit.noted(connection, *entry, since=time.time() - 60)
        assert not audit.noted(connection, *entry, since=time.time() + 60)


def test_a_recording_whose_bytes_are_gone_is_no_half_answer(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1), "rep")
    with api.service.database.reading() as connection:
        api.service.files.delete(calls.files(connection, call_id)["recording"])
    got = api.client.get(f"/v1/calls/{call_id}/audio", headers=api.headers("rep"))
    assert (got.status_code, got.json()["error"]["code"]) == (500, "blob_damaged")


def test_the_audit_log_comes_in_pages(api: Api) -> None:
    admin = api.headers("admin")
    for number in range(5):
        body = {"name": f"k{number}", "role": "admin"}
        made = api.client.post("/v1/keys", json=body, headers=admin).json()["id"]
    api.client.delete(f"/v1/keys/{made}", headers=admin)
    found, cursor = [], ""
    while True:
        page = api.client.get(f"/v1/audit?limit=2{cursor}", headers=admin).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [entry["action"] for entry in found] == ["key.revoke"] + ["key.create"] * 5
    for query, count in (
        ("action=key.create", 5),
        (f"subject={made}", 2),
        (f"actor={found[0]['actor']}", 6),
        ("actor=nobody", 0),
        ("kind=call", 0),
        ("since=2030-01-01", 0),
        ("until=2030-01-01T00:00:00Z", 6),
    ):
        page = api.client.get(f"/v1/audit?{query}", headers=admin).json()
        assert len(page["items"]) == count, query
    assert api.client.get("/v1/audit", headers=api.headers("manager")).status_code == 403


def test_metrics_tell_of_queue_stages_and_failures(api: Api) -> None:
    for number in (1, 2, 3):
        api.upload(SOUND + talk(number))
    api.work()
    waiting = api.upload(SOUND + talk(4))
    lost = api.upload(SOUND + talk(5))
    with api.service.database.unit_of_work() as connection:
        job = jobs.claim(connection, f"{lost}.1", "w")
        jobs.report(connection, job, "transcribe", 0.5)
        jobs.fail(connection, job, Failure("no_speech", "nobody speaks"))
        done = next(j for j in jobs.of_call(connection, waiting))
        again = jobs.claim(connection, done.id, "w")
        jobs.report(connection, again, "transcribe", 0.5)
        jobs.settle(connection, again, {"signals": 0})
        calls.update(connection, waiting, duration=10.0)
    api.upload(SOUND + talk(6))
    text = api.client.get("/metrics", headers=api.headers("admin")).text
    assert 'icp_jobs{kind="call",state="done"} 4.0' in text
    assert 'icp_jobs{kind="call",state="queued"} 1.0' in text
    assert 'icp_failed_jobs{code="no_speech"} 1.0' in text
    assert "icp_oldest_job_seconds " in text
    assert 'icp_recent_stage_seconds{stage="transcribe"}' in text
    assert "icp_recent_real_time_factor " in text
    assert 'icp_http_seconds_count{method="POST",route="/v1/calls",status="202"} 6.0' in text


def test_metrics_are_for_admins_unless_they_are_open(api: Api) -> None:
    for who, status in (("admin", 200), ("manager", 403), ("rep", 403)):
        assert api.client.get("/metrics", headers=api.headers(who)).status_code == status
    assert api.client.get("/metrics").status_code == 401
    settings = api.service.settings.model_copy(update={"open_metrics": True})
    service = replace(api.service, settings=settings)
    assert TestClient(create_app(service, wire(settings))).get("/metrics").status_code == 200


def test_every_filter_of_the_list_finds_what_it_says(api: Api) -> None:
    first = api.upload(
        SOUND + talk(1), rep="dana", deal_id="d-1", recorded_at="2026-03-01T10:00:00Z"
    )
    second = api.upload(
        SOUND + talk(2), rep="lee", deal_id="d/2 ä", recorded_at="2026-03-02T10:00:00+02:00"
    )
    api.work()
    third = api.upload(SOUND + talk(3), rep="lee", deal_id="d-1")
    everything = [third, second, first]

    def found(query: str) -> list[str]:
        got = api.client.get(f"/v1/calls?{query}", headers=api.headers("admin"))
        assert got.status_code == 200, got.text
        return [item["id"] for item in got.json()["items"]]

    tiers = {
        item["id"]: item["tier"]
        for item in api.client.get("/v1/calls", headers=api.headers("admin")).json()["items"]
    }
    assert found("") == everything
    assert found("deal=d-1") == [third, first]
    assert found(f"deal={quote('d/2 ä', safe='')}") == [second]
    assert found("status=queued") == [third]
    assert found("status=done") == [second, first]
    assert found("rep=lee") == [third, second]
    for tier in "ABCD":
        expected = [i for i in everything if tiers[i] == tier]
        assert found(f"tier={tier}") == expected
        assert found(f"tier={tier}&profile=midmarket") == expected
        assert found(f"tier={tier}&profile=none") == []
    assert found("since=2026-03-02T00:00:00Z") == [second]
    assert found("until=2026-03-02T00:00:00") == [first]
    assert found("since=2026-03-01T10:00:00Z&until=2026-03-02T08:00:00Z") == [first]
    assert found("since=2026-03-01T10:00:00Z&until=2026-03-02T08:00:01Z") == [second, first]
    assert found("q=HubSpot") == [second]
    assert found(f"q={quote(chr(34) + 'everything on Salesforce' + chr(34))}") == [first]
    assert found(f"q={quote('Salesforce -- * OR ( NEAR')}") == []
    assert found("q=Salesforce&deal=d-1&status=done&rep=dana") == [first]
    page = api.client.get("/v1/calls?limit=2", headers=api.headers("admin")).json()
    assert [item["id"] for item in page["items"]] == everything[:2]
    assert found(f"limit=2&cursor={page['next']}") == everything[2:]
