"""A web server that remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class PingServer:
    """``url`` is its address. Answers 200, or ``status``, with a Location where ``location`` is set."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.status = 200
        self.location: str | None = None
        self.go_on = Event()
        self.go_on.set()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"


@contextmanager
def open_ping_server() -> Iterator[PingServer]:
    """Answer until the end of the block."""
    server = PingServer()
    thread = Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def _handler(server: PingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.paths.append(self.path)
            server.go_on.wait(30)
            is_moved = server.location is not None and self.path != "/moved"
            self.send_response(302 if is_moved else server.status)
            if is_moved:
                self.send_header("Location", str(server.location))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own
            pass

    return Handler
