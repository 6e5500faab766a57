"""Handing out calendars, giving them new addresses, and taking them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_token import FeedToken
from scheduler.errors import InputError
from scheduler.ical.audience import Audience
from scheduler.store.feeds import FeedRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

ENDED_FOR = timedelta(days=30)
"""How long a revoked feed still answers, with a calendar that says so, for clients to drop the doses."""
OVERLAP = timedelta(days=14)
"""How long an address goes on beside the one that takes its place; the slowest client fetches every week."""

_LONGEST_OVERLAP = timedelta(days=90)
_LONGEST_ALIAS = 40
_LONGEST_LABEL = 80


def issue_feed(
    store: Store,
    subject_id: str,
    moment: datetime,
    *,
    label: str,
    style: FeedStyle,
    audience: Audience = Audience.PATIENT,
) -> FeedToken:
    """Make a new address for a calendar. The token is returned here and nowhere again.

    ``subject_id``: the patient's, or that of a caseload for a nurse or a clinic. Raises NotFoundError for
    an unknown one, InputError for a word or a label that is too long.
    """
    _check(label, style)
    token = FeedToken.new()
    with store.transaction() as work:
        work.feeds.add(
            FeedRecord(
                key_id=token.key_id,
                patient_id=None if audience.is_staff else work.patients.get(subject_id).id,
                caseload_id=work.caseloads.get(subject_id).id if audience.is_staff else None,
                audience=audience.value,
                label=label,
                privacy=style.privacy.value,
                alias=style.alias,
                lead_tasks=style.leads.words(),
                secret_hash=token.secret_hash,
                issued_at=moment,
            )
        )
    return token


def list_feeds(store: Store, patient_id: str | None, caseload_id: str | None = None) -> list[FeedRecord]:
    """The feeds of one patient or caseload, or everybody's. Raises NotFoundError for an unknown one."""
    with store.reading() as work:
        if patient_id is not None:
            work.patients.get(patient_id)
        if caseload_id is not None:
            work.caseloads.get(caseload_id)
        return work.feeds.of(patient_id, caseload_id)


def rotate_feed(store: Store, key_id: str, moment: datetime, *, overlap: timedelta = OVERLAP) -> FeedToken:
    """Give a feed a new address; the old one goes on for ``overlap`` and says in the calendar when it ends.

    Events keep their identity and go on counting their changes. With no overlap the old address ends now:
    for one that fell into wrong hands. Raises NotFoundError, InputError for a feed that has ended or has
    been given a new address before.
    """
    if not timedelta() <= overlap <= _LONGEST_OVERLAP:
        raise InputError(f"the old address goes on for 0 to {_LONGEST_OVERLAP.days} days")
    token = FeedToken.new()
    with store.transaction() as work:
        old = work.feeds.get(key_id)
        if old.revoked_at is not None:
            raise InputError(
                f"the feed {key_id!r} ends or has ended; issue another with 'dosecal feed issue'"
            )
        work.feeds.add(
            replace(
                old,
                key_id=token.key_id,
                secret_hash=token.secret_hash,
                issued_at=moment,
                last_used_on=None,
                last_used_by=None,
            )
        )
        work.rendered_feeds.copy(key_id, token.key_id)
        _end(work, key_id, moment + overlap, moment)
    return token


def revoke_feed(store: Store, key_id: str, moment: datetime) -> None:
    """End a feed now. Raises NotFoundError; one that has ended before keeps its first moment."""
    with store.transaction() as work:
        _end(work, key_id, moment, moment)


def _end(work: UnitOfWork, key_id: str, ends_at: datetime, moment: datetime) -> None:
    work.feeds.revoke(key_id, ends_at)
    if ends_at <= moment:
        work.rendered_feeds.remove(key_id)


def _check(label: str, style: FeedStyle) -> None:
    if not style.alias.strip() or len(style.alias) > _LONGEST_ALIAS:
        raise InputError(f"the word for the events has 1 to {_LONGEST_ALIAS} characters")
    if len(label) > _LONGEST_LABEL:
        raise InputError(f"the label has {len(label)} characters; up to {_LONGEST_LABEL} are kept")
