"""The next 36 hours of doses of 10,000 and of 100,000 patients, as the planner of reminders looks ahead.

Each patient comes, is worked out and goes: memory must not grow with their number. Each size is a process of
its own, because the most memory that a process ever had is all that the system remembers of it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

from bench.invented import patients
from bench.measuring import report
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period

SIZES = (10_000, 100_000)
MOMENT = datetime(2026, 12, 1, 9, tzinfo=UTC)
AHEAD = timedelta(hours=36)
# The local dates of the 36 hours, from Los Angeles to Sydney.
DATES = Period(start=date(2026, 12, 1), end=date(2026, 12, 4))


def plan_ahead(count: int) -> dict[str, float]:
    """Doses in the next 36 hours of ``count`` patients, the seconds they took, and the peak of memory."""
    doses, expanding = 0, 0.0
    for plan in patients(count, DATES.start):
        begin = perf_counter()
        found = expand(plan, DATES)
        expanding += perf_counter() - begin
        doses += sum(1 for dose in found if MOMENT <= dose.due_at < MOMENT + AHEAD)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"doses": doses, "seconds": expanding, "peak": peak}


def _apart(count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.planning", str(count)]
    done = subprocess.run(command, check=True, capture_output=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Measure one size and print JSON where it is named, else measure all and print a table."""
    if len(sys.argv) > 1:
        json.dump(plan_ahead(int(sys.argv[1])), sys.stdout)
        return
    measured = {count: _apart(count) for count in SIZES}
    rows = [
        (
            f"{count:,}",
            f"{found['doses']:,}",
            f"{found['seconds']:,.1f} s",
            f"{found['doses'] / found['seconds']:,.0f}",
            f"{found['peak']:,.0f} MiB",
        )
        for count, found in measured.items()
    ]
    title = "36 hours of doses, one regimen a patient; one run for each size"
    report(title, ("patients", "doses", "in expand", "doses a second", "peak memory"), rows)


if __name__ == "__main__":
    main()
