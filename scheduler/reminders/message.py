"""What a reminder says, put together from sentences (`templates.py`).

Discreet by default: no medicine, no dose, no name. A message names the slot, its clock time and its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from scheduler.reminders.templates import ENGLISH, Templates, clock_time
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_row import ReminderRecord

_LATE_AFTER = timedelta(minutes=15)
_MOST_LINES = 20
_ASKING_AGAIN = (FOLLOW_UP, SNOOZE)
_OF_NO_DOSE = frozenset({ESCALATE, BROKEN})
"""Steps that ask for no dose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one person is told, once.

    ``unsubscribe_url``: where a mail program may end what goes to this address with one POST (RFC 8058);
    None: nowhere.
    """

    subject: str
    text: str
    unsubscribe_url: str | None = None


def reminder_message(record: ReminderRecord, moment: datetime, templates: Templates = ENGLISH) -> Message:
    """The message for ``record`` when sent at the aware ``moment``, worded by its step and how late it is.

    Raises NewerStepError: a step that is not known is worded by nobody's guess.
    """
    return _Wording(templates, moment).of_one(record)


def several(records: Sequence[ReminderRecord], moment: datetime, templates: Templates = ENGLISH) -> Message:
    """One message for several reminders of one person, such as after an outage. ``records`` is not empty.

    A line for each dose and what stands before one, by time; what is open, due or missed of one dose is said
    once. Raises NewerStepError.
    """
    return _Wording(templates, moment).of_several(records)


def verification_message(templates: Templates = ENGLISH) -> Message:
    """What a person gets when somebody tries out whether reminders reach them."""
    return Message(subject=templates.subject_of_a_test, text=templates.test)


def way_of(channel: str, templates: Templates = ENGLISH) -> str:
    """How somebody hears of a reminder by ``channel``, in their own words."""
    return templates.ways.get(channel, templates.another_way)


class _Wording:
    """Of what is sent at ``moment``."""

    __slots__ = ("_moment", "_say")

    def __init__(self, templates: Templates, moment: datetime) -> None:
        self._say = templates
        self._moment = moment

    def of_one(self, record: ReminderRecord) -> Message:
        _refuse_newer([record])
        since = lost_since(record)
        if since is not None:
            return self._restored([record], since)
        title = record.policy.get("title")
        subject = self._say.subject_titled.format(title=title) if title else self._say.subject
        return Message(subject=subject, text=self._text(record))

    def of_several(self, records: Sequence[ReminderRecord]) -> Message:
        _refuse_newer(records)
        told = _once_for_each_dose(records)
        since = min(filter(None, map(lost_since, records)), default=None)
        if since is not None:
            return self._restored(told, since)
        if len(told) == 1:
            return self.of_one(told[0])
        late = any(_asks(record) and self._is_late(record) for record in told)
        head = self._it_is_now(told[0]) if late else self._say.several
        careful = [self._say.careful_of_all] if late else []
        text = "\n".join([head, *self._lines(told), *careful])
        return Message(subject=self._say.subject_of_several, text=text)

    def _restored(self, told: Sequence[ReminderRecord], since: datetime) -> Message:
        """What was due while the records were lost, from ``since`` on: they may have heard of it."""
        began = since.astimezone(ZoneInfo(told[0].zone))
        careful = self._say.restored.format(time=clock_time(began), date=self._say.days.long(began))
        text = "\n".join([self._it_is_now(told[0]), *self._lines(told), careful])
        return Message(subject=self._say.subject_of_restored, text=text)

    def _text(self, record: ReminderRecord) -> str:
        if record.step in _OF_NO_DOSE:
            return self._of_no_dose(record)
        if record.step.startswith(LEAD):
            return self._lead(record)
        if record.step.startswith(ASKED):
            return self._say.link_asked_for.format(slot=self._slot(record))
        if record.step == MISSED:
            return _capital(self._say.missed.format(slot=self._slot(record))) + self._rule(record)
        return self._asking(record)

    def _asking(self, record: ReminderRecord) -> str:
        late = self._is_late(record)
        careful = f" {self._say.careful}{self._rule(record)}" if late else ""
        return self._request(record, late=late) + careful + self._how(record)

    def _request(self, record: ReminderRecord, *, late: bool) -> str:
        if record.step.startswith(_ASKING_AGAIN):
            return _capital(self._say.still_open.format(slot=self._slot(record)))
        if not late:
            return self._say.due.format(slot=self._what(record))
        return _capital(self._say.late.format(slot=self._what(record), now=self._was_due(record)))

    def _how(self, record: ReminderRecord) -> str:
        site, food = record.policy.get("site"), record.policy.get("food")
        told = [self._say.site.format(site=site.replace("-", " "))] if site else []
        told += [self._say.food.format(food=food)] if food else []
        return "".join(f" {sentence}" for sentence in told)

    def _lines(self, told: Sequence[ReminderRecord]) -> list[str]:
        lines = [f"- {self._line(record)}" for record in told[:_MOST_LINES]]
        more = len(told) - _MOST_LINES
        return [*lines, self._say.more_lines.format(count=more)] if more > 0 else lines

    def _line(self, record: ReminderRecord) -> str:
        """``record`` as one of several, without what is said once for all of them."""
        if record.step in _OF_NO_DOSE:
            return self._of_no_dose(record)
        if record.step.startswith(LEAD):
            return self._lead(record)
        return self._sentence_of_a_line(record).format(slot=self._slot(record))

    def _sentence_of_a_line(self, record: ReminderRecord) -> str:
        if record.step == MISSED:
            return self._say.line_missed
        if record.step.startswith(_ASKING_AGAIN):
            return self._say.line_still_open
        if record.step.startswith(ASKED):
            return self._say.line_link_asked_for
        return self._say.line_late if self._is_late(record) else self._say.line_due

    def _of_no_dose(self, record: ReminderRecord) -> str:
        return self._escalation(record) if record.step == ESCALATE else self._broken(record)

    def _escalation(self, record: ReminderRecord) -> str:
        who = record.policy.get("who")
        return self._say.escalation_titled.format(who=who) if who else self._say.escalation

    def _broken(self, record: ReminderRecord) -> str:
        way = way_of(record.policy[BROKEN_CHANNEL], self._say)
        if record.policy[BROKEN_HOW] == UNSUBSCRIBED:
            return self._say.unsubscribed.format(way=way)
        bounced = record.policy[BROKEN_HOW] == BrokenHow.BOUNCED
        return self._say.broken.format(way=way, did=self._say.bounced if bounced else self._say.refused)

    def _lead(self, record: ReminderRecord) -> str:
        said = record.policy.get("lead")
        slot = self._slot(record)
        return (
            self._say.lead_with_text.format(slot=slot, text=said)
            if said
            else self._say.lead.format(slot=slot)
        )

    def _rule(self, record: ReminderRecord) -> str:
        rule = record.policy.get("late")
        return f" {self._say.rule.format(rule=rule)}" if rule else ""

    def _what(self, record: ReminderRecord) -> str:
        title, time = record.policy.get("title"), clock_time(record.wall_due)
        if title:
            return self._say.slot_titled.format(time=time, title=title)
        return self._say.slot.format(time=time)

    def _slot(self, record: ReminderRecord) -> str:
        """The slot, with its date unless that is today."""
        due = record.wall_due
        if due.date() == self._now(record).date():
            return self._what(record)
        return self._say.slot_on_a_day.format(slot=self._what(record), date=self._say.days.long(due))

    def _was_due(self, record: ReminderRecord) -> str:
        due, now = record.wall_due, self._now(record)
        if due.date() == now.date():
            return self._say.now_today.format(time=clock_time(due), now=clock_time(now))
        dates = {"date": self._say.days.long(due), "today": self._say.days.long(now)}
        return self._say.now_on_a_day.format(time=clock_time(due), now=clock_time(now), **dates)

    def _it_is_now(self, record: ReminderRecord) -> str:
        now = self._now(record)
        return self._say.it_is_now.format(time=clock_time(now), date=self._say.days.long(now))

    def _now(self, record: ReminderRecord) -> datetime:
        return self._moment.astimezone(ZoneInfo(record.zone))

    def _is_late(self, record: ReminderRecord) -> bool:
        return self._moment - record.dose_due_at >= _LATE_AFTER


def _refuse_newer(records: Sequence[ReminderRecord]) -> None:
    for record in records:
        if not is_known(record.step):
            raise NewerStepError(record.step)


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


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
