"""Answering a reminder by the link in its message.

What is answered is recorded as if a nurse had: it takes back the follow-ups and moves the doses that count
from it, in the same transaction. Two answers are one: the second finds what the first recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from scheduler.actions.answer_link import LinkError, LinkFault, OpenLink
from scheduler.actions.dose_in_hand import DoseInHand, answerable, dose_in_hand, find_in_hand
from scheduler.actions.free_text import check_reason, check_site
from scheduler.actions.plan_change import Done, Occasion, change_within
from scheduler.actions.record_dose import record_given, record_not_given, take_back
from scheduler.dosing.administration import AdministrationStatus
from scheduler.dosing.timezone import resolve
from scheduler.errors import ConflictError, NotFoundError, RefusedError
from scheduler.reminders.answer_links import is_answerable
from scheduler.reminders.answer_token import GOOD_FOR, LinkPurpose
from scheduler.reminders.planner import plan_reminders
from scheduler.store.answers import AnswerKind, AnswerRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_AGO = timedelta(days=60)
_MISSED_FOR = timedelta(days=2)
# Within so much a snooze that is asked for is the one that runs: the button was pressed twice.
_SAME_SNOOZE = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """It was given ``at`` the naive local time, None: now, into ``site``, None: the planned one."""

    at: datetime | None
    site: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotGiven:
    """It was not, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """What was answered was wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """Tell me in a while."""

    wait: timedelta


Answer = Given | NotGiven | Undo | Snooze


class Outcome(Enum):
    """DONE, or it stood so ALREADY; for the rest nothing was changed.

    OTHERWISE: something else is recorded. FUTURE, LONG_AGO: of the time told. NO_SITE: of the site told.
    TOO_LATE: to take it back. NOT_YOURS: somebody else recorded it. NO_SNOOZE: not so long, or not again.
    REFUSED: it contradicts what is recorded of other doses.
    """

    DONE = "done"
    ALREADY = "already"
    OTHERWISE = "otherwise"
    FUTURE = "future"
    LONG_AGO = "long-ago"
    NO_SITE = "no-site"
    TOO_LATE = "too-late"
    NOT_YOURS = "not-yours"
    NO_SNOOZE = "no-snooze"
    REFUSED = "refused"


class _DeclinedError(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDose:
    """``text`` is the token of a link to the dose of ``record``."""

    record: ReminderRecord
    text: str


def look(store: Store, text: str, moment: datetime) -> DoseInHand | Sequence[OpenDose]:
    """What the link with the token ``text`` leads to: a dose, or each that can be answered. Changes nothing.

    Raises LinkError.
    """
    with store.reading() as work:
        link = OpenLink(work, text, moment)
        stored = work.plans.load(work.patients.get(link.record.subject_id))
        if link.purpose is LinkPurpose.ONE:
            return dose_in_hand(work, stored, link.record, moment)
        told = work.reminder_log.asking(link.record.subject_id, link.record.recipient_id, moment - GOOD_FOR)
        asked = [record for record in told if is_answerable(record)]
        records = answerable(stored, asked, moment, moment - _MISSED_FOR)
        return [OpenDose(record=record, text=link.text_for(record)) for record in records]


def answer(store: Store, text: str, moment: datetime, given: Answer) -> tuple[DoseInHand, Outcome]:
    """Do what is answered by the link with the token ``text``; the dose afterwards.

    Raises LinkError, InputError for a site or reason that is too long or has control characters.
    """
    try:
        return _done(store, text, moment, given), Outcome.DONE
    except _DeclinedError as declined:
        outcome = declined.outcome
    except ConflictError:
        outcome = Outcome.OTHERWISE
    except NotFoundError as error:
        raise LinkError(LinkFault.GONE) from error
    except LinkError:
        raise
    except RefusedError:
        outcome = Outcome.REFUSED
    with store.reading() as work:
        record = _link_to_one(work, text, moment)
        dose = dose_in_hand(work, work.plans.load(work.patients.get(record.subject_id)), record, moment)
    return dose, _found(dose, given) if outcome is Outcome.OTHERWISE else outcome


def _done(store: Store, text: str, moment: datetime, given: Answer) -> DoseInHand:
    """The dose once it is answered, in one transaction: the plan is read and the link looked at once."""
    with store.transaction() as work:
        record = _link_to_one(work, text, moment)
        if isinstance(given, Snooze):
            stored = _snoozed(work, record, moment, given.wait)
        else:
            stored = _changed(work, record, moment, given)
        dose = find_in_hand(work, stored, record, moment)
    if dose is None:
        # It has left the plan by being answered, which stands all the same.
        raise LinkError(LinkFault.GONE)
    return dose


def _link_to_one(work: UnitOfWork, text: str, moment: datetime) -> ReminderRecord:
    link = OpenLink(work, text, moment)
    if link.purpose is not LinkPurpose.ONE:
        raise LinkError(LinkFault.UNKNOWN)
    return link.record


def _found(dose: DoseInHand, given: Answer) -> Outcome:
    """Whether what stands is what was answered: then somebody pressed twice."""
    recorded = None if dose.entry is None else dose.entry.value.status
    same = {Given: AdministrationStatus.GIVEN, NotGiven: AdministrationStatus.NOT_GIVEN, Undo: None}
    return Outcome.ALREADY if same.get(type(given)) is recorded else Outcome.OTHERWISE


def _changed(
    work: UnitOfWork, record: ReminderRecord, moment: datetime, given: Given | NotGiven | Undo
) -> StoredPlan:
    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        match given:
            case Given():
                if given.at is not None or given.site is not None:
                    _check(dose_in_hand(work, stored, record, moment), given)
                kind = AnswerKind.GIVEN
                done = record_given(work, stored, record.dose_id, moment, at=given.at, site=given.site)
            case NotGiven():
                check_reason(given.reason)
                kind = AnswerKind.NOT_GIVEN
                done = record_not_given(work, stored, record.dose_id, moment, at=None, reason=given.reason)
            case Undo():
                kind = AnswerKind.UNDONE
                done = _undo(work, stored, dose_in_hand(work, stored, record, moment), moment)
        work.answers.add(_record(record, kind, moment))
        return done

    _, after = change_within(work, record.subject_id, Occasion(moment=moment, told=False), act)
    return after


def _check(dose: DoseInHand, given: Given) -> None:
    if given.site is not None:
        check_site(given.site)
        if given.site not in dose.occurrence.regimen.sites:
            raise _DeclinedError(Outcome.NO_SITE)
    if given.at is None:
        return
    if dose.wall_now.replace(tzinfo=None) - given.at > _LONGEST_AGO:
        raise _DeclinedError(Outcome.LONG_AGO)
    if given.at - dose.wall_now.replace(tzinfo=None) > _LONGEST_AGO or _is_to_come(dose, given.at):
        raise _DeclinedError(Outcome.FUTURE)


def _is_to_come(dose: DoseInHand, at: datetime) -> bool:
    return resolve(at, dose.patient.whereabouts(at.date())).at > dose.moment + _CLOCKS_DIFFER


def _undo(work: UnitOfWork, stored: StoredPlan, dose: DoseInHand, moment: datetime) -> Done:
    if dose.entry is None:
        raise _DeclinedError(Outcome.OTHERWISE)
    if dose.undo_until is None:
        raise _DeclinedError(Outcome.NOT_YOURS)
    if not dose.may_undo:
        raise _DeclinedError(Outcome.TOO_LATE)
    return take_back(work, stored, dose.occurrence, dose.entry, moment)


def _snoozed(work: UnitOfWork, record: ReminderRecord, moment: datetime, wait: timedelta) -> StoredPlan:
    stored = work.plans.load(work.patients.lock(record.subject_id))
    dose = dose_in_hand(work, stored, record, moment)
    recipient = work.recipients.find(record.recipient_id)
    if recipient is None or not recipient.is_told:
        raise _DeclinedError(Outcome.NO_SNOOZE)
    until = moment + wait
    if dose.snoozed_until is not None and dose.snoozed_until >= until - _SAME_SNOOZE:
        raise _DeclinedError(Outcome.ALREADY)
    if wait not in dose.snooze_choices:
        raise _DeclinedError(Outcome.NO_SNOOZE)
    work.answers.add(_record(record, AnswerKind.SNOOZED, moment, until))
    plan_reminders(work, [stored.record], moment, known=[stored])
    return stored


def _record(
    record: ReminderRecord, kind: AnswerKind, moment: datetime, told_at: datetime | None = None
) -> AnswerRecord:
    return AnswerRecord(
        patient_id=record.subject_id,
        dose_id=record.dose_id,
        recipient_id=record.recipient_id,
        kind=kind,
        answered_at=moment,
        told_at=told_at,
    )
