"""What was chosen for a digest as it is stored: JSON with the keys that somebody chose, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from scheduler.dosing.date_pattern import Weekday
from scheduler.errors import InputError
from scheduler.formulary.lead import LeadChoice
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.field import WallTimeField, ZoneField, fault
from scheduler.planfile.phase_document import Document, WeekdayName
from scheduler.planfile.wording import faults_of
from scheduler.reminders.digest_choice import DEFAULT_DIGEST, DigestChoice, WhenEmpty

EVERY_DAY = "daily"
_IN_ORDER = [day.value for day in Weekday]
_ALLOWED = 'write "daily", "mon-fri" or "mon,thu", of mon, tue, wed, thu, fri, sat and sun'


def parse_days(text: str) -> list[str]:
    """Read ``daily``, ``mon-fri`` or ``mon,thu``, in the order of the week. Raises InputError."""
    if text == EVERY_DAY:
        return list(_IN_ORDER)
    chosen = {day for part in text.split(",") for day in _from_to(part.strip(), text)}
    return [day for day in _IN_ORDER if day in chosen]


def written_days(days: tuple[Weekday, ...]) -> str:
    """What `parse_days` reads, the shortest for a week or a stretch of more than two days."""
    names = [day.value for day in days]
    if names == _IN_ORDER:
        return EVERY_DAY
    is_stretch = len(names) > 2 and days[-1].number - days[0].number == len(days) - 1
    return f"{names[0]}-{names[-1]}" if is_stretch else ",".join(names)


def _from_to(part: str, text: str) -> list[str]:
    first, _, last = part.partition("-")
    last = last or first
    if part.endswith("-") or not {first, last} <= set(_IN_ORDER):
        raise InputError(f"{text!r} are no days of the week: {_ALLOWED}")
    begin, end = _IN_ORDER.index(first), _IN_ORDER.index(last)
    # Over the end of the week where the last is the earlier: sat-mon.
    return [_IN_ORDER[(begin + step) % 7] for step in range((end - begin) % 7 + 1)]


def _lead(word: str) -> str:
    try:
        LeadChoice.parse([word])
    except InputError as error:
        raise fault(str(error).removeprefix(f"{word!r} ")) from error
    return word


def _in_week_order(days: list[str]) -> list[str]:
    if days != [day for day in _IN_ORDER if day in days]:
        raise fault("must be in the order of the week, from mon, each day once")
    return days


class DigestDocument(Document):
    """What was chosen for one caseload; what is None was not."""

    is_on: bool | None = Field(default=None, description="whether there is one")
    at: WallTimeField | None = Field(default=None, description="clock time")
    zone: ZoneField | None = Field(default=None, description="whose clocks; not chosen: the caseload's")
    days: Annotated[list[WeekdayName], Field(min_length=1), AfterValidator(_in_week_order)] | None = Field(
        default=None, description="days of the week"
    )
    when_empty: Literal["tell", "silent"] | None = Field(default=None, description="with nothing to tell")
    leads: list[Annotated[str, AfterValidator(_lead)]] | None = Field(
        default=None, max_length=3, description="prepare, food, order=DAYS"
    )

    def chosen(self) -> dict[str, Any]:
        """The keys that were chosen, as JSON."""
        return self.model_dump(mode="json", exclude_none=True)

    def value(self) -> DigestChoice:
        """The defaults with what was chosen in their place."""
        read: dict[str, Any] = {"is_on": self.is_on, "at": self.at, "zone": self.zone}
        read["days"] = None if self.days is None else tuple(map(Weekday, self.days))
        read["when_empty"] = None if self.when_empty is None else WhenEmpty(self.when_empty)
        read["leads"] = None if self.leads is None else LeadChoice.parse(self.leads)
        return replace(DEFAULT_DIGEST, **{name: value for name, value in read.items() if value is not None})


def read_digest(document: Mapping[str, Any]) -> DigestDocument:
    """Read ``document``. Raises PlanFileError, an InputError, with every fault in it."""
    try:
        return DigestDocument.model_validate(dict(document))
    except ValidationError as error:
        raise PlanFileError("digest", faults_of(error, (), DigestDocument)) from error


def choice_in_force(document: Mapping[str, Any] | None) -> DigestChoice:
    """What ``document`` chooses over the defaults; None: nothing. Raises PlanFileError."""
    return DEFAULT_DIGEST if document is None else read_digest(document).value()
