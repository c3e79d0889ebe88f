"""Profiles: list, text with its lint, versions and their differences, saving and activating.

Reps read; managers and admins write, as over the API. Trap: a version never changes, so saving adds
one; it counts only once it is activated (the first one of a profile is at once).
"""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.pages.frame import HEADERS, Visitor, VisitorDep
from api.pages.profile_text import Read, compare, example_text, read_text, write_text
from api.security import NotFound
from api.store import audit, profiles
from api.store.engine import Connection
from api.store.jobs import BATCH
from api.store.records import ProfileHead, ProfileVersion
from api.texts import check_text
from api.wiring import Services
from pipeline.errors import BadProfile
from pipeline.profile import LARGEST_FILE

router = APIRouter()
WRITERS = ("admin", "manager")
Id = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=0, le=1_000_000)]


class TextIn(BaseModel):
    """A profile's text; `profile_id` is the one that is edited (empty: a new one)."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=2 * LARGEST_FILE)
    profile_id: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=500)
    activate: bool = False


@router.get("/profiles")
def list_profiles(visitor: VisitorDep) -> Response:
    """Every profile in use, with the version that counts."""
    with visitor.service.database.reading() as connection:
        found = [
            (head, profiles.active(connection, head.id), profiles.versions(connection, head.id))
            for head in profiles.in_use(connection)
        ]
    return visitor.page("profiles.html", found=found, writes=may_write(visitor))


@router.get("/profiles/new")
def show_new(visitor: VisitorDep, services: ServicesDep) -> Response:
    """An editor with a profile to start from."""
    visitor.caller.must_be(*WRITERS)
    text = example_text()
    return visitor.page(
        "profile.html", head=None, version=None, versions=(), text=text, writes=True,
        read=_read(text, services),
    )  # fmt: skip


@router.get("/profiles/one")
def show_profile(
    visitor: VisitorDep, services: ServicesDep, id: Id = "", version: Number = 0
) -> Response:
    """A profile's text (of the version that counts, when none is named) and its versions."""
    head, versions = find_profile(visitor, id)
    shown = find_version(versions, version or head.active or versions[-1].version)
    text = write_text(shown.body)
    return visitor.page(
        "profile.html", head=head, version=shown, versions=versions[::-1], text=text,
        writes=may_write(visitor), read=_read(text, services),
    )  # fmt: skip


@router.get("/profiles/compare")
def show_comparison(visitor: VisitorDep, id: Id = "", a: Number = 0, b: Number = 0) -> Response:
    """Two versions line by line; what the change does to deals comes as a part of the page."""
    head, versions = find_profile(visitor, id)
    old, new = find_version(versions, a), find_version(versions, b)
    asked = urlencode({"id": head.id, "a": a, "b": b})
    return visitor.page(
        "profile_compare.html", head=head, old=old, new=new, versions=versions[::-1],
        lines=compare(write_text(old.body), write_text(new.body)), writes=may_write(visitor),
        effect_path=f"/profiles/effect?{asked}",
    )  # fmt: skip


@router.post("/profiles/lint")
def lint(body: TextIn, visitor: VisitorDep, services: ServicesDep) -> dict[str, object]:
    """What is wrong with a text, as HTML, while it is typed; nothing is stored."""
    visitor.caller.must_be(*WRITERS)
    read = _read(body.text, services)
    html = visitor.part("profile_findings.html", read=read)
    return {"html": html, "errors": read.errors}


@router.post("/profiles/save")
def save(body: TextIn, visitor: VisitorDep) -> dict[str, object]:
    """Store a text as a new version; the same text again adds nothing."""
    visitor.caller.must_be(*WRITERS)
    profile_id, content = usable(body)
    note = body.note.strip() or None
    check_text(note, "note")
    author = visitor.caller.key.id
    with visitor.service.database.unit_of_work() as connection:
        version, new = profiles.add_version(connection, content, author=author, note=note)
        if new:
            audit.note(
                connection, author, "profile.add", "profile", profile_id,
                {"version": version.version},
            )  # fmt: skip
        if body.activate:
            _activate(visitor, profile_id, version.version, connection)
    asked = urlencode({"id": profile_id, "version": version.version})
    return {"location": f"/profiles/one?{asked}", "new": new, "version": version.version}


@router.post("/profiles/activate")
def activate(
    visitor: VisitorDep,
    id: Annotated[str, Form(max_length=200)],
    version: Annotated[int, Form(ge=1, le=1_000_000)],
) -> Response:
    """From now on this version counts."""
    visitor.caller.must_be(*WRITERS)
    _, versions = find_profile(visitor, id)
    find_version(versions, version)
    with visitor.service.database.unit_of_work() as connection:
        _activate(visitor, id, version, connection)
    return _to(id, version)


@router.post("/profiles/recheck")
def recheck(
    visitor: VisitorDep,
    id: Annotated[str, Form(max_length=200)],
    version: Annotated[int, Form(ge=1, le=1_000_000)],
) -> Response:
    """Hold all stored calls against a version; new statements are weighed in their words."""
    visitor.caller.must_be("admin")
    _, versions = find_profile(visitor, id)
    find_version(versions, version)
    visitor.service.queue.submit(
        visitor.service.database, "recheck", job_id=f"recheck.{secrets.token_hex(8)}",
        body={"profile_id": id, "version": version}, priority=BATCH,
    )  # fmt: skip
    return Response(status_code=303, headers={"Location": "/admin/queue", **HEADERS})


def may_write(visitor: Visitor) -> bool:
    """Whether the visitor may change profiles."""
    return visitor.caller.key.role in WRITERS


def find_profile(
    visitor: Visitor, profile_id: str
) -> tuple[ProfileHead, tuple[ProfileVersion, ...]]:
    """A profile and its versions, the oldest first."""
    with visitor.service.database.reading() as connection:
        head = profiles.get(connection, profile_id)
        versions = profiles.versions(connection, profile_id)
    if head is None or not versions:
        raise NotFound("there is no such profile")
    return head, versions


def find_version(versions: tuple[ProfileVersion, ...], number: int) -> ProfileVersion:
    """One of a profile's versions."""
    found = next((version for version in versions if version.version == number), None)
    if found is None:
        raise NotFound(f"there is no version {number} of this profile")
    return found


def usable(body: TextIn) -> tuple[str, dict[str, object]]:
    """The id and content of a text that can be used as it stands; raises BadProfile."""
    read = read_text(body.text)
    profile = read.draft.profile
    if read.body is None or profile is None:
        first = read.findings[0]
        raise BadProfile(
            f"line {first.line}: {first.message}", field=first.field or None, remedy=first.remedy
        )
    if body.profile_id and profile.id != body.profile_id:
        raise BadProfile(
            f"the id was {body.profile_id!r} and is now {profile.id!r}", field="id",
            remedy="keep it, or begin a new profile",
        )  # fmt: skip
    return profile.id, dict(read.body)


def _activate(visitor: Visitor, profile_id: str, version: int, connection: Connection) -> None:
    profiles.activate(connection, profile_id, version)
    actor = visitor.caller.key.id
    audit.note(connection, actor, "profile.activate", "profile", profile_id, {"version": version})


def _read(text: str, services: Services) -> Read:
    return read_text(text, services.toolbox.places)


def _to(profile_id: str, version: int) -> Response:
    asked = urlencode({"id": profile_id, "version": version})
    return Response(status_code=303, headers={"Location": f"/profiles/one?{asked}", **HEADERS})
