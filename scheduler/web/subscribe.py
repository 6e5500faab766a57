"""``GET /subscribe/TOKEN``: how to subscribe, for whoever holds the address. It changes nothing."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_token import FeedToken
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.store.unit_of_work import Store
from scheduler.web.subscribe_page import BROKEN, ENDED, LOOK, UNKNOWN, subscribe_page

_log = logging.getLogger(__name__)


class Subscribe:
    """Answers for the subscribe pages of the feeds of one store."""

    def __init__(self, store: Store, base_url: BaseUrl) -> None:
        """``base_url`` is what the operator set.

        Never the Host header: whoever sends the request writes it, and a page with the addresses of
        another host would have a person hand their token to it.
        """
        self._store = store
        self._base_url = base_url

    def get(self, request: Request) -> Response:
        """The page, 404 for an unknown token, 410 for one that was revoked or replaced."""
        try:
            return self._get(request)
        except StoreError:
            raise
        except Exception as error:
            # The server would log the message of the exception, and with it perhaps the token.
            log_fault(_log, "a subscribe page could not be made", error)
            return LOOK.say(BROKEN)

    def _get(self, request: Request) -> Response:
        token = FeedToken.parse(request.path_params["token"])
        with self._store.reading() as work:
            feed = work.feeds.find(token.key_id) if token else None
        # Compared also where there is no feed, so that the time taken tells nothing.
        opened = token is not None and token.opens(feed.secret_hash if feed else None)
        if token is None or feed is None or not opened:
            return LOOK.say(UNKNOWN)
        # The feed itself goes on, for a while, for those who have it; nobody should begin with it.
        if feed.revoked_at is not None:
            return LOOK.say(ENDED)
        return subscribe_page(self._base_url, token)


def subscribe_route(store: Store, base_url: BaseUrl) -> Route:
    """The route of the subscribe pages."""
    return Route("/subscribe/{token}", Subscribe(store, base_url).get, methods=["GET", "HEAD"])
