"""The review pages: HTML over the same store, jobs and scores as the API, never by HTTP to itself.

How to add a page (see `calls.py` for one):
1. A router in a module here: take `VisitorDep` (who is signed in; checks the CSRF token of every
   POST) and answer `visitor.page("name.html", …)`. Add the router to `ROUTERS` below and, if the
   page belongs in the navigation, a line to `frame.NAV`.
2. A template that extends `base.html` and imports `macros.html`: `tier(letter)`, `status(call)`,
   `bar(share, label)`, `icon(name)`, `empty(title, text)`, `csrf()`. All that comes from calls is
   escaped by the templates; never use `|safe` on it.
3. A script, if any, is an ES module in `static/`, loaded with `{% block script %}`; `dom.js` has
   `post`, `swap`, `toast`. Content-Security-Policy forbids inline scripts, styles and handlers.
Modules such as `assessed.py` turn records into what a template shows; the styles of deals,
profiles, insights and administration are in `boards.css`. Trap: scripts put server-rendered
fragments in place with `swap`; no script builds HTML out of text.
"""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import admin, admin_work, errors, frame, signin
from api.pages.call import router as call
from api.pages.calls import router as calls
from api.pages.deals import router as deals
from api.pages.insights import router as insights
from api.pages.profiles import router as profiles
from api.pages.trials import router as trials
from api.pages.upload import router as upload

ROUTERS = (
    frame.router, signin.router, upload, calls, call, deals, profiles, trials, insights,
    admin.router, admin_work.router,
)  # fmt: skip


def install(app: FastAPI) -> None:
    """Add the pages to the service's app, after its API and its error table."""
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    errors.install(app)
