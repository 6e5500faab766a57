"""The sentences of reminders and digests, with their gaps. Another language is another set of them.

They never say "take it now", because a copy of a message may arrive after a crash, and a second injection
does harm that a second message does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """How a language writes a day, without its year."""

    weekdays: tuple[str, ...]
    """From Monday on."""
    months: tuple[str, ...]
    date: str
    """Of ``{weekday}``, ``{day}`` and ``{month}``."""
    short_weekdays: tuple[str, ...]
    short_months: tuple[str, ...]
    short: str
    """Of the same and ``{time}``."""

    def long(self, on: datetime) -> str:
        """``Tuesday 1 December``."""
        weekday, month = self.weekdays[on.weekday()], self.months[on.month - 1]
        return self.date.format(weekday=weekday, day=on.day, month=month)

    def with_time(self, at: datetime) -> str:
        """``Tue 1 Dec 07:00``."""
        weekday, month = self.short_weekdays[at.weekday()], self.short_months[at.month - 1]
        return self.short.format(weekday=weekday, day=at.day, month=month, time=clock_time(at))


def clock_time(at: datetime) -> str:
    """``07:00``: of 24 hours in every language, so that nobody takes the evening for the morning."""
    return f"{at:%H:%M}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Templates:
    """The gaps are ``{slot}`` (as `slot` has it), ``{time}``, ``{date}``, ``{title}``, and others by name.

    A sentence begins with a capital where a slot begins it.
    """

    days: Days

    subject: str
    subject_titled: str
    subject_of_several: str
    subject_of_restored: str
    subject_of_a_test: str
    subject_of_a_code: str

    slot: str
    slot_titled: str
    slot_on_a_day: str
    """``{slot}`` here is one of the two above."""

    due: str
    late: str
    """``{now}`` is `now_today` or `now_on_a_day`."""
    now_today: str
    now_on_a_day: str
    still_open: str
    missed: str
    link_asked_for: str
    lead: str
    lead_with_text: str
    careful: str
    careful_of_all: str
    rule: str
    site: str
    food: str

    several: str
    it_is_now: str
    line_due: str
    line_late: str
    line_still_open: str
    line_missed: str
    line_link_asked_for: str
    more_lines: str

    restored: str
    escalation: str
    escalation_titled: str
    unsubscribed: str
    broken: str
    bounced: str
    refused: str
    test: str
    code: str
    ways: Mapping[str, str]
    """How somebody hears of a reminder by each channel."""
    another_way: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTemplates:
    """Those of a digest. ``{there}`` and ``{what}`` are "" or begin with a space."""

    days: Days
    subject: str
    as_it_stands: str
    late: str
    """``{of}``: a clock time, or `of_another_day`."""
    of_another_day: str
    whose: str

    overdue: str
    due: str
    ready: str
    missed: str
    part: str
    one_person: str
    people: str
    one_dose: str
    doses: str
    one_task: str
    tasks: str

    since: str
    and_after_it: str
    preparation: str
    and_more: str
    more_lines: str

    nobody: str
    nothing: str
    one_unread: str
    unread: str


ENGLISH_DAYS = Days(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    date="{weekday} {day} {month}",
    short_weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    short_months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    short="{weekday} {day} {month} {time}",
)

ENGLISH = Templates(
    days=ENGLISH_DAYS,
    subject="Reminder",
    subject_titled="Reminder: {title}",
    subject_of_several="Reminders",
    subject_of_restored="Reminders: please check",
    subject_of_a_test="Reminder (test)",
    subject_of_a_code="Is this your address?",
    slot="your {time}",
    slot_titled="your {time} ({title})",
    slot_on_a_day="{slot} on {date}",
    due="Reminder: {slot} is due.",
    late="{slot} was due at {now}.",
    now_today="{time}; it is now {now}",
    now_on_a_day="{time} on {date}; it is now {now} on {today}",
    still_open="{slot} is still open.",
    missed="{slot} was not recorded.",
    link_asked_for="The link that was asked for, to answer {slot}:",
    lead="Get ready for {slot}.",
    lead_with_text="Get ready for {slot}: {text}.",
    careful="Check your plan before taking it, and ask your team if you are not sure.",
    careful_of_all="Check your plan before taking any of them, and ask your team if you are not sure.",
    rule="What is said about a late dose: {rule}",
    site="The site in turn: {site}.",
    food="About food: {food}",
    several="Reminders:",
    it_is_now="It is now {time} on {date}.",
    line_due="{slot} is due.",
    line_late="{slot} was due.",
    line_still_open="{slot} is still open.",
    line_missed="{slot} was not recorded.",
    line_link_asked_for="{slot}: a link was asked for.",
    more_lines="and {count} more.",
    restored=(
        "Some of our records were lost, from {time} on {date} on. You may have been told of these before, "
        "and may have taken them: take nothing because of this message. Check what you have had, record it "
        "again, and ask your team if you are not sure."
    ),
    escalation="A reminder of somebody you care for was not answered.",
    escalation_titled="A reminder of somebody you care for ({who}) was not answered.",
    unsubscribed=(
        "Reminders to you {way} were ended, by the link to unsubscribe in one of them. If that was not you, "
        "tell your team; reminders come here as well."
    ),
    broken=(
        "A reminder to you {way} {did}. Ask your team to look at that address; reminders come here as well."
    ),
    bounced="came back",
    refused="was refused",
    test="This is a test: reminders reach you here. There is nothing to do.",
    code=(
        "Somebody asked for reminders to come here. If that was you, give them this code: {code}\n"
        "It is good for 24 hours. If it was not you, do nothing, and no reminders will come."
    ),
    ways={"smtp": "by mail", "webhook": "by webhook", "ntfy": "by push message", "mqtt": "by MQTT"},
    another_way="in another way",
)

ENGLISH_DIGEST = DigestTemplates(
    days=ENGLISH_DAYS,
    subject="Digest for {date}",
    as_it_stands="{whose}, as it stands at {time} ({zone}).",
    late="{whose}. This is the digest of {of}, sent late: it tells how things stand at {time} ({zone}).",
    of_another_day="{time} on {date}",
    whose="{title}, {date}",
    overdue="Overdue",
    due="Due today",
    ready="To get ready",
    missed="Missed or not recorded since {since}",
    part="{heading}: {people}, {count}.",
    one_person="1 person",
    people="{count} people",
    one_dose="1 dose",
    doses="{count} doses",
    one_task="1 task",
    tasks="{count} tasks",
    since="since {time}{there}{what}",
    and_after_it=" and {count} after it",
    preparation="from {time} for {slot}{there}{what}",
    and_more="and {count} more",
    more_lines="and {count} more.",
    nobody="Nobody is in this caseload, so nobody is due.",
    nothing=(
        "Nobody is due today or overdue, there is nothing to get ready, and no dose was missed since {since}."
    ),
    one_unread="The plan of 1 person cannot be read, and nothing is told of them here: look at the caseload.",
    unread=(
        "The plans of {count} people cannot be read, and nothing is told of them here: look at the caseload."
    ),
)
