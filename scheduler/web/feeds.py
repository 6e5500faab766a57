"""``GET /feeds/TOKEN.ics``.

A client on an error keeps the doses it has and rings for them, so this answers with a calendar whenever
it has one. The token is in the address and never in a log.
"""

from __future__ import annotations

import logging
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from scheduler.actions.feed import ENDED_FOR
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_rendering import (
    RenderedFeed,
    ended_feed,
    refresh_feed,
    state_of,
    stored_feed,
)
from scheduler.actions.feed_token import FeedToken
from scheduler.clock import Clock
from scheduler.errors import DosecalError, StoreError
from scheduler.fault_log import log_fault
from scheduler.formulary.formulary import Formulary
from scheduler.store.feed_lookup import FeedLookup
from scheduler.store.unit_of_work import Store
from scheduler.web.client_family import client_family
from scheduler.web.feed_answer import Answer, calendar, message, unchanged
from scheduler.web.kept_feeds import KeptFeed, KeptFeeds
from scheduler.web.look_ups import LookUps
from scheduler.web.request_head import RequestHead

KEPT_BYTES = 64 * 1024 * 1024
"""What the calendars ready to be sent may take of a server's memory."""

_UNKNOWN = message(404, "There is no such calendar.")
_GONE = message(410, "This calendar has ended.")
_BROKEN = message(500, "The calendar cannot be made at the moment.")
_UNAVAILABLE = message(503, "The calendar cannot be read at the moment.", (b"retry-after", b"60"))
_log = logging.getLogger(__name__)


class Feeds:
    """Answers for the feeds of one store; an ASGI application for a path with a ``token``."""

    def __init__(
        self,
        store: Store,
        formulary: Formulary,
        clock: Clock,
        kept_bytes: int = KEPT_BYTES,
        pages: BaseUrl | None = None,
    ) -> None:
        """``pages``: where the server is whose pages the doses have; None: they have none."""
        self._pages = pages
        self._store = store
        self._formulary = formulary
        self._clock = clock
        self._kept = KeptFeeds(kept_bytes)
        self._look_ups = LookUps(store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """The calendar, 304 where the client has it, 404 for an unknown token, 410 for one long revoked."""
        token = FeedToken.parse(scope["path_params"]["token"])
        answer = await self._answer(token, RequestHead.of(scope["headers"]))
        _log.debug("feed %s: %d", token.key_id if token else "-", answer.status)
        await answer.send(send, is_head=scope["method"] == "HEAD")

    async def _answer(self, token: FeedToken | None, head: RequestHead) -> Answer:
        try:
            return await self._looked_up(token, head)
        except StoreError as error:
            _log.error("a feed could not be served: %s", error)
            return self._remembered(token, head) or _UNAVAILABLE
        except Exception as error:
            # The server would log the message of the exception, and with it perhaps a name.
            log_fault(_log, "a feed could not be rendered", error)
            return self._remembered(token, head) or _BROKEN

    async def _looked_up(self, token: FeedToken | None, head: RequestHead) -> Answer:
        lookup = await self._look_ups.find(token.key_id) if token else None
        # Compared also where there is no feed, so that the time taken tells nothing.
        opened = token is not None and token.opens(lookup.secret_hash if lookup else None)
        if token is not None and lookup is None:
            self._kept.forget(token.key_id)  # it went with its patient or caseload
        if lookup is None or not opened:
            return _UNKNOWN
        moment = self._clock()
        if lookup.revoked_at is not None and lookup.revoked_at <= moment:
            return await self._ended(lookup, lookup.revoked_at, head, moment)
        if lookup.last_used_on != moment.date():
            await run_in_threadpool(self._remember_use, lookup.key_id, head, moment)
        return await self._live(lookup, head, moment)

    async def _live(self, lookup: FeedLookup, head: RequestHead, moment: datetime) -> Answer:
        if not state_of(lookup, moment, self._pages).is_told_by(lookup.state):
            rendered = await run_in_threadpool(self._refreshed, lookup, moment)
            kept = self._keep(lookup, rendered)
            return unchanged(head, rendered.etag, rendered.last_modified) or calendar(head, kept)
        assert lookup.etag is not None
        assert lookup.last_modified is not None
        answer = unchanged(head, lookup.etag, lookup.last_modified)
        return answer or calendar(head, await self._stored(lookup, lookup.etag))

    async def _stored(self, lookup: FeedLookup, etag: str) -> KeptFeed:
        kept = self._kept.find(lookup.key_id)
        if kept is not None and kept.rendered.etag == etag:
            return kept
        return self._keep(lookup, await run_in_threadpool(stored_feed, self._store, lookup.key_id))

    async def _ended(
        self, lookup: FeedLookup, ended_at: datetime, head: RequestHead, moment: datetime
    ) -> Answer:
        self._kept.forget(lookup.key_id)
        if moment >= ended_at + ENDED_FOR:
            return _GONE
        rendered = await run_in_threadpool(ended_feed, self._store, lookup, moment)
        answer = unchanged(head, rendered.etag, rendered.last_modified)
        return answer or calendar(head, KeptFeed.of(lookup.secret_hash, rendered))

    def _refreshed(self, lookup: FeedLookup, moment: datetime) -> RenderedFeed:
        """Rendered anew, or, where that fails, the last good bytes."""
        try:
            return refresh_feed(self._store, self._formulary, lookup.key_id, moment, self._pages)
        except StoreError:
            raise
        except Exception as error:
            if lookup.state is None:
                raise
            log_fault(_log, "a feed could not be rendered and is served as it was", error)
            return stored_feed(self._store, lookup.key_id)

    def _remembered(self, token: FeedToken | None, head: RequestHead) -> Answer | None:
        """The bytes last sent, for who has the right to them; for when the database does not answer."""
        kept = self._kept.find(token.key_id) if token else None
        if token is None or kept is None or not token.opens(kept.secret_hash):
            return None
        rendered = kept.rendered
        return unchanged(head, rendered.etag, rendered.last_modified) or calendar(head, kept)

    def _keep(self, lookup: FeedLookup, rendered: RenderedFeed) -> KeptFeed:
        kept = KeptFeed.of(lookup.secret_hash, rendered)
        self._kept.keep(lookup.key_id, kept)
        return kept

    def _remember_use(self, key_id: str, head: RequestHead, moment: datetime) -> None:
        """Once a day: the nurse sees whether a calendar is in use, and nobody learns when and where."""
        try:
            with self._store.transaction() as work:
                work.feeds.used(key_id, moment.date(), client_family(head.get(b"user-agent")))
        except DosecalError as error:
            _log.warning("the use of a feed was not remembered: %s", error)
