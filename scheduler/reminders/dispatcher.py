"""Claim, send, record.

1. Claim: lease what is due within `AHEAD`, some hundreds at a time, and write down that an attempt follows.
2. Begin: at its instant, when a seat is free, look once more whether it still stands and write down that it
   is being sent. Committed before anything is sent, so that a crash leaves a trace that the sweep finds.
3. Send: in the seats of its channel, outside any transaction.
4. Record: some hundreds of results together; one counts only if the lease is still ours.

One thread does all that changes the database, in turns; the seats never do. A seat is taken until its result
is recorded, so a crash leaves no more in doubt than there are seats.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.breaker import BreakerState
from scheduler.reminders.channels.channel import CALL_TIMEOUT, Channel, NotSent
from scheduler.reminders.digest_writer import DigestWriter
from scheduler.reminders.lane import Lane
from scheduler.reminders.meter import Meter
from scheduler.reminders.outbox import Ended, Outbox
from scheduler.reminders.parcel import Parcel, is_late, parcels
from scheduler.reminders.recorder import record
from scheduler.reminders.sending import Sender
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.store.channel_health import ChannelHealth
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.unit_of_work import Store, UnitOfWork

LEASE = timedelta(seconds=30)
"""How long a reminder waits for a daemon that died; twice a call, so that no lease needs to be renewed."""

AHEAD = timedelta(seconds=2)
"""What is due within this is claimed now, so that at its instant nothing but the send is left to do."""

LONGEST_WAIT_S = 1.0
"""How long a turn waits at most: others may add what is due at once."""

_BATCH = 500
"""So many are claimed in one transaction, and so many results recorded: more would keep others waiting."""

_COLLECT_S = 0.01
"""How long the first result waits for others, where others are on their way."""

_RECORD_AGAIN_AFTER_S = (0.2, 1.0, 3.0)
_ABSENT = "absent"
_ABSENT_SEATS = 8
_log = logging.getLogger(__name__)

Picked = dict[Lane, list[Parcel]]
"""What is about to be sent, by its lane."""


class Dispatcher:
    """Sends what is due as ``owner`` (node and epoch), each channel up to ``seats`` at a time.

    ``alive`` is called between two steps of a turn, each of which a database may keep waiting. ``links``:
    where doses can be answered. ``meter`` counts what is sent.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: TrustedClock,
        owner: str,
        seats: int,
        alive: Callable[[], None] = lambda: None,
        links: AnswerLinks | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._outbox = Outbox()
        self._meter = meter or Meter()
        sender = Sender(clock, self._outbox, DigestWriter(store), links)
        self._lanes = {name: Lane(name, channel, seats, sender.send) for name, channel in channels.items()}
        self._absent = Lane(_ABSENT, None, min(seats, _ABSENT_SEATS), sender.send)
        self._claim_at_s = 0.0
        self._hungry: set[Lane] = set()  # the lanes whose last claim left something lying
        self._alive = alive
        self._suspects = 0
        self._is_recording = False  # what is out of the outbox is not yet in the database
        self._known_health: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in hand."""
        return not self.is_sending and all(lane.waiting == 0 for lane in self._every_lane)

    @property
    def is_sending(self) -> bool:
        """Whether anything is with a channel, or was and is not recorded."""
        return self.has_results or any(lane.out for lane in self._every_lane)

    @property
    def has_results(self) -> bool:
        """Whether something was sent that is not recorded yet."""
        return self._is_recording or len(self._outbox) > 0

    def turn(self) -> int:
        """Record, claim and hand over what there is; how many messages were handed over.

        Raises StoreError where the database is away. Nothing is lost then: the next turn does it.
        """
        self._clock.look()
        if not self._clock.holds:
            self.claim()
            self._alive()
        self._is_recording = True
        try:
            return self._record_and_send()
        finally:
            self._is_recording = False

    def _record_and_send(self) -> int:
        ended = self._outbox.take(_BATCH)
        self._learn(ended)
        ended += self._stale()
        picked = {} if self._clock.holds else self._picked(ended)
        try:
            begun = self._record_and_begin(ended, picked)
        except StoreError:
            self._put_back(ended, picked)
            raise
        except Exception as error:
            log_fault(_log, "results could not be recorded together", error)
            self._put_back([], picked)
            self._record_one_by_one(ended)
            return 0
        self._hand_over(begun)
        return sum(map(len, begun.values()))

    def claim(self) -> int:
        """Lease what is due soon, as far as there is room; how many. Once a second, end what is pointless."""
        now_s = self._clock.elapsed()
        moment = self._clock()
        is_time = now_s >= self._claim_at_s
        rooms = self._rooms(self._every_lane if is_time else self._hungry, now_s)
        if not (rooms or is_time):
            return 0
        if is_time:
            self._claim_at_s = now_s + LONGEST_WAIT_S
            if not self._hungry and not self._has_due(moment + AHEAD):
                return 0
        with self._store.transaction() as work:
            if is_time:
                self._expire(work, moment)
            claimed = {lane: self._claim_for(work, lane, room, moment) for lane, room in rooms.items()}
        start_by_s = now_s + (LEASE - CALL_TIMEOUT).total_seconds()
        for lane, rows in claimed.items():
            lane.add(parcels(rows, moment, start_by_s))
        full = {lane for lane, rows in claimed.items() if len(rows) >= rooms[lane]}
        self._hungry = (self._hungry - rooms.keys()) | full
        return sum(len(rows) for rows in claimed.values())

    def wait(self) -> None:
        """Return when there is something to do, after `LONGEST_WAIT_S` at most."""
        if not self._outbox:
            self._outbox.wait(self._time_to_wait())
        if self._outbox:
            self._outbox.wait_for(
                min(_BATCH, sum(lane.worth_a_turn for lane in self._every_lane)), _COLLECT_S
            )

    def poke(self) -> None:
        """Have the next turn claim, and soon."""
        self._claim_at_s = 0.0
        self._outbox.poke()

    def close(self) -> None:
        """Wait for what is being sent, record it, and give back the rest. Raises StoreError."""
        lanes, why = self._every_lane, "the daemon stopped"
        # Of every channel before any is waited for: else the others would go on, one call after another.
        begun = [_given_back(lane, p, why, had_seat=True) for lane in lanes for p in lane.take_back()]
        waiting = [_given_back(lane, p, why, had_seat=False) for lane in lanes for p in lane.give_up()]
        for lane in lanes:
            lane.close()
        self._outbox.put(*begun, *waiting)
        for pause_s in (*_RECORD_AGAIN_AFTER_S, None):
            try:
                return self._record_the_rest()
            except StoreError as error:
                if pause_s is None:
                    raise
                _log.warning("results not recorded yet: %s", error)
                time.sleep(pause_s)
        return None

    @property
    def _every_lane(self) -> tuple[Lane, ...]:
        return (*self._lanes.values(), self._absent)

    def _rooms(self, lanes: Iterable[Lane], now_s: float) -> dict[Lane, int]:
        """How many reminders to claim for each of ``lanes`` that has room."""
        rooms = {lane: min(_BATCH, lane.room(now_s)) for lane in lanes}
        return {lane: room for lane, room in rooms.items() if room}

    def _has_due(self, until: datetime) -> bool:
        with self._store.reading() as work:
            return work.reminders.has_due(until)

    def _expire(self, work: UnitOfWork, moment: datetime) -> None:
        for reminder, why in work.reminders.expire(moment).items():
            _log.warning("reminder=%d expired unsent: %s", reminder, why)

    def _claim_for(self, work: UnitOfWork, lane: Lane, room: int, moment: datetime) -> list[LeasedReminder]:
        queue, lease_until = work.reminders, self._clock.shared() + LEASE
        if lane is self._absent:
            others = list(self._lanes)
            return queue.claim(self._owner, moment, lease_until, room, channels_but=others)
        due_by = moment + AHEAD if lane.breaker.state is BreakerState.CLOSED else moment
        rows = queue.claim(self._owner, moment, lease_until, room, due_by=due_by, channel=lane.name)
        late = [row for row in rows if is_late(row, moment)]
        return rows + (queue.claim_more(self._owner, moment, lease_until, late) if late else [])

    def _stale(self) -> list[Ended]:
        lanes, now_s, why = self._every_lane, self._clock.elapsed(), "no seat in time, or the channel rests"
        return [
            *(_given_back(lane, p, why, had_seat=False) for lane in lanes for p in lane.give_up_stale(now_s)),
            *(
                _given_back(lane, p, why, had_seat=True)
                for lane in lanes
                for p in lane.take_back_stale(now_s)
            ),
        ]

    def _picked(self, ended: Sequence[Ended]) -> Picked:
        moment, now_s = self._clock(), self._clock.elapsed()
        freed = Counter(end.lane for end in ended if end.had_seat)
        picked: Picked = {}
        suspects = 1 - self._suspects + self._suspects_of(ended)
        for lane in self._every_lane:
            if chosen := lane.pick(moment, now_s, freed[lane], suspects):
                suspects -= sum(parcel.is_suspect for parcel in chosen)
                picked[lane] = chosen
        return picked

    def _record_and_begin(self, ended: Sequence[Ended], picked: Picked) -> Picked:
        health = self._changed_health()
        if not (ended or picked or health):
            return {}
        moment = self._clock()
        rows = [row for chosen in picked.values() for parcel in chosen for row in parcel.rows]
        with self._store.transaction() as work:
            if ended:
                record(work, ended, moment)
            standing = work.reminders.begin(rows)
            gone = [row for row in rows if row.record.id not in standing]
            work.reminders.leave(gone, moment)
            for found in health:
                work.channel_health.put(found)
        self._settle(ended)
        self._known_health |= {found.channel: found.state for found in health}
        for row in gone:
            _log.info("reminder=%d taken back before it was sent", row.record.id)
        return _standing(picked, standing) if gone else picked

    def _hand_over(self, begun: Picked) -> None:
        """Raises RuntimeError where a channel can have no thread: the others have theirs to send by then."""
        failed: RuntimeError | None = None
        for lane, chosen in begun.items():
            self._suspects += sum(parcel.is_suspect for parcel in chosen)
            try:
                lane.begin(chosen)
            except RuntimeError as error:
                failed = error
                self._outbox.put(
                    *(_given_back(lane, p, "no thread to be had", had_seat=True) for p in chosen)
                )
        if failed is not None:
            raise failed

    def _learn(self, ended: Sequence[Ended]) -> None:
        """See how the channels fare before more is handed to them: from each result once."""
        now_s = self._clock.elapsed()
        for end in ended:
            if end.had_seat and not end.is_learned:
                end.lane.learn(end.parts[0][1], end.took_s, end.blames, now_s)

    def _settle(self, ended: Sequence[Ended]) -> None:
        """Free the seats of what is recorded, and count it. Raises nothing: it is recorded by now."""
        self._suspects -= self._suspects_of(ended)
        for end in ended:
            if end.had_seat:
                end.lane.out -= 1
        try:
            self._meter.told(ended)
        except Exception as error:
            log_fault(_log, "what was sent cannot be counted", error)

    def _suspects_of(self, ended: Sequence[Ended]) -> int:
        """How many of ``ended`` are suspects that were out; nearly always none was, and none is looked at."""
        return sum(end.had_seat and end.is_suspect for end in ended) if self._suspects else 0

    def _put_back(self, ended: Sequence[Ended], picked: Picked) -> None:
        self._outbox.put_back(replace(end, is_learned=True) for end in ended)
        for lane, chosen in picked.items():
            lane.add(chosen)

    def _record_one_by_one(self, ended: Sequence[Ended]) -> None:
        for number, end in enumerate(ended):
            try:
                self._record_and_begin([end], {})
            except StoreError:
                self._put_back(ended[number:], {})
                raise
            except Exception as error:
                # The lease runs out and the reminder is sent again: a copy, not a loss.
                reminder = end.parts[0][0][0].record.id
                log_fault(_log, f"reminder={reminder} result cannot be recorded", error)
                self._settle([end])

    def _record_the_rest(self) -> None:
        self._is_recording = True
        try:
            while ended := self._outbox.take(_BATCH):
                self._record_batch(ended)
        finally:
            self._is_recording = False

    def _record_batch(self, ended: Sequence[Ended]) -> None:
        try:
            self._record_and_begin(ended, {})
        except StoreError:
            self._put_back(ended, {})
            raise
        except Exception as error:
            log_fault(_log, "results could not be recorded together", error)
            self._record_one_by_one(ended)

    def _changed_health(self) -> list[ChannelHealth]:
        node, moment = self._owner.rpartition("@")[0], self._clock()
        return [
            ChannelHealth(
                channel=name,
                node=node,
                state=lane.breaker.state.value,
                failures=lane.breaker.failures,
                changed_at=moment,
            )
            for name, lane in self._lanes.items()
            if self._known_health.get(name) != lane.breaker.state.value
        ]

    def _time_to_wait(self) -> float:
        """Seconds until the next claim or the next instant of what waits."""
        now_s = self._clock.elapsed()
        if self._rooms(self._hungry, now_s):
            return 0.0
        wait_s = min(LONGEST_WAIT_S, self._claim_at_s - now_s)
        due = [lane.next_due for lane in self._every_lane if lane.next_due is not None]
        if due and not self._clock.holds:
            wait_s = min(wait_s, (min(due) - self._clock()).total_seconds())
        return max(0.0, wait_s)


def _given_back(lane: Lane, parcel: Parcel, why: str, *, had_seat: bool) -> Ended:
    return Ended(lane=lane, parts=((parcel.rows, NotSent(detail=why)),), had_seat=had_seat)


def _standing(picked: Picked, ids: Collection[int]) -> Picked:
    """What is left of it, without the lanes of which nothing is: they begin nothing."""
    left = {lane: [parcel.of(ids) for parcel in chosen] for lane, chosen in picked.items()}
    standing = {lane: [p for p in parcels if p is not None] for lane, parcels in left.items()}
    return {lane: parcels for lane, parcels in standing.items() if parcels}
