"""Why a dose is when it is, in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from scheduler.dosing.administration import Administration
from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence, ReasonCode
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import Phase
from scheduler.dosing.status import DoseStatus, days_overdue, status_at
from scheduler.dosing.timing import AsNeeded, ClockTimes


def explain(plan: Plan, dose: DoseOccurrence, moment: datetime) -> str:
    """What puts ``dose`` where it is, and how it stands at the aware ``moment``."""
    return " ".join(filter(None, (_place(plan, dose), _standing(dose, moment))))


def _place(plan: Plan, dose: DoseOccurrence) -> str:
    what = f"{dose.regimen.product.name} {dose.dose.spelled_out}"
    if isinstance(_phase(dose).timing, AsNeeded):
        return f"{dose.id} is {what}, {_phase(dose).timing.rhythm}."
    because = "; ".join(_because(plan, dose))
    return f"{dose.id} is {what}, planned for {_when(dose.wall_due)} ({dose.zone.key}): {because}."


def _because(plan: Plan, dose: DoseOccurrence) -> Iterator[str]:
    if dose.regimen.counts_from_given:
        yield _chain_step(plan, dose)
    else:
        yield f"its phase has doses {_phase(dose).timing.rhythm}"
    for reason in dose.reasons:
        if reason.code is not ReasonCode.RE_ANCHORED or not dose.regimen.counts_from_given:
            yield reason.text


def _chain_step(plan: Plan, dose: DoseOccurrence) -> str:
    regimen = plan.regimens_by_id[dose.regimen.id]
    before = Layout(plan).numbered(regimen, dose.number - 1) if dose.number > 1 else None
    if before is None:
        return f"the regimen starts with it and goes on {_phase(dose).timing.rhythm}"
    timing = _phase(before).timing
    assert isinstance(timing, ClockTimes)
    assert isinstance(timing.dates, CalendarInterval)
    return f"{timing.dates.spelled_out} are counted from dose {before.number}, {_counted_from(before)}"


def _counted_from(before: DoseOccurrence) -> str:
    if before.given_at is not None:
        return f"which was given on {_day(before.given_at.astimezone(before.zone).date())}"
    if before.administration is not None:
        return f"which was not given and was planned for {_day(before.local_date)}"
    return f"which is planned for {_day(before.local_date)}"


_PLAIN = {
    DoseStatus.UPCOMING: "",
    DoseStatus.CANCELLED: "",
    DoseStatus.DUE: "It is due now.",
    DoseStatus.MISSED: "It was missed: nothing was recorded while it was of use.",
}


def _standing(dose: DoseOccurrence, moment: datetime) -> str:
    status = status_at(dose, moment)
    match status:
        case DoseStatus.GIVEN | DoseStatus.NOT_GIVEN:
            assert dose.administration is not None
            return _recorded(dose, dose.administration)
        case DoseStatus.HELD:
            return _held(dose)
        case DoseStatus.LATE:
            return _late(dose, moment)
        case _:
            return _PLAIN[status]


def _recorded(dose: DoseOccurrence, administration: Administration) -> str:
    if dose.given_at is None:
        return f"It was recorded as not given: {administration.reason}."
    into = f", {administration.site}" if administration.site else ""
    return f"It was given on {_when(dose.given_at.astimezone(dose.zone))}{into}."


def _late(dose: DoseOccurrence, moment: datetime) -> str:
    days = days_overdue(dose, moment)
    by = "" if dose.useful_until is not None else f" by {days} day{'' if days == 1 else 's'}"
    return f"It is late{by}: nothing is recorded yet."


def _held(dose: DoseOccurrence) -> str:
    assert dose.hold is not None
    until = "until further notice" if dose.hold.last is None else f"to {_day(dose.hold.last)}"
    because = f": {dose.hold.reason}" if dose.hold.reason.strip() else ""
    return f"It is withheld by the hold from {_day(dose.hold.first)} {until}{because}."


def _phase(dose: DoseOccurrence) -> Phase:
    return dose.regimen.phases[dose.phase - 1]


def _when(wall: datetime) -> str:
    return f"{wall:%A} {_day(wall.date())} at {wall:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
