"""Reminders due at one instant, by APScheduler with its SQL job store: a job for each."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench.lateness import Told

_AHEAD = timedelta(seconds=6)
_PROBED, _MARGIN = 100, 1.5
_PATIENCE_S = 180.0

_heard_at: list[float] = []


def heard(pause_s: float) -> None:
    """A job: the store keeps the name of a function."""
    _heard_at.append(time.time())
    if pause_s:  # to sleep for no time takes a tenth of a millisecond
        time.sleep(pause_s)


def apscheduler(url: str, count: int, pause_s: float, grace: dict[str, None]) -> Told:
    """With the store at ``url``; ``grace``: what is said about late jobs."""
    _heard_at.clear()
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone="UTC")
    scheduler.start(paused=True)
    due = datetime.now(UTC) + _AHEAD + _time_to_fill(scheduler, count)
    for _ in range(count):
        scheduler.add_job(heard, "date", run_date=due, args=[pause_s], **grace)
    assert datetime.now(UTC) < due, "the machine is too busy: the jobs were due before all were added"
    scheduler.resume()
    patience = due + timedelta(seconds=_PATIENCE_S)
    while datetime.now(UTC) < patience and (datetime.now(UTC) < due or scheduler.get_jobs()):
        time.sleep(0.5)
    scheduler.shutdown(wait=True)
    return Told(asked=count, late=[at - due.timestamp() for at in _heard_at])


def _time_to_fill(scheduler: BackgroundScheduler, count: int) -> timedelta:
    """How long ``count`` jobs take to add, by some that are taken back again."""
    never = datetime.now(UTC) + timedelta(days=1)
    begin = time.monotonic()
    jobs = [scheduler.add_job(heard, "date", run_date=never, args=[0]) for _ in range(_PROBED)]
    each_s = (time.monotonic() - begin) / _PROBED
    for job in jobs:
        job.remove()
    return timedelta(seconds=each_s * count * _MARGIN)
