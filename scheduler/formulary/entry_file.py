"""What a file of ``data/formulary`` must look like.

A fact names its source, and the file describes each source once. There is no way to write a fact
without one: what is not verified is left out of the file, and its topic is listed under ``unverified``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool

from scheduler.dosing.product import Market, Route
from scheduler.formulary.fact_tables import (
    BridgeTable,
    CodeTable,
    DailyRangeTable,
    FactTable,
    FoodTable,
    GiversTable,
    LadderTable,
    PreparationTable,
    RecurrenceTable,
    SeparationTable,
    SideEffectTable,
    SingleDoseTable,
    SitesTable,
    Slug,
    SourceName,
    SourceTable,
    StorageTable,
    StrengthTable,
    SurgeryTable,
    SwapTable,
    Table,
    Text,
    each_once,
)
from scheduler.formulary.facts import DrugClass

Hours = Annotated[int, Field(strict=True, ge=1, le=48)]


class SinceScheduledTable(Table):
    """A missed dose may be taken until ``limit_hours`` after its usual time."""

    rule: Literal["since-scheduled"]
    limit_hours: Hours
    also: Text | None = None
    source: SourceName


class UntilNextTable(Table):
    """A missed dose may be taken while the next one is at least ``limit_hours`` away."""

    rule: Literal["until-next"]
    limit_hours: Hours
    also: Text | None = None
    source: SourceName


class SkipTable(Table):
    """A missed dose is skipped, however little late."""

    rule: Literal["skip"]
    also: Text | None = None
    source: SourceName


class ContactTeamTable(Table):
    """The source says to ask; ``text`` is what it says."""

    rule: Literal["contact-team"]
    text: Text
    source: SourceName


class LabelSilentTable(Table):
    """The label was read and states no time, so the team decides. An absence has no source."""

    rule: Literal["label-silent"]


class NotVerifiedTable(Table):
    """The label could not be read, so the team decides."""

    rule: Literal["not-verified"]


MissedTable = Annotated[
    SinceScheduledTable | UntilNextTable | SkipTable | ContactTeamTable | LabelSilentTable | NotVerifiedTable,
    Field(discriminator="rule"),
]
MISSED_RULES = ("since-scheduled", "until-next", "skip", "contact-team", "label-silent", "not-verified")


class EntryFile(Table):
    """A whole file. Only what tells one product from another stands without a source."""

    id: Slug
    market: Market
    name: Text
    ingredient: Text
    classes: tuple[DrugClass, ...] = ()
    form: Text
    route: Route
    depot: StrictBool
    aliases: Annotated[tuple[Slug, ...], AfterValidator(each_once)] = ()
    sources: dict[Slug, SourceTable] = Field(default={})
    purpose: FactTable | None = None
    givers: GiversTable | None = None
    recurrence: tuple[RecurrenceTable, ...] = ()
    strength: tuple[StrengthTable, ...] = ()
    daily_range: tuple[DailyRangeTable, ...] = ()
    labelled_dose: tuple[SingleDoseTable, ...] = ()
    ladder: tuple[LadderTable, ...] = ()
    bridge: BridgeTable | None = None
    sites: SitesTable | None = None
    preparation: tuple[PreparationTable, ...] = ()
    food: FoodTable | None = None
    separation: tuple[SeparationTable, ...] = ()
    surgery: SurgeryTable | None = None
    missed: MissedTable
    storage: tuple[StorageTable, ...] = ()
    monitoring: tuple[FactTable, ...] = ()
    side_effect: tuple[SideEffectTable, ...] = ()
    code: tuple[CodeTable, ...] = ()
    not_interchangeable: tuple[SwapTable, ...] = ()
    unverified: Annotated[tuple[Text, ...], AfterValidator(each_once)] = ()
