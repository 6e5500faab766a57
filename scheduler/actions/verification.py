"""Verifying contact points: a code that goes there, or somebody who answers for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.errors import ConflictError, InputError, RefusedError
from scheduler.reminders.broken_contact import take_back_unsubscribed
from scheduler.reminders.channels.channel import Accepted, Channel, Outcome
from scheduler.reminders.digest_planner import plan_digests
from scheduler.reminders.planner import plan_reminders
from scheduler.reminders.unsubscribe_links import UnsubscribeLinks
from scheduler.reminders.verification import (
    LEAST_BETWEEN,
    MOST_TRIES,
    code_message,
    code_problem,
    new_code,
    sent_code,
)
from scheduler.store.caseloads import CaseloadRecord
from scheduler.store.patients import PatientRecord
from scheduler.store.recipients import BY_CODE, RecipientRecord, SentCode
from scheduler.store.unit_of_work import Store, UnitOfWork

_LONGEST_REASON = 200
_NO_MORE = (
    "whoever got the last code there wants no more: ask the person for their address, or say with --by-hand "
    "how you know that it is theirs"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedCode:
    """A code for ``recipient``, made at the aware ``moment``."""

    recipient: RecipientRecord
    code: str
    moment: datetime


def issue_code(
    store: Store, recipient_id: str, moment: datetime, make: Callable[[], str] = new_code
) -> IssuedCode:
    """A new code in place of an earlier one.

    Raises NotFoundError, ConflictError within a minute of the last, RefusedError where whoever got the last
    one wants no more.
    """
    with store.transaction() as work:
        recipient = work.recipients.get(recipient_id)
        _lock(work, recipient)
        last = work.recipients.code(recipient_id)
        if last is not None and _said_no(recipient, last):
            raise RefusedError(_NO_MORE)
        if last is not None and moment - last.sent_at < LEAST_BETWEEN:
            raise ConflictError("a code was sent there less than a minute ago: wait for it")
        code = make()
        work.recipients.put_code(recipient_id, sent_code(recipient_id, code, moment))
    return IssuedCode(recipient=recipient, code=code, moment=moment)


def send_code(issued: IssuedCode, channel: Channel, links: UnsubscribeLinks | None = None) -> Outcome:
    """Send it; a mail by ``links`` with an end to such mails for who never asked for them.

    Raises RefusedError where it was not taken; whether it arrives shows when it is said.
    """
    key = f"code/{issued.recipient.id}/{issued.code}"
    message = code_message(issued.code)
    if links is not None:
        message = links.over_another(message, issued.recipient, issued.moment)
    outcome = channel.send(message, issued.recipient.address, key)
    if not isinstance(outcome, Accepted):
        raise RefusedError(f"the code was not accepted: {outcome.detail}")
    return outcome


def verify_by_code(store: Store, recipient_id: str, code: str, moment: datetime) -> None:
    """Remind there from now on. Raises NotFoundError, RefusedError with why ``code`` is not the one."""
    problem = _try(store, recipient_id, code, moment)
    if problem is not None:
        with store.reading() as work:
            command = verify_command(work.recipients.get(recipient_id))
        raise RefusedError(f"{problem}; send another with '{command}'")


def verify_by_hand(store: Store, recipient_id: str, reason: str, moment: datetime) -> None:
    """Remind there from now on, because somebody answers for it. Raises NotFoundError, InputError."""
    _verify(store, recipient_id, checked_reason(reason), moment)


def verify_command(recipient: RecipientRecord) -> str:
    """What sends a code there, and with the code behind it verifies it."""
    whose = "" if recipient.caseload_id is None else f"{recipient.caseload_id} "
    noun = "recipient" if recipient.caseload_id is None else "caseload contact"
    return f"dosecal {noun} verify {whose}{recipient.id}"


def checked_reason(reason: str) -> str:
    """Raises InputError for one that says nothing or cannot be kept."""
    if not reason.strip() or not reason.isprintable() or len(reason) > _LONGEST_REASON:
        raise InputError(f"the reason has 1 to {_LONGEST_REASON} printable characters")
    if reason == BY_CODE:
        raise InputError("say in a few words how the address was verified")
    return reason


def _try(store: Store, recipient_id: str, code: str, moment: datetime) -> str | None:
    """Verify it, or count a wrong code, which must not be taken back with an error."""
    with store.transaction() as work:
        recipient = work.recipients.get(recipient_id)
        _lock(work, recipient)
        sent = work.recipients.code(recipient_id)
        problem = code_problem(sent, recipient_id, code, moment)
        if problem is not None and sent is not None:
            tries = min(sent.tries + 1, MOST_TRIES)
            work.recipients.put_code(recipient_id, replace(sent, tries=tries))
    if problem is None:
        _verify(store, recipient_id, BY_CODE, moment)
    return problem


def _verify(store: Store, recipient_id: str, how: str, moment: datetime) -> None:
    with store.transaction() as work:
        recipient = work.recipients.get(recipient_id)
        subject = _lock(work, recipient)
        work.recipients.verify(recipient_id, moment, how)
        if isinstance(subject, CaseloadRecord):
            plan_digests(work, [subject], moment)
        else:
            take_back_unsubscribed(work, subject.id, recipient.channel, moment)
            plan_reminders(work, [subject], moment)


def _said_no(recipient: RecipientRecord, last: SentCode) -> bool:
    """Whether whoever got ``last`` ended what comes there, as a stranger may."""
    return recipient.unsubscribed_at is not None and recipient.unsubscribed_at >= last.sent_at


def _lock(work: UnitOfWork, recipient: RecipientRecord) -> PatientRecord | CaseloadRecord:
    """The patient whose reminders go there, or the caseload whose digest does, locked."""
    if recipient.caseload_id is not None:
        return work.caseloads.lock(recipient.caseload_id)
    return work.patients.lock(recipient.subject_id)
