"""An HTTP server that behaves as badly as real ones do."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from tests.support.mail_servers import CUT, HANG, Certificate

DRIP = "a byte now and then"
OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as received, header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class HttpServer:
    """What it hears, and what it answers to everything."""

    port: int
    answer: str
    requests: list[Request] = field(default_factory=list)


def status(code: int, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {code} Whatever", *headers, "Content-Length: 0", "", ""])


@contextmanager
def http_server(answer: str = OK, certificate: Certificate | None = None) -> Iterator[HttpServer]:
    """A server on 127.0.0.1 that gives ``answer``, or is `CUT`, `HANG` or `DRIP`."""
    ended = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = HttpServer(port=listener.getsockname()[1], answer=answer)
        tls = None if certificate is None else certificate.server_context()
        thread = Thread(target=_serve, args=(listener, server, ended, tls))
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join()


def _serve(listener: socket.socket, server: HttpServer, ended: Event, tls: ssl.SSLContext | None) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection, suppress(OSError):
            connection.settimeout(5)
            if tls is None:
                _converse(connection, server, ended)
            else:
                with tls.wrap_socket(connection, server_side=True) as encrypted:
                    _converse(encrypted, server, ended)


def _converse(connection: socket.socket, server: HttpServer, ended: Event) -> None:
    with connection.makefile("rb") as lines:
        line = lines.readline().decode("latin-1").strip()
        if not line:
            return
        headers = {}
        while header := lines.readline().decode("latin-1").strip():
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        body = lines.read(int(headers.get("content-length", "0")))
        server.requests.append(Request(line=line, headers=headers, body=body))
        _answer(connection, server.answer, ended)


def _answer(connection: socket.socket, answer: str, ended: Event) -> None:
    if answer == HANG:
        ended.wait(10)
    elif answer == DRIP:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not ended.wait(0.05):
            connection.sendall(b"a")
    elif answer != CUT:
        connection.sendall(answer.encode("latin-1"))
