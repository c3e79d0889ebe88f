"""Profiles and keys over HTTP: who may set up what, and what is refused."""

from __future__ import annotations

import pytest

from tests.api.jobs.conftest import PROFILE
from tests.api.routes.conftest import Api


def test_a_profile_grows_versions_and_one_of_them_is_active(api: Api) -> None:
    manager = api.headers("manager")
    changed = {**PROFILE, "name": "Changed"}
    made = api.client.post("/v1/profiles?note=q3", json=changed, headers=manager)
    assert (made.status_code, made.json()["version"], made.json()["new"]) == (201, 2, True)
    again = api.client.post("/v1/profiles", json=changed, headers=manager)
    assert (again.status_code, again.json()["new"]) == (200, False)
    listed = api.client.get("/v1/profiles/midmarket/versions", headers=api.headers("rep")).json()
    assert [version["note"] for version in listed] == [None, "q3"]
    path = "/v1/profiles/midmarket/versions/2/activate"
    assert api.client.post(path, headers=manager).json()["active"] == 2
    assert api.client.get("/v1/profiles", headers=manager).json() == [
        {"id": "midmarket", "name": "Changed", "active": 2}
    ]
    bad = api.client.post("/v1/profiles", json={"id": "x"}, headers=manager)
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad_profile")


def test_a_key_works_until_it_is_revoked(api: Api) -> None:
    admin = api.headers("admin")
    body = {"name": "laptop", "role": "rep", "person": "kim", "team": "north"}
    made = api.client.post("/v1/keys", json=body, headers=admin).json()
    api.secrets["kim"] = made["secret"]
    assert api.client.get("/v1/calls", headers=api.headers("kim")).status_code == 200
    listed = api.client.get("/v1/keys", headers=admin)
    assert made["secret"] not in listed.text
    assert api.client.delete(f"/v1/keys/{made['id']}", headers=admin).status_code == 204
    assert api.client.delete(f"/v1/keys/{made['id']}", headers=admin).status_code == 404
    assert api.client.get("/v1/calls", headers=api.headers("kim")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/profiles", {"admin", "manager", "stranger"}),
        ("POST", "/v1/profiles/none/versions/1/activate", {"admin", "manager", "stranger"}),
        ("GET", "/v1/keys", {"admin"}),
        ("POST", "/v1/keys", {"admin"}),
        ("DELETE", "/v1/keys/none", {"admin"}),
        ("POST", "/v1/profiles/none/versions/1/recheck", {"admin"}),
        ("GET", "/v1/jobs/none", {"admin"}),
    ],
)
def test_a_role_may_do_what_is_its_own(api: Api, method: str, path: str, allowed: set[str]) -> None:
    body = {"name": "x", "role": "rep", "person": "dana@seller.example"}
    for who in ("admin", "manager", "rep", "other", "stranger"):
        got = api.client.request(method, path, json=body, headers=api.headers(who))
        assert (got.status_code != 403) is (who in allowed), (who, got.text)
    assert api.client.request(method, path, json=body).status_code == 401


@pytest.mark.parametrize("role", ["rep", "manager"])
def test_a_key_belongs_to_somebody(api: Api, role: str) -> None:
    body = {"name": "x", "role": role, "person": " ", "team": ""}
    got = api.client.post("/v1/keys", json=body, headers=api.headers("admin"))
    assert got.status_code == 422
    assert f"role {role} needs a" in got.text


def test_no_page_loads_scripts_from_elsewhere(api: Api) -> None:
    assert api.client.get("/docs").status_code == 404
    assert api.client.get("/redoc").status_code == 404
