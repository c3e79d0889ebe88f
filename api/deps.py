"""What a route needs: the service, the caller, one of their calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from api.jobs.service import Service
from api.security import Caller, NotFound, sign_in
from api.store import calls
from api.store.records import Call
from api.wiring import Services


def get_service(request: Request) -> Service:
    """The service that this app was made for."""
    service: Service = request.app.state.service
    return service


def get_services(request: Request) -> Services:
    """The models, none of them loaded before it is needed."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]
ServiceDep = Annotated[Service, Depends(get_service)]


def get_caller(
    service: ServiceDep,
    authorization: Annotated[str | None, Header()] = None,
    x_api_key: Annotated[str | None, Header()] = None,
) -> Caller:
    """Who asks; refuses who is not signed in."""
    return sign_in(service.database, authorization, x_api_key)


CallerDep = Annotated[Caller, Depends(get_caller)]


def get_call(call_id: str, service: ServiceDep, caller: CallerDep) -> Call:
    """The call that the path names, if the caller may see it."""
    with service.database.reading() as connection:
        call = calls.get(connection, call_id, caller.scope)
    if call is None:
        raise NotFound(f"there is no call {call_id[:60]!r}")
    return call


CallDep = Annotated[Call, Depends(get_call)]
