"""One POST over a connection of its own, over by a deadline, with what was sent told apart from what was not.

By the standard library: the time-outs of urllib3 and httpx are for each read, so a server that sends a byte
now and then would hold a seat for hours, and neither connects to an address that was looked up before.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from scheduler.clock import monotonic
from scheduler.reminders.channels.public_address import Place

_MOST_PLACES = 3
_LONGEST_BODY = 4096
_CONNECTING_S = 5.0


class NotSentError(Exception):
    """Nothing was sent. Its text names the kind of fault alone."""


class NoAnswerError(Exception):
    """Bytes were sent and no answer came that makes sense. Its text names the kind of fault alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """``retry_after`` is the header as it came; ``body`` the beginning of the body, as far as it came."""

    status: int
    retry_after: str | None
    body: bytes


class LookUp(Protocol):
    """Says where a host is. Raises OSError."""

    def __call__(self, host: str, port: int) -> Sequence[Place]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where to post. ``target`` is the path with its query, as the request line has it."""

    host: str
    port: int
    is_encrypted: bool
    target: str

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """Read ``https://HOST[:PORT][/PATH]`` or http. Raises ValueError, without the URL."""
        parts = _parts(url)
        is_encrypted = parts.scheme == "https"
        query = f"?{parts.query}" if parts.query else ""
        return cls(
            host=parts.hostname or "",
            port=parts.port or (443 if is_encrypted else 80),
            is_encrypted=is_encrypted,
            target=f"{parts.path or '/'}{query}",
        )

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_encrypted else 80) else f"{host}:{self.port}"


def post(
    endpoint: Endpoint,
    body: bytes,
    headers: Mapping[str, str],
    *,
    deadline: float,
    look_up: LookUp,
    tls: ssl.SSLContext,
) -> Answer:
    """Post ``body`` before ``deadline`` of the monotonic clock. No redirect is followed, no proxy is used.

    Raises NotSentError, NoAnswerError, and what ``look_up`` raises beside OSError.
    """
    request = _request(endpoint, body, headers)
    with _connected(endpoint, deadline, look_up, tls) as connection:
        try:
            connection.settimeout(_left(deadline))
            connection.sendall(request)
            return _answer(connection, deadline)
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswerError(type(error).__name__) from None


def _parts(url: str) -> SplitResult:
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if not is_plain or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not http://HOST/PATH or https://HOST/PATH")
    return parts


def _request(endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {endpoint.target} HTTP/1.1", f"Host: {endpoint.authority}", "Connection: close"]
    told = {"User-Agent": "dosecal", "Content-Length": str(len(body)), **headers}
    lines += [f"{name}: {value}" for name, value in told.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _connected(endpoint: Endpoint, deadline: float, look_up: LookUp, tls: ssl.SSLContext) -> socket.socket:
    """A connection to the first place that takes one, encrypted where it has to be. Raises NotSentError."""
    try:
        found = look_up(endpoint.host, endpoint.port)
    except OSError as error:
        raise NotSentError(type(error).__name__) from None
    fault = "no address"
    for place in found[:_MOST_PLACES]:
        try:
            return _connected_to(place, endpoint, deadline, tls)
        except (OSError, ValueError) as error:
            fault = type(error).__name__
    raise NotSentError(fault)


def _connected_to(place: Place, endpoint: Endpoint, deadline: float, tls: ssl.SSLContext) -> socket.socket:
    family, address = place
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(min(_CONNECTING_S, _left(deadline)))
        connection.connect(address)
        if endpoint.is_encrypted:
            return tls.wrap_socket(connection, server_hostname=endpoint.host)
    except BaseException:
        connection.close()
        raise
    return connection


def _answer(connection: socket.socket, deadline: float) -> Answer:
    with HTTPResponse(_Timed(connection, deadline), method="POST") as response:  # type: ignore[arg-type]
        response.begin()
        body = b""
        with suppress(OSError, HTTPException, ValueError):  # the status says all that is needed
            body = response.read(_LONGEST_BODY)
        return Answer(status=response.status, retry_after=response.getheader("Retry-After"), body=body)


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A connection as `HTTPResponse` reads it, each read over by ``deadline``."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._raw = _TimedReader(connection, deadline)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)


class _TimedReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)
