"""The tables of a plan file, key by key, and the domain values they stand for.

The same documents are written to the database as JSON. Field descriptions become the JSON Schema that
editors complete from, so they are worded for the person who writes a plan.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.product import Market, Product, Route
from scheduler.dosing.regimen import ClinicWindow, IntervalAnchor, Regimen, Setting, Stop, TravelRule
from scheduler.dosing.site_rotation import SiteRest
from scheduler.formulary.custom import custom_product
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.checked_document import ConfirmationDocument, SupplyDocument, SurgeryDocument
from scheduler.planfile.field import (
    CustomNameField,
    DateField,
    DateTimeField,
    DoseIdField,
    IntervalField,
    LocalDateTimeField,
    SiteField,
    TextField,
    ZoneField,
    fault,
)
from scheduler.planfile.phase_document import Document, PhaseDocument, WeekdayName
from scheduler.planfile.public_holidays import PublicHolidays

VERSION = 1
CUSTOM = "custom"


class TravelDocument(Document):
    """A journey: clock times follow its zone on its local dates."""

    zone: ZoneField = Field(description="IANA time zone of the place")
    first: DateField = Field(alias="from", description="first local date there")
    last: DateField = Field(alias="until", description="last local date there")

    def value(self) -> Travel:
        """Raises DosingError where the journey ends before it begins."""
        return Travel(zone=self.zone, first=self.first, last=self.last)


class PatientDocument(Document):
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


class WindowDocument(Document):
    """A clinic's own rule on how early and how late a depot may be given; no label states one."""

    before: IntervalField | None = Field(default=None, description='how long before its date, such as "2 d"')
    after: IntervalField | None = Field(default=None, description='how long after its date, such as "3 d"')

    @field_validator("before", "after")
    @classmethod
    def _in_days(cls, length: IntervalField | None) -> IntervalField | None:
        if length is not None and length.days is None:
            raise fault('is not a number of days or weeks, such as "3 d"')
        return length

    def value(self) -> ClinicWindow:
        """Raises DosingError for a window of more than 28 days to a side."""
        return ClinicWindow(before=_days(self.before), after=_days(self.after))

    @classmethod
    def of(cls, window: ClinicWindow) -> WindowDocument:
        """The table that says ``window``."""
        return cls(before=_interval(window.before), after=_interval(window.after))


def _days(length: IntervalField | None) -> int:
    return 0 if length is None else length.days or 0


def _interval(days: int) -> IntervalField | None:
    return CalendarInterval(count=days, unit=IntervalUnit.DAY) if days else None


class StopDocument(Document):
    """From when on no dose is planned any more."""

    at: LocalDateTimeField = Field(description="local date and time")
    reason: TextField = Field(default="", max_length=200, description="why, as the team told it")

    def value(self) -> Stop:
        """The stop it stands for."""
        return Stop(at=self.at, reason=self.reason)

    @classmethod
    def of(cls, stop: Stop) -> StopDocument:
        """The table that says ``stop``."""
        return cls(at=stop.at, reason=stop.reason)


class RegimenDocument(Document):
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
    route: Literal["subcutaneous", "deep-subcutaneous", "intramuscular", "intravenous", "oral"] | None = (
        Field(default=None, description="of a custom product")
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
    window: WindowDocument | None = Field(default=None, description="the clinic's own, for a depot")
    stop: StopDocument | None = Field(default=None, description="left out while it goes on")
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
            window=None if self.window is None else self.window.value(),
            stop=None if self.stop is None else self.stop.value(),
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
            window=None if regimen.window is None else WindowDocument.of(regimen.window),
            stop=None
            if regimen.stop is None
            else StopDocument(at=regimen.stop.at, reason=regimen.stop.reason),
            phase=[PhaseDocument.of(phase) for phase in regimen.phases],
        )


class HoldDocument(Document):
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


class MoveDocument(Document):
    """One dose planned for another time."""

    dose: DoseIdField = Field(description="id of the dose")
    to: DateTimeField = Field(description="local date and time to give it at")
    reason: TextField = Field(default="", max_length=200, description="why")

    def value(self) -> Move:
        """Raises DosingError where the time carries an offset."""
        return Move(dose=self.dose, to=self.to, reason=self.reason)


class AdministrationDocument(Document):
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


class RestDocument(Document):
    """A site of the body to leave alone for a while."""

    site: SiteField = Field(description="as in the sites of a regimen")
    first: DateField = Field(alias="from", description="first local date of the rest")
    last: DateField | None = Field(
        default=None, alias="until", description="last one; left out: until further notice"
    )
    reason: TextField = Field(default="", max_length=200, description="why, such as a lump")

    def value(self) -> SiteRest:
        """Raises DosingError where the rest ends before it begins."""
        return SiteRest(site=self.site, first=self.first, last=self.last, reason=self.reason)


class ClinicDocument(Document):
    """The days on which the patient's clinic gives doses."""

    open: list[WeekdayName] = Field(min_length=1, description='weekdays, such as ["mon", "tue", "thu"]')
    holidays: str | None = Field(
        default=None,
        description='whose public holidays it keeps: a country, or a part of it, such as "US" or "DE-BY"',
    )
    closed: list[DateField] = Field(default=[], description="other local dates on which it is closed")

    @field_validator("holidays")
    @classmethod
    def _known(cls, place: str | None) -> str | None:
        if place is not None:
            PublicHolidays.parse(place)
        return place

    def value(self) -> Clinic:
        """The clinic it stands for."""
        holidays = None if self.holidays is None else PublicHolidays.parse(self.holidays)
        days = tuple(day for day in Weekday if day.value in self.open)
        return Clinic(open_on=days, holidays=holidays, closures=tuple(sorted(set(self.closed))))

    @classmethod
    def of(cls, clinic: Clinic) -> ClinicDocument:
        """The table that says ``clinic``."""
        place = clinic.holidays.place if isinstance(clinic.holidays, PublicHolidays) else None
        days = [day.value for day in clinic.open_on]
        return cls.model_validate({"open": days, "holidays": place, "closed": list(clinic.closures)})


class PlanDocument(Document):
    """A dosecal plan file, version 1."""

    version: Literal[1] = Field(description="of this format")
    patient: PatientDocument
    regimen: list[RegimenDocument] = Field(min_length=1)
    hold: list[HoldDocument] = Field(default=[])
    move: list[MoveDocument] = Field(default=[])
    administration: list[AdministrationDocument] = Field(default=[])
    rest: list[RestDocument] = Field(default=[])
    clinic: ClinicDocument | None = None
    surgery: list[SurgeryDocument] = Field(default=[])
    supply: list[SupplyDocument] = Field(default=[])
    confirmed: list[ConfirmationDocument] = Field(default=[])
