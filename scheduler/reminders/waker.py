"""The clockwork of the housekeeping.

APScheduler wakes it and decides nothing: no dose is ever a job of its own, because its job stores forget
jobs that were handed to a thread when the process died.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.errors import StoreError
from scheduler.fault_log import log_fault

_log = logging.getLogger(__name__)


class Waker:
    """Calls jobs every so many seconds, each for the first time at once, and never twice at a time."""

    def __init__(self) -> None:
        self._jobs: list[str] = []
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def add(self, name: str, seconds: int, job: Callable[[], Any]) -> None:
        """Call ``job`` every ``seconds``; what goes wrong is logged and tried again next time."""
        # A thread for each: one that hangs keeps no other from its work.
        self._scheduler.add_executor(ThreadPoolExecutor(1), alias=name)
        self._scheduler.add_job(
            _quietly,
            "interval",
            args=[name, job],
            seconds=seconds,
            id=name,
            executor=name,
            # Whatever was left lying is taken up at the start.
            next_run_time=datetime.now(UTC),
        )
        self._jobs.append(name)

    def start(self) -> None:
        """Begin, in threads."""
        self._scheduler.start()

    def rearm(self) -> None:
        """Call every job now. A wall clock that was set back would silence them until it is there again."""
        for name in self._jobs:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def shutdown(self) -> None:
        """Wait for what runs and call nothing more."""
        self._scheduler.shutdown(wait=True)


def _quietly(name: str, job: Callable[[], Any]) -> None:
    try:
        job()
    except StoreError as error:
        _log.error("%s failed: %s", name, error)
    except Exception as error:
        log_fault(_log, f"{name} failed", error)
