"""``POST /bounces``: a mail provider tells that a mail came back.

Signed, because whoever could invent a bounce could have a patient's address given up. The answer is the
same whether the mail is known or not.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scheduler.actions.bounce import note_bounce
from scheduler.clock import Clock
from scheduler.errors import InputError, StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.channels.standard_webhook import is_signed
from scheduler.reminders.told_bounce import told_bounce
from scheduler.settings import BounceSettings
from scheduler.store.unit_of_work import Store
from scheduler.web.headers import ALWAYS
from scheduler.web.problem import problem
from scheduler.web.request_body import read_body
from scheduler.web.turns import Turns

PATH = "/bounces"
MOST_BYTES = 8192
_log = logging.getLogger(__name__)


class Bounces:
    """Takes the bounces of the mails of one store."""

    def __init__(self, store: Store, clock: Clock, turns: Turns, settings: BounceSettings) -> None:
        self._store = store
        self._clock = clock
        self._turns = turns
        self._key = settings.secret

    async def post(self, request: Request) -> Response:
        """202 for what was understood, and a problem for what was not."""
        body = await read_body(request, MOST_BYTES)
        if body is None:
            told = f"a bounce has at most {MOST_BYTES} bytes"
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
        if not is_signed(self._key, request.headers, body, self._clock()):
            told = "the signature does not fit the body and the key, or the timestamp is 5 minutes off"
            return problem(HTTPStatus.FORBIDDEN, told)
        return await self._noted(body)

    async def _noted(self, body: bytes) -> Response:
        try:
            bounce = told_bounce(body)
            await self._turns.take(lambda: note_bounce(self._store, bounce, self._clock()))
        except InputError as error:
            return problem(HTTPStatus.BAD_REQUEST, str(error))
        except StoreError:
            raise
        except Exception as error:
            # The server would log the message of the exception, and with it perhaps the address.
            log_fault(_log, "a bounce could not be noted", error)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "nothing was noted: send it again later")
        return PlainTextResponse("accepted\n", HTTPStatus.ACCEPTED.value, ALWAYS)


def bounce_routes(store: Store, clock: Clock, turns: Turns, settings: BounceSettings | None) -> list[Route]:
    """The route that takes bounces; none where the operator set no secret."""
    if settings is None:
        return []
    return [Route(PATH, Bounces(store, clock, turns, settings).post, methods=["POST"])]
