"""Sign in with an account or an API key, and sign out.

The form's CSRF token hangs on a cookie of its own, for there is no session yet. Trap: `next` comes
from outside, so only a path on this service is followed.
"""

from __future__ import annotations

import re
import secrets
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import accounts
from api.accounts import SlowDown
from api.deps import ServiceDep
from api.pages.frame import HEADERS, VisitorDep, page
from api.security import Forbidden, NotSignedIn
from api.store import sessions

router = APIRouter()
FORM_COOKIE = "icp_form"
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\\]*")


@router.get("/sign-in")
def show_sign_in(
    request: Request, next: Annotated[str, Query(max_length=2000)] = "/calls"
) -> Response:
    """The form."""
    return _form(request, next)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    service: ServiceDep,
    csrf: Annotated[str, Form(max_length=200)] = "",
    way: Annotated[str, Form(pattern="^(account|key)$")] = "account",
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=accounts.MOST_PASSWORD)] = "",
    key: Annotated[str, Form(max_length=500)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/calls",
) -> Response:
    """Begin a session, or say why not."""
    try:
        accounts.check_token(request.cookies.get(FORM_COOKIE, ""), csrf)
        if not (login.strip() if way == "account" else key.strip()):
            raise NotSignedIn("type your login" if way == "account" else "paste an API key")
        given = (login, password) if way == "account" else ("", key)
        address = request.client.host if request.client else ""
        secret = await run_in_threadpool(accounts.open_session, service.database, *given, address)
    except (Forbidden, NotSignedIn, SlowDown) as error:
        problem = f"{error.problem}{': ' + error.remedy if error.remedy else ''}."
        problem = problem[:1].upper() + problem[1:]
        status = 429 if isinstance(error, SlowDown) else 401
        return _form(request, next, problem=problem, status=status, way=way, login=login)
    answer = Response(status_code=303, headers={"Location": _header(_own(next)), **HEADERS})
    answer.set_cookie(
        accounts.COOKIE, secret, max_age=int(sessions.LONGEST), httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip
    answer.delete_cookie(FORM_COOKIE, path="/sign-in")
    return answer


@router.post("/sign-out")
def sign_out(visitor: VisitorDep) -> Response:
    """End the session."""
    with visitor.service.database.unit_of_work() as connection:
        sessions.end(connection, visitor.secret)
    answer = Response(status_code=303, headers={"Location": "/sign-in", **HEADERS})
    answer.headers["Clear-Site-Data"] = '"cache"'
    answer.delete_cookie(accounts.COOKIE, path="/")
    return answer


def _form(
    request: Request,
    next: str,
    *,
    problem: str = "",
    status: int = 200,
    way: str = "account",
    login: str = "",
) -> Response:
    secret = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    answer = page(
        request, "sign_in.html", status, next=_own(next), problem=problem, way=way,
        login=login, csrf_token=accounts.make_token(secret),
    )  # fmt: skip
    answer.set_cookie(
        FORM_COOKIE, secret, max_age=3600, httponly=True, samesite="strict",
        secure=request.url.scheme == "https", path="/sign-in",
    )  # fmt: skip
    return answer


def _own(path: str) -> str:
    return path if _OWN_PATH.fullmatch(path) else "/calls"


def _header(path: str) -> str:
    """A path as a header carries it: letters beyond ASCII as %XX."""
    return quote(path, safe="/?&=%#:;,+@!$'()*~[]")
