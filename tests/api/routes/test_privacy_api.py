"""Erasing a deal or a person, and what goes by age: first shown, then gone from every file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.jobs import upkeep
from api.jobs.upkeep import DAY, Upkeep, expire
from api.store import audit, calls, deals, people
from api.store.records import now
from tests.api.routes.conftest import SOUND, Api
from tests.stand_in import talk


def transcript(api: Api, speaker: str, text: str, **fields: object) -> str:
    """A call of a prospect of this name, who says this."""
    told = {
        "title": speaker, "speakers": [{"id": "S1", "role": "prospect", "name": speaker}],
        "turns": [{"speaker": "S1", "text": text}], **fields,
    }  # fmt: skip
    got = api.client.post("/v1/calls", json=told, headers=api.headers("admin"))
    assert got.status_code == 202, got.text
    return str(got.json()["id"])


def ask(api: Api, who: str = "admin", **body: object) -> tuple[int, dict[str, object]]:
    got = api.client.post("/v1/erasures", json=body, headers=api.headers(who))
    return got.status_code, got.json()


def listed(api: Api) -> list[str]:
    page = api.client.get("/v1/calls", headers=api.headers("admin")).json()
    return [call["id"] for call in page["items"]]


def stored(api: Api) -> bytes:
    """Every byte that the service keeps."""
    folder = api.service.settings.data_dir
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_person_is_erased_from_every_file(api: Api) -> None:
    spoke = transcript(api, "Lee  PARK", "We use zymurgybase for everything.")
    named = api.upload(SOUND + talk(1), metadata='{"with": ["lee park"], "n": 3}')
    held = api.upload(SOUND + talk(2), rep="Lee Park")
    mention = transcript(api, "Kim", "You should ask Lee Park about the budget.")
    other = transcript(api, "Lee Parker", "We are two hundred people.")
    api.work()
    status, shown = ask(api, person="lee park")
    assert (status, shown["done"], shown["mentions"]) == (200, False, [mention])
    why = {call["id"]: call["why"] for call in shown["calls"]}  # type: ignore[attr-defined]
    assert why == {spoke: ["speaker"], named: ["metadata"], held: ["rep"]}
    assert len(listed(api)) == 5
    late = api.upload(SOUND + talk(3), rep="LEE PARK")
    status, refused = ask(api, person="lee park", dry_run=False, confirm=shown["confirm"])
    assert (status, refused["error"]["code"]) == (409, "changed_meanwhile")  # type: ignore[index]
    _, shown = ask(api, person="lee park")
    assert b"zymurgybase" in stored(api)
    status, gone = ask(api, person="lee park", dry_run=False, confirm=shown["confirm"])
    assert (status, gone["done"]) == (200, True)
    assert sorted(listed(api)) == sorted([mention, other])
    assert late not in listed(api)
    assert b"zymurgybase" not in stored(api)
    with api.service.database.reading() as connection:
        entry, *tombstones = audit.find(connection).items
    assert (entry.action, entry.subject_id, entry.details) == (
        "erasure", gone["id"], {"calls": 4, "deal": None},
    )  # fmt: skip
    assert {t.subject_id for t in tombstones if t.action == "call.erase"} == {*why, late}
    assert "park" not in str((entry, tombstones)).lower()
    _, again = ask(api, person="Lee Park", with_mentions=True)
    assert [call["why"] for call in again["calls"]] == [["mention"]]  # type: ignore[attr-defined]


def test_a_name_given_later_counts(api: Api) -> None:
    call_id = api.upload(SOUND + talk(1))
    api.work()
    body = {"kind": "name", "speaker": "S1", "name": "Ada Byron"}
    path = f"/v1/calls/{call_id}/speakers"
    assert api.client.patch(path, json=body, headers=api.headers("admin")).status_code == 200
    assert [c["id"] for c in ask(api, person="ada byron")[1]["calls"]] == [call_id]  # type: ignore[attr-defined]


def test_a_deal_is_erased_with_its_calls(api: Api) -> None:
    mine = api.upload(SOUND + talk(1), deal_id="d-1")
    waiting = api.upload(SOUND + talk(2), deal_id="d-1")
    other = api.upload(SOUND + talk(3), deal_id="d-2")
    _, shown = ask(api, deal_id="d-1")
    assert {call["id"] for call in shown["calls"]} == {mine, waiting}  # type: ignore[attr-defined]
    assert ask(api, deal_id="d-1", dry_run=False, confirm=shown["confirm"])[0] == 200
    assert listed(api) == [other]
    with api.service.database.reading() as connection:
        assert deals.get(connection, "d-1") is None
        assert deals.get(connection, "d-2") is not None
    assert [len(list((api.service.settings.data_dir / "files").rglob("*.*")))] == [0]
    assert ask(api, deal_id="none")[1]["calls"] == []


@pytest.mark.parametrize(
    "body", [{}, {"person": "a", "deal_id": "b"}, {"person": ""}, {"person": "  "}, {"x": 1},
             {"person": "a", "dry_run": False}],
)  # fmt: skip
def test_what_is_no_erasure_is_refused(api: Api, body: dict[str, object]) -> None:
    assert ask(api, **body)[0] in (409, 422)
    for who in ("manager", "rep", "stranger"):
        assert ask(api, who, person="a")[0] == 403


def aged(api: Api, call_id: str, days: float) -> None:
    with api.service.database.unit_of_work() as connection:
        calls.update(connection, call_id, created_at=now() - days * DAY)


def kept(api: Api, call_id: str) -> set[str]:
    with api.service.database.reading() as connection:
        return set(calls.files(connection, call_id))


def test_recordings_go_by_age_and_what_was_found_stays(api: Api) -> None:
    old, new, waits = (api.upload(SOUND + talk(n)) for n in (1, 2, 3))
    failed = api.upload(SOUND + talk(4))
    mine = api.headers("admin")
    api.client.post(f"/v1/calls/{waits}/cancel", headers=mine)
    api.client.post(f"/v1/calls/{failed}/cancel", headers=mine)
    api.work()
    api.client.post(f"/v1/calls/{waits}/retry", headers=mine)
    for call_id in (old, waits, failed):
        aged(api, call_id, 31)
    aged(api, new, 29)
    settings = api.service.settings.model_copy(update={"keep_audio_days": 30})
    service = replace(api.service, settings=settings)
    assert expire(service) == (1, 1)
    assert expire(service) == (0, 0)
    assert kept(api, old) == {"result"}
    assert kept(api, new) == {"result", "recording"}
    assert kept(api, waits) == {"recording"}
    assert failed not in listed(api)
    assert api.client.get(f"/v1/calls/{old}/audio", headers=mine).status_code == 404
    assert api.client.get(f"/v1/calls/{old}/transcript", headers=mine).status_code == 200
    retry = api.client.post(f"/v1/calls/{old}/retry", headers=mine)
    assert (retry.status_code, retry.json()["error"]["code"]) == (409, "wrong_state")
    assert "deleted" in retry.text
    with api.service.database.reading() as connection:
        found = {(e.action, e.actor, e.subject_id) for e in audit.find(connection).items}
    assert ("recording.expire", "retention", old) in found
    assert ("call.expire", "retention", failed) in found


def test_calls_go_by_age_with_all_that_was_said(api: Api) -> None:
    old, new = api.upload(SOUND + talk(1)), api.upload(SOUND + talk(2))
    api.work()
    aged(api, old, 366)
    settings = api.service.settings.model_copy(update={"keep_text_days": 365})
    assert expire(replace(api.service, settings=settings)) == (0, 1)
    assert listed(api) == [new]
    assert expire(api.service) == (0, 0)  # nothing goes unless a setting says so


def test_upkeep_goes_on_when_one_part_fails(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = transcript(api, "Kim", "The word is quizzaciously.")
    api.work()
    with api.service.database.unit_of_work() as connection:
        calls.erase(connection, call_id)
    monkeypatch.setattr(upkeep, "expire", lambda _service: 1 / 0)
    done: list[float] = []
    monkeypatch.setattr(type(api.service.queue), "clean", lambda _q, before: done.append(before))
    Upkeep(api.service).turn()
    assert len(done) == 1


def test_ended_work_is_forgotten_by_the_queue(api: Api) -> None:
    api.upload(SOUND + talk(1))
    queue = api.service.queue
    assert queue.clean(before=now() + 60) == 0  # it waits
    api.client.post(f"/v1/calls/{listed(api)[0]}/cancel", headers=api.headers("admin"))
    assert queue.clean(before=now() - 60) == 0
    assert queue.clean(before=now() + 60) == 1
    assert queue.clean(before=now() + 60) == 0


def test_names_are_found_however_deep_they_lie() -> None:
    metadata = {"a": {"b": ["Lee", {"c": "lee@acme.example"}]}, "n": 3, "x": None}
    assert people.names_in(metadata) == ["Lee", "lee@acme.example"]
    assert len(people.names_in({"many": ["x"] * 1000})) == people.MOST_METADATA
