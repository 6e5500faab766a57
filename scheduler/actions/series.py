"""A file of repeating events, for people who import once and do not subscribe."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scheduler.actions.feed_contents import FeedStyle, Subject, feed_identity, guidance_of
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError
from scheduler.formulary.formulary import Formulary
from scheduler.ical.audience import Audience
from scheduler.ical.feed_identity import Revision
from scheduler.ical.series import series_of
from scheduler.ical.series_document import render_series
from scheduler.ical.standing import is_open
from scheduler.store.plans import StoredPlan

_A_YEAR = timedelta(days=365)
_LONGEST = timedelta(days=3660)


def export_series(
    stored: StoredPlan, formulary: Formulary, style: FeedStyle, moment: datetime, until: date | None
) -> bytes:
    """The doses of a stored patient still to be given, from today up to and with local date ``until``.

    None is a year from today. Raises InputError where ``until`` is past or more than ten years ahead.
    """
    record, plan = stored.record, stored.plan
    today = local_date(moment, plan.patient.zone)
    period = Period(start=today, end=_last(today, until) + timedelta(days=1))
    whose = Subject(audience=Audience.PATIENT, id=record.id, name=plan.patient.name)
    revised_at = record.revised_at.astimezone(UTC).replace(microsecond=0)
    return render_series(
        series_of(dose for dose in expand(plan, period) if is_open(dose)),
        identity=feed_identity(whose, style),
        revision=Revision(sequence=record.revision, at=revised_at),
        today=today,
        guidance=guidance_of(plan, formulary, style),
    )


def _last(today: date, until: date | None) -> date:
    last = until or today + _A_YEAR
    if last < today:
        raise InputError(f"the last date {last} is before today, which is {today} for the patient")
    if last - today > _LONGEST:
        raise InputError(f"the last date {last} is more than ten years after today, {today}")
    return last
