"""What became of one reminder, as a sentence for the person who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.reminders.steps import BROKEN, DUE, ESCALATE, FOLLOW_UP, LEAD, MISSED
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord, ReminderState

_CHANNELS = {"smtp": "mail", "console": "the console", "file": "the file", "mqtt": "MQTT"}
_STEPS = {
    DUE: "That it is due",
    MISSED: "That it was missed",
    ESCALATE: "That nobody answered",
    BROKEN: "That another address of theirs is broken",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderCase:
    """A reminder with its tries. Times are told by the clocks of ``zone``.

    ``stands``: how the dose stands, where that ends its reminders.
    """

    row: ReminderRecord
    attempts: Sequence[AttemptRecord]
    zone: ZoneInfo
    stands: str | None

    def time(self, at: datetime) -> str:
        """``at`` by those clocks."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    @property
    def by(self) -> str:
        """The channel, as one says it."""
        return _CHANNELS.get(self.row.channel, self.row.channel)

    @property
    def ended(self) -> str:
        """When it came to an end."""
        return "" if self.row.ended_at is None else f" at {self.time(self.row.ended_at)}"


def sentence(case: ReminderCase) -> str:
    """What was to be said, and what became of it."""
    instead = case.row.policy.get(INSTEAD_OF)
    place = f" (in place of {instead})" if instead is not None else ""
    return f"{_step(case.row.step)}{_put_off(case)}{place} {_ENDS[case.row.state](case)}."


def _step(step: str) -> str:
    if step.startswith(FOLLOW_UP):
        return f"Follow-up {step.removeprefix(FOLLOW_UP)}"
    if step.startswith(LEAD):
        return f"What to do before it ({step.removeprefix(LEAD)})"
    return _STEPS.get(step, step)


def _put_off(case: ReminderCase) -> str:
    """When it was to be said, where that is not when the dose is due."""
    at = case.row.policy.get("at")
    if at is None:
        return ""
    why = ", put off by quiet hours or the spread" if case.row.step == DUE else ""
    return f", planned for {case.time(datetime.fromisoformat(at))}{why},"


def _waits(case: ReminderCase) -> str:
    row = case.row
    tried = f"; tries so far: {row.attempt}, the last: {row.last_error}" if row.last_error else ""
    return f"waits to be sent by {case.by} at {case.time(row.due_at)}{tried}"


def _is_being_sent(case: ReminderCase) -> str:
    return f"is being sent by {case.by} right now"


def _was_sent(case: ReminderCase) -> str:
    good = [attempt for attempt in case.attempts if attempt.outcome == "accepted"]
    at = good[-1].started_at if good else case.row.ended_at
    tries = f", at try {good[-1].number}" if good and good[-1].number > 1 else ""
    return f"was accepted by {case.by}{f' at {case.time(at)}' if at else ''}{tries}"


def _was_refused(case: ReminderCase) -> str:
    return f"was not sent by {case.by}{case.ended}: {case.row.last_error or 'it was refused'}"


def _is_unknown(case: ReminderCase) -> str:
    return f"may have arrived by {case.by}: it was sent and no answer came ({case.row.last_error})"


def _was_taken_back(case: ReminderCase) -> str:
    row = case.row
    # What an attempt failed with stands in the same place as why a reminder was taken back.
    is_of_attempt = row.last_error in {attempt.detail for attempt in case.attempts}
    why = None if is_of_attempt else row.last_error
    standing = case.stands or "the plan or the policy does not call for it any more"
    return f"was taken back{case.ended}: {why or standing}"


def _was_too_late(case: ReminderCase) -> str:
    return f"was not sent in time: {case.row.last_error}"


_ENDS: Mapping[ReminderState, Callable[[ReminderCase], str]] = {
    ReminderState.PENDING: _waits,
    ReminderState.LEASED: _is_being_sent,
    ReminderState.SENT: _was_sent,
    ReminderState.FAILED: _was_refused,
    ReminderState.UNKNOWN: _is_unknown,
    ReminderState.CANCELLED: _was_taken_back,
    ReminderState.EXPIRED: _was_too_late,
}
