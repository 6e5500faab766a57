"""What is due from a day on is the same without the records that do not count for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.administration import Administration
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.records_needed import records_count_from
from scheduler.dosing.timing import AsNeeded
from tests.support.law import law
from tests.support.strategies import AROUND, plans

days = st.integers(0, (AROUND.end - AROUND.start).days - 60).map(lambda n: AROUND.start + timedelta(days=n))


@law
@given(plans(), days)
def test_records_that_do_not_count_change_nothing(plan: Plan, day: date) -> None:
    bare = replace(plan, administrations=())
    first = records_count_from(bare, day)
    kept = tuple(entry for entry in plan.administrations if _counts(entry, first))
    period = Period(start=day, end=day + timedelta(days=60))
    known, whole = expand(replace(plan, administrations=kept), period), expand(plan, period)
    assert list(map(_said, known)) == list(map(_said, whole))


def _counts(entry: Administration, first: date) -> bool:
    return not isinstance(entry.dose, GridId) or entry.dose.on >= first


def _said(dose: DoseOccurrence) -> DoseOccurrence:
    """Without what hangs on every record, and the versions, which are the same."""
    number = 0 if dose.regimen.kind is AsNeeded else dose.number
    return replace(dose, site=None, number=number)
