"""Claim, send, record.

1. Claim: lease what is due, and write down that an attempt begins. Committed before anything is sent, so
   that a crash leaves a trace that the sweep finds.
2. Send: outside any transaction, after one more look whether the reminder still stands.
3. Record: the outcome counts only if the lease is still ours.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import assert_never

from scheduler.clock import Clock
from scheduler.errors import StoreError, UnreachableError
from scheduler.fault_log import log_fault
from scheduler.reminders.backoff import backoff
from scheduler.reminders.channels.channel import Accepted, Channel, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.message import reminder_message
from scheduler.store.reminder_row import AttemptResult, ClaimedReminder, ReminderState
from scheduler.store.unit_of_work import Store

LEASE = timedelta(seconds=30)
_MOST_UNKNOWN = 3
_RECORD_AGAIN_AFTER_S = (0.2, 1.0, 3.0)
_log = logging.getLogger(__name__)


class Dispatcher:
    """Sends what is due, ``seats`` at a time, as ``owner`` (node and epoch)."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Clock, owner: str, seats: int
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._owner = owner
        self._seats = seats
        self._pool = ThreadPoolExecutor(max_workers=seats, thread_name_prefix="send")
        self._running: set[Future[None]] = set()

    def dispatch_due(self) -> int:
        """Start sending what is due now, as far as seats are free; how many were started."""
        self._running = {future for future in self._running if not future.done()}
        free = self._seats - len(self._running)
        claimed = self.claim(free) if free > 0 else []
        self._running |= {self._pool.submit(self.deliver, reminder) for reminder in claimed}
        return len(claimed)

    def wait_for_seat(self, timeout_s: float) -> None:
        """Return when a seat is free, or after ``timeout_s``."""
        if len(self._running) >= self._seats:
            wait(self._running, timeout=timeout_s, return_when=FIRST_COMPLETED)

    @property
    def busy(self) -> bool:
        """Whether every seat is taken."""
        return sum(not future.done() for future in self._running) >= self._seats

    def close(self) -> None:
        """Wait for what is being sent and send nothing more."""
        self._pool.shutdown(wait=True)

    def claim(self, limit: int) -> list[ClaimedReminder]:
        """Lease up to ``limit`` due reminders, and end those that became pointless."""
        moment = self._clock()
        with self._store.transaction() as work:
            for reminder, why in work.reminders.expire(moment).items():
                _log.warning("reminder=%d expired unsent: %s", reminder, why)
            return work.reminders.claim(self._owner, moment, moment + LEASE, limit)

    def deliver(self, claimed: ClaimedReminder) -> None:
        """Send one reminder and record what came of it. Raises nothing: a row must not stop the others."""
        try:
            if self._still_stands(claimed):
                self.record(claimed, self.send(claimed))
        except StoreError as error:
            # The lease runs out and the reminder is sent again: a copy, not a loss.
            _log.error("reminder=%d result not recorded: %s", claimed.record.id, error)
        except Exception as error:
            log_fault(_log, f"reminder={claimed.record.id} could not be dispatched", error)

    def send(self, claimed: ClaimedReminder) -> Outcome:
        """Hand the message to its channel."""
        channel = self._channels.get(claimed.record.channel)
        if channel is None:
            return RetryLater(detail=f"this daemon has no channel {claimed.record.channel!r}")
        try:
            message = reminder_message(claimed.record, self._clock())
            return channel.send(message, claimed.address, claimed.idempotency_key)
        except Exception as error:  # a broken row or channel must not take the daemon with it
            log_fault(_log, f"reminder={claimed.record.id} channel={claimed.record.channel} failed", error)
            return RetryLater(detail=type(error).__name__)

    def record(self, claimed: ClaimedReminder, outcome: Outcome) -> None:
        """Write the outcome down, unless the lease was lost meanwhile.

        What was sent and is not recorded is sent again, so a database that is away for a moment is asked
        again before the attempt is given up for lost.
        """
        for pause_s in _RECORD_AGAIN_AFTER_S:
            try:
                return self._record(claimed, outcome)
            except UnreachableError as error:
                _log.warning("reminder=%d result not recorded yet: %s", claimed.record.id, error)
                time.sleep(pause_s)
        return self._record(claimed, outcome)

    def _record(self, claimed: ClaimedReminder, outcome: Outcome) -> None:
        with self._store.transaction() as work:
            result = self._result(claimed, outcome, work.reminders.times_unknown(claimed))
            held = work.reminders.finish(claimed, result, self._clock())
        lost = "" if held else " (too late: the lease was lost)"
        reminder, attempt = claimed.record.id, claimed.record.attempt
        # An end that told nobody is for the operator to see, at any level of logging that is in use.
        given_up = result.state in {ReminderState.FAILED, ReminderState.UNKNOWN}
        level = logging.WARNING if given_up else logging.INFO
        why = f" ({result.short_detail})" if result.short_detail else ""
        _log.log(level, "reminder=%d attempt=%d outcome=%s%s%s", reminder, attempt, result.outcome, why, lost)

    def _still_stands(self, claimed: ClaimedReminder) -> bool:
        with self._store.reading() as work:
            if work.reminders.still_stands(claimed):
                return True
        with self._store.transaction() as work:
            work.reminders.leave(claimed, self._clock())
        _log.info("reminder=%d taken back before it was sent", claimed.record.id)
        return False

    def _result(self, claimed: ClaimedReminder, outcome: Outcome, times_unknown: int) -> AttemptResult:
        match outcome:
            case Accepted(provider_id=provider_id):
                return AttemptResult(state=ReminderState.SENT, outcome="accepted", provider_id=provider_id)
            case Refused(detail=detail):
                return AttemptResult(state=ReminderState.FAILED, outcome="refused", detail=detail)
            case RetryLater(detail=detail, after=after):
                return self._again(claimed, "retry later", detail, after)
            case Unknown(detail=detail):
                if times_unknown + 1 >= _MOST_UNKNOWN:
                    return AttemptResult(state=ReminderState.UNKNOWN, outcome="unknown", detail=detail)
                return self._again(claimed, "unknown", detail, None)
            case _:
                assert_never(outcome)

    def _again(
        self, claimed: ClaimedReminder, outcome: str, detail: str, floor: timedelta | None
    ) -> AttemptResult:
        chance = random.random()  # noqa: S311  # spreads load, guards nothing
        retry_at = self._clock() + backoff(claimed.record.attempt, chance, floor)
        return AttemptResult(state=ReminderState.PENDING, outcome=outcome, detail=detail, retry_at=retry_at)
