"""`create_app`: the web application on a service. uvicorn calls `from_environment`.

Nothing is built at import time. Trap: the app closes the service when it stops, so a test that
still needs it opens its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api import errors, pages
from api.gate import Gate
from api.jobs.service import Service, wait_for_service
from api.logs import set_up_logs
from api.routes import (
    audio,
    audit,
    batches,
    calls,
    corrections,
    deals,
    events,
    health,
    insights,
    metrics,
    privacy,
    team,
    upload,
    webhooks,
)
from api.schemas import refusals
from api.settings import load_settings, quiet_libraries
from api.wiring import Services, open_services


def create_app(service: Service, services: Services | None = None) -> FastAPI:
    """The API on this service; tests hand in stand-ins for the models."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="ICP signals",
        description="What sales calls say about the ideal customer profile, with the proof for it.",
        version="1",
        responses=refusals(),
        lifespan=life,
        # their pages load scripts from elsewhere; /openapi.json is what clients need
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.services = services or open_services(service.settings)
    errors.install(app)
    app.state.traffic = CollectorRegistry()
    app.add_middleware(Gate, service=service, traffic=app.state.traffic)
    parts = (upload, calls, audio, events, corrections, deals, insights, team, privacy)
    for part in (*parts, batches, webhooks, audit, health, metrics):
        app.include_router(part.router)
    pages.install(app)
    return app


def from_environment() -> FastAPI:
    """The app of the settings in the environment, for uvicorn's workers."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    quiet_libraries(settings)
    return create_app(wait_for_service(settings))
