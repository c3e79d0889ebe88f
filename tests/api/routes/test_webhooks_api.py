"""Webhooks over HTTP: set up, tested, listed, sent again; only by admins."""

from __future__ import annotations

import pytest

from api.store import webhooks
from tests.api.routes.conftest import Api

BODY = {"url": "https://crm.example.com/in", "events": ["call.done", "call.done"]}


def test_a_webhook_is_made_changed_and_removed(api: Api) -> None:
    admin = api.headers("admin")
    made = api.client.post("/v1/webhooks", json=BODY, headers=admin)
    assert made.status_code == 201
    hook = made.json()
    assert hook["events"] == ["call.done"]
    path = f"/v1/webhooks/{hook['id']}"
    assert hook["secret"] not in api.client.get("/v1/webhooks", headers=admin).text
    assert api.client.get(path, headers=admin).json()["secret"] is None
    change = {"active": False, "events": ["tier.changed"], "new_secret": True}
    changed = api.client.patch(path, json=change, headers=admin).json()
    assert (changed["active"], changed["events"]) == (False, ["tier.changed"])
    assert changed["secret"] not in (None, hook["secret"])
    assert api.client.patch(path, json={}, headers=admin).json()["url"] == BODY["url"]
    for bad in ({"url": "http://crm.example.com"}, {"url": "https://10.0.0.1"}, {"events": []},
                {"events": ["x"]}, {"id": "y"}):  # fmt: skip
        assert api.client.patch(path, json=bad, headers=admin).status_code == 422, bad
        whole = {**BODY, **bad}
        assert api.client.post("/v1/webhooks", json=whole, headers=admin).status_code == 422, bad
    assert api.client.delete(path, headers=admin).status_code == 204
    assert api.client.delete(path, headers=admin).status_code == 404


def test_deliveries_are_listed_and_dead_ones_sent_again(api: Api) -> None:
    admin = api.headers("admin")
    hook = api.client.post("/v1/webhooks", json=BODY, headers=admin).json()
    ping = api.client.post(f"/v1/webhooks/{hook['id']}/test", headers=admin)
    assert (ping.status_code, ping.json()["event"]) == (202, "ping")
    call_id = api.upload(b"RIFF\x00\x00\nhello")
    api.work()
    page = api.client.get("/v1/deliveries?limit=1", headers=admin).json()
    rest = api.client.get(f"/v1/deliveries?cursor={page['next']}", headers=admin).json()
    assert [i["event"] for i in (*page["items"], *rest["items"])] == ["call.done", "ping"]
    assert page["items"][0]["data"] == {"call_id": call_id, "deal_id": None, "status": "done"}
    done = page["items"][0]["id"]
    retry = f"/v1/deliveries/{done}/retry"
    assert api.client.post(retry, headers=admin).status_code == 409
    with api.service.database.unit_of_work() as connection:
        found = webhooks.get_delivery(connection, done)
        assert found is not None
        webhooks.record(connection, found, state="dead", error="status 500")
    dead = api.client.get(f"/v1/deliveries?state=dead&webhook={hook['id']}", headers=admin).json()
    assert [(i["id"], i["error"]) for i in dead["items"]] == [(done, "status 500")]
    assert api.client.post(retry, headers=admin).json()["state"] == "waiting"
    assert api.client.delete(f"/v1/calls/{call_id}", headers=admin).status_code == 204
    left = api.client.get("/v1/deliveries?event=call.done", headers=admin).json()
    assert left["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/webhooks"), ("POST", "/v1/webhooks"), ("GET", "/v1/webhooks/none"),
        ("PATCH", "/v1/webhooks/none"), ("DELETE", "/v1/webhooks/none"),
        ("POST", "/v1/webhooks/none/test"), ("GET", "/v1/deliveries"),
        ("POST", "/v1/deliveries/99/retry"),
    ],
)  # fmt: skip
def test_only_admins_see_webhooks(api: Api, method: str, path: str) -> None:
    for who in ("manager", "rep", "other", "stranger"):
        got = api.client.request(method, path, json=BODY, headers=api.headers(who))
        assert got.status_code == 403, who
    assert api.client.request(method, path, json=BODY).status_code == 401
    if "none" in path or "99" in path:
        body = {} if method == "PATCH" else BODY
        got = api.client.request(method, path, json=body, headers=api.headers("admin"))
        assert got.status_code == 404
