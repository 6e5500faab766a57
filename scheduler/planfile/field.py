"""How a key of the plan file becomes a value of the domain, in TOML and in stored JSON."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from scheduler.dosing.calendar_interval import END_OF_CALENDAR, CalendarInterval
from scheduler.dosing.dose import UNITS, Dose
from scheduler.dosing.occurrence_id import OccurrenceId, parse_occurrence_id
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import parse_wall_time

FAULT = "dosecal"
"""The pydantic error type of a sentence that is ours already."""

_Day = TypeVar("_Day", date, datetime)
_FIRST_YEAR = 1900
_SHORT_UNITS = {"day": "d", "week": "wk", "w": "wk", "month": "mo", "m": "mo"}


def fault(text: str) -> PydanticCustomError:
    """A fault worded for the reader; braces in ``text`` are kept."""
    return PydanticCustomError(FAULT, "{text}", {"text": text})


def did_you_mean(value: str, allowed: tuple[str, ...] | list[str] | set[str]) -> str:
    """``; did you mean "..."?`` where ``allowed`` has something close to ``value``, else nothing."""
    close = get_close_matches(value.casefold(), sorted(allowed), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _reading(
    kind: type | UnionType, parse: Callable[[str], Any], hint: Callable[[str], str]
) -> PlainValidator:
    """Accept text that ``parse`` reads, or a value that is of ``kind`` already."""

    def read(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise fault("must be a string in quotes")
        try:
            return parse(value)
        except DosingError as error:
            raise fault(str(error).removeprefix(f"{value!r} ") + hint(value)) from error

    return PlainValidator(read)


def _within_calendar(value: _Day) -> _Day:
    check_calendar(value, fault)
    return value


def check_calendar(value: date, refusal: Callable[[str], Exception]) -> None:
    """Raise ``refusal`` for years in which nobody who reads this is treated, and near which dates run out."""
    if not _FIRST_YEAR <= value.year < END_OF_CALENDAR.year:
        raise refusal(f"is not between the years {_FIRST_YEAR} and {END_OF_CALENDAR.year - 1}")


def _without_offset(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise fault("has an offset; it is told in the patient's local time")
    return value


def _printable(text: str) -> str:
    check_printable(text, fault)
    return text


def check_printable(text: str, refusal: Callable[[str], Exception]) -> None:
    """Raise ``refusal`` for a text with control characters, which a terminal would obey."""
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise refusal("holds a control character")


def _no_hint(_: str) -> str:
    return ""


def _parse_hours(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,3}) h", text, re.ASCII)
    if match is None:
        raise DosingError(f'{text!r} is not a whole number, a space and h, such as "4 h"')
    return timedelta(hours=int(match[1]))


def _parse_every(text: str) -> CalendarInterval | timedelta:
    if text.endswith(" h"):
        return _parse_hours(text)
    try:
        return CalendarInterval.parse(text)
    except DosingError as error:
        raise DosingError(str(error).replace("d, wk or mo", "h, d, wk or mo")) from error


def _hours_written(value: timedelta) -> str:
    return f"{value // timedelta(hours=1)} h"


def _every_written(value: CalendarInterval | timedelta) -> str:
    return _hours_written(value) if isinstance(value, timedelta) else str(value)


def _hours_hint(text: str) -> str:
    match = re.fullmatch(r"0*([1-9]\d{0,3}) ?(h|hr|hrs|hour|hours)", text.strip().casefold(), re.ASCII)
    return f'; did you mean "{match[1]} h"?' if match else ""


def _every_hint(text: str) -> str:
    return _hours_hint(text) or _interval_hint(text)


def _interval_hint(text: str) -> str:
    count = "".join(re.findall("[0-9]", text))[:4]
    word = "".join(c for c in text if c.isalpha()).casefold().rstrip("s")
    unit = _SHORT_UNITS.get(word, word if word in {"d", "wk", "mo"} else "")
    if word == "fortnight":
        count, unit = str(2 * int(count or 1)), "wk"
    return f'; did you mean "{count} {unit}"?' if count.lstrip("0") and unit else ""


def _dose_hint(text: str) -> str:
    # A comma before three digits may part thousands: a guess could be wrong by a factor of 1,000.
    if re.search(r",\d{3}(?!\d)", text):
        return ""
    number = "".join(re.findall("[0-9.,]", text)).replace(",", ".")
    unit = text.strip().lstrip("0123456789., ").replace("µ", "u").replace("μ", "u")
    matches = [u for u in UNITS if u.casefold() == unit.casefold().replace("mcg", "ug")]
    return f'; did you mean "{number} {matches[0]}"?' if matches and _is_number(number) else ""


def _is_number(text: str) -> bool:
    return text.count(".") <= 1 and text.replace(".", "").isdigit() and Decimal(text) > 0


def parse_zone(text: str) -> ZoneInfo:
    """The zone of an IANA name. Raises DosingError for any other text."""
    if text not in _zones():
        raise DosingError('is not an IANA time zone, such as "America/New_York"')
    return ZoneInfo(text)


@cache
def _zones() -> frozenset[str]:
    """The names that mean the same on every machine, which ``localtime`` does not."""
    return frozenset(available_timezones() - {"localtime"})


def zone_hint(text: str) -> str:
    """``; did you mean "..."?`` where a zone has a name close to ``text``, else nothing."""
    by_folded = {name.casefold(): name for name in _zones()}
    close = get_close_matches(text.casefold(), by_folded, n=1, cutoff=0.6)
    return f'; did you mean "{by_folded[close[0]]}"?' if close else ""


def _zone_key(zone: ZoneInfo) -> str:
    return zone.key


def _hours_and_minutes(wall_time: time) -> str:
    return f"{wall_time:%H:%M}"


def _string(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


_UNIT_PATTERN = "|".join(
    u.replace("[", r"\[").replace("]", r"\]").replace("{", r"\{").replace("}", r"\}") for u in (*UNITS, "mcg")
)

DateField = Annotated[date, AfterValidator(_within_calendar)]
# JSON Schema has no format for a local date and time: its "date-time" asks for an offset.
DateTimeField = Annotated[
    datetime,
    AfterValidator(_within_calendar),
    _string(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$", "2026-12-03T15:20:00"),
]
LocalDateTimeField = Annotated[DateTimeField, AfterValidator(_without_offset)]
TextField = Annotated[str, AfterValidator(_printable)]
CustomNameField = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]
SiteField = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_printable)]
DoseField = Annotated[
    Dose,
    _reading(Dose, Dose.parse, _dose_hint),
    PlainSerializer(str),
    _string(rf"^\d+(\.\d+)? ({_UNIT_PATTERN})$", "100 ug", "7.5 mg"),
]
IntervalField = Annotated[
    CalendarInterval,
    _reading(CalendarInterval, CalendarInterval.parse, _interval_hint),
    PlainSerializer(str),
    _string(r"^[1-9]\d{0,3} (d|wk|mo)$", "1 d", "4 wk", "1 mo"),
]
HoursField = Annotated[
    timedelta,
    _reading(timedelta, _parse_hours, _hours_hint),
    PlainSerializer(_hours_written),
    _string(r"^[1-9]\d{0,3} h$", "4 h"),
]
EveryField = Annotated[
    CalendarInterval | timedelta,
    _reading(CalendarInterval | timedelta, _parse_every, _every_hint),
    PlainSerializer(_every_written),
    _string(r"^[1-9]\d{0,3} (h|d|wk|mo)$", "1 d", "4 wk", "1 mo", "8 h"),
]
WallTimeField = Annotated[
    time,
    _reading(time, parse_wall_time, _no_hint),
    PlainSerializer(_hours_and_minutes),
    _string(r"^([01]\d|2[0-3]):[0-5]\d$", "08:00"),
]
ZoneField = Annotated[
    ZoneInfo,
    _reading(ZoneInfo, parse_zone, zone_hint),
    PlainSerializer(_zone_key),
    _string(r"^[A-Za-z][A-Za-z0-9_+/-]*$", "America/New_York"),
]
DoseIdField = Annotated[
    OccurrenceId,
    _reading(OccurrenceId, parse_occurrence_id, _no_hint),
    PlainSerializer(str),
    _string(r"^[a-z0-9-]+(#[1-9]\d*|@\d{4}-\d\d-\d\d/[1-9]\d?)$", "lar#3", "octreotide@2026-12-03/2"),
]
