"""Runs where Procrastinate is installed: jobs due at one instant, by one worker, timed by themselves.

The command is ``python judge_procrastinate.py DATABASE_URL COUNT PAUSE_S``, with an empty PostgreSQL
database. Prints JSON: when they were due, and when each began, in seconds of the wall clock.

The worker runs 250 jobs at a time, as our channels have seats, and its jobs are coroutines, the quickest
kind. It looks for work ten times a second instead of every 5 s: NOTIFY says that a job was added, not that
one became due. Finished jobs stay in the table, as it comes. The table is analysed once it is full, as
autovacuum does within a minute.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import procrastinate  # type: ignore[import-not-found]

_SEATS = 250
_AT_ONCE = 1000
_AHEAD_S, _FILLED_A_SECOND = 6.0, 1000
_PATIENCE_S = 120.0


async def run(url: str, count: int, pause_s: float) -> dict[str, object]:
    """Add all jobs, then work until they have begun or patience is at an end."""
    heard_at: list[float] = []
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=20))

    @app.task(name="heard")  # type: ignore[untyped-decorator]
    async def heard() -> None:
        heard_at.append(time.time())
        await asyncio.sleep(pause_s)

    due = datetime.now(UTC) + timedelta(seconds=_AHEAD_S + count / _FILLED_A_SECOND)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, count, _AT_ONCE):
            some = min(_AT_ONCE, count - start)
            await heard.configure(schedule_at=due).batch_defer_async(*({} for _ in range(some)))
        assert datetime.now(UTC) < due, "the machine is too busy: the jobs were due before all were added"
        await app.connector.execute_query_async("ANALYZE procrastinate_jobs")
        worker = app.run_worker_async(
            concurrency=_SEATS, fetch_job_polling_interval=0.1, install_signal_handlers=False
        )
        await _until_heard(asyncio.create_task(worker), heard_at, count, due)
    return {"due": due.timestamp(), "heard_at": heard_at}


async def _until_heard(worker: asyncio.Task[None], heard_at: list[float], count: int, due: datetime) -> None:
    patience = due + timedelta(seconds=_PATIENCE_S)
    while len(heard_at) < count and datetime.now(UTC) < patience:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    worker.cancel()
    await asyncio.wait([worker], timeout=10)


def main() -> None:
    """Print what came of it."""
    url, count, pause_s = sys.argv[1:]
    json.dump(asyncio.run(run(url, int(count), float(pause_s))), sys.stdout)


if __name__ == "__main__":
    main()
