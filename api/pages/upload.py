"""The upload page. Its script sends each file to the API's own route, under the session.

Trap: the form's fields are those of `POST /v1/calls`; a rep's upload is the rep's own, so reps are
not asked whose it is.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.frame import VisitorDep
from api.store import profiles

router = APIRouter()


@router.get("/upload")
def show_upload(visitor: VisitorDep) -> Response:
    """Where files are dropped."""
    service = visitor.service
    with service.database.reading() as connection:
        heads = profiles.in_use(connection)
    return visitor.page(
        "upload.html", profiles=heads, most_mb=service.settings.max_upload_mb,
        needs_consent=service.settings.require_consent,
    )  # fmt: skip
