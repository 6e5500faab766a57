"""Handing out calendars, taking them back, and what is in them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from scheduler.actions.feed_token import FeedToken
from scheduler.dosing.plan import Plan
from scheduler.dosing.timezone import local_date, midnight
from scheduler.errors import InputError
from scheduler.formulary.entry import guidance
from scheduler.formulary.formulary import Formulary
from scheduler.ical.document import render_ended, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store

DEFAULT_ALIAS = "Reminder"
ENDED_FOR = timedelta(days=30)
"""How long a revoked feed still answers, with a calendar that says so, for clients to drop the doses."""

_NAMESPACE = uuid.UUID("0f0c1f0e-6c3c-5d0b-9a55-6d1a3c1b7a10")
_LONGEST_ALIAS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedStyle:
    """How much a calendar tells: ``alias`` is the title of its events below full privacy."""

    privacy: Privacy
    alias: str = DEFAULT_ALIAS


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedFeed:
    """The bytes of a feed with what HTTP needs to know of them; ``last_modified`` in whole seconds, UTC."""

    body: bytes
    etag: str
    last_modified: datetime


def issue_feed(store: Store, patient_id: str, moment: datetime, *, label: str, style: FeedStyle) -> FeedToken:
    """Make a new address for the patient's calendar. The token is returned here and nowhere again."""
    if not style.alias.strip() or len(style.alias) > _LONGEST_ALIAS:
        raise InputError(f"the word for the events has 1 to {_LONGEST_ALIAS} characters")
    token = FeedToken.new()
    with store.transaction() as work:
        record = work.patients.get(patient_id)
        feed = FeedRecord(
            key_id=token.key_id,
            patient_id=record.id,
            label=label,
            privacy=style.privacy.value,
            alias=style.alias,
            secret_hash=token.secret_hash,
            issued_at=moment,
            revoked_at=None,
            last_used_on=None,
        )
        work.feeds.add(feed)
    return token


def list_feeds(store: Store, patient_id: str | None) -> list[FeedRecord]:
    """The feeds of one patient, or everybody's. Raises NotFoundError for an unknown patient."""
    with store.reading() as work:
        if patient_id is not None:
            work.patients.get(patient_id)
        return work.feeds.of(patient_id)


def revoke_feed(store: Store, key_id: str, moment: datetime) -> None:
    """End a feed. Raises NotFoundError."""
    with store.transaction() as work:
        work.feeds.revoke(key_id, moment)


def render_stored(
    stored: StoredPlan, formulary: Formulary, style: FeedStyle, moment: datetime
) -> RenderedFeed:
    """The calendar of a stored patient: the same bytes in a feed and in an exported file of one style.

    They change with the plan's revision and with the patient's local date, and with nothing else.
    """
    record = stored.record
    today = local_date(moment, record.patient.zone)
    revision = Revision(sequence=record.revision, at=_whole(record.revised_at))
    body = render_plan(stored.plan, formulary, style, f"patient/{record.id}", revision, today)
    return _rendered(body, max(revision.at, _rolled(record, today)))


def render_plan(
    plan: Plan, formulary: Formulary, style: FeedStyle, whose: str, revision: Revision, today: date
) -> bytes:
    """The calendar of ``plan`` around local date ``today``. Event ids come from ``whose``, hashed."""
    return render_feed(
        feed_contents(plan, today),
        identity=_identity(plan.patient.name, style, whose),
        revision=revision,
        zone=plan.patient.zone,
        today=today,
        guidance=_guidance(plan, formulary) if style.privacy is Privacy.FULL else {},
    )


def render_revoked(record: PatientRecord, feed: FeedRecord, moment: datetime) -> RenderedFeed:
    """The calendar that tells a client to drop the doses it knew."""
    assert feed.revoked_at is not None
    today = local_date(moment, record.patient.zone)
    style = FeedStyle(privacy=Privacy(feed.privacy), alias=feed.alias)
    body = render_ended(
        identity=_identity(record.patient.name, style, f"patient/{record.id}"),
        revision=Revision(sequence=record.revision + 1, at=_whole(feed.revoked_at)),
        zone=record.patient.zone,
        today=today,
    )
    return _rendered(body, max(_whole(feed.revoked_at), _rolled(record, today)))


def _identity(name: str, style: FeedStyle, whose: str) -> FeedIdentity:
    full = style.privacy is Privacy.FULL
    return FeedIdentity(
        audience=uuid.uuid5(_NAMESPACE, whose),
        name=f"Doses of {name}"
        if full
        else f"{style.alias}s"
        if style.alias == DEFAULT_ALIAS
        else style.alias,
        alias=style.alias,
        initials=_initials(name) if style.privacy is Privacy.INITIALS else "",
        privacy=style.privacy,
    )


def _initials(name: str) -> str:
    return "".join(word[0].upper() for word in name.split() if word[0].isalpha())[:4]


def _guidance(plan: Plan, formulary: Formulary) -> dict[str, tuple[str, ...]]:
    entries = {r.id: formulary.of_product(r.product, plan.patient.market) for r in plan.regimens}
    return {regimen: guidance(entry) for regimen, entry in entries.items() if entry is not None}


def _rolled(record: PatientRecord, today: date) -> datetime:
    """When the window last moved: the start of the patient's day."""
    return _whole(midnight(today, record.patient.zone))


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _rendered(body: bytes, last_modified: datetime) -> RenderedFeed:
    etag = f'"{hashlib.sha256(body).hexdigest()[:40]}"'
    return RenderedFeed(body=body, etag=etag, last_modified=last_modified)
