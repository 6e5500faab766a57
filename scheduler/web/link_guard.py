"""Pages behind a link that holds a secret: what is answered where one cannot be made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from starlette.responses import Response

from scheduler.actions.answer_link import LinkError, LinkFault
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.web.answer_page import LOOK
from scheduler.web.document import Message
from scheduler.web.turns import Turns

_log = logging.getLogger(__name__)


class LinkGuard:
    """Makes pages in ``turns``, each of them a ``page`` for the log.

    ``faults``: what is said of a link that leads nowhere; ``broken``: of anything unforeseen.
    """

    def __init__(self, turns: Turns, page: str, faults: Mapping[LinkFault, Message], broken: Message) -> None:
        self._page = page
        self._turns = turns
        self._faults = faults
        self._broken = broken

    async def answer(self, made: Callable[[], Response]) -> Response:
        """The response of ``made``, or what is said instead. Raises StoreError where the database is away."""
        try:
            return await self._turns.take(made)
        except LinkError as error:
            return LOOK.say(self._faults[error.fault])
        except StoreError:
            raise
        except Exception as error:
            # The server would log the message of the exception, and with it perhaps the token.
            log_fault(_log, f"{self._page} could not be made", error)
            return LOOK.say(self._broken)
