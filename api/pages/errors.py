"""Errors as pages: the same table of statuses as the API, shown to people.

A browser that opens a page gets a page; a script that asks for JSON gets the API's shape. Who is
not signed in goes to the sign-in page and comes back. Trap: the API's handlers stay as they are,
for its clients; this only wraps them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from api import accounts
from api.jobs.service import Service
from api.pages.frame import HEADERS, Visitor, page
from pipeline.errors import IcpError

HEADINGS = {
    400: "That request was not understood",
    401: "Sign in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "That request was not understood",
    409: "Not now",
    413: "Too large",
    422: "Something in it is not right",
    429: "Wait a moment",
    500: "Something went wrong",
    503: "The service is not ready",
}
Handler = Callable[[Request, Exception], Any]


def install(app: FastAPI) -> None:
    """Wrap every error handler of the app."""
    for kind, handler in list(app.exception_handlers.items()):
        if kind is not int:
            app.add_exception_handler(kind, _shown(handler))


def _shown(handler: Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def show(request: Request, error: Exception) -> Response:
        answer: Response = handler(request, error)
        if isinstance(answer, Awaitable):
            answer = await answer
        if not _wants_page(request):
            return answer
        if answer.status_code == 401:
            return _to_sign_in(request)
        return await run_in_threadpool(_page, request, answer)

    return show


def _wants_page(request: Request) -> bool:
    path = request.url.path
    machine = path.startswith(("/v1/", "/static/")) or path == "/v1"
    return not machine and "text/html" in request.headers.get("Accept", "")


def _to_sign_in(request: Request) -> Response:
    back = request.url.path if request.method == "GET" else "/calls"
    if request.method == "GET" and request.url.query:
        back += f"?{request.url.query}"
    place = f"/sign-in?next={quote(back, safe='/')}" if back != "/calls" else "/sign-in"
    return Response(status_code=303, headers={"Location": place, **HEADERS})


def _page(request: Request, answer: Response) -> Response:
    try:
        told = json.loads(bytes(answer.body))["error"]
    except (ValueError, KeyError, TypeError):
        told = {"message": "", "code": "error", "field": None}
    status = answer.status_code
    shown = page(
        request, "error.html", status, visitor=_visitor(request), told=told, status=status,
        heading=HEADINGS.get(status, "That did not work"),
    )  # fmt: skip
    if "Retry-After" in answer.headers:
        shown.headers["Retry-After"] = answer.headers["Retry-After"]
    return shown


def _visitor(request: Request) -> Visitor | None:
    """Who is signed in, for the frame around an error; None when even that cannot be told."""
    service: Service = request.app.state.service
    secret = request.cookies.get(accounts.COOKIE, "")
    try:
        caller = accounts.caller_of_session(service.database, secret) if secret else None
    except IcpError:
        return None
    return Visitor(request, service, caller, secret) if caller else None
