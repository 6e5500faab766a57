"""From what a step of an order states to the table of a phase, with what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from scheduler.orders.fault import Faults
from scheduler.orders.statement import Part, Statement, written

Said = Mapping[Part, Statement]
_BESIDE_AS_NEEDED = (Part.TIMES_A_DAY, Part.DATES, Part.WEEKDAYS, Part.CLOCK)
_BESIDE_HOURS = (Part.TIMES_A_DAY, Part.DATES, Part.WEEKDAYS)
_ONLY_AS_NEEDED = (Part.MAXIMUM, Part.GAP)
_FREQUENCIES = (Part.TIMES_A_DAY, Part.DATES, Part.WEEKDAYS, Part.HOURS, Part.AS_NEEDED)


def collected(statements: Iterable[Statement], faults: Faults) -> Said:
    """The statements by what they are about. One said again in other words is no fault, another one is."""
    said: dict[Part, Statement] = {}
    for statement in statements:
        first = said.setdefault(statement.part, statement)
        again = first is not statement and statement.part is Part.DOSE
        if again or first.value != statement.value:
            _clash(first, statement, faults)
    return said


def check_timing(said: Said, faults: Faults) -> None:
    """Tell what is stated and contradicts something else that is."""
    _check_end(said, faults)
    if Part.AS_NEEDED in said:
        _check_as_needed(said, faults)
        return
    for part in _ONLY_AS_NEEDED:
        if part in said:
            _tell(said[part], 'belongs to what is given "as needed", which is not said', faults)
    if Part.HOURS in said:
        _check_hours(said, faults)
    else:
        _check_dates(said, faults)


def _check_end(said: Said, faults: Faults) -> None:
    end = said[Part.END].value if Part.END in said else {}
    if "until" in end and Part.START in said and end["until"] < _date(said[Part.START].value):
        _tell(said[Part.END], f"is before the start, {_date(said[Part.START].value)}", faults)
    if "doses" in end and Part.AS_NEEDED in said:
        text = 'counts doses, and none is planned "as needed": write "for 2 weeks" or a date'
        _tell(said[Part.END], text, faults)


def _check_as_needed(said: Said, faults: Faults) -> None:
    for part in _BESIDE_AS_NEEDED:
        if part in said:
            text = 'does not go with "as needed": write the most in a day, such as "max 3 per day"'
            _tell(said[part], text, faults)
    if Part.GAP in said and Part.HOURS in said and said[Part.GAP].value != said[Part.HOURS].value:
        _clash(said[Part.HOURS], said[Part.GAP], faults)


def _check_hours(said: Said, faults: Faults) -> None:
    for part in _BESIDE_HOURS:
        if part in said:
            _clash_in_order(said[Part.HOURS], said[part], faults)
    if Part.CLOCK in said and len(said[Part.CLOCK].value) > 1:
        text = (
            "has clock times beside a number of hours, which counts through a change of clocks: write "
            '"three times a day" with clock times, or the hours with the time of the first dose'
        )
        _tell(said[Part.CLOCK], text, faults)


def _check_dates(said: Said, faults: Faults) -> None:
    dates, times = said.get(Part.DATES), said.get(Part.TIMES_A_DAY)
    if dates and times and "cycle" not in dates.value:
        _clash_in_order(dates, times, faults)
    if dates and Part.WEEKDAYS in said and not dates.value.get("every", "").endswith("wk"):
        _clash_in_order(dates, said[Part.WEEKDAYS], faults)
    if dates and _is_once(dates) and len(said[Part.WEEKDAYS].value if Part.WEEKDAYS in said else "") > 1:
        _clash_in_order(dates, said[Part.WEEKDAYS], faults)
    if times and Part.WEEKDAYS in said and _is_every_day(times):
        _clash_in_order(times, said[Part.WEEKDAYS], faults)
    if times and Part.CLOCK in said and len(said[Part.CLOCK].value) != times.value:
        text = f'has {len(said[Part.CLOCK].value)}, and "{written(times.clause)}" needs {times.value}'
        _tell(said[Part.CLOCK], text, faults)


def _is_once(dates: Statement) -> bool:
    """Whether it says one dose in so many weeks, and not only so many weeks."""
    return any(token.type in ("ONCE", "WEEKLY", "FORTNIGHTLY") for token in dates.clause.tokens)


def _is_every_day(times: Statement) -> bool:
    return re.search(r"(every|each) day", written(times.clause).lower()) is not None


def check_complete(said: Said, *, column: int, has_next: bool, faults: Faults) -> None:
    """Tell what every step needs and this one, which begins at ``column``, leaves out."""
    if Part.DOSE not in said:
        faults.add(column, 1, 'the dose is missing: write an amount and a unit, such as "100 mcg"')
    if not any(part in said for part in _FREQUENCIES):
        faults.add(column, 1, 'the frequency is missing: write how often, such as "three times a day"')
    if Part.AS_NEEDED in said and Part.MAXIMUM not in said:
        _tell(said[Part.AS_NEEDED], 'has no daily maximum: write one, such as "max 4 per day"', faults)
    if has_next and (Part.END not in said or not said[Part.END].value):
        text = 'the step before "then" does not say how long: write "for 2 weeks" or "for 2 doses"'
        faults.add(column, 1, text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase's ``table`` without what is open. ``slots``: how many clock times it needs, 0 for none.

    ``start`` and ``first_at`` are what is said of its beginning; ``counts_hours``: it needs both.
    """

    table: dict[str, Any]
    slots: int
    start: date | None
    first_at: time | None
    counts_hours: bool


def phase_of(said: Said) -> Phase:
    """The phase of a step that was checked."""
    counts_hours = Part.HOURS in said and Part.AS_NEEDED not in said
    start = said[Part.START].value if Part.START in said else None
    clock = said[Part.CLOCK].value if Part.CLOCK in said else None
    table = {"dose": said[Part.DOSE].value, **_timing(said)}
    if clock and not counts_hours:
        table["times"] = clock
    return Phase(
        table=table | (said[Part.END].value if Part.END in said else {}),
        slots=0 if counts_hours or Part.AS_NEEDED in said else _slots(said),
        start=None if start is None else _date(start),
        first_at=start.time()
        if isinstance(start, datetime)
        else time.fromisoformat(clock[0])
        if clock
        else None,
        counts_hours=counts_hours,
    )


def _date(start: date) -> date:
    return start.date() if isinstance(start, datetime) else start


def _slots(said: Said) -> int:
    if Part.CLOCK in said:
        return len(said[Part.CLOCK].value)
    return said[Part.TIMES_A_DAY].value if Part.TIMES_A_DAY in said else 1


def _timing(said: Said) -> dict[str, Any]:
    if Part.AS_NEEDED in said:
        gap = said.get(Part.GAP) or said.get(Part.HOURS)
        limits = {"max_per_day": said[Part.MAXIMUM].value}
        return {"as_needed": limits | ({} if gap is None else {"min_gap": f"{gap.value} h"})}
    if Part.HOURS in said:
        return {"every": f"{said[Part.HOURS].value} h"}
    dates = dict(said[Part.DATES].value) if Part.DATES in said else {}
    if Part.WEEKDAYS in said:
        dates["weekdays"] = said[Part.WEEKDAYS].value
    return dates


def _tell(statement: Statement, text: str, faults: Faults) -> None:
    clause = statement.clause
    faults.add(clause.column, clause.length, f'"{written(clause)}" {text}')


def _clash_in_order(one: Statement, other: Statement, faults: Faults) -> None:
    first, second = sorted((one, other), key=lambda statement: statement.clause.column)
    _clash(first, second, faults)


def _clash(first: Statement, second: Statement, faults: Faults) -> None:
    what = second.part if first.part is second.part else "frequency"
    _tell(second, f'is a second {what}, beside "{written(first.clause)}": an order says one', faults)
