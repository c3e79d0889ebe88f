"""Is the service alive (`/healthz`), and may it be sent requests (`/readyz`)? Needs no key.

Trap: `/readyz` looks at the database, so a balancer takes a server out while its database is away.
"""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import ServiceDep
from api.schemas import Health, Problem
from api.store import workers

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Problem}})
def readyz(service: ServiceDep) -> Health:
    """The database answers too."""
    with service.database.reading() as connection:
        workers.count(connection, silence=60)
    return Health(status="ok")
