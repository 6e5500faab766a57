"""Many schedules on paper at once, by as many processes as the machine has processors."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context

from scheduler.actions.print_schedule import print_stored
from scheduler.dosing.plan import Period
from scheduler.errors import DosecalError
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.printing import PrintStyle
from scheduler.store.plans import StoredPlan

# A process takes a second to start, in which one prints as many as these.
_ALONE = 20
# Sheets that wait for each process, so that memory does not grow with the caseload.
_AHEAD = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintJob:
    """What `print_stored` needs, but for the formulary, which each process has."""

    stored: StoredPlan
    period: Period
    moment: datetime
    style: PrintStyle


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """``pdf``, or ``refusal``: why there is none. The other one is empty."""

    patient_id: str
    pdf: bytes
    refusal: str


def processes_for(number: int) -> int:
    """How many it takes for a caseload of ``number``: one for each processor."""
    return 1 if number <= _ALONE else os.cpu_count() or 1


def print_each(jobs: Sequence[PrintJob], processes: int) -> Iterator[Printed]:
    """In the order of ``jobs``. Who cannot be printed is told so and does not stop the others."""
    if processes == 1:
        yield from map(print_one, jobs)
        return
    # Not forked: the typesetter has threads, and a fork would wait for locks that nobody gives back.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_be_alone) as pool:
        waiting: deque[Future[Printed]] = deque()
        for job in jobs:
            waiting.append(pool.submit(print_one, job))
            if len(waiting) > processes * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def print_one(job: PrintJob) -> Printed:
    """In this process. What Dosecal itself refuses is an answer; a fault in it is raised."""
    id_ = job.stored.record.id
    try:
        pdf = print_stored(job.stored, job.period, job.moment, load_formulary(), job.style)
    except DosecalError as error:
        return Printed(patient_id=id_, pdf=b"", refusal=str(error))
    return Printed(patient_id=id_, pdf=pdf, refusal="")


def _be_alone() -> None:
    # Every processor has its process already, so Typst needs no threads of its own.
    os.environ["RAYON_NUM_THREADS"] = "1"
