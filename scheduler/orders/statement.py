"""What a part of an order states, in the words of the plan file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from lark import Token, Tree

from scheduler.dosing.date_pattern import CycleDays, Weekday
from scheduler.dosing.product import Route
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import AsNeeded, ElapsedHours
from scheduler.orders.clauses import Clause
from scheduler.orders.fault import Faults
from scheduler.orders.names import normal
from scheduler.planfile.field import check_calendar


class Part(StrEnum):
    """What a statement is about, in the words of a fault."""

    PRODUCT = "product"
    DOSE = "dose"
    ROUTE = "route"
    TIMES_A_DAY = "number of doses a day"
    DATES = "frequency"
    WEEKDAYS = "choice of weekdays"
    HOURS = "number of hours"
    AS_NEEDED = '"as needed"'
    MAXIMUM = "daily maximum"
    GAP = "least time between doses"
    CLOCK = "choice of clock times"
    END = "length"
    START = "start"
    SETTING = "place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """``value`` as a plan file has it, except a product, which is a name in hyphens. ``clause`` says it."""

    part: Part
    value: Any
    clause: Clause


class _UnsayableError(Exception):
    pass


def statements(clauses: list[Clause], faults: Faults) -> Iterator[Statement]:
    """What ``clauses`` state; numbers and dates that cannot be go to ``faults``."""
    for clause in clauses:
        try:
            part, value = _READ[clause.tree.data](clause.tree)
        except (_UnsayableError, DosingError) as error:
            faults.add(clause.column, clause.length, f'"{written(clause)}" {error}')
        else:
            yield Statement(part=part, value=value, clause=clause)


def written(clause: Clause) -> str:
    """The words of ``clause``, with single spaces."""
    return " ".join(" ".join(clause.tokens).split())


Said = tuple[Part, Any]
_Day = TypeVar("_Day", date, datetime)
_Node = Tree[Token]
_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}
_UCUM = {
    "MCG": "ug",
    "MG": "mg",
    "G": "g",
    "ML": "mL",
    "UNITS": "[iU]",
    "TABLETS": "{tablet}",
    "CAPSULES": "{capsule}",
    "GBQ": "GBq",
}
_ROUTES = {
    "SUBCUTANEOUS": Route.SUBCUTANEOUS,
    "DEEP_SUBCUTANEOUS": Route.DEEP_SUBCUTANEOUS,
    "INTRAMUSCULAR": Route.INTRAMUSCULAR,
    "INTRAVENOUS": Route.INTRAVENOUS,
    "ORAL": Route.ORAL,
}
_PER_DAY = {"BID": 2, "TID": 3, "QID": 4, "DAILY": 1, "ONCE": 1, "TWICE": 2, "THRICE": 3}
_PERIODS = {"HOURS": "h", "DAYS": "d", "WEEKS": "wk", "MONTHS": "mo"}
_SINGULAR = {"HOURS": "hour", "DAYS": "day", "WEEKS": "week", "MONTHS": "month"}
_ORDINALS = {"s": 2, "2": 2, "t": 3, "3": 3, "f": 4, "4": 4}
_SETTINGS = {"AT_HOME": "home", "NURSE_VISIT": "nurse-visit", "CLINIC": "clinic"}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def _tokens(tree: _Node, *types: str) -> list[Token]:
    found = [child for child in tree.children if isinstance(child, Token)]
    return [token for token in found if not types or token.type in types]


def _numbers(tree: _Node) -> list[str]:
    trees = [child for child in tree.children if isinstance(child, Tree)]
    words = [str(number.children[0]) for number in trees]
    return [_DIGITS.get(word.lower(), word) for word in words]


def _counts(tree: _Node) -> list[int]:
    return [_count(number) for number in _numbers(tree)]


def _count(digits: str) -> int:
    if not digits.isdigit() or not 1 <= len(digits.lstrip("0")) <= 4:
        raise _UnsayableError("does not count with a whole number from 1 to 9999")
    return int(digits)


def _interval(tree: _Node, count: int) -> str:
    (unit,) = _tokens(tree, *_PERIODS)
    return f"{count} {_PERIODS[unit.type]}"


def _product(tree: _Node) -> Said:
    return Part.PRODUCT, normal(str(tree.children[0]))


def _dose(tree: _Node) -> Said:
    (amount,) = _numbers(tree)
    if not 0 < float(amount) < 1_000_000:
        raise _UnsayableError("is not an amount between 0 and 1,000,000")
    (unit,) = _tokens(tree)
    return Part.DOSE, f"{amount} {_UCUM[unit.type]}"


def _route(tree: _Node) -> Said:
    return Part.ROUTE, _ROUTES[_tokens(tree)[0].type]


def _times_a_day(tree: _Node) -> Said:
    counts = _counts(tree)
    count = counts[0] if counts else _PER_DAY[_tokens(tree)[0].type]
    if count > 24:
        raise _UnsayableError("is more than 24 doses a day")
    return Part.TIMES_A_DAY, count


def _every(tree: _Node) -> Said:
    types = {token.type for token in _tokens(tree)}
    if types <= {"ALTERNATE_DAYS", "WEEKLY", "FORTNIGHTLY"}:
        (kind,) = types
        return Part.DATES, {"every": {"ALTERNATE_DAYS": "2 d", "WEEKLY": "1 wk", "FORTNIGHTLY": "2 wk"}[kind]}
    count = _every_count(tree)
    if "HOURS" in types:
        return Part.HOURS, ElapsedHours(hours=count, first_at=None).hours
    if "MONTHS" in types and "CALENDAR" not in types:
        raise _UnsayableError(
            'can be calendar months or 4 weeks each: write, for instance, "every 4 weeks" or '
            '"every 1 calendar month"'
        )
    return Part.DATES, {"every": _interval(tree, count)}


def _every_count(tree: _Node) -> int:
    ordinals = _tokens(tree, "ORDINAL", "OTHER")
    if ordinals:
        return _ORDINALS.get(ordinals[0][0].lower(), 2)
    return _count_or_one(tree)


def _count_or_one(tree: _Node) -> int:
    """The number, or 1 where none stands and none is missing: "every day" and not "every days"."""
    counts = _counts(tree)
    (unit,) = _tokens(tree, *_PERIODS)
    if not counts and unit.lower() != _SINGULAR[unit.type]:
        raise _UnsayableError(f'has no number: write how many, or "{_SINGULAR[unit.type]}" for one')
    return counts[0] if counts else 1


def _weekdays(tree: _Node) -> Said:
    said = {token[:3].lower() for token in _tokens(tree, "WEEKDAY")}
    return Part.WEEKDAYS, [day.value for day in Weekday if day.value in said]


def _cycle(tree: _Node) -> Said:
    (length,) = _counts(tree)
    (days,) = _tokens(tree, "DAY_NUMBERS")
    runs = re.findall(r"(\d+)(?:\s*(?:-|\u2013|to\b|through\b)\s*(\d+))?", days.lower())
    on = [f"{first}-{last}" if last else first for first, last in runs]
    numbers = [(_count(first), _count(last or first)) for first, last in runs]
    CycleDays(length=length, on=tuple(day for first, last in numbers for day in range(first, last + 1)))
    return Part.DATES, {"cycle": {"length": f"{length} d", "on": on}}


def _days_on_off(tree: _Node) -> Said:
    lengths = [1 if unit.type == "DAYS" else 7 for unit in _tokens(tree, "DAYS", "WEEKS")]
    on, off = (count * length for count, length in zip(_counts(tree), lengths, strict=True))
    CycleDays(length=on + off, on=(on,))
    return Part.DATES, {"cycle": {"length": f"{on + off} d", "on": [f"1-{on}" if on > 1 else "1"]}}


def _as_needed(_: _Node) -> Said:
    return Part.AS_NEEDED, True


def _maximum(tree: _Node) -> Said:
    return Part.MAXIMUM, AsNeeded(max_per_day=_counts(tree)[0], min_gap=timedelta(0)).max_per_day


def _gap(tree: _Node) -> Said:
    (hours,) = _counts(tree)
    AsNeeded(max_per_day=1, min_gap=timedelta(hours=hours))
    return Part.GAP, hours


def _clock(tree: _Node) -> Said:
    said = [_wall_time(token.lower()) for token in _tokens(tree, "TIME")]
    if len(set(said)) < len(said):
        raise _UnsayableError("has one time twice")
    return Part.CLOCK, sorted(said)


def _wall_time(text: str) -> str:
    hours, _, minutes = re.sub(r"[^\d:]", "", text).partition(":")
    hour = int(hours) + (12 if "p" in text else 0)
    return f"{time(hour, int(minutes or 0)):%H:%M}"


def _lasting(tree: _Node) -> Said:
    return Part.END, {"for": _interval(tree, _count_or_one(tree))}


def _dose_count(tree: _Node) -> Said:
    return Part.END, {"doses": _counts(tree)[0]}


def _until(tree: _Node) -> Said:
    return Part.END, {"until": _date(_tokens(tree, "DATE")[0])}


def _open_ended(_: _Node) -> Said:
    return Part.END, {}


def _start(tree: _Node) -> Said:
    moments = _tokens(tree, "MOMENT")
    if not moments:
        return Part.START, _date(_tokens(tree, "DATE")[0])
    try:
        said = datetime.fromisoformat(moments[0].upper())
    except ValueError:
        raise _UnsayableError("is no date and time of the calendar") from None
    return Part.START, _within_calendar(said)


def _date(text: str) -> date:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    name = re.search("|".join(_MONTHS), text.lower())
    if name is None:
        year, month, day = numbers
    else:
        day, year = numbers
        month = _MONTHS.index(name[0]) + 1
    try:
        said = date(year, month, day)
    except ValueError:
        raise _UnsayableError("is no date of the calendar") from None
    return _within_calendar(said)


def _within_calendar(said: _Day) -> _Day:
    check_calendar(said, _UnsayableError)
    return said


def _setting(tree: _Node) -> Said:
    return Part.SETTING, _SETTINGS[_tokens(tree)[0].type]


_READ: dict[str, Callable[[_Node], Said]] = {
    "product": _product,
    "dose": _dose,
    "route": _route,
    "times_a_day": _times_a_day,
    "every": _every,
    "weekdays": _weekdays,
    "cycle": _cycle,
    "days_on_off": _days_on_off,
    "as_needed": _as_needed,
    "maximum": _maximum,
    "gap": _gap,
    "clock": _clock,
    "lasting": _lasting,
    "dose_count": _dose_count,
    "until": _until,
    "open_ended": _open_ended,
    "start": _start,
    "setting": _setting,
}
