"""The process that reminds.

APScheduler wakes the housekeeping and decides nothing: no dose is ever a job of its own, because its job
stores forget jobs that were handed to a thread when the process died. The loop that sends is a thread of
its own and waits on a monotonic clock, so that neither a set-back clock nor a dead waker can silence it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.clock import Clock
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.backoff import pause_after_loss
from scheduler.reminders.channels.channel import Channel
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.planner import plan_everyone
from scheduler.store.unit_of_work import Store

PLAN_EVERY_S = 30
SWEEP_EVERY_S = 5
_LONGEST_WAIT_S = 1.0
_NOTICE_STOP_S = 0.1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_log = logging.getLogger(__name__)


class Daemon:
    """Plans and sends until told to stop. ``node`` is its name; a restart under the same name takes over."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Clock, node: str, seats: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._node = node
        self._asked_to_stop = False
        self._stopping = Event()
        self._dispatcher = Dispatcher(store, channels, clock, self._take_over(), seats)
        self._loop = Thread(target=self._dispatch, name="dispatch")
        self._waker = self._make_waker()

    def run(self) -> None:
        """Work until `stop`, then finish what is being sent."""
        self._loop.start()  # before planning, which takes its time: what was due is already planned
        self._waker.start()
        _log.info("daemon started node=%s", self._node)
        try:
            while not self._asked_to_stop:
                time.sleep(_NOTICE_STOP_S)
        finally:
            self._stopping.set()
            self._waker.shutdown(wait=True)
            self._loop.join()
            self._dispatcher.close()
            _log.info("daemon stopped node=%s", self._node)

    def stop(self) -> None:
        """Ask `run` to end; may be called from any thread or signal handler, and twice."""
        # No more than this: a signal handler that took the event's lock could wait for itself.
        self._asked_to_stop = True

    def _take_over(self) -> str:
        """Count this start and free what an earlier life under the same name had leased."""
        with self._store.transaction() as work:
            epoch = work.nodes.start(self._node, self._clock())
            freed = work.reminders.free_leases_of(self._node, self._clock(), pause_after_loss)
        if freed:
            _log.warning("freed %d reminders that an earlier run had not finished", freed)
        return f"{self._node}@{epoch}"

    def _make_waker(self) -> BackgroundScheduler:
        waker = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(3)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for name, seconds, job in (
            ("plan", PLAN_EVERY_S, self._plan),
            ("sweep", SWEEP_EVERY_S, self._sweep),
            ("heartbeat", SWEEP_EVERY_S, self._beat),
        ):
            # The first run is at once: whatever was left lying is taken up at the start.
            waker.add_job(
                self._quietly,
                "interval",
                args=[name, job],
                seconds=seconds,
                id=name,
                next_run_time=datetime.now(UTC),
            )
        return waker

    def _quietly(self, name: str, job: Callable[[], Any]) -> None:
        """Run ``job``; what goes wrong is logged and tried again next time."""
        try:
            job()
        except StoreError as error:
            _log.error("%s failed: %s", name, error)
        except Exception as error:
            log_fault(_log, f"{name} failed", error)

    def _plan(self) -> None:
        plan_everyone(self._store, self._clock())

    def _sweep(self) -> None:
        with self._store.transaction() as work:
            rescued = work.reminders.sweep(self._clock(), pause_after_loss)
        if rescued:
            _log.warning("freed %d reminders whose lease ran out", rescued)

    def _beat(self) -> None:
        with self._store.transaction() as work:
            work.nodes.beat(self._node, self._clock())

    def _dispatch(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                if self._dispatcher.dispatch_due() == 0:
                    self._stopping.wait(self._time_to_wait())
                self._dispatcher.wait_for_seat(_LONGEST_WAIT_S)
                pause = _FIRST_PAUSE_S
            except StoreError as error:
                _log.error("dispatch paused for %.1f s: %s", pause, error)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            except Exception as error:
                log_fault(_log, "dispatch failed", error)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _time_to_wait(self) -> float:
        """Seconds until the next reminder is due; a second at most, because others may add earlier ones."""
        with self._store.reading() as work:
            due = work.reminders.next_due()
        return _LONGEST_WAIT_S if due is None else min(_LONGEST_WAIT_S, _seconds(due, self._clock()))


def _seconds(due: datetime, moment: datetime) -> float:
    return max(0.0, (due - moment).total_seconds())
