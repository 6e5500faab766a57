"""Runs where Celery is installed: tasks with an ETA at one instant, by one worker, timed by themselves.

The command is ``python judge_celery.py BROKER_URL COUNT PAUSE_S``. Prints JSON: when they were due, and when
each began, in seconds of the wall clock.

The worker has 250 threads, as our channels have seats, and acknowledges a task when it has ended, so that a
crash does not lose it; results are not kept. It holds every task with an ETA in memory until then, so the
broker's visibility timeout is longer than that.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Thread

from celery import Celery  # type: ignore[import-not-found]

_SEATS = 250
_AHEAD_S, _FETCHED_A_SECOND = 8.0, 1000
_PROBED, _MARGIN = 100, 1.5
_PATIENCE_S = 120.0

url, count, pause_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
app = Celery(broker=url)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    worker_redirect_stdouts=False,
)
heard_at: list[float] = []


@app.task(name="heard")  # type: ignore[untyped-decorator]
def heard() -> None:
    """Note the instant first, then take as long as a provider."""
    heard_at.append(time.time())
    if pause_s:  # to sleep for no time takes a tenth of a millisecond
        time.sleep(pause_s)


def fill() -> datetime:
    """Hand all tasks to the broker; when they are due: when the worker has had time to fetch them all."""
    each_s = send(_PROBED, datetime.now(UTC), queue="probe")
    filling_s = each_s * count * _MARGIN
    due = datetime.now(UTC) + timedelta(seconds=_AHEAD_S + filling_s + count / _FETCHED_A_SECOND)
    send(count, due, queue="celery")
    return due


def send(number: int, eta: datetime, queue: str) -> float:
    """Hand so many to the broker; the seconds that each took."""
    begin = time.monotonic()
    with app.producer_or_acquire() as producer:
        for _ in range(number):
            heard.apply_async(eta=eta, queue=queue, producer=producer)
    return (time.monotonic() - begin) / number


def tell_when_done(due: datetime) -> None:
    """Print and end the process, which a worker's own end would keep waiting."""
    patience = due.timestamp() + _PATIENCE_S
    while len(heard_at) < count and time.time() < patience:
        time.sleep(0.1)
    time.sleep(1)
    print(json.dumps({"due": due.timestamp(), "heard_at": heard_at}), flush=True)
    os._exit(0)


def main() -> None:
    """Fill the queue and work it off."""
    logging.disable(logging.CRITICAL)
    Thread(target=tell_when_done, args=[fill()]).start()
    app.worker_main(
        ["--quiet", "worker", "--queues", "celery", "--pool", "threads", "--concurrency", str(_SEATS)]
    )


if __name__ == "__main__":
    main()
