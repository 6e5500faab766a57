"""The page of a dose to which a calendar leads.

Its address is no secret: calendars are shared, and kept by companies. So it shows nothing. Whoever opens it
can have a link sent to where the patient's reminders go, and answer by that.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from scheduler.actions.feed_contents import FeedStyle, Subject, feed_identity
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period
from scheduler.dosing.timezone import local_date
from scheduler.errors import ConflictError
from scheduler.ical.audience import Audience
from scheduler.ical.event_body import page_code
from scheduler.ical.privacy import Privacy
from scheduler.reminders.planner import plan_reminders
from scheduler.store.answers import AnswerKind, AnswerRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRole
from scheduler.store.unit_of_work import Store, UnitOfWork

# Small letters and digits that are not taken for one another.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 12
_BACK, _AHEAD = timedelta(days=60), timedelta(days=401)
_MOST_A_DAY = 12
_MOST_OF_A_DOSE = 3
_AT_MOST_EVERY = timedelta(minutes=5)


def make_page_code(store: Store, key_id: str) -> None:
    """See that the patient of a feed has a code in addresses; one that is there stays for good."""
    with store.reading() as work:
        feed = work.feeds.get(key_id)
        if feed.patient_id is None or work.patient_pages.code_of(feed.patient_id) is not None:
            return
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    try:
        with store.transaction() as work:
            work.patient_pages.add(feed.patient_id, code)
    except ConflictError:
        return  # another server was first


def ask_for_link(store: Store, patient_code: str, dose_code: str, moment: datetime) -> None:
    """Have a link to a dose sent to where the patient's reminders go.

    Nothing tells whether it was: not for codes of nobody's, nor of a dose that is recorded, nor for more than
    one in five minutes, three of a dose or twelve in a day.
    """
    with store.reading() as work:
        patient_id = work.patient_pages.patient_of(patient_code)
    if patient_id is None:
        return
    with store.transaction() as work:
        patient = work.patients.lock(patient_id)
        if work.answers.count_asked(patient_id, moment - timedelta(days=1)) >= _MOST_A_DAY:
            return
        dose = _dose(work.plans.load(patient), dose_code, moment)
        if dose is not None and _may_ask(work, patient_id, str(dose.id), moment):
            _ask(work, patient_id, str(dose.id), moment)
            plan_reminders(work, [patient], moment)


def _dose(stored: StoredPlan, dose_code: str, moment: datetime) -> DoseOccurrence | None:
    whose = Subject(audience=Audience.PATIENT, id=stored.record.id, name="")
    identity = feed_identity(whose, FeedStyle(privacy=Privacy.DISCREET))
    today = local_date(moment, stored.record.patient.zone)
    doses = expand(stored.plan, Period(start=today - _BACK, end=today + _AHEAD))
    return next((dose for dose in doses if page_code(identity.uid(str(dose.id))) == dose_code), None)


def _may_ask(work: UnitOfWork, patient_id: str, dose_id: str, moment: datetime) -> bool:
    times = {a.answered_at for a in work.answers.of_dose(patient_id, dose_id) if a.kind is AnswerKind.ASKED}
    return len(times) < _MOST_OF_A_DOSE and all(moment - at >= _AT_MOST_EVERY for at in times)


def _ask(work: UnitOfWork, patient_id: str, dose_id: str, moment: datetime) -> None:
    for recipient in work.recipients.told([patient_id]).get(patient_id, []):
        if recipient.role is RecipientRole.PERSON:
            asked = AnswerRecord(
                patient_id=patient_id,
                dose_id=dose_id,
                recipient_id=recipient.id,
                kind=AnswerKind.ASKED,
                answered_at=moment,
                told_at=moment,
            )
            work.answers.add(asked)
