"""An invented clinic in a database, as far as the feed server needs one: patients and calendar addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from scheduler import clock
from scheduler.actions.feed_token import FeedToken
from scheduler.actions.import_plan import import_plan
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord
from scheduler.store.unit_of_work import Store
from tests.support.plan_text import plan_file


@dataclass(frozen=True, kw_only=True)
class Course:
    """Injections ``every`` so long at each of ``hours``; a calendar shows ``events`` of them in 134 days."""

    every: str
    hours: tuple[int, ...]
    events: int


FORTNIGHTLY = Course(every="2 wk", hours=(10,), events=10)
THREE_A_DAY = Course(every="1 d", hours=(7, 15, 23), events=402)
SEVEN_A_DAY = Course(every="1 d", hours=(6, 8, 11, 14, 17, 20, 22), events=938)

_PLAN = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"
      [[regimen.phase]]
      dose = "100 ug"
      every = "{every}"
      times = [{times}]
      start = {start}
"""


@contextmanager
def opened(database_url: str) -> Iterator[Store]:
    """The database, with its tables."""
    store = Store(database_url, load_formulary())
    try:
        store.upgrade()
        yield store
    finally:
        store.close()


def admit(store: Store, number: int, course: Course) -> str:
    """Import a patient whose ``course`` began four weeks ago; their id."""
    moment = clock.now()
    times = ", ".join(f'"{hour:02}:00"' for hour in course.hours)
    plan = _PLAN.format(every=course.every, times=times, start=(moment - timedelta(weeks=4)).date())
    return import_plan(store, plan_file(plan, name=f"Patient {number}"), moment, as_new=True).patient_id


def hand_out(store: Store, patient_id: str, count: int = 1) -> list[FeedToken]:
    """Issue ``count`` discreet feeds of a patient, in one transaction: 10,000 would take minutes."""
    tokens = [FeedToken.new() for _ in range(count)]
    with store.transaction() as work:
        for token in tokens:
            work.feeds.add(_feed(token, patient_id))
    return tokens


def _feed(token: FeedToken, patient_id: str) -> FeedRecord:
    return FeedRecord(
        key_id=token.key_id,
        patient_id=patient_id,
        caseload_id=None,
        audience=Audience.PATIENT.value,
        label="",
        privacy=Privacy.DISCREET.value,
        alias="Reminder",
        lead_tasks=(),
        secret_hash=token.secret_hash,
        issued_at=clock.now(),
    )
