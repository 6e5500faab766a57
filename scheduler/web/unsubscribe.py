"""``/unsubscribe/TOKEN``: where the address in the head of a mail leads.

GET and HEAD change nothing, because programs follow links before people do. One POST ends what goes to that
contact point, without a cookie or a redirect (RFC 8058 section 3.1). The token is in the address and never
in a log.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from scheduler.actions.answer_link import LinkError, LinkFault
from scheduler.actions.unsubscribe import look_at_contact, subscribe_again, unsubscribe
from scheduler.clock import Clock
from scheduler.errors import InputError
from scheduler.reminders.unsubscribe_links import PATH
from scheduler.store.unit_of_work import Store
from scheduler.web.answer_page import LOOK
from scheduler.web.link_guard import LinkGuard
from scheduler.web.request_body import read_body
from scheduler.web.turns import Turns
from scheduler.web.unsubscribe_form import MOST_BYTES, Pressed, read_pressed
from scheduler.web.unsubscribe_page import BROKEN, FAULTS, TOO_LATE, unsubscribe_page


class Unsubscribing:
    """Answers for the links to unsubscribe of one store."""

    def __init__(self, store: Store, clock: Clock, turns: Turns) -> None:
        self._store = store
        self._clock = clock
        self._guard = LinkGuard(turns, "a page to unsubscribe", FAULTS, BROKEN)

    async def get(self, request: Request) -> Response:
        """The page with one button; 404 or 410 where the link leads nowhere."""
        return await self._guard.answer(lambda: self._page(request.path_params["token"]))

    async def post(self, request: Request) -> Response:
        """End it or have it again, done once, and the page afterwards.

        200 also where nothing went there before: what was asked for is so.
        """
        body = await read_body(request, MOST_BYTES)
        content_type = request.headers.get("content-type", "")
        return await self._guard.answer(
            lambda: self._pressed(request.path_params["token"], content_type, body)
        )

    def _page(self, token: str) -> Response:
        return unsubscribe_page(look_at_contact(self._store, token, self._clock()))

    def _pressed(self, token: str, content_type: str, body: bytes | None) -> Response:
        try:
            pressed = read_pressed(content_type, body or b"")
        except InputError as error:
            found = look_at_contact(self._store, token, self._clock())
            return unsubscribe_page(found, wrong=str(error), status=400)
        return self._undone(token) if pressed is Pressed.UNDO else self._ended(token)

    def _ended(self, token: str) -> Response:
        try:
            return unsubscribe_page(unsubscribe(self._store, token, self._clock()))
        except LinkError as error:
            if error.fault is not LinkFault.ENDED:
                raise
            return LOOK.say(replace(FAULTS[error.fault], status=200))

    def _undone(self, token: str) -> Response:
        contact, was_in_time = subscribe_again(self._store, token, self._clock())
        if was_in_time:
            return unsubscribe_page(contact)
        return unsubscribe_page(contact, wrong=TOO_LATE, status=409)


def unsubscribe_routes(store: Store, clock: Clock, turns: Turns) -> list[BaseRoute]:
    """The routes of the pages to unsubscribe."""
    pages, path = Unsubscribing(store, clock, turns), PATH + "{token}"
    return [
        Route(path, pages.get, methods=["GET", "HEAD"]),
        Route(path, pages.post, methods=["POST"]),
    ]
