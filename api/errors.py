"""Error → HTTP: one table from our errors to statuses, and one shape for all of them.

`{"error": {"code", "message", "field"}}`; the code is stable, the message is for people. Trap: an
unexpected error says nothing of itself to the client, it could hold the words of a call.
"""

from __future__ import annotations

import logging
import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.accounts import SlowDown
from api.jobs.erasing import ChangedMeanwhile
from api.jobs.intake import NotNow, SomebodyElses
from api.jobs.rescoring import Busy
from api.limits import Full, TooMany, TooSlow
from api.security import Forbidden, NotFound, NotSignedIn
from api.store.engine import DatabaseAway
from api.store.files import BlobDamaged, FilesAway, TooLarge
from pipeline.errors import (
    BadProfile,
    BadUsage,
    IcpError,
    InputError,
    UnreadableRecording,
    WeightsError,
)

_log = logging.getLogger(__name__)
STATUSES: dict[type[IcpError], int] = {
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    TooSlow: 408,
    NotNow: 409,
    ChangedMeanwhile: 409,
    SomebodyElses: 409,
    TooLarge: 413,
    UnreadableRecording: 415,
    SlowDown: 429,
    InputError: 422,
    BadProfile: 422,
    BadUsage: 422,
    TooMany: 429,
    BlobDamaged: 500,
    Busy: 503,
    Full: 503,
    WeightsError: 503,
    DatabaseAway: 503,
    FilesAway: 503,
}


def status_of(error: IcpError) -> int:
    """The status of an error: that of the nearest class in the table."""
    return next((STATUSES[c] for c in type(error).__mro__ if c in STATUSES), 500)


def install(app: FastAPI) -> None:
    """Answer every error in our shape."""
    app.add_exception_handler(IcpError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def answer(error: IcpError) -> JSONResponse:
    """The answer to an error of ours."""
    message = f"{error.problem} ({error.remedy})" if error.remedy else error.problem
    status = status_of(error)
    answered = _answer(status, error.code, message, error.field)
    if status in (429, 503):
        wait = error.retry_after if isinstance(error, TooMany) else 5.0
        answered.headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if status == 408:  # the rest of the body would be waited for
        answered.headers["Connection"] = "close"
    return answered


def _answer(status: int, code: str, message: str, field: str | None = None) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    body = {"error": {"code": code, "message": message, "field": field}}
    return JSONResponse(body, status, headers=headers)


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IcpError)
    return answer(error)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return _answer(422, "bad_input", str(first["msg"]), field or None)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 400: "bad_request"}
    return _answer(error.status_code, codes.get(error.status_code, "error"), str(error.detail))


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected %s at %s", type(error).__name__, request.url.path, exc_info=error)
    return _answer(500, "internal", "something went wrong here; the log has more")
