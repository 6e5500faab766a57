"""Whether a reminder's row still says what its plan calls for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scheduler.clock import epoch_ms
from scheduler.reminders.restored import unmarked
from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.reminders.steps import BROKEN, is_known
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord, ReminderState

Key = tuple[str, str, str, str]


def is_called_for(row: ReminderRecord, plans: Mapping[Key, ReminderPlan]) -> bool:
    """Also where it stands in for another recipient's, which is still called for, or is of no dose.

    Of a step that a newer program planned this one cannot know.
    """
    if row.key in plans or row.step == BROKEN or not is_known(row.step):
        return True
    instead_of = row.policy.get(INSTEAD_OF)
    return instead_of is not None and (*row.key[:3], instead_of) in plans


def is_called_for_again(row: ReminderRecord, plan: ReminderPlan) -> bool:
    """Whether ``row``, which has come to an end, is to be queued again for ``plan``."""
    if row.state is ReminderState.CANCELLED:
        return True
    reading = (plan.wall_due.replace(second=0, microsecond=0), plan.zone)
    if row.was_said and (row.wall_due, row.zone) == reading:
        return False  # only the rules of the zone changed: the person has heard of this dose
    # The row holds whole milliseconds: a finer time would look later than itself and be sent without end.
    return epoch_ms(plan.dose_due_at) > epoch_ms(row.dose_due_at)


def differs(row: ReminderRecord, plan: ReminderPlan) -> bool:
    """Whether ``row``, which waits, says something else than ``plan``."""
    # Not by due_at: a retry has moved that in the row. When a step is said stands in its policy.
    standing = (_ms(row.dose_due_at), _ms(row.not_after), row.wall_due, row.zone, unmarked(row.policy))
    wall_due = plan.wall_due.replace(second=0, microsecond=0)
    return standing != (_ms(plan.dose_due_at), _ms(plan.not_after), wall_due, plan.zone, plan.policy)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_ms(moment)
