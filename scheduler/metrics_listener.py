"""A small HTTP server for monitors, on an address of its own: metrics, is it alive, can it work.

It is for Prometheus and for supervisors, not for the world: bind it to an address that only they reach.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from scheduler.errors import SettingsError, StoreError
from scheduler.fault_log import log_fault

Answer = tuple[int, str, bytes]
_PATIENCE_S = 10.0
_TEXT = "text/plain; charset=utf-8"
_log = logging.getLogger(__name__)


@contextmanager
def listen(where: str | None, registry: CollectorRegistry, check: Callable[[], None]) -> Iterator[int | None]:
    """Answer on ``where`` (HOST:PORT, or [HOST]:PORT for IPv6) until the end of the block; the port.

    With no ``where`` nothing listens. ``check`` raises StoreError where no work can be done. Raises
    SettingsError for an address that cannot be used.
    """
    if where is None:
        yield None
        return
    server = _server(*_parse(where), _Pages(registry, check))
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Pages:
    """What is answered to each path."""

    def __init__(self, registry: CollectorRegistry, check: Callable[[], None]) -> None:
        self._registry = registry
        self._check = check
        self._pages = {"/metrics": self._metrics, "/healthz": self._health, "/readyz": self._readiness}

    def answer(self, path: str) -> Answer:
        page = self._pages.get(path.partition("?")[0])
        return (404, _TEXT, b"There is /metrics, /healthz and /readyz.\n") if page is None else page()

    def _metrics(self) -> Answer:
        return 200, CONTENT_TYPE_LATEST, generate_latest(self._registry)

    def _health(self) -> Answer:
        return 200, _TEXT, b"alive\n"

    def _readiness(self) -> Answer:
        try:
            self._check()
        except StoreError:
            return 503, _TEXT, b"not ready: the database cannot be used\n"
        return 200, _TEXT, b"ready\n"


def _server(host: str, port: int, pages: _Pages) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "dosecal", ""
        timeout = _PATIENCE_S

        def do_GET(self) -> None:
            status, kind, body = pages.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: a monitor asks every few seconds."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = AF_INET6 if ":" in host else ThreadingHTTPServer.address_family

        def handle_error(self, *_: Any) -> None:
            """The standard library would print what the exception says."""
            error = sys.exception()
            if error is not None and not isinstance(error, OSError):  # who hangs up is no fault
                log_fault(_log, "a monitor could not be answered", error)

    try:
        return Server((host, port), Handler)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"metrics cannot be served at {host}:{port} (--metrics): {reason}") from error


def _parse(where: str) -> tuple[str, int]:
    host, _, port = where.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f"{where!r} (--metrics) is not HOST:PORT, such as 127.0.0.1:9460")
    return host.removeprefix("[").removesuffix("]"), int(port)
