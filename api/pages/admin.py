"""Administration: API keys, accounts, and what is kept how long. Only admins.

A key's secret and nothing else is shown once, in the answer that makes it. Trap: nobody may take
away the key or the account they are signed in with, or they would lock themselves out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response

from api import accounts
from api.pages.frame import HEADERS, Visitor, VisitorDep
from api.security import NotFound
from api.store import audit, keys, users
from api.store.engine import Connection
from api.store.records import ApiKey, now
from api.store.scope import ROLES
from api.texts import check_text
from pipeline.errors import BadUsage, IcpError

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=accounts.MOST_PASSWORD)]
RETENTION = (
    ("keep_audio_days", "Recordings are deleted after", "days"),
    ("keep_text_days", "Calls are erased, with all that was said, after", "days"),
    ("redact", "Names, addresses and numbers of people are taken out", ""),
    ("require_consent", "An upload must say that the people recorded agreed", ""),
    ("webhook_http", "Webhooks may go to http:// addresses", ""),
    ("webhook_private", "Webhooks may go inside the own network", ""),
)


def get_admin(visitor: VisitorDep) -> Visitor:
    """The visitor, who is an admin."""
    visitor.caller.must_be("admin")
    return visitor


AdminDep = Annotated[Visitor, Depends(get_admin)]


@router.get("/admin")
def show_admin(admin: AdminDep) -> Response:
    """The queue is what changes, so it comes first."""
    return back("/admin/queue")


@router.get("/admin/keys")
def show_keys(admin: AdminDep) -> Response:
    """All API keys, those in use first."""
    return _keys(admin)


@router.post("/admin/keys")
def make_key(
    admin: AdminDep,
    name: Text = "",
    role: Text = "rep",
    person: Text = "",
    team: Text = "",
    expires: Text = "",
) -> Response:
    """Make a key; the page that answers shows its secret, once."""
    try:
        until = _end_of_day(expires)
        given = _belonging(name, role, person, team)
        with admin.service.database.unit_of_work() as connection:
            key, secret = keys.create(
                connection, name=given["name"] or "", role=role, person=given["person"],
                team=given["team"], expires_at=until,
            )  # fmt: skip
            details = {"role": key.role}
            audit.note(connection, admin.caller.key.id, "key.create", "key", key.id, details)
    except IcpError as error:
        return _keys(admin, problem=_told(error), status=422)
    return _keys(admin, secret=secret, made=key.name)


@router.post("/admin/keys/revoke")
def revoke_key(admin: AdminDep, id: Text) -> Response:
    """Take a key out of use."""
    if id == admin.caller.key.id:
        return _keys(admin, problem="You are signed in with this key.", status=409)
    with admin.service.database.unit_of_work() as connection:
        if not keys.revoke(connection, id):
            raise NotFound("there is no such key in use")
        audit.note(connection, admin.caller.key.id, "key.revoke", "key", id)
    return back("/admin/keys")


@router.get("/admin/people")
def show_people(admin: AdminDep) -> Response:
    """All accounts."""
    return _people(admin)


@router.post("/admin/people")
def add_person(
    admin: AdminDep,
    login: Text = "",
    password: Password = "",
    role: Text = "rep",
    name: Text = "",
    person: Text = "",
    team: Text = "",
) -> Response:
    """Make an account."""
    try:
        for field, text in (("login", login), ("name", name), ("person", person), ("team", team)):
            check_text(text, field)
        with admin.service.database.unit_of_work() as connection:
            user = accounts.add_user(
                connection, login=login, password=password, role=role, name=name.strip() or None,
                person=person.strip() or None, team=team.strip() or None,
                actor=admin.caller.key.id,
            )  # fmt: skip
    except IcpError as error:
        return _people(admin, problem=_told(error), status=422)
    return _people(admin, done=f"{user.login} may sign in as {user.role}.")


@router.post("/admin/people/password")
def set_password(admin: AdminDep, id: Text, password: Password = "") -> Response:
    """Give an account a new password; its sessions end, and it is in use again."""
    try:
        hashed = accounts.hash_password(password)
    except IcpError as error:
        return _people(admin, problem=_told(error), status=422)
    with admin.service.database.unit_of_work() as connection:
        login = _login(connection, id)
        users.set_password(connection, id, hashed)
        audit.note(connection, admin.caller.key.id, "user.password", "user", id)
    return _people(admin, done=f"{login} has a new password; old sessions have ended.")


@router.post("/admin/people/disable")
def disable_person(admin: AdminDep, id: Text) -> Response:
    """Take an account out of use; its sessions end."""
    if id == admin.caller.key.id:
        return _people(admin, problem="This is your own account.", status=409)
    with admin.service.database.unit_of_work() as connection:
        _login(connection, id)
        users.disable(connection, id)
        audit.note(connection, admin.caller.key.id, "user.disable", "user", id)
    return back("/admin/people")


@router.get("/admin/retention")
def show_retention(admin: AdminDep) -> Response:
    """What is kept how long; settings of the service, so they are only shown."""
    settings = admin.service.settings
    rows = []
    for name, told, unit in RETENTION:
        value = getattr(settings, name)
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        else:
            shown = f"{value} {unit}" if value else "never"
        rows.append((told, shown, f"ICP_{name.upper()}"))
    return admin.page("admin_retention.html", rows=rows)


def back(path: str) -> Response:
    """To a page, after something was done."""
    return Response(status_code=303, headers={"Location": path, **HEADERS})


def _keys(
    admin: Visitor, *, problem: str = "", secret: str = "", made: str = "", status: int = 200
) -> Response:
    with admin.service.database.reading() as connection:
        found = keys.listed(connection)
    at = now()

    def in_use(key: ApiKey) -> bool:
        return key.revoked_at is None and (key.expires_at is None or key.expires_at > at)

    found = tuple(sorted(found, key=lambda key: (not in_use(key), -key.created_at)))
    return admin.page(
        "admin_keys.html", status, keys=found, in_use=in_use, problem=problem, secret=secret,
        made=made, roles=ROLES,
    )  # fmt: skip


def _people(admin: Visitor, *, problem: str = "", done: str = "", status: int = 200) -> Response:
    with admin.service.database.reading() as connection:
        found = users.listed(connection)
    found = tuple(sorted(found, key=lambda user: (user.disabled_at is not None, user.login)))
    return admin.page(
        "admin_people.html", status, people=found, problem=problem, done=done, roles=ROLES,
        least=accounts.LEAST_PASSWORD,
    )  # fmt: skip


def _belonging(name: str, role: str, person: str, team: str) -> dict[str, str | None]:
    """The texts of a key, as over the API: a rep is a person, a manager has a team."""
    given = {"name": name.strip(), "person": person.strip() or None, "team": team.strip() or None}
    for field, text in given.items():
        check_text(text, field)
    if not given["name"]:
        raise BadUsage("is missing", field="name", remedy="say what the key is for")
    if role not in ROLES:
        raise BadUsage(f"is none of {', '.join(ROLES)}", field="role")
    if role == "rep" and not given["person"]:
        raise BadUsage("is missing", field="person", remedy="a rep sees the calls of a person")
    if role == "manager" and not given["team"]:
        raise BadUsage("is missing", field="team", remedy="a manager sees the calls of a team")
    return given


def _end_of_day(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=1)
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadUsage("is no date", field="expires") from error
    if moment <= now():
        raise BadUsage("lies in the past", field="expires")
    return moment


def _login(connection: Connection, user_id: str) -> str:
    user = next((user for user in users.listed(connection) if user.id == user_id), None)
    if user is None:
        raise NotFound("there is no such account")
    return user.login


def _told(error: IcpError) -> str:
    text = " ".join(part for part in ((error.field or "").capitalize(), error.problem) if part)
    return f"{text} ({error.remedy})." if error.remedy else f"{text}."
