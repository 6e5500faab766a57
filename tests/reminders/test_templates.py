"""Every word of a reminder stands in its templates, so that another language is another set of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from string import Formatter
from typing import Any

import pytest

from scheduler.reminders.broken_contact import BROKEN_CHANNEL, BROKEN_HOW, UNSUBSCRIBED
from scheduler.reminders.digest_message import digest_message
from scheduler.reminders.message import reminder_message, several, verification_message
from scheduler.reminders.restored import RESTORED
from scheduler.reminders.templates import ENGLISH, ENGLISH_DIGEST, DigestTemplates, Templates
from scheduler.reminders.verification import code_message
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_row import ReminderRecord
from tests.reminders.test_digest_messages import OVERDUE, TODAY, TWICE, digest
from tests.reminders.test_messages import DISCREET, DUE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def mute(template: str) -> str:
    """``template`` with its gaps and without its words."""
    return "".join(f"{{{gap}}}" for _, gap, _, _ in Formatter().parse(template) if gap)


def muted(templates: Any) -> Any:
    """A language without letters."""
    return replace(templates, **dict(_mutes(templates)))


def _mutes(templates: Any) -> Iterator[tuple[str, object]]:
    for field in fields(templates):
        value = getattr(templates, field.name)
        if isinstance(value, str):
            yield field.name, mute(value)
        elif isinstance(value, tuple):
            yield field.name, tuple(str(number) for number, _ in enumerate(value))
        elif isinstance(value, Mapping):
            yield field.name, dict.fromkeys(value, "0")
        else:
            yield field.name, muted(value)


MUTE: Templates = muted(ENGLISH)
MUTE_DIGEST: DigestTemplates = muted(ENGLISH_DIGEST)
PRIVATE = {"title": "§ 1", "who": "#", "lead": "§ 2", "late": "§ 3", "site": "§ 4", "food": "§ 5"}


def of(step: str, **policy: str) -> ReminderRecord:
    return replace(DISCREET, step=step, policy={**PRIVATE, **policy})


EVERY_STEP = [
    of("due"),
    of("missed"),
    of("follow-1"),
    of("snooze-1"),
    of("asked-1"),
    of("lead-prepare"),
    of("escalate"),
    *(of("broken", **{BROKEN_CHANNEL: "smtp", BROKEN_HOW: how}) for how in (*BrokenHow, UNSUBSCRIBED)),
    replace(DISCREET, policy={}),
    replace(DISCREET, step="lead-prepare", policy={}),
    replace(DISCREET, step="escalate", policy={}),
    of("due", **{RESTORED: "2026-11-30T10:00:00+00:00"}),
]


@pytest.mark.parametrize("later", [timedelta(0), HOUR, 2 * DAY])
@pytest.mark.parametrize("record", EVERY_STEP, ids=lambda record: record.step)
def test_no_word_of_a_reminder_stands_outside_its_templates(record: ReminderRecord, later: timedelta) -> None:
    alone = reminder_message(record, DUE + later, MUTE)
    missed = replace(DISCREET, id=3, dose_id="lar#3", step="missed")
    others = [replace(DISCREET, id=2, dose_id="lar#2"), missed]
    together = several([record, *others], DUE + later, MUTE)
    for message in (alone, together):
        assert not re.search("[A-Za-z]", message.subject + message.text)


def test_nor_of_many_reminders_a_test_or_a_code() -> None:
    many = [replace(DISCREET, id=number, dose_id=f"lar#{number}") for number in range(30)]
    for message in (several(many, DUE, MUTE), verification_message(MUTE), code_message("1", MUTE)):
        assert not re.search("[A-Za-z]", message.subject + message.text)


@pytest.mark.parametrize("later", [timedelta(0), HOUR, 2 * DAY])
@pytest.mark.parametrize("bodies", [(), (OVERDUE,), (OVERDUE, TODAY, TWICE), (TWICE,) * 60])
def test_no_word_of_a_digest_does(bodies: tuple[str, ...], later: timedelta) -> None:
    found = digest(bodies)
    found = replace(found, title="", day=replace(found.day, moment=found.day.moment + later), unread=2)
    nameless = tuple(replace(patient, called="", place="") for patient in found.patients)
    message = digest_message(replace(found, patients=nameless), MUTE_DIGEST)
    said = message.text.replace("America/New_York", "")
    assert not re.search("[A-Za-z]", message.subject + said)


def test_what_stands_in_a_gap_is_not_read_as_a_template() -> None:
    record = replace(DISCREET, policy={"title": "{time} {0} {", "late": "{rule}"})
    message = reminder_message(record, DUE + HOUR)
    assert message.subject == "Reminder: {time} {0} {"
    assert "Your 07:00 ({time} {0} {) was due" in message.text
    assert message.text.endswith("What is said about a late dose: {rule}")


def test_days_are_named_as_the_language_has_them() -> None:
    weekdays, months = tuple("abcdefg"), tuple("ABCDEFGHIJKL")
    days = replace(ENGLISH.days, date="{day}. {month} {weekday}", weekdays=weekdays, months=months)
    assert days.long(DUE) == "1. L b"
