"""Invented plans, written as a clinic would: three doses a day, and a mixture of everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import cache
from itertools import product as combinations
from zoneinfo import ZoneInfo

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market, Product
from scheduler.dosing.regimen import IntervalAnchor, OpenEnded, Phase, Regimen, Setting, TravelRule
from scheduler.dosing.timing import ClockTimes
from scheduler.formulary.formulary import Formulary, load_formulary

Order = tuple[str, str, str, tuple[time, ...]]
"""Product, dose, interval and wall times."""

THREE_TIMES = (time(7), time(15), time(23))
NEW_YORK = ZoneInfo("America/New_York")

_ZONES = ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Europe/London", "Australia/Sydney")
_ORDERS = (
    ("octreotide-sc", "100 ug", "1 d", THREE_TIMES),
    ("octreotide-lar", "20 mg", "4 wk", (time(10),)),
    ("lanreotide", "120 mg", "28 d", (time(9),)),
    ("everolimus", "10 mg", "1 d", (time(8),)),
    ("cabozantinib", "60 mg", "1 d", (time(21),)),
)


def three_a_day(start: date) -> Plan:
    """Octreotide three times a day in New York, from local date ``start`` on."""
    return plan_of(NEW_YORK, _ORDERS[0], start)


def patients(count: int, first: date) -> Iterator[Plan]:
    """``count`` patients one after the other, each with a regimen begun up to a year before ``first``."""
    kinds = list(combinations(map(ZoneInfo, _ZONES), _ORDERS))
    for number in range(count):
        zone, order = kinds[number % len(kinds)]
        yield plan_of(zone, order, first - timedelta(days=number % 365))


def plan_of(zone: ZoneInfo, order: Order, start: date) -> Plan:
    """A patient of ``zone`` with ``order`` from local date ``start`` on."""
    name, dose, interval, wall_times = order
    product = _product(name)
    timing = ClockTimes(dates=CalendarInterval.parse(interval), wall_times=wall_times)
    regimen = Regimen(
        id=name,
        product=product,
        setting=Setting.CLINIC if product.is_depot else Setting.HOME,
        anchor=IntervalAnchor.LAST_GIVEN if product.is_depot else IntervalAnchor.SCHEDULED,
        travel=TravelRule.LOCAL,
        sites=product.sites,
        phases=(Phase(dose=Dose.parse(dose), timing=timing, start=start, end=OpenEnded()),),
    )
    patient = Patient(name="Invented", zone=zone, market=Market.US, travel=())
    return Plan(patient=patient, regimens=(regimen,))


def _product(name: str) -> Product:
    return _formulary().find(name, Market.US).product


@cache
def _formulary() -> Formulary:
    return load_formulary()
