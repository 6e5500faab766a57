"""``GET /feeds/TOKEN.ics``.

A client on an error keeps the doses it has and rings for them, so this answers with a calendar whenever
it has one. The token is in the address and never in a log.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import date, datetime
from threading import Lock

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from scheduler.actions.feed import ENDED_FOR, FeedStyle, RenderedFeed, render_revoked, render_stored
from scheduler.actions.feed_token import FeedToken
from scheduler.clock import Clock
from scheduler.dosing.timezone import local_date
from scheduler.errors import DosecalError, StoreError
from scheduler.fault_log import log_fault
from scheduler.formulary.formulary import Formulary
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord
from scheduler.store.patients import PatientRecord
from scheduler.store.unit_of_work import Store, UnitOfWork
from scheduler.web.conditional import http_date, not_modified

_HEADERS = {
    "Cache-Control": "private, max-age=900, must-revalidate",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Not robots.txt: Google Calendar obeys it and would stop fetching.
    "X-Robots-Tag": "noindex, nofollow",
}
_CONTENT = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Content-Disposition": 'inline; filename="plan.ics"',
}
_KEPT_BYTES = 64 * 1024 * 1024
_log = logging.getLogger(__name__)

# A feed, the state of its plan, and the patient's date: what its bytes depend on.
_Key = tuple[str, int, datetime, date]


class Feeds:
    """Answers for the feeds of one store."""

    def __init__(self, store: Store, formulary: Formulary, clock: Clock) -> None:
        self._store = store
        self._formulary = formulary
        self._clock = clock
        self._rendered = _RenderedFeeds(_KEPT_BYTES)

    def get(self, request: Request) -> Response:
        """The calendar, 304 where the client has it, 404 for an unknown token, 410 for one long revoked."""
        try:
            return self._get(request)
        except StoreError:
            raise
        except Exception as error:
            # The server would log the message of the exception, and with it perhaps a name.
            log_fault(_log, "a feed could not be rendered", error)
            return _plain(500, "The calendar cannot be made at the moment.")

    def _get(self, request: Request) -> Response:
        moment = self._clock()
        token = FeedToken.parse(request.path_params["token"])
        with self._store.reading() as work:
            feed = work.feeds.find(token.key_id) if token else None
            # Compared also where there is no feed, so that the time taken tells nothing.
            opened = token is not None and token.opens(feed.secret_hash if feed else None)
            if feed is None or not opened:
                return _plain(404, "There is no such calendar.")
            rendered = self._render(work, feed, moment)
        if rendered is None:
            return _plain(410, "This calendar has ended.")
        self._remember_use(feed, moment)
        return _answer(request, rendered)

    def _render(self, work: UnitOfWork, feed: FeedRecord, moment: datetime) -> RenderedFeed | None:
        record = work.patients.get(feed.patient_id)
        if feed.revoked_at is None:
            return self._live(work, feed, record, moment)
        return render_revoked(record, feed, moment) if moment < feed.revoked_at + ENDED_FOR else None

    def _live(
        self, work: UnitOfWork, feed: FeedRecord, record: PatientRecord, moment: datetime
    ) -> RenderedFeed:
        today = local_date(moment, record.patient.zone)
        key = (feed.key_id, record.revision, record.revised_at, today)
        rendered = self._rendered.get(key)
        if rendered is None:
            style = FeedStyle(privacy=Privacy(feed.privacy), alias=feed.alias)
            rendered = render_stored(work.plans.load(record), self._formulary, style, moment)
            self._rendered.keep(key, rendered)
        return rendered

    def _remember_use(self, feed: FeedRecord, moment: datetime) -> None:
        """Once a day: the nurse sees whether a calendar is in use, and nobody learns when and where."""
        today = moment.date()
        if feed.last_used_on == today:
            return
        try:
            with self._store.transaction() as work:
                work.feeds.used(feed.key_id, today)
        except DosecalError as error:
            _log.warning("the use of a feed was not remembered: %s", error)


class _RenderedFeeds:
    """The most recently asked-for feeds, up to a number of bytes, for all threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._feeds: OrderedDict[_Key, RenderedFeed] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> RenderedFeed | None:
        with self._lock:
            if key in self._feeds:
                self._feeds.move_to_end(key)
            return self._feeds.get(key)

    def keep(self, key: _Key, rendered: RenderedFeed) -> None:
        with self._lock:
            if key not in self._feeds:
                self._bytes += len(rendered.body)
            self._feeds[key] = rendered
            while self._bytes > self._most_bytes:
                _, dropped = self._feeds.popitem(last=False)
                self._bytes -= len(dropped.body)


def _answer(request: Request, rendered: RenderedFeed) -> Response:
    validators = {"ETag": _etag(request, rendered), "Last-Modified": http_date(rendered.last_modified)}
    headers = {**_HEADERS, **validators}
    if not_modified(request.headers, rendered.etag, rendered.last_modified):
        # Of an answer without a body the compressing middleware keeps out, and of its Vary with it.
        return Response(status_code=304, headers={**headers, "Vary": "Accept-Encoding"})
    return Response(rendered.body, headers={**headers, **_CONTENT})


def _etag(request: Request, rendered: RenderedFeed) -> str:
    """Strong over the plain bytes; weak (RFC 9110 section 8.8.1) where the middleware will compress them."""
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    return f"W/{rendered.etag}" if compressed else rendered.etag


def _plain(status: int, text: str) -> Response:
    headers = {**_HEADERS, "Cache-Control": "private, no-store"}
    return PlainTextResponse(f"{text}\n", status, headers)
