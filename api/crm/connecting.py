"""Settings → one CRM. The only place where credentials are taken out of the settings.

Without a token nothing is imported and no connection is made. Trap: a token with a line end in it
would end up in a library's error message, so such a token is refused before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from api.crm.mapping import CrmMapping
from api.crm.pace import Pace
from api.crm.remote import Crm, CrmFailure
from api.settings import PREFIX, Settings
from pipeline.errors import BadUsage


def open_crm(mapping: CrmMapping, settings: Settings) -> Crm:
    """The CRM that a mapping names, as far as the settings allow; raises BadUsage."""
    pace = Pace(settings.crm_rate)
    try:
        return (_hubspot if mapping.crm == "hubspot" else _salesforce)(mapping, settings, pace)
    except ImportError as error:
        raise BadUsage(
            f"{error.name} is not installed", remedy="pip install 'icp-signals[crm]'"
        ) from None


@contextmanager
def first_contact(settings: Settings) -> Iterator[None]:
    """What a CRM refuses here, it refuses for all deals; raises BadUsage for credentials."""
    try:
        yield
    except CrmFailure as failure:
        text = without_secrets(failure.problem, settings)
        if failure.status in (401, 403):
            raise BadUsage(text, remedy="check the token and its rights") from None
        if failure.status == 404:
            raise BadUsage(text, remedy="check the address, and object in the mapping") from None
        raise CrmFailure(text, status=failure.status, stops=True) from None


def without_secrets(text: str, settings: Settings) -> str:
    """A text in which no credential of ours stands."""
    for name in ("hubspot_token", "salesforce_token", "salesforce_client_secret"):
        secret = getattr(settings, name)
        if secret is not None and len(secret.get_secret_value()) > 3:
            text = text.replace(secret.get_secret_value(), "…")
    return text


def _hubspot(mapping: CrmMapping, settings: Settings, pace: Pace) -> Crm:
    token = _secret(settings.hubspot_token, "hubspot_token")
    url = _origin(settings.hubspot_url, "hubspot_url")
    from api.crm.hubspot import HubSpot

    return HubSpot(token, url, pace, settings.crm_timeout)


def _salesforce(mapping: CrmMapping, settings: Settings, pace: Pace) -> Crm:
    if not settings.salesforce_url:
        raise BadUsage(
            "is not set", field=f"{PREFIX}SALESFORCE_URL",
            remedy="the address of your org: https://acme.my.salesforce.com",
        )  # fmt: skip
    url = _origin(settings.salesforce_url, "salesforce_url")
    if settings.salesforce_client_id and settings.salesforce_token is None:
        sign_in = {
            "client_id": settings.salesforce_client_id,
            "client_secret": _secret(settings.salesforce_client_secret, "salesforce_client_secret"),
        }
        host = urlsplit(url).hostname or ""
        if not host.endswith(".salesforce.com"):
            raise BadUsage(
                f"{host} is no org's own address", field=f"{PREFIX}SALESFORCE_URL",
                remedy="a sign-in by client needs https://acme.my.salesforce.com",
            )  # fmt: skip
    else:
        sign_in = {"token": _secret(settings.salesforce_token, "salesforce_token")}
    from api.crm.salesforce import Salesforce

    return Salesforce(url, sign_in, mapping.object, pace, settings.crm_timeout)


def _secret(secret: SecretStr | None, name: str) -> str:
    text = secret.get_secret_value().strip() if secret else ""
    variable = f"{PREFIX}{name.upper()}"
    if not text:
        raise BadUsage("is not set", field=variable, remedy="see README, CRM")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise BadUsage("has characters that no token has", field=variable, remedy="copy it again")
    return text


def _origin(url: str, name: str) -> str:
    """An address without a path: `https://`, or `http://` to this machine."""
    parts = urlsplit(url.strip())
    variable = f"{PREFIX}{name.upper()}"
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise BadUsage("is not encrypted", field=variable, remedy="write it as https://…")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadUsage("is no address", field=variable, remedy="write it as https://host")
    return f"{parts.scheme}://{parts.netloc}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
