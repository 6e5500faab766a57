"""How many reminders one recipient gets on one local day of the patient's.

What was said counts first. Of the rest those stay whose kind comes first: that a dose is due, that nobody
answered, that one was missed, what comes before one, and follow-ups last; of one kind the earlier.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime

from scheduler.store.reminder_row import ReminderPlan

RecipientDay = tuple[str, date]
"""A recipient's id, and a local date."""


def left_out(
    plans: Iterable[ReminderPlan],
    caps: Mapping[str, int],
    said: Counter[RecipientDay],
    day_of: Callable[[datetime], date],
) -> Iterator[ReminderPlan]:
    """Those of ``plans`` that are over the cap. ``caps`` is by recipient; ``said``: what was said already."""
    by_day: defaultdict[RecipientDay, list[ReminderPlan]] = defaultdict(list)
    for plan in plans:
        by_day[plan.recipient_id, day_of(plan.due_at)].append(plan)
    for day, of_day in by_day.items():
        room = max(0, caps[day[0]] - said[day])
        if len(of_day) > room:
            yield from sorted(of_day, key=_importance)[room:]


def _importance(plan: ReminderPlan) -> tuple[int, datetime, str, str]:
    return (plan.priority, plan.due_at, plan.dose_id, plan.step)
