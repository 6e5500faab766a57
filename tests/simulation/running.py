"""Cohorts, each on a database and in a process of its own."""

from __future__ import annotations

import gc
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.simulation.clinic import Cohort, open_clinic
from tests.simulation.verdict import Verdict, verdict

STARTS = (date(2027, 2, 8), date(2026, 9, 14))
"""Ninety days from each have every change of clocks of a year."""
_TELL_EVERY_S = 10.0


def cohorts(seed: int, patients: int, days: int, number: int) -> Iterator[Cohort]:
    """``patients`` in so many parts, in spring and in autumn by turns."""
    size = -(-patients // number)
    for index in range(number):
        first = index * size
        count = min(size, patients - first)
        if count > 0:
            start = STARTS[index % len(STARTS)]
            yield Cohort(seed=seed, number=index, first=first, count=count, start=start, days=days)


def simulate(cohort: Cohort, url: str) -> Verdict:
    """One cohort on the empty database at ``url``; progress goes to standard error."""
    began, done, told = time.monotonic(), 0, time.monotonic()

    def tell(patient_days: int) -> None:
        nonlocal done, told
        done += patient_days
        if time.monotonic() - told > _TELL_EVERY_S:
            told = time.monotonic()
            share = done / (cohort.count * cohort.days)
            text = f"cohort {cohort.number}: {done:,} patient-days ({share:.0%}) in {told - began:.0f} s\n"
            sys.stderr.write(text)

    with _in_silence(), _collecting_seldom(), open_clinic(cohort, url) as clinic:
        clinic.run(tell)
        return verdict(clinic, url)


@contextmanager
def _in_silence() -> Iterator[None]:
    """Troubles are what is asked for: nobody wants to read of each."""
    log = logging.getLogger("scheduler")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What a simulation remembers only grows: to look through it for garbage took a tenth of the time."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _simulate_on_sqlite(cohort: Cohort) -> Verdict:
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        url = f"sqlite:///{folder / 'clinic.db'}"
        _upgrade(url)
        return simulate(cohort, url)
    finally:
        shutil.rmtree(folder)


def _upgrade(url: str) -> None:
    store = Store(url, load_formulary())
    store.upgrade()
    store.close()


def run(chosen: Sequence[Cohort], database: str | None, jobs: int) -> Iterator[tuple[Cohort, Verdict]]:
    """Each cohort as it is done: on SQLite files in processes of their own, else one after the other."""
    if database is not None:
        (cohort,) = chosen
        _upgrade(database)
        yield cohort, simulate(cohort, database)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_simulate_on_sqlite, cohort): cohort for cohort in chosen}
        for future in as_completed(futures):
            yield futures[future], future.result()
