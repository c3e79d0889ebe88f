"""What a route needs: the service, the caller, one of their calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api import accounts
from api.jobs.service import Service
from api.security import Caller, NotFound, sign_in
from api.store import calls
from api.store.records import Call
from api.wiring import Services


async def get_service(request: Request) -> Service:
    """The service that this app was made for."""
    service: Service = request.app.state.service
    return service


async def get_services(request: Request) -> Services:
    """The models, none of them loaded before it is needed."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]
ServiceDep = Annotated[Service, Depends(get_service)]


_BEARER = HTTPBearer(auto_error=False, description="An API key: `icp_…`")
_API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False)


async def get_caller(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    _api_key: Annotated[str | None, Security(_API_KEY)],
) -> Caller:
    """Who asks. The gate has found it out already; the schemes are for the API's description."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return await run_in_threadpool(caller_of, request) if caller is None else caller


def caller_of(request: Request) -> Caller:
    """Whose key or session a request carries; raises NotSignedIn. Looks into the database."""
    database = request.app.state.service.database
    authorization = request.headers.get("authorization")
    api_key = request.headers.get("x-api-key")
    if authorization or api_key:
        return sign_in(database, authorization, api_key)
    return accounts.caller_of_request(
        database,
        request.cookies.get(accounts.COOKIE),
        unsafe=request.method not in ("GET", "HEAD"),
        token=request.headers.get(accounts.CSRF_HEADER),
    )


CallerDep = Annotated[Caller, Depends(get_caller)]


def get_call(call_id: str, service: ServiceDep, caller: CallerDep) -> Call:
    """The call that the path names, if the caller may see it."""
    with service.database.reading() as connection:
        call = calls.get(connection, call_id, caller.scope)
    if call is None:
        raise NotFound(f"there is no call {call_id[:60]!r}")
    return call


CallDep = Annotated[Call, Depends(get_call)]
