"""``/healthz`` and ``/readyz``: for supervisors and load balancers.

They say nothing of whose data it is, and may be reached by anybody.
"""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from scheduler.clock import monotonic
from scheduler.errors import StoreError
from scheduler.store.unit_of_work import Store
from scheduler.web.headers import ALWAYS

_REMEMBERED_S = 1.0
"""However often somebody asks, the database is asked no more often."""

_HEADERS = {**ALWAYS, "Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


def health_routes(store: Store) -> list[Route]:
    """The process answers; the database answers and has the tables of this program."""
    return [Route("/healthz", _alive), Route("/readyz", _Readiness(store).answer)]


async def _alive(request: Request) -> Response:  # noqa: ARG001  # that it answers is the answer
    return PlainTextResponse("alive\n", headers=_HEADERS)


class _Readiness:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked_s: float | None = None
        self._is_ready = False

    async def answer(self, request: Request) -> Response:  # noqa: ARG002  # everybody gets the same
        if self._asked_s is None or monotonic() - self._asked_s > _REMEMBERED_S:
            self._asked_s = monotonic()
            self._is_ready = await run_in_threadpool(self._ask)
        if self._is_ready:
            return PlainTextResponse("ready\n", headers=_HEADERS)
        return PlainTextResponse("not ready: the database cannot be used\n", 503, _HEADERS)

    def _ask(self) -> bool:
        try:
            self._store.check_schema()
        except StoreError as error:
            _log.error("not ready: %s", error)
            return False
        return True
