"""Batches over the API: made, filled, followed; who may; what comes first."""

from __future__ import annotations

from api.store import jobs
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def test_a_batch_is_followed_to_its_end(api: Api) -> None:
    mine = api.headers("manager")
    made = api.client.post(
        "/v1/batches", json={"name": "2023", "profiles": ["midmarket"]}, headers=mine
    )
    assert made.status_code == 201
    batch = made.json()
    assert (batch["calls"], batch["progress"], batch["seconds_left"]) == (0, 0.0, None)
    late = api.upload(SOUND + talk(1), "manager", batch=batch["id"])
    again = api.upload(SOUND + talk(1), "manager", batch=batch["id"])
    fresh = api.upload(SOUND + talk(2), "manager")
    assert late == again
    with api.service.database.reading() as connection:
        first, second = (jobs.of_call(connection, call)[0] for call in (late, fresh))
    assert (first.priority, second.priority) == (100, 1)
    api.work()
    found = api.client.get(f"/v1/batches/{batch['id']}", headers=mine).json()
    assert (found["calls"], found["counts"]["done"], found["progress"]) == (1, 1, 1.0)
    assert found["seconds_left"] == 0
    assert found["failures"] == []
    call = api.client.get(f"/v1/calls/{late}", headers=mine).json()
    assert call["profiles"] == ["midmarket"]
    listed = api.client.get("/v1/batches", headers=mine).json()["items"]
    assert [item["id"] for item in listed] == [batch["id"]]


def test_who_may_see_and_make_batches(api: Api) -> None:
    made = api.client.post("/v1/batches", json={"name": "x"}, headers=api.headers("manager"))
    place = f"/v1/batches/{made.json()['id']}"
    for who, status in (("admin", 200), ("manager", 200), ("stranger", 404), ("rep", 403)):
        assert api.client.get(place, headers=api.headers(who)).status_code == status, who
    refused = api.client.post("/v1/batches", json={"name": "x"}, headers=api.headers("rep"))
    assert refused.status_code == 403
    assert api.client.get("/v1/batches", headers=api.headers("stranger")).json()["items"] == []


def test_what_a_batch_refuses(api: Api) -> None:
    mine = api.headers("admin")
    wrong = api.client.post(
        "/v1/batches", json={"name": "x", "profiles": ["gone"]}, headers=mine
    ).json()["error"]
    assert wrong["field"] == "profiles"
    sent = api.client.post(
        "/v1/calls", files={"file": ("x", SOUND + talk(1))}, data={"batch": "b_gone"}, headers=mine
    )
    assert (sent.status_code, sent.json()["error"]["field"]) == (422, "batch")
    assert api.client.get("/v1/calls", headers=mine).json()["items"] == []


def test_a_transcript_of_another_tool_is_analysed(api: Api) -> None:
    zoom = (
        "WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:03.000\r\nDana Wu: How many are you?\r\n\r\n"
        "2\r\n00:00:03.000 --> 00:00:09.000\r\nLee Okafor: We are two hundred and fifty people.\r\n"
    )
    for content in (zoom.encode("utf-8-sig"), zoom.replace("Okafor", "O").encode("utf-16")):
        call_id = api.upload(content)
        api.work()
        said = api.client.get(f"/v1/calls/{call_id}/transcript", headers=api.headers("admin"))
        assert [s["name"] for s in said.json()["speakers"]][0] == "Dana Wu"
        assert said.json()["turns"][1]["start"] == 3.0
