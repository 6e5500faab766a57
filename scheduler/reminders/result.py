"""What an outcome means for one reminder. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from scheduler.reminders.backoff import backoff
from scheduler.reminders.channels.channel import (
    Accepted,
    NotNeeded,
    NotSent,
    Outcome,
    Refused,
    RetryLater,
    Unasked,
    Unknown,
)
from scheduler.store.reminder_row import AttemptResult, ClaimedReminder, ReminderState

RETRY_LATER, UNKNOWN = "retry later", "unknown"

FIRST_CHANCE = timedelta(seconds=30)
"""How long another way has to reach a person before one whose fate is unknown is tried again."""

_MOST_UNKNOWN = 3
"""So many copies at most, by attempts that nobody knows the end of."""


def attempt_result(
    claimed: ClaimedReminder,
    outcome: Outcome | Unasked,
    failures: Mapping[str, int],
    moment: datetime,
    chance: float,
    least_wait: timedelta | None = None,
) -> AttemptResult:
    """The result of the attempt ``claimed`` at ``moment``.

    ``failures``: how often earlier attempts ended in which way. ``chance`` (0 to 1) spreads the retries.
    ``least_wait``: how long to wait after an unknown outcome, at least.
    """
    match outcome:
        case Accepted(provider_id=provider_id):
            return AttemptResult(state=ReminderState.SENT, outcome="accepted", provider_id=provider_id)
        case Refused(detail=detail):
            return AttemptResult(state=ReminderState.FAILED, outcome="refused", detail=detail)
        case RetryLater(detail=detail, after=after):
            return _Again(claimed, failures, moment, chance).result(RETRY_LATER, detail, after)
        case NotSent() | NotNeeded():
            return _unasked(outcome)
        case Unknown(detail=detail):
            if failures.get(UNKNOWN, 0) + 1 >= _MOST_UNKNOWN:
                return AttemptResult(state=ReminderState.UNKNOWN, outcome=UNKNOWN, detail=detail)
            return _Again(claimed, failures, moment, chance).result(UNKNOWN, detail, least_wait)
        case _:
            assert_never(outcome)


def _unasked(outcome: Unasked) -> AttemptResult:
    if isinstance(outcome, NotSent):
        return AttemptResult(state=ReminderState.PENDING, outcome="given back", detail=outcome.detail)
    return AttemptResult(state=ReminderState.CANCELLED, outcome="not needed", detail=outcome.detail)


class _Again:
    """When to try again: later with every failure, and never past the end of the reminder's use."""

    def __init__(
        self, claimed: ClaimedReminder, failures: Mapping[str, int], moment: datetime, chance: float
    ) -> None:
        self._not_after = claimed.record.not_after
        self._times = failures.get(RETRY_LATER, 0) + failures.get(UNKNOWN, 0) + 1
        self._moment = moment
        self._chance = chance

    def result(self, outcome: str, detail: str, floor: timedelta | None) -> AttemptResult:
        """Pending until then."""
        at = self._moment + backoff(self._times, self._chance, floor)
        if self._not_after is not None:
            at = min(at, self._not_after)
        return AttemptResult(state=ReminderState.PENDING, outcome=outcome, detail=detail, retry_at=at)
