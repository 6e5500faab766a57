"""The words of a reminder.

Discreet by default: no medicine, no dose, no name. A message names the slot and never says "take it
now", because a copy of it may arrive after a crash, and a second injection does harm that a second
message does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.reminders.broken_contact import BROKEN_CHANNEL, BROKEN_HOW, UNSUBSCRIBED
from scheduler.reminders.restored import lost_since
from scheduler.reminders.steps import (
    ASKED,
    BROKEN,
    ESCALATE,
    FOLLOW_UP,
    LEAD,
    MISSED,
    SNOOZE,
    NewerStepError,
    is_known,
)
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_row import ReminderRecord

_LATE_AFTER = timedelta(minutes=15)
_MOST_LINES = 20
_WAYS = {"smtp": "by mail", "webhook": "by webhook", "ntfy": "by push message", "mqtt": "by MQTT"}
_ASKING_AGAIN = (FOLLOW_UP, SNOOZE)
_CAREFUL = "Check your plan before taking it, and ask your team if you are not sure."
_CAREFUL_OF_ALL = "Check your plan before taking any of them, and ask your team if you are not sure."


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one person is told, once.

    ``unsubscribe_url``: where a mail program may end what goes to this address with one POST (RFC 8058);
    None: nowhere.
    """

    subject: str
    text: str
    unsubscribe_url: str | None = None


def reminder_message(record: ReminderRecord, moment: datetime) -> Message:
    """The message for ``record`` when sent at the aware ``moment``, worded by its step and how late it is.

    Raises NewerStepError: a step that is not known is worded by nobody's guess.
    """
    _refuse_newer([record])
    since = lost_since(record)
    if since is not None:
        return _restored([record], since, moment)
    title = record.policy.get("title")
    return Message(subject=f"Reminder: {title}" if title else "Reminder", text=_text(record, moment))


def several(records: Sequence[ReminderRecord], moment: datetime) -> Message:
    """One message for several reminders of one person, such as after an outage. ``records`` is not empty.

    A line for each dose and what stands before one, by time; what is open, due or missed of one dose is said
    once. Raises NewerStepError.
    """
    _refuse_newer(records)
    told = _once_for_each_dose(records)
    since = min(filter(None, map(lost_since, records)), default=None)
    if since is not None:
        return _restored(told, since, moment)
    if len(told) == 1:
        return reminder_message(told[0], moment)
    lines = _lines(told, moment)
    late = any(_asks(record) and _is_late(record, moment) for record in told)
    head = _it_is_now(told[0], moment) if late else "Reminders:"
    return Message(subject="Reminders", text="\n".join([head, *lines, *([_CAREFUL_OF_ALL] if late else [])]))


def _restored(told: Sequence[ReminderRecord], since: datetime, moment: datetime) -> Message:
    """What was due while the records were lost, from ``since`` on: they may have heard of it, and done it."""
    began = since.astimezone(ZoneInfo(told[0].zone))
    careful = (
        f"Some of our records were lost, from {began:%H:%M} on {_date(began)} on. You may have been told of "
        "these before, and may have taken them: take nothing because of this message. Check what you have "
        "had, record it again, and ask your team if you are not sure."
    )
    text = "\n".join([_it_is_now(told[0], moment), *_lines(told, moment), careful])
    return Message(subject="Reminders: please check", text=text)


def _lines(told: Sequence[ReminderRecord], moment: datetime) -> list[str]:
    lines = [_line(record, moment) for record in told[:_MOST_LINES]]
    return [*lines, f"and {len(told) - _MOST_LINES} more."] if len(told) > _MOST_LINES else lines


def _it_is_now(record: ReminderRecord, moment: datetime) -> str:
    now = moment.astimezone(ZoneInfo(record.zone))
    return f"It is now {now:%H:%M} on {_date(now)}."


def verification_message() -> Message:
    """What a person gets when somebody tries out whether reminders reach them."""
    return Message(
        subject="Reminder (test)", text="This is a test: reminders reach you here. There is nothing to do."
    )


def way_of(channel: str) -> str:
    """How somebody hears of a reminder by ``channel``, in their own words."""
    return _WAYS.get(channel, "in another way")


def _refuse_newer(records: Sequence[ReminderRecord]) -> None:
    for record in records:
        if not is_known(record.step):
            raise NewerStepError(record.step)


def _text(record: ReminderRecord, moment: datetime) -> str:
    if record.step in _OF_NO_DOSE:
        return _OF_NO_DOSE[record.step](record)
    if record.step.startswith((LEAD, ASKED)):
        return _lead(record, moment) if record.step.startswith(LEAD) else _asked(record, moment)
    if record.step == MISSED:
        return f"{_capital(_slot(record, moment))} was not recorded.{_rule(record)}"
    late = _is_late(record, moment)
    if record.step.startswith(_ASKING_AGAIN):
        rule = f" {_CAREFUL}{_rule(record)}" if late else ""
        return f"{_capital(_slot(record, moment))} is still open.{rule}"
    if not late:
        return f"Reminder: {_what(record)} is due."
    return f"{_capital(_what(record))} {_was_due(record, moment)}. {_CAREFUL}{_rule(record)}"


def _line(record: ReminderRecord, moment: datetime) -> str:
    """``record`` as one of several, without what is said once for all of them."""
    if record.step in _OF_NO_DOSE:
        return f"- {_OF_NO_DOSE[record.step](record)}"
    if record.step.startswith(LEAD):
        return f"- {_lead(record, moment)}"
    if record.step == MISSED:
        return f"- {_slot(record, moment)} was not recorded."
    if record.step.startswith(_ASKING_AGAIN):
        return f"- {_slot(record, moment)} is still open."
    if record.step.startswith(ASKED):
        return f"- {_slot(record, moment)}: a link was asked for."
    was = "was due" if _is_late(record, moment) else "is due"
    return f"- {_slot(record, moment)} {was}."


def _once_for_each_dose(records: Iterable[ReminderRecord]) -> list[ReminderRecord]:
    """By time, without what another of the same dose says better: that it was missed, or the latest step."""
    best: dict[tuple[str, ...], ReminderRecord] = {}
    for record in sorted(records, key=lambda record: (record.due_at, record.id)):
        is_apart = record.step in _OF_NO_DOSE or record.step.startswith(LEAD)
        apart = (record.step,) if is_apart else ()
        key = (record.subject_id, record.dose_id, *apart)
        if key not in best or best[key].step != MISSED:
            best[key] = record
    return sorted(best.values(), key=lambda record: (record.dose_due_at, record.due_at, record.id))


def _asks(record: ReminderRecord) -> bool:
    """Whether it asks for a dose."""
    return record.step not in {*_OF_NO_DOSE, MISSED} and not record.step.startswith((LEAD, ASKED))


def _escalation(record: ReminderRecord) -> str:
    who = record.policy.get("who")
    return f"A reminder of somebody you care for{f' ({who})' if who else ''} was not answered."


def _broken(record: ReminderRecord) -> str:
    way = way_of(record.policy[BROKEN_CHANNEL])
    if record.policy[BROKEN_HOW] == UNSUBSCRIBED:
        return (
            f"Reminders to you {way} were ended, by the link to unsubscribe in one of them. If that was not "
            "you, tell your team; reminders come here as well."
        )
    did = "came back" if record.policy[BROKEN_HOW] == BrokenHow.BOUNCED else "was refused"
    return (
        f"A reminder to you {way} {did}. Ask your team to look at that address; reminders come here as well."
    )


_OF_NO_DOSE: Mapping[str, Callable[[ReminderRecord], str]] = {ESCALATE: _escalation, BROKEN: _broken}
"""Steps that ask for no dose, and their words."""


def _lead(record: ReminderRecord, moment: datetime) -> str:
    said = record.policy.get("lead")
    return f"Get ready for {_slot(record, moment)}{f': {said}' if said else ''}."


def _asked(record: ReminderRecord, moment: datetime) -> str:
    return f"The link that was asked for, to answer {_slot(record, moment)}:"


def _is_late(record: ReminderRecord, moment: datetime) -> bool:
    return moment - record.dose_due_at >= _LATE_AFTER


def _what(record: ReminderRecord) -> str:
    title = record.policy.get("title")
    return f"your {record.wall_due:%H:%M}" + (f" ({title})" if title else "")


def _slot(record: ReminderRecord, moment: datetime) -> str:
    """The slot, with its date unless that is today."""
    due, now = record.wall_due, moment.astimezone(ZoneInfo(record.zone))
    return _what(record) if due.date() == now.date() else f"{_what(record)} on {_date(due)}"


def _was_due(record: ReminderRecord, moment: datetime) -> str:
    due, now = record.wall_due, moment.astimezone(ZoneInfo(record.zone))
    if due.date() == now.date():
        return f"was due at {due:%H:%M}; it is now {now:%H:%M}"
    return f"was due at {due:%H:%M} on {_date(due)}; it is now {now:%H:%M} on {_date(now)}"


def _rule(record: ReminderRecord) -> str:
    rule = record.policy.get("late")
    return f" What is said about a late dose: {rule}" if rule else ""


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _date(day: datetime) -> str:
    return f"{day:%A} {day.day} {day:%B}"
