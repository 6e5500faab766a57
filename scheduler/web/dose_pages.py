"""``/dose/PATIENT/DOSE``: where a dose in a calendar leads.

The same page for every address, whether there is such a dose or not: it is no secret, so it tells nothing.
"""

from __future__ import annotations

import logging
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from scheduler.actions.dose_page import ask_for_link
from scheduler.actions.feed_address import DOSE_PAGES
from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.store.unit_of_work import Store
from scheduler.web.answer_messages import BROKEN, LINK_ON_ITS_WAY
from scheduler.web.answer_page import LOOK, ask_page
from scheduler.web.turns import Turns

# Anything else never reaches the database, which may choke on it (PostgreSQL on a NUL).
_PATIENT, _DOSE = re.compile("[a-z2-9]{12}", re.ASCII), re.compile("[0-9a-f]{16}", re.ASCII)
_log = logging.getLogger(__name__)


class DosePages:
    """Answers for the pages of the doses of one store."""

    def __init__(self, store: Store, clock: Clock, turns: Turns) -> None:
        self._store = store
        self._clock = clock
        self._turns = turns

    async def get(self, request: Request) -> Response:  # noqa: ARG002  # it is the same for all
        """A button to have a link sent."""
        return ask_page()

    async def post(self, request: Request) -> Response:
        """Have it sent, if there is anything to answer."""
        patient, dose = request.path_params["patient"], request.path_params["dose"]
        try:
            if _PATIENT.fullmatch(patient) and _DOSE.fullmatch(dose):
                await self._turns.take(lambda: ask_for_link(self._store, patient, dose, self._clock()))
        except StoreError:
            raise
        except Exception as error:
            log_fault(_log, "a link could not be asked for", error)
            return LOOK.say(BROKEN)
        return LOOK.say(LINK_ON_ITS_WAY)


def dose_routes(store: Store, clock: Clock, turns: Turns) -> list[BaseRoute]:
    """The routes of the pages of doses."""
    pages, path = DosePages(store, clock, turns), DOSE_PAGES + "{patient}/{dose}"
    return [
        Route(path, pages.get, methods=["GET", "HEAD"]),
        Route(path, pages.post, methods=["POST"]),
    ]
