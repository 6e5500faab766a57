"""The bytes of a calendar: made when the plan or the day has changed, and kept for everybody to serve.

A feed is rendered once for each state of what it shows; after that, whichever server is asked, the stored
bytes are the answer. What each of its events was last is stored beside them, so that an event counts its own
changes (see ical/shown_events.py).
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

from scheduler import __version__
from scheduler.actions.dose_page import make_page_code
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_contents import FeedStyle, Subject, feed_identity, patient_part
from scheduler.actions.feed_source import FeedSource, feed_source, feed_style
from scheduler.dosing.plan import Plan
from scheduler.dosing.timezone import local_date
from scheduler.errors import ConflictError
from scheduler.formulary.formulary import Formulary
from scheduler.ical.audience import Audience
from scheduler.ical.document import Day, render_ended, render_feed
from scheduler.ical.feed_identity import Revision
from scheduler.ical.privacy import Privacy
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvents
from scheduler.store.feed_lookup import FeedLookup
from scheduler.store.feeds import FeedRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.rendered_feeds import RenderedRecord
from scheduler.store.unit_of_work import Store

# Other bytes may come of the same plan from another release or other clock data.
_MADE_BY = f"{__version__}/{version('tzdata')}"
_ONE_SECOND = timedelta(seconds=1)
# How often another server may be first before its bytes have to do.
_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedFeed:
    """A calendar and what HTTP needs to know of it: ``packed`` is it as gzip, ``etag`` is quoted.

    ``last_modified`` is in whole seconds, UTC.
    """

    packed: bytes
    etag: str
    last_modified: datetime

    @property
    def body(self) -> bytes:
        """The calendar itself."""
        return gzip.decompress(self.packed)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedState:
    """What the bytes of a feed depend on: what it shows by ``mark``, the day, and when its address ends.

    ``pages``: where the server is whose pages its doses have; None: they have none.
    """

    mark: str
    today: date
    ends_at: datetime | None
    pages: BaseUrl | None = None

    def __str__(self) -> str:
        return " ".join((self.today.isoformat(), *self._rest()))

    def is_told_by(self, stored: str | None) -> bool:
        """Whether bytes of the state ``stored`` will do.

        So will those of a later day: a server whose clock is slow by a minute must not turn a feed back
        that another has rendered for the day that begins.
        """
        if stored is None:
            return False
        today, *rest = stored.split(" ")
        return today >= self.today.isoformat() and tuple(rest) == self._rest()

    def _rest(self) -> tuple[str, ...]:
        ends = "-" if self.ends_at is None else self.ends_at.isoformat()
        return (self.mark, ends, _MADE_BY, *_short(self.pages))


def state_of(lookup: FeedLookup, moment: datetime, pages: BaseUrl | None = None) -> FeedState:
    """The state that the feed should be served in at ``moment``."""
    today = local_date(moment, lookup.zone)
    return FeedState(mark=lookup.mark, today=today, ends_at=lookup.revoked_at, pages=pages)


def refresh_feed(
    store: Store, formulary: Formulary, key_id: str, moment: datetime, pages: BaseUrl | None = None
) -> RenderedFeed:
    """Render the feed for ``moment``, keep the bytes for all servers, and return what is kept.

    Where another server was first, its bytes are returned, unless it had read an older plan. ``pages``:
    where the server is whose pages its doses have. Raises NotFoundError, MalformedCalendarError.
    """
    if pages is not None:
        make_page_code(store, key_id)
    for _ in range(_TRIES):
        rendered = _refreshed(store, formulary, key_id, moment, pages)
        if rendered is not None:
            return rendered
    return stored_feed(store, key_id)


def _refreshed(
    store: Store, formulary: Formulary, key_id: str, moment: datetime, pages: BaseUrl | None
) -> RenderedFeed | None:
    """None where another server kept what it made meanwhile: look again what that is."""
    with store.reading() as work:
        lookup = work.feeds.look_up(key_id)
        before = work.rendered_feeds.find(key_id)
        source = feed_source(work, work.feeds.get(key_id))
    assert lookup is not None
    state = state_of(lookup, moment, pages)
    if before is not None and state.is_told_by(before.state):
        return _of_record(before)
    after = _rendered_after(before, source, formulary, state)
    return _of_record(after) if _keep(store, key_id, before, after) else None


def stored_feed(store: Store, key_id: str) -> RenderedFeed:
    """The bytes that are kept, whatever they were made from. Raises NotFoundError where there are none."""
    with store.reading() as work:
        return _of_record(work.rendered_feeds.get(key_id))


def render_stored(stored: StoredPlan, formulary: Formulary, style: FeedStyle, moment: datetime) -> bytes:
    """The calendar of a stored patient for a file: every event bears the revision of the plan."""
    record = stored.record
    revision = Revision(sequence=record.revision, at=_whole(record.revised_at))
    today = local_date(moment, record.patient.zone)
    return render_plan(stored.plan, formulary, style, record.id, revision, today)


def render_plan(
    plan: Plan, formulary: Formulary, style: FeedStyle, whose: str, revision: Revision, today: date
) -> bytes:
    """The calendar of ``plan`` around local date ``today``; ``whose`` is the id of the patient."""
    subject = Subject(audience=Audience.PATIENT, id=whose, name=plan.patient.name)
    part = patient_part(plan, formulary, subject, style, today)
    day = Day(today=today, zone=plan.patient.zone)
    return render_feed([part], identity=part.identity, day=day, revision=revision).body


def ended_feed(store: Store, lookup: FeedLookup, moment: datetime) -> RenderedFeed:
    """The calendar that tells a client to drop the doses it knew. It has no name and no plan in it.

    What the feed was last served as is forgotten.
    """
    if lookup.state is not None:
        with store.transaction() as work:
            work.rendered_feeds.remove(lookup.key_id)
    with store.reading() as work:
        feed = work.feeds.get(lookup.key_id)
    return _ended(feed, lookup, moment)


def _ended(feed: FeedRecord, lookup: FeedLookup, moment: datetime) -> RenderedFeed:
    assert feed.revoked_at is not None
    subject_id = feed.patient_id or feed.caseload_id or ""
    subject = Subject(audience=Audience(feed.audience), id=subject_id, name="")
    day = Day(today=local_date(moment, lookup.zone), zone=lookup.zone)
    identity = feed_identity(subject, replace(feed_style(feed), privacy=Privacy.DISCREET))
    # The notice stands on another date every day, which is a visible change and counts as one.
    changed_at = max(_whole(feed.revoked_at), _whole(day.begins))
    days = (day.today - local_date(feed.revoked_at, lookup.zone)).days
    body = render_ended(identity=identity, revision=Revision(sequence=days, at=changed_at), day=day)
    return _packed(body, changed_at)


def _rendered_after(
    before: RenderedRecord | None, source: FeedSource, formulary: Formulary, state: FeedState
) -> RenderedRecord:
    day = Day(today=state.today, zone=source.zone)
    revised_at = max(source.revised_at, _whole(day.begins))
    shown = NOTHING_SHOWN if before is None else ShownEvents.load(before.events)
    rendering = render_feed(
        source.parts(formulary, state.today, shown.reaches, state.pages),
        identity=feed_identity(source.subject, source.style),
        day=day,
        revision=Revision(sequence=0, at=revised_at),
        shown=shown,
        ends_on=source.ends_on,
    )
    made = _packed(rendering.body, revised_at)
    if before is not None:
        made = _kept_or_later(made, before)
    return RenderedRecord(
        state=str(state),
        etag=made.etag,
        last_modified=made.last_modified,
        body=made.packed,
        events=rendering.shown.dump(),
    )


def _kept_or_later(made: RenderedFeed, before: RenderedRecord) -> RenderedFeed:
    """Last-Modified advances whenever the bytes change, also where an event is gone, and only then."""
    if made.etag == before.etag:
        return _of_record(before)
    later = max(made.last_modified, before.last_modified + _ONE_SECOND)
    return RenderedFeed(packed=made.packed, etag=made.etag, last_modified=later)


def _keep(store: Store, key_id: str, before: RenderedRecord | None, after: RenderedRecord) -> bool:
    try:
        with store.transaction() as work:
            return work.rendered_feeds.replace(key_id, before, after)
    except ConflictError:
        return False


def _of_record(record: RenderedRecord) -> RenderedFeed:
    return RenderedFeed(packed=record.body, etag=record.etag, last_modified=record.last_modified)


def _packed(body: bytes, last_modified: datetime) -> RenderedFeed:
    etag = f'"{hashlib.sha256(body).hexdigest()[:40]}"'
    # Without the time of packing, which would be another in every process.
    return RenderedFeed(packed=gzip.compress(body, 6, mtime=0), etag=etag, last_modified=last_modified)


def _short(pages: BaseUrl | None) -> tuple[str, ...]:
    """Of a fixed length, however long the address is."""
    return () if pages is None else (hashlib.sha256(pages.text.encode()).hexdigest()[:8],)


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
