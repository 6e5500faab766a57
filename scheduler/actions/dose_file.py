"""One dose as a calendar file, for who adds it to a calendar by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.actions.answer_link import OpenLink
from scheduler.actions.dose_in_hand import dose_in_hand
from scheduler.actions.feed_contents import FeedStyle, Subject, feed_identity
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.ical.audience import Audience
from scheduler.ical.document import Day, render_feed
from scheduler.ical.feed_identity import Revision
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.feed_window import FeedContents
from scheduler.ical.privacy import Privacy
from scheduler.reminders.answer_token import LinkPurpose
from scheduler.store.patients import PatientRecord
from scheduler.store.unit_of_work import Store

_ONE_DAY = timedelta(days=1)


def dose_file(store: Store, text: str, moment: datetime) -> bytes | None:
    """The next dose of the regimen that the link with the token ``text`` is about; None where there is none.

    Discreet, whatever the message was: the file goes where other people look. Raises LinkError.
    """
    with store.reading() as work:
        link = OpenLink(work, text, moment)
        if link.purpose is not LinkPurpose.ONE:
            return None
        stored = work.plans.load(work.patients.get(link.record.subject_id))
        found = dose_in_hand(work, stored, link.record, moment)
    return None if found.following is None else _rendered(stored.record, found.following)


def _rendered(record: PatientRecord, dose: DoseOccurrence) -> bytes:
    whose = Subject(audience=Audience.PATIENT, id=record.id, name=record.patient.name)
    identity = feed_identity(whose, FeedStyle(privacy=Privacy.DISCREET))
    day = dose.local_date
    contents = FeedContents(occurrences=(dose,), since=day, until=day + _ONE_DAY, shortened=False)
    revised_at = record.revised_at.astimezone(UTC).replace(microsecond=0)
    return render_feed(
        [FeedPart(contents=contents, identity=identity)],
        identity=identity,
        day=Day(today=day, zone=dose.zone),
        revision=Revision(sequence=record.revision, at=revised_at),
    ).body
