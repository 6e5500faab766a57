"""The ASGI application."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scheduler.actions.feed_address import BaseUrl
from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.formulary.formulary import Formulary
from scheduler.settings import BounceSettings
from scheduler.store.unit_of_work import Store
from scheduler.web.answers import answer_routes
from scheduler.web.bounces import bounce_routes
from scheduler.web.dose_pages import dose_routes
from scheduler.web.feeds import Feeds
from scheduler.web.headers import ALWAYS
from scheduler.web.health import health_routes
from scheduler.web.subscribe import subscribe_route
from scheduler.web.turns import Turns
from scheduler.web.unsubscribe import unsubscribe_routes

PAGES = frozenset({"feeds", "subscribe", "answer", "dose", "unsubscribe", "bounces", "healthz", "readyz"})
"""The first parts of the paths that there are."""

_log = logging.getLogger(__name__)


def make_app(
    store: Store,
    formulary: Formulary,
    clock: Clock,
    base_url: BaseUrl,
    pages: BaseUrl | None = None,
    bounces: BounceSettings | None = None,
) -> Starlette:
    """An application that serves the feeds of ``store``, reached from outside at ``base_url``.

    ``pages``: the same where an operator has said so, for then calendars may lead there; else None.
    ``bounces``: by what a mail provider signs; None: it cannot tell of any.
    """
    served = Feeds(store, formulary, clock, pages=pages)
    feeds = Route("/feeds/{token}.ics", served, methods=["GET", "HEAD"])
    turns = Turns(store)
    of_messages = [*answer_routes(store, clock, turns), *unsubscribe_routes(store, clock, turns)]
    of_providers = bounce_routes(store, clock, turns, bounces)
    pages_too = [*of_messages, *of_providers, *dose_routes(store, clock, turns)]
    app = Starlette(
        routes=[feeds, subscribe_route(store, base_url), *pages_too, *health_routes(store)],
        exception_handlers={StoreError: _unavailable, HTTPException: _nothing_here},
    )
    # A redirect would carry the token to whatever host the request named.
    app.router.redirect_slashes = False
    return app


def _unavailable(request: Request, error: Exception) -> Response:  # noqa: ARG001  # the path holds the token
    _log.error("a page could not be served: %s", error)
    return PlainTextResponse("The page cannot be made at the moment.\n", 503, {**ALWAYS, "Retry-After": "60"})


def _nothing_here(request: Request, error: Exception) -> Response:  # noqa: ARG001  # as above
    """404 for a path that nobody serves, 405 with what is allowed for another method."""
    assert isinstance(error, HTTPException)
    text = "There is nothing here.\n" if error.status_code == 404 else "That cannot be done here.\n"
    return PlainTextResponse(text, error.status_code, {**ALWAYS, **(error.headers or {})})
