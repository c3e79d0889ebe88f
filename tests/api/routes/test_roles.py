"""Every route × every kind of caller: what each may do, built from the API's own description.

A route that has no line in `ALLOWED` fails. Each asks for something that is there: the rep's own
call, deal, signal. What the caller may not see is 404, what they may not do is 403.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.store import keys, webhooks
from tests.api.jobs.conftest import PROFILE
from tests.api.routes.conftest import SOUND, Api, open_api
from tests.stand_in import talk

ROLES = ("admin", "manager", "rep", "other", "stranger")
"""`rep` owns what is asked for, `manager` leads their team, `other` is a rep of another deal in the
same team, `stranger` manages another team."""
NO_LONGER = ("expired", "revoked", "nobody")
SEEN = (200, 200, 200, 404, 404)
ADMIN = (200, 403, 403, 403, 403)
ALL = (200, 200, 200, 200, 200)
WRITERS = (200, 200, 403, 403, 200)
"""Admins and managers, whatever their team."""


def only_admin(status: int) -> tuple[int, ...]:
    return (status, 403, 403, 403, 403)


ALLOWED: dict[str, tuple[int, ...]] = {
    "POST /v1/calls": (202, 202, 202, 202, 202),
    "GET /v1/calls": ALL,
    "GET /v1/calls/{call_id}": SEEN,
    "DELETE /v1/calls/{call_id}": (204, 204, 403, 404, 404),
    "GET /v1/calls/{call_id}/transcript": SEEN,
    "GET /v1/calls/{call_id}/signals": SEEN,
    "GET /v1/calls/{call_id}/check": SEEN,
    "POST /v1/calls/{call_id}/retry": (409, 409, 409, 404, 404),
    "POST /v1/calls/{call_id}/cancel": (202, 202, 202, 404, 404),
    "GET /v1/calls/{call_id}/audio": SEEN,
    "GET /v1/calls/{call_id}/events": SEEN,
    "PATCH /v1/signals/{signal_id}": SEEN,
    "PATCH /v1/calls/{call_id}/speakers": SEEN,
    "GET /v1/deals": ALL,
    "POST /v1/deals/import": WRITERS,
    "GET /v1/deals/{deal_id}": SEEN,
    "PUT /v1/deals/{deal_id}": SEEN,
    "GET /v1/deals/{deal_id}/assessment": SEEN,
    "POST /v1/batches": (201, 201, 403, 403, 201),
    "GET /v1/batches": WRITERS,
    "GET /v1/batches/{batch_id}": (200, 200, 403, 403, 404),
    "GET /v1/profiles": ALL,
    "POST /v1/profiles/{profile_id}/diff": WRITERS,
    "GET /v1/profiles/{profile_id}/insight": WRITERS,
    "GET /v1/precision": WRITERS,
    "POST /v1/statements/preview": WRITERS,
    "POST /v1/profiles": WRITERS,
    "GET /v1/profiles/{profile_id}/versions": ALL,
    "POST /v1/profiles/{profile_id}/versions/{version}/activate": WRITERS,
    "POST /v1/profiles/{profile_id}/versions/{version}/recheck": only_admin(202),
    "GET /v1/jobs/{job_id}": ADMIN,
    "GET /v1/keys": ADMIN,
    "POST /v1/keys": only_admin(201),
    "DELETE /v1/keys/{key_id}": only_admin(204),
    "POST /v1/erasures": ADMIN,
    "GET /v1/webhooks": ADMIN,
    "POST /v1/webhooks": only_admin(201),
    "GET /v1/webhooks/{webhook_id}": ADMIN,
    "PATCH /v1/webhooks/{webhook_id}": ADMIN,
    "DELETE /v1/webhooks/{webhook_id}": only_admin(204),
    "POST /v1/webhooks/{webhook_id}/test": only_admin(202),
    "GET /v1/deliveries": ADMIN,
    "POST /v1/deliveries/{delivery_id}/retry": only_admin(409),
    "GET /v1/audit": ADMIN,
    "GET /metrics": ADMIN,
}
OPEN = ("GET /healthz", "GET /readyz")
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /v1/signals/{signal_id}": {"json": {"verdict": "confirmed"}},
    "PATCH /v1/calls/{call_id}/speakers": {
        "json": {"kind": "name", "speaker": "S1", "name": "Kim"}
    },
    "PUT /v1/deals/{deal_id}": {"json": {"stage": "demo"}},
    "POST /v1/profiles": {"json": PROFILE},
    "POST /v1/profiles/{profile_id}/diff": {"json": PROFILE},
    "POST /v1/statements/preview": {"json": {"statement": "They lose time typing notes"}},
    "POST /v1/batches": {"json": {"name": "2024"}},
    "POST /v1/keys": {"json": {"name": "x", "role": "admin"}},
    "POST /v1/erasures": {"json": {"deal_id": "d-1"}},
    "POST /v1/webhooks": {"json": {"url": "https://93.184.215.14/x", "events": ["call.done"]}},
    "PATCH /v1/webhooks/{webhook_id}": {"json": {"active": False}},
}


class Place:
    """What is asked for; what a request uses up is made anew for each."""

    def __init__(self, api: Api) -> None:
        self.api, self._count = api, itertools.count(1)
        self.call_id = self.fresh()
        api.work()
        found = api.client.get(f"/v1/calls/{self.call_id}/signals", headers=api.headers("rep"))
        self.signal_id = found.json()["items"][0]["id"]

    def fresh(self) -> str:
        """A call of the rep that waits, the only one of its content."""
        return self.api.upload(SOUND + talk(next(self._count)), "rep", deal_id="d-1")

    def key(self) -> str:
        """A key's id."""
        with self.api.service.database.unit_of_work() as connection:
            return keys.create(connection, name="x", role="admin")[0].id

    def webhook(self) -> str:
        """A webhook's id."""
        with self.api.service.database.unit_of_work() as connection:
            return webhooks.add(connection, "https://93.184.215.14/x", ["call.done"]).id

    def delivery(self) -> int:
        """A delivery that waits."""
        with self.api.service.database.unit_of_work() as connection:
            hook = webhooks.add(connection, "https://93.184.215.14/x", ["call.done"])
            return webhooks.ping(connection, hook.id).n

    def batch(self) -> str:
        """The id of a batch of the manager's team."""
        made = self.api.client.post(
            "/v1/batches", json={"name": "2024"}, headers=self.api.headers("manager")
        )
        return str(made.json()["id"])

    def recheck(self) -> str:
        """A job's id."""
        path = "/v1/profiles/midmarket/versions/1/recheck"
        made = self.api.client.post(path, headers=self.api.headers("admin"))
        return str(made.json()["id"])

    def path(self, route: str) -> str:
        """The route's path with ids of what is there."""
        fresh = {"DELETE /v1/calls/{call_id}", "POST /v1/calls/{call_id}/cancel"}
        waits = "POST /v1/calls/{call_id}/retry"
        ids: dict[str, Callable[[], object]] = {
            "call_id": self.fresh if route in (*fresh, waits) else lambda: self.call_id,
            "signal_id": lambda: self.signal_id,
            "deal_id": lambda: "d-1",
            "profile_id": lambda: "midmarket",
            "version": lambda: 1,
            "job_id": self.recheck,
            "key_id": self.key,
            "webhook_id": self.webhook,
            "delivery_id": self.delivery,
            "batch_id": self.batch,
        }
        path = route.split(" ")[1]
        for name, make in ids.items():
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", str(make()))
        assert "{" not in path, f"say what {path} is to be asked with"
        return path

    def ask(self, route: str, who: str) -> int:
        """The status that somebody gets."""
        method = route.split(" ")[0]
        more = dict(BODIES.get(route, {}))
        if route == "POST /v1/calls":
            more["files"] = {"file": ("a.wav", SOUND + talk(next(self._count)))}
        if route == "POST /v1/deals/import":
            more["content"] = f"id,stage\nnew-{next(self._count)},demo\n".encode()
        headers = {} if who == "nobody" else self.api.headers(who)
        got = self.api.client.request(method, self.path(route), headers=headers, **more)
        if got.status_code >= 400:
            assert set(got.json()) == {"error"}
        return got.status_code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Place]:
    for api in open_api(tmp_path_factory.mktemp("roles") / "data", prepared):
        with api.service.database.unit_of_work() as connection:
            for who, until in (("expired", time.time() - 1), ("revoked", None)):
                key, secret = keys.create(connection, name=who, role="admin", expires_at=until)
                api.secrets[who] = secret
                if until is None:
                    keys.revoke(connection, key.id)
        yield Place(api)


def routes(api: Api) -> list[str]:
    paths = api.client.get("/openapi.json").json()["paths"]
    return [f"{method.upper()} {path}" for path, ways in paths.items() for method in ways]


def test_every_route_has_its_line(shared: Api) -> None:
    assert sorted(routes(shared)) == sorted([*ALLOWED, *OPEN])


@pytest.mark.parametrize("route", ALLOWED)
def test_everybody_may_do_what_is_theirs(place: Place, route: str) -> None:
    got = {who: place.ask(route, who) for who in (*ROLES, *NO_LONGER)}
    wanted = dict(zip(ROLES, ALLOWED[route], strict=True))
    assert got == {**wanted, **dict.fromkeys(NO_LONGER, 401)}


@pytest.mark.parametrize("route", OPEN)
def test_health_is_open(place: Place, route: str) -> None:
    assert {place.ask(route, who) for who in (*ROLES, *NO_LONGER)} == {200}
