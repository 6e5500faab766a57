"""The words of a reminder.

Discreet by default: no medicine, no dose, no name. A message names the slot and never says "take it
now", because a copy of it may arrive after a crash, and a second injection does harm that a second
message does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.store.reminder_row import ReminderRecord

_LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one person is told, once."""

    subject: str
    text: str


def reminder_message(record: ReminderRecord, moment: datetime) -> Message:
    """The message for ``record`` when sent at the aware ``moment``, worded by how late that is."""
    title = record.policy.get("title")
    what = f"your {record.wall_due:%H:%M}" + (f" ({title})" if title else "")
    if moment - record.dose_due_at < _LATE_AFTER:
        text = f"Reminder: {what} is due."
    else:
        text = f"{what[0].upper()}{what[1:]} {_late(record, moment)}"
    return Message(subject=f"Reminder: {title}" if title else "Reminder", text=text)


def verification_message() -> Message:
    """What a person gets when somebody tries out whether reminders reach them."""
    return Message(
        subject="Reminder (test)", text="This is a test: reminders reach you here. There is nothing to do."
    )


def _late(record: ReminderRecord, moment: datetime) -> str:
    due, now = record.wall_due, moment.astimezone(ZoneInfo(record.zone))
    if due.date() == now.date():
        when = f"was due at {due:%H:%M}; it is now {now:%H:%M}."
    else:
        when = f"was due at {due:%H:%M} on {_date(due)}; it is now {now:%H:%M} on {_date(now)}."
    rule = record.policy.get("late")
    said = f" What is said about a late dose: {rule}" if rule else ""
    return f"{when} Check your plan before taking it, and ask your team if you are not sure.{said}"


def _date(day: datetime) -> str:
    return f"{day:%A} {day.day} {day:%B}"
