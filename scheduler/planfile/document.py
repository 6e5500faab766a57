"""The tables of a plan file, key by key, and the domain values they stand for.

The same documents are written to the database as JSON. Field descriptions become the JSON Schema that
editors complete from, so they are worded for the person who writes a plan.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.product import Market, Product, Route
from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    IntervalAnchor,
    Lasting,
    OpenEnded,
    Phase,
    PhaseEnd,
    Regimen,
    RelativeBound,
    Setting,
    TravelRule,
    Until,
)
from scheduler.dosing.timing import MOST_SLOTS, CalendarInterval, ClockTimes
from scheduler.formulary.custom import custom_product
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.field import (
    CustomNameField,
    DateField,
    DateTimeField,
    DoseField,
    DoseIdField,
    IntervalField,
    SiteField,
    TextField,
    WallTimeField,
    ZoneField,
    fault,
)

VERSION = 1
CUSTOM = "custom"
_DAILY = CalendarInterval.parse("1 d")


class _Document(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class TravelDocument(_Document):
    """A journey: clock times follow its zone on its local dates."""

    zone: ZoneField = Field(description="IANA time zone of the place")
    first: DateField = Field(alias="from", description="first local date there")
    last: DateField = Field(alias="until", description="last local date there")

    def value(self) -> Travel:
        """Raises DosingError where the journey ends before it begins."""
        return Travel(zone=self.zone, first=self.first, last=self.last)


class PatientDocument(_Document):
    """Whose plan it is."""

    id: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$",
        description="your own key for the person, such as a record number: never a name. Importing a file "
        "with the same id again amends that patient",
    )
    name: TextField = Field(
        min_length=1, max_length=200, description="for the nurse's lists and the printed sheet"
    )
    zone: ZoneField = Field(description="IANA time zone of home")
    market: Literal["us", "eu"] = Field(default="us", description="whose label applies")
    travel: list[TravelDocument] = Field(default=[], description="journeys, in order")

    def value(self) -> Patient:
        """Raises DosingError where journeys overlap."""
        travel = tuple(journey.value() for journey in self.travel)
        return Patient(name=self.name, zone=self.zone, market=Market(self.market), travel=travel)

    @classmethod
    def of(cls, patient: Patient) -> PatientDocument:
        """The table that says ``patient``."""
        travel = [TravelDocument(zone=t.zone, first=t.first, last=t.last) for t in patient.travel]
        return cls(name=patient.name, zone=patient.zone, market=patient.market.value, travel=travel)


class RelationDocument(_Document):
    """A date that hangs on a dose of another regimen, as given, else as planned."""

    regimen: str = Field(description="id of the other regimen")
    dose: int = Field(ge=1, le=100_000, description="number of its dose, from 1")
    plus: IntervalField | None = Field(default=None, description='how long after that dose, such as "14 d"')

    def value(self) -> RelativeBound:
        """The bound it stands for."""
        return RelativeBound(regimen=self.regimen, number=self.dose, plus=self.plus)


def _date_or_relation(value: object) -> str:
    return "relation" if isinstance(value, (dict, RelationDocument)) else "date"


_BoundField = Annotated[
    Annotated[DateField, Tag("date")] | Annotated[RelationDocument, Tag("relation")],
    Discriminator(_date_or_relation),
]


def _bound(document: date | RelationDocument) -> Bound:
    return document.value() if isinstance(document, RelationDocument) else document


def _bound_document(bound: Bound) -> date | RelationDocument:
    if isinstance(bound, RelativeBound):
        return RelationDocument(regimen=bound.regimen, dose=bound.number, plus=bound.plus)
    return bound


class PhaseDocument(_Document):
    """A stretch with one dose and one timing. At most one of `for`, `until` and `doses`."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "anyOf": [
                    {"required": ["for", "until"]},
                    {"required": ["for", "doses"]},
                    {"required": ["until", "doses"]},
                ]
            }
        }
    )

    dose: DoseField = Field(description='amount and UCUM unit, such as "100 ug"')
    times: list[WallTimeField] = Field(
        min_length=1, max_length=MOST_SLOTS, description='local clock times, such as ["08:00"]'
    )
    every: IntervalField = Field(
        default=_DAILY,
        description='"1 d", "4 wk"; "1 mo" is not 4 weeks',
        json_schema_extra={"default": str(_DAILY)},
    )
    start: _BoundField | None = Field(
        default=None, description="first local date; left out, a later phase starts where the one before ends"
    )
    length: IntervalField | None = Field(default=None, alias="for", description='how long, such as "14 d"')
    until: _BoundField | None = Field(default=None, description="last local date, inclusive")
    doses: int | None = Field(default=None, ge=1, le=100_000, description="how many doses")

    @field_validator("times")
    @classmethod
    def _ascending(cls, times: list[WallTimeField]) -> list[WallTimeField]:
        if times != sorted(set(times)):
            raise fault("must be in ascending order, each time once")
        return times

    @model_validator(mode="after")
    def _one_end(self) -> PhaseDocument:
        ends = {"for": self.length, "until": self.until, "doses": self.doses}
        given = [name for name, end in ends.items() if end is not None]
        if len(given) > 1:
            raise fault(f"has {' and '.join(given)}; a phase ends in one way")
        return self

    def value(self) -> Phase:
        """Raises DosingError where the parts do not make a phase."""
        timing = ClockTimes(interval=self.every, wall_times=tuple(self.times))
        start = None if self.start is None else _bound(self.start)
        return Phase(dose=self.dose, timing=timing, start=start, end=self._end())

    def _end(self) -> PhaseEnd:
        if self.length is not None:
            return Lasting(length=self.length)
        if self.until is not None:
            return Until(last=_bound(self.until))
        return OpenEnded() if self.doses is None else DoseCount(count=self.doses)

    @classmethod
    def of(cls, phase: Phase) -> PhaseDocument:
        """The table that says ``phase``."""
        end = phase.end
        return cls(
            dose=phase.dose,
            times=list(phase.timing.wall_times),
            every=phase.timing.interval,
            start=None if phase.start is None else _bound_document(phase.start),
            length=end.length if isinstance(end, Lasting) else None,
            until=_bound_document(end.last) if isinstance(end, Until) else None,
            doses=end.count if isinstance(end, DoseCount) else None,
        )


class RegimenDocument(_Document):
    """One product, its phases in order."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"product": {"const": CUSTOM}}, "required": ["product"]},
            "then": {"required": ["name", "route"]},
            "else": {"not": {"anyOf": [{"required": ["name"]}, {"required": ["route"]}]}},
        }
    )

    id: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", description="unique in the file: a-z, 0-9 and -"
    )
    product: str = Field(description='formulary id or brand name, or "custom" with name and route')
    name: CustomNameField | None = Field(default=None, description="of a custom product")
    route: Literal["subcutaneous", "deep-subcutaneous", "intramuscular", "oral"] | None = Field(
        default=None, description="of a custom product"
    )
    setting: Literal["home", "nurse-visit", "clinic"] = Field(default="home", description="where it is given")
    sites: list[SiteField] | None = Field(
        default=None, description="in order of rotation; left out, the product's own"
    )
    anchor: Literal["scheduled", "last-given"] | None = Field(
        default=None, description="what the next dose counts from; left out, last-given for depots"
    )
    travel: Literal["local", "home"] = Field(
        default="local", description="local: clock times follow the traveller; home: they stay on home time"
    )
    phase: list[PhaseDocument] = Field(min_length=1, description="in order")

    @model_validator(mode="after")
    def _custom_is_described(self) -> RegimenDocument:
        described = self.name is not None and self.route is not None
        if self.product == CUSTOM and not described:
            raise fault('has product = "custom", which needs name and route beside it')
        if self.product != CUSTOM and (self.name is not None or self.route is not None):
            raise fault('has name or route, which belong to product = "custom" alone')
        return self

    def find_product(self, formulary: Formulary, market: Market) -> Product:
        """Raises UnknownProductError where the formulary has none of this name for ``market``."""
        if self.name is not None and self.route is not None:
            return custom_product(self.name, Route(self.route))
        return formulary.find(self.product, market).product

    def value(self, product: Product) -> Regimen:
        """Raises DosingError where the phases do not make a regimen."""
        default = IntervalAnchor.LAST_GIVEN if product.is_depot else IntervalAnchor.SCHEDULED
        return Regimen(
            id=self.id,
            product=product,
            setting=Setting(self.setting),
            anchor=default if self.anchor is None else IntervalAnchor(self.anchor),
            travel=TravelRule(self.travel),
            sites=product.sites if self.sites is None else tuple(self.sites),
            phases=tuple(phase.value() for phase in self.phase),
        )

    @classmethod
    def of(cls, regimen: Regimen) -> RegimenDocument:
        """The table that says ``regimen``, with every default written out."""
        custom = regimen.product.id == CUSTOM
        return cls(
            id=regimen.id,
            product=regimen.product.id,
            name=regimen.product.name if custom else None,
            route=regimen.product.route.value if custom else None,
            setting=regimen.setting.value,
            sites=list(regimen.sites),
            anchor=regimen.anchor.value,
            travel=regimen.travel.value,
            phase=[PhaseDocument.of(phase) for phase in regimen.phases],
        )


class HoldDocument(_Document):
    """A stretch in which doses are withheld."""

    regimen: str = Field(description="id of the regimen withheld")
    first: DateField = Field(alias="from", description="first local date withheld")
    last: DateField | None = Field(
        default=None, alias="until", description="last one; left out: until further notice"
    )
    reason: TextField = Field(default="", max_length=200, description="why, as the team told it")

    def value(self) -> Hold:
        """Raises DosingError where the hold ends before it begins."""
        return Hold(regimen=self.regimen, first=self.first, last=self.last, reason=self.reason)


class MoveDocument(_Document):
    """One dose planned for another time."""

    dose: DoseIdField = Field(description="id of the dose")
    to: DateTimeField = Field(description="local date and time to give it at")
    reason: TextField = Field(default="", max_length=200, description="why")

    def value(self) -> Move:
        """Raises DosingError where the time carries an offset."""
        return Move(dose=self.dose, to=self.to, reason=self.reason)


class AdministrationDocument(_Document):
    """What happened to a dose."""

    dose: DoseIdField = Field(description="id of the dose")
    status: Literal["given", "not-given"] = Field(default="given")
    at: DateTimeField = Field(description="local date and time")
    site: SiteField | None = Field(default=None, description="site used")
    reason: TextField = Field(default="", max_length=200, description="asked for where it was not given")

    def value(self) -> Administration:
        """Raises DosingError where a dose not given has no reason, or the time an offset."""
        status = AdministrationStatus(self.status)
        return Administration(dose=self.dose, status=status, at=self.at, site=self.site, reason=self.reason)


class PlanDocument(_Document):
    """A dosecal plan file, version 1."""

    version: Literal[1] = Field(description="of this format")
    patient: PatientDocument
    regimen: list[RegimenDocument] = Field(min_length=1)
    hold: list[HoldDocument] = []
    move: list[MoveDocument] = []
    administration: list[AdministrationDocument] = []
