"""Write down what came of hundreds of messages in one transaction, and do what follows from it."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from scheduler.reminders.broken_contact import mark_broken, mend
from scheduler.reminders.channels.channel import Outcome, RetryLater, Unasked, Unknown
from scheduler.reminders.lane import Lane
from scheduler.reminders.outbox import Ended
from scheduler.reminders.result import FIRST_CHANCE, attempt_result
from scheduler.reminders.stand_in import take_back_others, tell_another, told_nobody
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import UnitOfWork

_NONE: Mapping[str, int] = {}
_Result = tuple[LeasedReminder, AttemptResult]
_log = logging.getLogger(__name__)


def record(work: UnitOfWork, ended: Sequence[Ended], moment: datetime) -> None:
    """Record every result, unless its lease was lost meanwhile, and look for other ways where one failed."""
    failures = work.reminders.failures(_failed_ids(ended))
    results = [result for end in ended for result in _results(work, end, failures, moment)]
    held = work.reminders.finish_all(results, moment)
    for claimed, result in results:
        _log_result(claimed, result, claimed.record.id in held)
    ours = [(claimed, result.state) for claimed, result in results if claimed.record.id in held]
    sent = [claimed for claimed, state in ours if state is ReminderState.SENT]
    take_back_others(work, sent, moment)
    mend(work, sent)
    _tell_others(work, [claimed for claimed, state in ours if state is ReminderState.FAILED], moment)


def _failed_ids(ended: Sequence[Ended]) -> list[int]:
    return [
        row.record.id
        for end in ended
        for rows, outcome in end.parts
        if isinstance(outcome, RetryLater | Unknown)
        for row in rows
        if row.record.attempt > 1
    ]


def _results(
    work: UnitOfWork, end: Ended, failures: Mapping[int, Counter[str]], moment: datetime
) -> Iterator[_Result]:
    for rows, outcome in end.parts:
        # One for the whole parcel, so that what went together comes back together.
        chance = random.random()  # noqa: S311  # spreads load, guards nothing
        for row in rows:
            earlier = failures.get(row.record.id, _NONE)
            wait = FIRST_CHANCE if _other_way(work, end.lane, outcome, row, moment) else None
            yield row, attempt_result(row, outcome, earlier, moment, chance, wait)


def _other_way(
    work: UnitOfWork, lane: Lane, outcome: Outcome | Unasked, row: LeasedReminder, moment: datetime
) -> bool:
    """Whether somebody else is told first, because a second copy by this channel would not be dropped."""
    if not isinstance(outcome, Unknown) or lane.channel is None or lane.channel.is_idempotent:
        return False
    return work.reminders.still_stands(row) and tell_another(work, row, moment)


def _tell_others(work: UnitOfWork, failed: Sequence[LeasedReminder], moment: datetime) -> None:
    for claimed in failed:
        mark_broken(work, claimed.record, moment, BrokenHow.REFUSED)
        if not tell_another(work, claimed, moment) and told_nobody(work, claimed.record):
            _log.error("reminder=%d told nobody: every way to reach its person failed", claimed.record.id)


def _log_result(claimed: LeasedReminder, result: AttemptResult, held: bool) -> None:
    # An end that told nobody is for the operator to see, at any level of logging that is in use.
    given_up = result.state in {ReminderState.FAILED, ReminderState.UNKNOWN}
    level = logging.WARNING if given_up else logging.INFO
    if not _log.isEnabledFor(level):
        return
    lost = "" if held else " (too late: the lease was lost)"
    why = f" ({result.short_detail})" if result.short_detail else ""
    reminder, attempt = claimed.record.id, claimed.record.attempt
    _log.log(level, "reminder=%d attempt=%d outcome=%s%s%s", reminder, attempt, result.outcome, why, lost)
