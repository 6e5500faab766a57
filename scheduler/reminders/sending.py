"""Word a parcel and hand it to its channel. Runs in the channel's seats, outside any transaction.

A digest alone is looked up when it is sent, in a transaction of its own that only reads: see `digest_writer`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from scheduler.fault_log import log_fault
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.channels.channel import Channel, NotNeeded, NotSent, Outcome, RetryLater
from scheduler.reminders.digest_writer import DigestWriter
from scheduler.reminders.lane import Lane
from scheduler.reminders.message import Message, reminder_message, several
from scheduler.reminders.outbox import Ended, Outbox, Part
from scheduler.reminders.parcel import Parcel
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.store.reminder_queue import LeasedReminder

NOTHING_TO_TELL = "nothing to tell, and silence was chosen for that"
_log = logging.getLogger(__name__)


class Sender:
    """Puts what came of each parcel into ``outbox``. Raises nothing: a row must not stop the others.

    ``links``: where a dose can be answered and an address unsubscribed, None: nowhere.
    """

    def __init__(
        self,
        clock: TrustedClock,
        outbox: Outbox,
        digests: DigestWriter,
        links: AnswerLinks | None,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._digests = digests
        self._links = links

    def send(self, lane: Lane, parcel: Parcel) -> None:
        """Send ``parcel`` by the channel of ``lane``."""
        try:
            self._outbox.put(self._ended(lane, parcel))
        except Exception as error:
            parts = tuple(_failed(row, error) for row in parcel.rows)
            self._outbox.put(Ended(lane=lane, parts=parts))

    def _ended(self, lane: Lane, parcel: Parcel) -> Ended:
        if lane.channel is None:
            outcome = RetryLater(detail=f"this daemon has no channel {parcel.rows[0].record.channel!r}")
            return Ended(lane=lane, parts=((parcel.rows, outcome),))
        if parcel.rows[0].record.caseload_id is not None:
            return self._digest_ended(lane, lane.channel, parcel)
        message, fit, unfit = self._worded(parcel.rows)
        if message is None:
            return Ended(lane=lane, parts=unfit)
        if unfit:
            parcel = Parcel(rows=tuple(fit), start_by_s=parcel.start_by_s)
        return self._sent(lane, lane.channel, parcel, message, unfit)

    def _digest_ended(self, lane: Lane, channel: Channel, parcel: Parcel) -> Ended:
        message = self._digests.message(parcel.rows[0].record, self._clock())
        if message is None:
            return Ended(lane=lane, parts=((parcel.rows, NotNeeded(detail=NOTHING_TO_TELL)),))
        return self._sent(lane, channel, parcel, message, ())

    def _sent(
        self, lane: Lane, channel: Channel, parcel: Parcel, message: Message, unfit: tuple[Part, ...]
    ) -> Ended:
        began_s = self._clock.elapsed()
        if began_s > parcel.start_by_s:
            part = (parcel.rows, NotSent(detail="the lease was nearly over"))
            return Ended(lane=lane, parts=(part, *unfit))
        at = self._clock()
        outcome, blames = _handed_over(channel, self._with_way_out(message, parcel), parcel)
        took_s, parts = self._clock.elapsed() - began_s, ((parcel.rows, outcome), *unfit)
        return Ended(lane=lane, parts=parts, told_at=at, took_s=took_s, blames=blames)

    def _with_way_out(self, message: Message, parcel: Parcel) -> Message:
        records = [row.record for row in parcel.rows]
        return message if self._links is None else self._links.to_unsubscribe.over(message, records)

    def _worded(
        self, rows: Sequence[LeasedReminder]
    ) -> tuple[Message | None, Sequence[LeasedReminder], tuple[Part, ...]]:
        """The message, what it tells of, and what cannot be worded."""
        try:
            return self._message(rows), rows, ()
        except Exception as error:
            if len(rows) == 1:
                return None, (), (_failed(rows[0], error),)
        alone = [self._worded([row]) for row in rows]
        fit = [row for _, worded, _ in alone for row in worded]
        unfit = tuple(part for _, _, parts in alone for part in parts)
        return (self._message(fit) if fit else None), fit, unfit

    def _message(self, rows: Sequence[LeasedReminder]) -> Message:
        records, moment = [row.record for row in rows], self._clock()
        message = reminder_message(records[0], moment) if len(rows) == 1 else several(records, moment)
        return message if self._links is None else self._links.under(message, records)


def _handed_over(channel: Channel, message: Message, parcel: Parcel) -> tuple[Outcome, bool]:
    first = parcel.rows[0]
    try:
        return channel.send(message, first.address, parcel.key), True
    except Exception as error:  # a broken channel must not take the daemon with it
        log_fault(_log, f"reminder={first.record.id} channel={first.record.channel} failed", error)
        return RetryLater(detail=type(error).__name__), False


def _failed(row: LeasedReminder, error: Exception) -> Part:
    log_fault(_log, f"reminder={row.record.id} cannot be worded", error)
    return (row,), RetryLater(detail=type(error).__name__)
