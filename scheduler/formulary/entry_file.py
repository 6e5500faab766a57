"""What a file of ``data/formulary`` must look like.

A fact names its source, and the file describes each source once. There is no way to write a fact
without one: what is not verified is left out of the file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
)

from scheduler.dosing.product import Market, Route

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


def _known_site(site: str) -> str:
    if site not in SITES:
        raise ValueError(f"is no site; there are: {', '.join(SITES)}")
    return site


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("holds a value twice")
    return values


def _described_source(name: str, info: ValidationInfo) -> str:
    """The names come from outside the fact, so that a fault is reported where the fact stands."""
    if name not in (info.context or ()):
        raise ValueError(f"is no source of this file; describe it under [sources.{name}]")
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Site = Annotated[str, AfterValidator(_known_site)]
SourceName = Annotated[str, AfterValidator(_described_source)]
Hours = Annotated[int, Field(strict=True, ge=1, le=48)]


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


class SitesTable(Table):
    """Where it may be injected, in the order of rotation."""

    order: Annotated[tuple[Site, ...], Field(min_length=1), AfterValidator(_each_once)]
    source: SourceName


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
    SinceScheduledTable | UntilNextTable | ContactTeamTable | LabelSilentTable | NotVerifiedTable,
    Field(discriminator="rule"),
]
MISSED_RULES = ("since-scheduled", "until-next", "contact-team", "label-silent", "not-verified")


class EntryFile(Table):
    """A whole file. Only what tells one product from another stands without a source."""

    id: Slug
    market: Market
    name: Text
    ingredient: Text
    form: Text
    route: Route
    depot: StrictBool
    aliases: Annotated[tuple[Slug, ...], AfterValidator(_each_once)] = ()
    sources: dict[Slug, SourceTable] = {}
    purpose: FactTable | None = None
    sites: SitesTable | None = None
    preparation: tuple[FactTable, ...] = ()
    food: FactTable | None = None
    missed: MissedTable
