"""What may still be done about a late dose: everolimus looks back, cabozantinib looks ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market, SinceScheduled, Source, UntilNext
from scheduler.dosing.regimen import IntervalAnchor, OpenEnded, Phase, Regimen, Setting, TravelRule
from scheduler.dosing.status import OPEN, DoseStatus, status_at
from scheduler.dosing.timing import ClockTimes
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.late_dose import late_dose_text

DAY = date(2026, 12, 1)
SOURCE = Source(title="A label", section="2.1", read_on="2026-11", verified="by nobody")


def taken_daily_at_eight(product: str) -> DoseOccurrence:
    """The dose of 1 December 2026, 08:00 UTC, of a tablet taken once a day."""
    every_day = ClockTimes(dates=CalendarInterval.parse("1 d"), wall_times=(time(8),))
    regimen = Regimen(
        id="tablet",
        product=load_formulary().find(product, Market.US).product,
        setting=Setting.HOME,
        anchor=IntervalAnchor.SCHEDULED,
        travel=TravelRule.LOCAL,
        sites=(),
        phases=(Phase(dose=Dose.parse("10 mg"), timing=every_day, start=DAY, end=OpenEnded()),),
    )
    patient = Patient(name="Zoe Marsh", zone=ZoneInfo("UTC"), market=Market.US, travel=())
    [dose] = expand(
        Plan(patient=patient, regimens=(regimen,)), Period(start=DAY, end=DAY + timedelta(days=1))
    )
    return dose


def test_everolimus_counts_the_hours_since_the_usual_time() -> None:
    missed = load_formulary().find("everolimus", Market.US).product.missed
    assert isinstance(missed, SinceScheduled)
    assert missed.limit == timedelta(hours=6)


def test_cabozantinib_counts_the_hours_until_the_next_dose() -> None:
    missed = load_formulary().find("cabozantinib", Market.US).product.missed
    assert isinstance(missed, UntilNext)
    assert missed.limit == timedelta(hours=12)


@pytest.mark.parametrize(
    ("product", "wall_time", "is_missed"),
    [
        ("everolimus", time(13, 59), False),
        ("everolimus", time(14, 1), True),
        ("cabozantinib", time(14, 1), False),
        ("cabozantinib", time(19, 59), False),
        ("cabozantinib", time(20, 1), True),
    ],
)
def test_a_dose_of_eight_o_clock_is_missed_when_it_may_no_longer_be_taken(
    product: str, wall_time: time, is_missed: bool
) -> None:
    moment = datetime.combine(DAY, wall_time, tzinfo=UTC)
    status = status_at(taken_daily_at_eight(product), moment)
    assert (status is DoseStatus.MISSED) is is_missed
    assert (status in OPEN) is not is_missed


def test_the_words_say_what_is_counted() -> None:
    back = late_dose_text(SinceScheduled(limit=timedelta(hours=6), source=SOURCE))
    ahead = late_dose_text(UntilNext(limit=timedelta(hours=12), source=SOURCE))
    assert back.startswith("If less than 6 hours have passed since the usual time, take the dose.")
    assert ahead.startswith("If the next dose is at least 12 hours away, take the missed one now.")


def test_not_doubling_is_said_where_the_source_says_so() -> None:
    assert (
        load_formulary()
        .find("everolimus", Market.US)
        .late.text.endswith("Do not take two doses to make up for it.")
    )
