"""``/answer/TOKEN``: where the link in a message leads.

GET and HEAD change nothing, because programs follow links before people do. The token is in the address and
never in a log.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from scheduler.actions.answer import answer, look
from scheduler.actions.answer_link import LinkFault
from scheduler.actions.dose_file import dose_file
from scheduler.actions.dose_in_hand import DoseInHand
from scheduler.clock import Clock
from scheduler.errors import InputError
from scheduler.reminders.answer_links import PATH
from scheduler.store.unit_of_work import Store
from scheduler.web.answer_form import MOST_BYTES, Show, read_form
from scheduler.web.answer_messages import BROKEN, FAULTS, STATUS, said_of
from scheduler.web.answer_page import LOOK, Telling, dose_page, list_page
from scheduler.web.headers import ALWAYS
from scheduler.web.link_guard import LinkGuard
from scheduler.web.request_body import read_body
from scheduler.web.turns import Turns

_FILE = {**ALWAYS, "Content-Disposition": 'attachment; filename="reminder.ics"'}


class Answers:
    """Answers for the links to the doses of one store."""

    def __init__(self, store: Store, clock: Clock, turns: Turns) -> None:
        self._store = store
        self._clock = clock
        self._guard = LinkGuard(turns, "an answer page", FAULTS, BROKEN)

    async def get(self, request: Request) -> Response:
        """The page of a dose, or of all that are open; 404 or 410 where the link leads nowhere."""
        return await self._guard.answer(lambda: self._page(request.path_params["token"], Telling()))

    async def file(self, request: Request) -> Response:
        """The next dose as a calendar file."""
        return await self._guard.answer(lambda: self._file(request.path_params["token"]))

    async def post(self, request: Request) -> Response:
        """What was pressed, done once, and the page afterwards."""
        body = await read_body(request, MOST_BYTES)
        return await self._guard.answer(lambda: self._pressed(request.path_params["token"], body))

    def _page(self, token: str, telling: Telling, status: int = 200) -> Response:
        moment = self._clock()
        found = look(self._store, token, moment)
        if isinstance(found, DoseInHand):
            return dose_page(found, token, telling, status)
        return list_page(found, moment)

    def _pressed(self, token: str, body: bytes | None) -> Response:
        try:
            pressed = read_form(b"" if body is None else body)
            if isinstance(pressed, Show):
                return self._page(token, Telling(named=True))
            dose, outcome = answer(self._store, token, self._clock(), pressed)
        except InputError as error:
            return self._page(token, Telling(wrong=str(error)), 400)
        telling = Telling(named=True, wrong=said_of(outcome))
        return dose_page(dose, token, telling, STATUS.get(outcome, 409))

    def _file(self, token: str) -> Response:
        body = dose_file(self._store, token, self._clock())
        if body is None:
            return LOOK.say(FAULTS[LinkFault.GONE])
        return Response(body, headers=_FILE, media_type="text/calendar; charset=utf-8")


def answer_routes(store: Store, clock: Clock, turns: Turns) -> list[BaseRoute]:
    """The routes of the answer pages."""
    answers, path = Answers(store, clock, turns), PATH + "{token}"
    return [
        Route(path, answers.get, methods=["GET", "HEAD"]),
        Route(path, answers.post, methods=["POST"]),
        Route(f"{path}/dose.ics", answers.file, methods=["GET", "HEAD"]),
    ]
