"""What the facts of a formulary file must look like, each a table that names its source.

Amounts are written as in a plan file (``100 ug``), intervals likewise (``4 wk``), lengths of time as a whole
number of minutes, hours or days (``30 min``, ``24 h``, ``14 d``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.refusal import DosingError
from scheduler.formulary.facts import (
    DrugClass,
    FoodMode,
    Giver,
    Keeping,
    LadderStep,
    Rotation,
    SeparationKind,
)

SITES = (
    "abdomen-left",
    "abdomen-right",
    "thigh-left",
    "thigh-right",
    "upper-arm-left",
    "upper-arm-right",
    "gluteal-left",
    "gluteal-right",
    "buttock-upper-outer-left",
    "buttock-upper-outer-right",
)
"""Where an injection can go."""

_LENGTH = re.compile(r"(?P<count>[1-9]\d{0,3}) (?P<unit>min|h|d)", re.ASCII)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_STEP = re.compile(r"(?P<amount>\S+ \S+)( every (?P<every>\S+ \S+))?")
_VOLUME = re.compile(r"(?P<millilitres>\d+(\.\d+)?) mL", re.ASCII)


def parse_length(text: str) -> timedelta:
    """Read ``"30 min"``, ``"24 h"`` or ``"14 d"``. Raises DosingError for another form."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise DosingError(f'{text!r} is not a whole number, a space and min, h or d, such as "30 min"')
    return int(match["count"]) * _UNITS[match["unit"]]


def parse_step(text: str) -> LadderStep:
    """Read ``"20 mg every 2 d"``; without ``every`` it is once a day. Raises DosingError."""
    match = _STEP.fullmatch(text)
    if match is None:
        raise DosingError(f'{text!r} is not an amount such as "20 mg" or "20 mg every 2 d"')
    every = CalendarInterval.parse(match["every"] or "1 d")
    return LadderStep(amount=Dose.parse(match["amount"]), every=every)


def parse_millilitres(text: str) -> Decimal:
    """Read ``"0.5 mL"``. Raises DosingError for another form."""
    match = _VOLUME.fullmatch(text)
    if match is None or not Decimal(match["millilitres"]):
        raise DosingError(f'{text!r} is not a volume such as "0.5 mL"')
    return Decimal(match["millilitres"])


def _readable(parse: Callable[[str], Any]) -> AfterValidator:
    """Checks that a text can be read, and keeps the text."""

    def check(text: str) -> str:
        try:
            parse(text)
        except DosingError as error:
            raise ValueError(str(error)) from error
        return text

    return AfterValidator(check)


def _known_site(site: str) -> str:
    if site not in SITES:
        raise ValueError(f"is no site; there are: {', '.join(SITES)}")
    return site


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list that holds a value twice."""
    if len(set(values)) < len(values):
        raise ValueError("holds a value twice")
    return values


def _in_order(counts: tuple[int, int]) -> tuple[int, int]:
    if counts[0] > counts[1]:
        raise ValueError("has more at least than at most")
    return counts


def _lengths_in_order(lengths: tuple[str, ...]) -> tuple[str, ...]:
    if parse_length(lengths[0]) > parse_length(lengths[-1]):
        raise ValueError("is longer at least than at most")
    return lengths


def _leads_down(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Amounts of different units cannot be compared."""
    read = [parse_step(step) for step in steps]
    by_day = [step.amount.value / step.every.longest_gap.days for step in read]
    if len({step.amount.unit for step in read}) > 1 or any(a <= b for a, b in pairwise(by_day)):
        raise ValueError("does not lead down in one unit")
    return steps


def _whole_days(text: str) -> str:
    if parse_length(text) % timedelta(days=1):
        raise ValueError("is no number of whole days")
    return text


def _described_source(name: str, info: ValidationInfo) -> str:
    """The names come from outside the fact, so that a fault is reported where the fact stands."""
    if name not in (info.context or ()):
        raise ValueError(f"is no source of this file; describe it under [sources.{name}]")
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Site = Annotated[str, AfterValidator(_known_site)]
SourceName = Annotated[str, AfterValidator(_described_source)]
Amount = Annotated[str, _readable(Dose.parse)]
Interval = Annotated[str, _readable(CalendarInterval.parse)]
Length = Annotated[str, _readable(parse_length)]
Step = Annotated[str, _readable(parse_step)]
Volume = Annotated[str, _readable(parse_millilitres)]
Count = Annotated[int, Field(strict=True, ge=1)]
Range = Annotated[tuple[Count, Count], AfterValidator(_in_order), Field(description="least and most")]


class Table(BaseModel):
    """A table in which an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceTable(Table):
    """``read_on``: the year and month, or the day, on which it was read. ``verified``: how it was checked."""

    title: Text
    section: Text
    read_on: Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])(-[0-3]\d)?$")]
    verified: Text


class FactTable(Table):
    """One fact in words for a patient."""

    text: Text
    source: SourceName


class PreparationTable(FactTable):
    """What to do before a dose. ``lead``: between how long ahead and how long, or at least how long."""

    lead: (
        Annotated[tuple[Length, ...], Field(min_length=1, max_length=2), AfterValidator(_lengths_in_order)]
        | None
    ) = None


class GiversTable(Table):
    """Who gives it."""

    who: Annotated[tuple[Giver, ...], Field(min_length=1)]
    source: SourceName


class RecurrenceTable(Table):
    """How often it is given, and for whom. ``off_label``: no label has it."""

    every: Interval
    per_day: Range = (1, 1)
    use: Text
    off_label: StrictBool = False
    source: SourceName


class StrengthTable(Table):
    """Strengths on the market, each in one ``container``; ``volume`` where it is a liquid."""

    amounts: Annotated[tuple[Amount, ...], Field(min_length=1), AfterValidator(each_once)]
    container: Text
    volume: Volume | None = None
    source: SourceName


class DailyRangeTable(Table):
    """What a label tells of amounts a day."""

    least: Amount
    most: Amount
    use: Text
    source: SourceName

    @model_validator(mode="after")
    def _goes_up_in_one_unit(self) -> DailyRangeTable:
        least, most = Dose.parse(self.least), Dose.parse(self.most)
        if least.unit != most.unit or least.value > most.value:
            raise ValueError("does not go up from least to most in one unit")
        return self


class SingleDoseTable(Table):
    """An amount that a label states for one dose."""

    amount: Amount
    use: Text
    source: SourceName


class LadderTable(Table):
    """The steps by which a dose is lowered, the highest first."""

    use: Text
    steps: Annotated[tuple[Step, ...], Field(min_length=2), AfterValidator(_leads_down)]
    source: SourceName


class FoodTable(FactTable):
    """How it goes with food. Fasting says how long to stay away from food before and after eating."""

    mode: FoodMode
    before_meal: Length | None = None
    after_meal: Length | None = None

    @model_validator(mode="after")
    def _fasting_has_times(self) -> FoodTable:
        times = (self.before_meal, self.after_meal)
        if (self.mode is FoodMode.FASTING) != all(times) or (any(times) and not all(times)):
            raise ValueError("before_meal and after_meal go with mode fasting, both of them")
        return self


class SeparationTable(FactTable):
    """How far apart another product is given: the one called ``other``, or any of all ``classes``."""

    kind: SeparationKind
    other: Slug | None = None
    classes: tuple[DrugClass, ...] = ()
    least: Length
    most: Length | None = None

    @model_validator(mode="after")
    def _names_one(self) -> SeparationTable:
        if bool(self.other) == bool(self.classes):
            raise ValueError("names either another product or classes")
        if (self.kind is SeparationKind.OTHER_FOLLOWS) != bool(self.most):
            raise ValueError("most goes with kind other-follows")
        if self.most and parse_length(self.most) < parse_length(self.least):
            raise ValueError("is longer at least than at most")
        return self


class SurgeryTable(FactTable):
    """No dose from ``before`` an operation until ``after`` it; ``dental``: also in the mouth."""

    before: Length
    after: Length
    dental: StrictBool


class SitesTable(Table):
    """Where it may be injected, in the order of rotation, and where not."""

    order: Annotated[tuple[Site, ...], Field(min_length=1), AfterValidator(each_once)]
    rotation: Rotation | None = None
    avoid: Text | None = None
    source: SourceName


class StorageTable(FactTable):
    """How it keeps; ``labeler``: the maker for whose packages this holds."""

    keeping: Keeping
    labeler: Text | None = None
    limit: Length | None = None
    most_celsius: Annotated[int, Field(strict=True, ge=-90, le=60)] | None = None
    may_return: StrictBool | None = None


class SideEffectTable(FactTable):
    """``urgent``: to tell at once."""

    urgent: StrictBool = False


class CodeTable(Table):
    """A code of a terminology."""

    system: Literal["ATC", "RxNorm", "NDC"]
    value: Text
    source: SourceName


class SwapTable(Table):
    """Another product that is easily taken for this one. What is not verified says so."""

    names: Annotated[tuple[Slug, ...], Field(min_length=1), AfterValidator(each_once)]
    text: Text
    source: SourceName | None = None
    unverified: Literal[True] | None = None

    @model_validator(mode="after")
    def _sourced_or_said_not_to_be(self) -> SwapTable:
        if (self.source is None) != bool(self.unverified):
            raise ValueError("names its source, or says unverified = true")
        return self


class BridgeTable(FactTable):
    """How long the short-acting form goes on after the first depot."""

    least: Annotated[Length, AfterValidator(_whole_days)]
