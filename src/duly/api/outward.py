"""Requests to addresses that clients chose, which must never reach inside the lender's own network.

The name is looked up once, every address that it stands for is judged, and the connection goes to one of the very
addresses judged: a name that means another address a moment later gains nothing. Redirects are not followed.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from duly.engine.errors import InputError

SECONDS = 10.0
# All of IPv6 that is given out to the world (RFC 4291); what lies outside may lead to some other network, or IPv4.
WORLD = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(httpcore.ConnectError):
    """The address is inside the lender's network, or is none."""


def check_address(url: str) -> None:
    """Raise InputError unless `url` may be one to send to, as far as it says itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError("this is not an address", "/url", "write it as https://host/path") from None
    schemes = ("https", "http") if settings.DULY_WEBHOOKS_INSIDE else ("https",)
    if parts.scheme not in schemes or not host:
        raise InputError("the address is not https", "/url", "write it as https://host/path")
    if parts.username or parts.password or parts.fragment:
        raise InputError("the address has a password or a fragment", "/url", "leave it out; deliveries are signed")
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise InputError("the address has characters that an address has not", "/url", "encode them")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    if not _outside(literal):
        raise InputError("the address is inside a private network", "/url", "give one that all the world may reach")


class _Stream(httpcore.NetworkStream):
    """A stream that ends at a deadline, however slowly the other side speaks."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"no answer within {SECONDS:.0f} seconds")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Outward(httpcore.NetworkBackend):
    """Connects to addresses outside alone."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        deadline = time.monotonic() + SECONDS
        address = _judged(host, port)
        stream = self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
        return _Stream(stream, deadline)


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """Post `body` and give the status of the answer, which is not read any further.

    Raises httpcore.NetworkError, httpcore.TimeoutException or httpcore.ProtocolError when there is none.
    """
    parts = urlsplit(url)
    timeouts = {"connect": SECONDS / 2, "read": SECONDS, "write": SECONDS, "pool": SECONDS}
    told = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **headers}
    with (
        httpcore.ConnectionPool(network_backend=_Outward(), retries=0) as pool,
        pool.stream("POST", url, headers=list(told.items()), content=body, extensions={"timeout": timeouts}) as answer,
    ):
        return int(answer.status)


def _judged(host: str, port: int) -> str:
    """An address of `host`, all of which are outside."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddressError("the name is not known") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(_outside(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise RefusedAddressError("the address is inside a private network")
    return addresses[0]


def _outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if settings.DULY_WEBHOOKS_INSIDE:
        return True
    # An IPv4 address in IPv6 clothing is judged as what it is.
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return _outside(inner)
        if address in NAT64:
            return _outside(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in WORLD:
            return False
    return address.is_global and not address.is_multicast
