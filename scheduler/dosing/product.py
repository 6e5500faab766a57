"""What the schedule needs to know of a product. The facts come from the formulary, with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Route(StrEnum):
    """How it is given."""

    SUBCUTANEOUS = "subcutaneous"
    DEEP_SUBCUTANEOUS = "deep-subcutaneous"
    INTRAMUSCULAR = "intramuscular"
    INTRAVENOUS = "intravenous"
    ORAL = "oral"


class Market(StrEnum):
    """Whose label applies."""

    US = "us"
    EU = "eu"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a fact was read, in what section, on what date, and how it was checked."""

    title: str
    section: str
    read_on: str
    verified: str

    def __str__(self) -> str:
        return f"{self.title}, {self.section}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceScheduled:
    """A missed dose may be taken until ``limit`` after its usual time (everolimus: 6 h)."""

    limit: timedelta
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class UntilNext:
    """A missed dose may be taken while the next one is at least ``limit`` away (cabozantinib: 12 h)."""

    limit: timedelta
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactTeam:
    """No label states how late is too late: the person's team decides."""

    source: Source | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SkipMissed:
    """A missed dose is skipped, however little late (telotristat)."""

    source: Source


MissedDoseRule = SinceScheduled | UntilNext | SkipMissed | ContactTeam


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """One entry of the formulary for one market, or a product of the patient's own (``id`` "custom").

    ``is_depot``: long-acting, counted from what was given, and due until somebody records what
    happened. ``sites`` are in the order of rotation and empty for what is swallowed.
    """

    id: str
    name: str
    route: Route
    is_depot: bool
    sites: tuple[str, ...]
    missed: MissedDoseRule
