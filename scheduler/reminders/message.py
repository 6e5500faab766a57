"""The words of a reminder.

Discreet by default: no medicine, no dose, no name. A message names the slot and never says "take it
now", because a copy of it may arrive after a crash, and a second injection does harm that a second
message does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.reminders.steps import (
    ASKED,
    ESCALATE,
    FOLLOW_UP,
    LEAD,
    MISSED,
    SNOOZE,
    NewerStepError,
    is_known,
)
from scheduler.store.reminder_row import ReminderRecord

_LATE_AFTER = timedelta(minutes=15)
_MOST_LINES = 20
_ASKING_AGAIN = (FOLLOW_UP, SNOOZE)
_CAREFUL = "Check your plan before taking it, and ask your team if you are not sure."
_CAREFUL_OF_ALL = "Check your plan before taking any of them, and ask your team if you are not sure."


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one person is told, once."""

    subject: str
    text: str


def reminder_message(record: ReminderRecord, moment: datetime) -> Message:
    """The message for ``record`` when sent at the aware ``moment``, worded by its step and how late it is.

    Raises NewerStepError: a step that is not known is worded by nobody's guess.
    """
    _refuse_newer([record])
    title = record.policy.get("title")
    return Message(subject=f"Reminder: {title}" if title else "Reminder", text=_text(record, moment))


def several(records: Sequence[ReminderRecord], moment: datetime) -> Message:
    """One message for several reminders of one person, such as after an outage. ``records`` is not empty.

    A line for each dose and what stands before one, by time; what is open, due or missed of one dose is said
    once. Raises NewerStepError.
    """
    _refuse_newer(records)
    told = _once_for_each_dose(records)
    if len(told) == 1:
        return reminder_message(told[0], moment)
    lines = [_line(record, moment) for record in told[:_MOST_LINES]]
    if len(told) > _MOST_LINES:
        lines.append(f"and {len(told) - _MOST_LINES} more.")
    late = any(_asks(record) and _is_late(record, moment) for record in told)
    now = moment.astimezone(ZoneInfo(told[0].zone))
    head = f"It is now {now:%H:%M} on {_date(now)}." if late else "Reminders:"
    return Message(subject="Reminders", text="\n".join([head, *lines, *([_CAREFUL_OF_ALL] if late else [])]))


def verification_message() -> Message:
    """What a person gets when somebody tries out whether reminders reach them."""
    return Message(
        subject="Reminder (test)", text="This is a test: reminders reach you here. There is nothing to do."
    )


def _refuse_newer(records: Sequence[ReminderRecord]) -> None:
    for record in records:
        if not is_known(record.step):
            raise NewerStepError(record.step)


def _text(record: ReminderRecord, moment: datetime) -> str:
    if record.step == ESCALATE:
        return _escalation(record)
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
    if record.step == ESCALATE:
        return f"- {_escalation(record)}"
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
        apart = (record.step,) if record.step == ESCALATE or record.step.startswith(LEAD) else ()
        key = (record.subject_id, record.dose_id, *apart)
        if key not in best or best[key].step != MISSED:
            best[key] = record
    return sorted(best.values(), key=lambda record: (record.dose_due_at, record.due_at, record.id))


def _asks(record: ReminderRecord) -> bool:
    """Whether it asks for a dose."""
    return record.step not in {ESCALATE, MISSED} and not record.step.startswith((LEAD, ASKED))


def _escalation(record: ReminderRecord) -> str:
    who = record.policy.get("who")
    return f"A reminder of somebody you care for{f' ({who})' if who else ''} was not answered."


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
