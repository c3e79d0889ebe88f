"""A connection that goes only to addresses which the operator allows; for webhooks.

A name is looked up once, every address that it stands for is judged, and the connection goes to an
address that was judged, so a name server that answers differently the next time gains nothing. TLS
still checks the certificate against the name. Trap: an IPv6 address may carry an IPv4 one inside.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from pipeline.errors import IcpError, InputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Refused(IcpError):
    """The receiver's address is one that nothing is sent to."""

    code = "address_refused"


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host name, or of an address written out."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError("the host name is not known") from error
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet, with what is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner: list[Address] = [a for a in (address.ipv4_mapped, address.sixtofour) if a]
        inner += address.teredo or ()
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if inner:
            return all(is_public(each) for each in inner)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def check_url(url: str, *, http: bool, private: bool) -> None:
    """Raise InputError unless webhooks may go to this URL, as far as it shows by itself."""
    problem = _problem(url, http=http, private=private)
    if problem is not None:
        raise InputError(problem, field="url")


def _problem(url: str, *, http: bool, private: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no URL"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has characters that a URL must not have; write them as %XX, and names as xn--…"
    if parts.scheme not in ("https", "http") or not host:
        return "is no https:// URL"
    if parts.scheme == "http" and not http:
        return "must begin with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must have no user name, password or #fragment"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if private or is_public(address) else "is an address of the own network"


@dataclass(frozen=True, slots=True)
class Guarded(httpcore.NetworkBackend):
    """Opens connections for one request: judged addresses only, all over at `deadline`."""

    deadline: float
    """By `time.monotonic()`."""
    private: bool = False
    resolve: Resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Look the name up, judge what it stands for, connect to the first that answers."""
        found = [ipaddress.ip_address(text) for text in self.resolve(host, port)]
        allowed = [a for a in found if self.private or is_public(a)]
        if not allowed:
            raise Refused("the name stands for an address of the own network")
        failure: Exception = httpcore.ConnectError("nothing answers there")
        for address in allowed:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    str(address), port, _left(self.deadline), local_address, socket_options
                )
                return _Hurried(stream, self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


@dataclass(frozen=True, slots=True)
class _Hurried(httpcore.NetworkStream):
    """A stream that ends at its deadline, also when bytes trickle in one by one."""

    inner: httpcore.NetworkStream
    deadline: float

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(self.deadline))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secure = self.inner.start_tls(ssl_context, server_hostname, _left(self.deadline))
        return _Hurried(secure, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no answer in time")
    return left
