"""A policy as it is stored: JSON with the keys that somebody chose, and no others.

``"none"`` is a choice too: it takes back what a wider policy or the defaults say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from scheduler.dosing.refusal import DosingError
from scheduler.errors import InputError
from scheduler.formulary.lead import LeadChoice
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.field import fault
from scheduler.planfile.phase_document import Document
from scheduler.planfile.wording import faults_of
from scheduler.reminders.policy import LONGEST_DEPOT_WAIT, LONGEST_WAIT, Policy, QuietHours

NONE = "none"
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LENGTH = re.compile(r"([1-9]\d{0,3}) (min|h|d)", re.ASCII)
_TIME = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_QUIET = re.compile(f"{_TIME}-{_TIME}", re.ASCII)
_MINUTE, _HOUR, _DAY = _UNITS.values()
_LONGEST_QUIET = 14 * _HOUR
MOST_FOLLOW_UPS = 6


def parse_length(text: str) -> timedelta:
    """Read ``10 min``, ``2 h`` or ``3 d``. Raises DosingError, with what is allowed."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise DosingError('is not a whole number, a space and min, h or d, such as "10 min"')
    return int(match[1]) * _UNITS[match[2]]


def written_length(length: timedelta) -> str:
    """What `parse_length` reads, in the largest unit that is whole."""
    for unit in ("d", "h"):
        if length and not length % _UNITS[unit]:
            return f"{length // _UNITS[unit]} {unit}"
    return f"{length // _MINUTE} min"


def parse_quiet_hours(text: str) -> QuietHours:
    """Read ``22:00-07:00``. Raises DosingError, with what is allowed."""
    match = _QUIET.fullmatch(text)
    if match is None:
        raise DosingError('is not two times, such as "22:00-07:00"')
    begins, ends = time.fromisoformat(match[1]), time.fromisoformat(match[2])
    if not timedelta(0) < _from_to(begins, ends) <= _LONGEST_QUIET:
        raise DosingError("is not longer than nothing and at most 14 hours long")
    return QuietHours(begins=begins, ends=ends)


def _from_to(begins: time, ends: time) -> timedelta:
    return (_since_midnight(ends) - _since_midnight(begins)) % _DAY


def _since_midnight(reading: time) -> timedelta:
    return timedelta(hours=reading.hour, minutes=reading.minute)


def _checked(check: Callable[[str], Any]) -> AfterValidator:
    """Keep a text that ``check`` takes; what it raises becomes a fault."""

    def validate(text: str) -> str:
        try:
            check(text)
        except (DosingError, InputError) as error:
            raise fault(str(error).removeprefix(f"{text!r} ")) from error
        return text

    return AfterValidator(validate)


def _length_within(least: timedelta, most: timedelta, *, or_none: bool = False) -> AfterValidator:
    bounds = f"{written_length(least)} to {written_length(most)}"

    def check(text: str) -> None:
        if or_none and text == NONE:
            return
        if not least <= parse_length(text) <= most:
            raise DosingError(f"is out of bounds: {bounds}")

    return _checked(check)


def _ascending(lengths: list[str]) -> list[str]:
    read = [parse_length(text) for text in lengths]
    if any(later <= earlier for earlier, later in pairwise(read)):
        raise fault("must grow from each to the next")
    return lengths


def _quiet_or_none(text: str) -> None:
    if text != NONE:
        parse_quiet_hours(text)


def _lead(word: str) -> None:
    LeadChoice.parse([word])


_ClockLength = Annotated[str, _length_within(_MINUTE, LONGEST_WAIT)]
_DepotLength = Annotated[str, _length_within(_HOUR, LONGEST_DEPOT_WAIT)]
_ClockLengths = Annotated[list[_ClockLength], Field(max_length=MOST_FOLLOW_UPS), AfterValidator(_ascending)]
_DepotLengths = Annotated[list[_DepotLength], Field(max_length=MOST_FOLLOW_UPS), AfterValidator(_ascending)]


class PolicyDocument(Document):
    """What was chosen for one scope; what is None was not."""

    follow_ups: _ClockLengths | None = Field(default=None, description="after a dose by the clock is due")
    depot_follow_ups: _DepotLengths | None = Field(default=None, description="after a depot is due")
    missed: bool | None = Field(default=None, description="one message when a dose is missed")
    escalate_after: Annotated[str, _length_within(5 * _MINUTE, LONGEST_WAIT, or_none=True)] | None = Field(
        default=None, description="after a dose by the clock was due; none: never"
    )
    depot_escalate_after: Annotated[str, _length_within(_HOUR, LONGEST_DEPOT_WAIT, or_none=True)] | None = (
        Field(default=None, description="after a depot was due; none: never")
    )
    quiet: Annotated[str, _checked(_quiet_or_none)] | None = Field(
        default=None, description="from-to on the clocks where the patient is; none: no quiet hours"
    )
    quiet_due: bool | None = Field(
        default=None, description="a dose by the clock that is due in quiet hours waits too"
    )
    cap: int | None = Field(default=None, ge=5, le=200, description="most reminders on one local day")
    spread: Annotated[str, _length_within(_MINUTE, 10 * _MINUTE, or_none=True)] | None = Field(
        default=None, description="how much later a message may come"
    )
    leads: list[Annotated[str, _checked(_lead)]] | None = Field(
        default=None, max_length=3, description="prepare, food, order=DAYS"
    )

    def chosen(self) -> dict[str, Any]:
        """The keys that were chosen, as JSON."""
        return self.model_dump(exclude_none=True)

    def over(self, wider: Policy) -> Policy:
        """``wider`` with what was chosen here in its place."""
        return replace(wider, **{name: _READ[name](value) for name, value in self.chosen().items()})


def read_policy(document: Mapping[str, Any]) -> PolicyDocument:
    """Read ``document``. Raises PlanFileError, an InputError, with every fault in it."""
    try:
        return PolicyDocument.model_validate(dict(document))
    except ValidationError as error:
        raise PlanFileError("policy", faults_of(error, (), PolicyDocument)) from error


def written_policy(policy: Policy) -> dict[str, Any]:
    """``policy`` as a document that chooses everything."""
    return {
        "follow_ups": [written_length(length) for length in policy.follow_ups],
        "depot_follow_ups": [written_length(length) for length in policy.depot_follow_ups],
        "missed": policy.missed,
        "escalate_after": _written_or_none(policy.escalate_after),
        "depot_escalate_after": _written_or_none(policy.depot_escalate_after),
        "quiet": NONE if policy.quiet is None else str(policy.quiet),
        "quiet_due": policy.quiet_due,
        "cap": policy.cap,
        "spread": _written_or_none(policy.spread or None),
        "leads": list(policy.leads.words()),
    }


def _written_or_none(length: timedelta | None) -> str:
    return NONE if length is None else written_length(length)


def _same(value: Any) -> Any:
    return value


def _lengths(texts: list[str]) -> tuple[timedelta, ...]:
    return tuple(parse_length(text) for text in texts)


def _length_or_none(text: str) -> timedelta | None:
    return None if text == NONE else parse_length(text)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "follow_ups": _lengths,
    "depot_follow_ups": _lengths,
    "missed": _same,
    "escalate_after": _length_or_none,
    "depot_escalate_after": _length_or_none,
    "quiet": lambda text: None if text == NONE else parse_quiet_hours(text),
    "quiet_due": _same,
    "cap": _same,
    "spread": lambda text: _length_or_none(text) or timedelta(0),
    "leads": LeadChoice.parse,
}
