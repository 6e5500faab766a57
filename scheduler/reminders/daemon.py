"""The process that reminds: a loop that sends, a waker of the housekeeping, a watchdog over both.

The loop that sends is a thread of its own and waits on a monotonic clock, so that neither a set-back clock
nor a dead waker can silence it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Event, Thread

from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.auditor import audit_job
from scheduler.reminders.backoff import pause_after_loss
from scheduler.reminders.channels.channel import Channel
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.meter import Meter
from scheduler.reminders.planner import HORIZON, plan_everyone
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.reminders.waker import Waker
from scheduler.reminders.watchdog import Pulse, Watchdog
from scheduler.store.reminder_queue import Freed
from scheduler.store.unit_of_work import Store, UnitOfWork

PLAN_EVERY_S = 30
PLAN_AGAIN_AFTER = timedelta(hours=1)
"""Whoever changes a plan plans at once; this is for what comes into the horizon, and to be safe."""

SWEEP_EVERY_S = 5
KEYS_EVERY_S = 30
AUDIT_EVERY_S = 60
FIRST_AUDIT_AFTER_S = 60.0
_PULSE_EVERY_S = 2
_NOTICE_STOP_S = 0.1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
LATEST_SEEN = "max_wall_seen"
_log = logging.getLogger(__name__)


class Daemon:
    """Plans and sends until told to stop. ``node`` is its name; a restart under the same name takes over.

    Each channel sends up to ``seats`` messages at once. ``switch`` hears of every audit. ``links``: where
    doses can be answered. ``meter`` counts.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        node: str,
        seats: int,
        switch: DeadMansSwitch | None = None,
        links: AnswerLinks | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._meter = meter or Meter()
        self._switch = switch
        self._links = links
        self._node = node
        self._asked_to_stop = False
        self._has_planned = False
        self._stopping = Event()
        self._clock = TrustedClock(clock, latest_seen=self._latest_seen())
        self._started_s = self._clock.elapsed()
        self._pulses = {name: Pulse(self._clock.elapsed) for name in ("dispatch", "waker")}
        alive = self._pulses["dispatch"].beat
        owner = self._take_over()
        self._renew_keys()
        self._dispatcher = Dispatcher(store, channels, self._clock, owner, seats, alive, links, self._meter)
        self._loop = Thread(target=self._dispatch, name="dispatch")
        self._waker = self._make_waker()
        self._watchdog = Watchdog(self._clock, self._pulses, self._on_step)

    def run(self) -> None:
        """Work until `stop`, then finish what is being sent."""
        self._loop.start()  # before planning, which takes its time: what was due is already planned
        self._waker.start()
        self._watchdog.start()
        _log.info("daemon started node=%s", self._node)
        try:
            while not self._asked_to_stop:
                time.sleep(_NOTICE_STOP_S)
        finally:
            self._end()
            _log.info("daemon stopped node=%s", self._node)

    def run_once(self) -> bool:
        """Plan, send what is due now, audit, and end; whether all went well.

        Where the clock is not believed it first waits, as `run` does: three minutes at most.
        """
        self._wait_for_the_clock()
        self._beat()
        self._plan()
        self._sweep()
        self._dispatcher.poke()
        try:
            while not self._asked_to_stop and (self._dispatcher.turn() or self._dispatcher.is_sending):
                self._dispatcher.wait()
        finally:
            # Else the process would wait for threads that wait for work.
            self._dispatcher.close()
        report = audit_job(self._store, self._clock, self._switch)
        in_vain = self._meter.in_vain
        _log.info("done: not accepted=%d faults=%d", in_vain, report.count)
        return report.count == 0 and in_vain == 0

    def stop(self) -> None:
        """Ask `run` to end; may be called from any thread or signal handler, and twice."""
        # No more than this: a signal handler that took the event's lock could wait for itself.
        self._asked_to_stop = True

    def _end(self) -> None:
        self._stopping.set()
        self._dispatcher.poke()
        self._watchdog.stop()
        self._waker.shutdown()
        self._loop.join()
        try:
            self._dispatcher.close()
        except StoreError as error:
            # The leases run out and the reminders are sent again: copies, not losses.
            _log.error("the last results were not recorded: %s", error)

    def _wait_for_the_clock(self) -> None:
        self._clock.look()
        while self._clock.holds and not self._asked_to_stop:
            time.sleep(_NOTICE_STOP_S)
            self._clock.look()

    def _latest_seen(self) -> datetime | None:
        with self._store.reading() as work:
            found = work.keeping.get(LATEST_SEEN)
        return None if found is None else datetime.fromisoformat(found)

    def _take_over(self) -> str:
        """Count this start and free what an earlier life under the same name had leased."""
        with self._store.transaction() as work:
            self._clock.compare(work.nodes.database_now())
            epoch = work.nodes.start(self._node, self._clock.shared())
            freed = work.reminders.free_leases_of(self._node, self._clock(), pause_after_loss)
        self._tell_freed(freed, "that an earlier run had not finished")
        return f"{self._node}@{epoch}"

    def _make_waker(self) -> Waker:
        waker = Waker()
        waker.add("plan", PLAN_EVERY_S, self._plan)
        waker.add("digests", PLAN_EVERY_S, self._plan_digests)
        waker.add("keys", KEYS_EVERY_S, self._renew_keys)
        waker.add("sweep", SWEEP_EVERY_S, self._sweep)
        waker.add("heartbeat", SWEEP_EVERY_S, self._beat)
        waker.add("audit", AUDIT_EVERY_S, self._audit)
        waker.add("pulse", _PULSE_EVERY_S, self._pulses["waker"].beat)
        return waker

    def _on_step(self) -> None:
        self._waker.rearm()
        self._dispatcher.poke()

    def _plan(self) -> None:
        if self._clock.holds:
            return
        moment = self._clock()
        # Everybody once, because clock rules may be others than before the start; then who has little left.
        short_of = moment + HORIZON - PLAN_AGAIN_AFTER if self._has_planned else None
        plan_everyone(self._store, moment, short_of, self._stopping.wait)
        self._has_planned = not self._stopping.is_set()

    def _plan_digests(self) -> None:
        if not self._clock.holds:
            plan_every_digest(self._store, self._clock())

    def _renew_keys(self) -> None:
        if self._links is not None:
            self._links.renew(self._store, self._clock())

    def _sweep(self) -> None:
        # What was sent and waits to be recorded is not lost, although its lease may have run out while the
        # database was away.
        if self._clock.holds or self._dispatcher.has_results:
            return
        with self._store.transaction() as work:
            freed = work.reminders.sweep(self._clock.shared(), pause_after_loss)
        self._tell_freed(freed, "whose lease ran out")

    def _tell_freed(self, freed: Freed, why: str) -> None:
        self._meter.rescued(freed.count)
        _log_freed(freed, why)

    def _audit(self) -> None:
        # What an outage left is taken up first, and is no news.
        is_early = self._clock.elapsed() - self._started_s < FIRST_AUDIT_AFTER_S
        if not is_early and not self._clock.holds:
            report = audit_job(self._store, self._clock, self._switch)
            self._meter.audited(report.count, self._clock())

    def _beat(self) -> None:
        with self._store.transaction() as work:
            work.nodes.beat(self._node, self._clock.shared())
            self._clock.compare(work.nodes.database_now())
            if not self._clock.holds:
                self._keep_latest_seen(work)

    def _keep_latest_seen(self, work: UnitOfWork) -> None:
        now = self._clock().isoformat(timespec="seconds")
        found = work.keeping.get(LATEST_SEEN)
        # Set back while we looked on: what was seen before was wrong.
        if found is None or self._clock.was_set_back or found < now:
            work.keeping.put(LATEST_SEEN, now)

    def _dispatch(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            self._pulses["dispatch"].beat()
            try:
                self._dispatcher.turn()
                self._dispatcher.wait()
                pause = _FIRST_PAUSE_S
            except StoreError as error:
                _log.error("dispatch paused for %.1f s: %s", pause, error)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            except Exception as error:
                log_fault(_log, "dispatch failed", error)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)


def _log_freed(freed: Freed, why: str) -> None:
    if freed.count:
        _log.warning("freed %d reminders %s", freed.count, why)
    for reminder in freed.set_aside:
        _log.error("reminder=%d told nobody: set aside, three daemons ended while sending it", reminder)
