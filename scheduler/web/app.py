"""The ASGI application."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.formulary.formulary import Formulary
from scheduler.store.unit_of_work import Store
from scheduler.web.feeds import Feeds

_SMALLEST_TO_COMPRESS = 500
_log = logging.getLogger(__name__)


def make_app(store: Store, formulary: Formulary, clock: Clock) -> Starlette:
    """An application that serves the feeds of ``store``."""
    feeds = Feeds(store, formulary, clock)
    app = Starlette(
        routes=[Route("/feeds/{token}.ics", feeds.get, methods=["GET", "HEAD"])],
        middleware=[Middleware(GZipMiddleware, minimum_size=_SMALLEST_TO_COMPRESS)],
        exception_handlers={StoreError: _unavailable},
    )
    # A redirect would carry the token to whatever host the request named.
    app.router.redirect_slashes = False
    return app


def _unavailable(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the path holds the token
    _log.error("a feed could not be served: %s", error)
    return PlainTextResponse("The calendar cannot be read at the moment.\n", 503, {"Retry-After": "60"})
