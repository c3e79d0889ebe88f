"""What the API's description promises, tried with made-up requests: no 5xx, no undocumented answer.

schemathesis makes the requests, good and bad ones, from `/openapi.json`; half of those that name
something name what is there. Trap: a stream of a call that never ends would hold the test, so every
status counts as an end here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from api.routes import events
from tests.api.routes.conftest import open_api
from tests.api.routes.test_roles import ALLOWED, OPEN, Place

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode, checks
    from schemathesis.specs.openapi import checks as openapi_checks

WANTED = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Place]:
    for api in open_api(tmp_path_factory.mktemp("fuzz") / "data", prepared, rate_limit=0):
        yield Place(api)


@pytest.fixture(scope="module")
def described(place: Place) -> Any:
    """The schema, with ids of what is there mixed in."""
    loaded = schemathesis.openapi.from_asgi("/openapi.json", place.api.client.app)
    there = {
        "call_id": place.call_id, "signal_id": place.signal_id, "deal_id": "d-1",
        "profile_id": "midmarket", "version": 1, "job_id": place.recheck(),
        "webhook_id": place.webhook(), "delivery_id": place.delivery(),
        "batch_id": place.batch(),
    }  # fmt: skip

    @loaded.hook  # type: ignore[untyped-decorator]
    def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
        if context.operation.method.upper() != "DELETE" and path_parameters:
            for name in path_parameters:
                if name in there and len(str(path_parameters[name])) % 2:
                    path_parameters[name] = there[name]
        return path_parameters

    return loaded


@pytest.mark.parametrize("route", [*ALLOWED, *OPEN])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_answer_is_a_surprise(
    place: Place, described: Any, monkeypatch: pytest.MonkeyPatch, route: str, mode: Any
) -> None:
    monkeypatch.setattr(events, "ENDED", ("queued", "running", "done", "failed", "cancelled"))
    method, path = route.split(" ")

    @settings(
        max_examples=12, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(described[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=place.api.headers("admin"), checks=WANTED)

    with suppress(Unsatisfiable):  # nothing about the route can be wrong
        ask()
