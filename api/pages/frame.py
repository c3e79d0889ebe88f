"""What every page stands in: templates, static files, headers, and who is signed in.

Static files are read once and served under a path that carries their hash, so browsers keep them
for good and never mix versions. Trap: pages are compressed here, not by a middleware, because that
would also touch stretches of recordings and event streams.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import jinja2
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api import accounts
from api.deps import ServiceDep
from api.jobs.service import Service
from api.pages import words
from api.security import Caller, NotFound

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
THEMES = ("auto", "light", "dark")
_HERE = Path(__file__).parent
_LEAST_COMPRESSED = 1000
router = APIRouter()


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the navigation, for these roles."""

    label: str
    path: str
    roles: tuple[str, ...] = ("admin", "manager", "rep")


NAV = [
    NavItem("Calls", "/calls"),
    NavItem("Deals", "/deals"),
    NavItem("Profiles", "/profiles"),
    NavItem("Insights", "/insights", ("admin", "manager")),
    NavItem("Upload", "/upload"),
    NavItem("Admin", "/admin", ("admin",)),
]
"""The navigation, in order; whoever adds a page adds a line."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page, and the request."""

    request: Request
    service: Service
    caller: Caller
    secret: str

    @property
    def name(self) -> str:
        """Whose session it is."""
        return self.caller.key.name

    def page(self, template: str, status: int = 200, /, **values: object) -> Response:
        """A whole page."""
        return page(self.request, template, status, visitor=self, **values)

    def part(self, template: str, **values: object) -> str:
        """A piece of a page as HTML."""
        return _templates().get_template(template).render(visitor=self, **values)

    def token(self) -> str:
        """A CSRF token for this session's forms."""
        return accounts.make_token(self.secret)

    def nav(self) -> list[NavItem]:
        """The pages this visitor may open."""
        return [item for item in NAV if self.caller.key.role in item.roles]


async def get_visitor(request: Request, service: ServiceDep) -> Visitor:
    """Who is signed in; a POST must carry the session's CSRF token (header, or field `csrf`)."""
    secret = request.cookies.get(accounts.COOKIE, "")
    token = request.headers.get(accounts.CSRF_HEADER)
    unsafe = request.method not in ("GET", "HEAD")
    if unsafe and token is None:
        token = str((await request.form()).get("csrf", ""))
    caller = await run_in_threadpool(
        accounts.caller_of_request, service.database, secret, unsafe=unsafe, token=token
    )
    return Visitor(request, service, caller, secret)


VisitorDep = Annotated[Visitor, Depends(get_visitor)]


def page(request: Request, template: str, status: int = 200, /, **values: object) -> Response:
    """A page, also for somebody who is not signed in (then without `visitor`)."""
    theme = request.cookies.get("icp_theme", "auto")
    values = {"visitor": None, "path": request.url.path, **values}
    text = (
        _templates()
        .get_template(template)
        .render(theme=theme if theme in THEMES else "auto", **values)
    )
    return send(request, text, "text/html; charset=utf-8", status)


def send(request: Request, text: str, media_type: str, status: int = 200) -> Response:
    """A text with the headers of a page, compressed if the browser takes that."""
    body, headers = text.encode("utf-8", "replace"), {**HEADERS, "Vary": "Accept-Encoding"}
    if len(body) > _LEAST_COMPRESSED and _takes_gzip(request):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return Response(body, status, headers=headers, media_type=media_type)


@router.get("/static/{version}/{name}")
def get_static(version: str, name: str, request: Request) -> Response:
    """A style sheet, script or picture."""
    found = _static().get(name)
    if found is None:
        raise NotFound("there is no such file")
    fresh = version == static_version()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    body = found.content
    if _takes_gzip(request):
        body, headers["Content-Encoding"] = found.packed, "gzip"
    return Response(body, headers=headers, media_type=found.media_type)


@router.get("/")
def get_home() -> Response:
    """The list of calls is the way in."""
    return Response(status_code=303, headers={"Location": "/calls", **HEADERS})


@cache
def static_version() -> str:
    """The hash of all static files, as it stands in their paths."""
    digest = hashlib.sha256()
    for name, found in sorted(_static().items()):
        digest.update(name.encode() + found.content)
    return digest.hexdigest()[:12]


@cache
def _static() -> Mapping[str, StaticFile]:
    files = {}
    for path in sorted((_HERE / "static").iterdir()):
        content = path.read_bytes()
        kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
        files[path.name] = StaticFile(content, gzip.compress(content, 9), kind or "text/plain")
    return files


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(words.FILTERS)
    environment.globals["static"] = lambda name: f"/static/{static_version()}/{name}"
    return environment


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")
