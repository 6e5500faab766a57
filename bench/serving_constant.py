"""Starlette under the settings of ``dosecal serve``, and nothing to do: constant bytes, at ``/``.

The command is ``python -m bench.serving_constant PORT BYTES``. It is the most that a server made of these
parts can reach.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.serving_process import Server, free_port, running


@contextmanager
def constant(size: int) -> Iterator[Server]:
    """A server of ``size`` bytes, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.serving_constant", str(port), str(size)]
    with running(command, port) as server:
        yield server


def main() -> None:
    """Serve until it is ended."""
    port, size = map(int, sys.argv[1:3])
    body = b"x" * size

    async def answer(request: Request) -> Response:  # noqa: ARG001  # whatever is asked, the same
        return Response(body, media_type="text/calendar")

    uvicorn.run(
        Starlette(routes=[Route("/", answer, methods=["GET", "POST"])]),
        port=port,
        http="httptools",
        access_log=False,
        ws="none",
        log_config=None,
        server_header=False,
        lifespan="off",
    )


if __name__ == "__main__":
    main()
