"""The facts that a formulary states, each with the source it was read in.

They serve to notice and to inform. None chooses a dose: what a label states drives a finding and never a
schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.product import Source

UNVERIFIED = "unverified, ask your team"
"""What stands in place of a source."""


class DrugClass(StrEnum):
    """What kind of medicine it is, as far as checks across products need to know."""

    SOMATOSTATIN_ANALOGUE = "somatostatin-analogue"
    LONG_ACTING = "long-acting"
    SHORT_ACTING = "short-acting"
    MTOR_INHIBITOR = "mtor-inhibitor"
    KINASE_INHIBITOR = "kinase-inhibitor"
    TRYPTOPHAN_HYDROXYLASE_INHIBITOR = "tryptophan-hydroxylase-inhibitor"
    RADIOLIGAND = "radioligand"
    CYTOTOXIC = "cytotoxic"
    ENZYME = "enzyme"


class Giver(StrEnum):
    """Who may give it."""

    PATIENT = "patient"
    CARER = "carer"
    PROFESSIONAL = "healthcare-professional"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcedText:
    """``text`` is one or more sentences for a patient. ``source`` None: nothing verified says so."""

    text: str
    source: Source | None

    def __str__(self) -> str:
        return f"{self.text} ({self.source or UNVERIFIED})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Givers:
    """Who gives it by the label."""

    who: tuple[Giver, ...]
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Strength:
    """``amount`` in one ``container`` as it is sold, in ``volume_ml`` mL where it is a liquid."""

    amount: Dose
    container: str
    volume_ml: Decimal | None
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurrence:
    """How often it is given: ``interval`` between dates, ``per_day`` (least, most) on each.

    ``on_label`` False: seen in practice or in trials, for the prescriber to confirm. ``use`` says for whom.
    """

    interval: CalendarInterval
    per_day: tuple[int, int]
    on_label: bool
    use: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyRange:
    """What a label tells of amounts a day, from ``least`` to ``most``, both in the same unit."""

    least: Dose
    most: Dose
    use: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleDose:
    """An amount that a label states for one dose, and ``use``: for whom."""

    amount: Dose
    use: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class LadderStep:
    """``amount`` every ``every``."""

    amount: Dose
    every: CalendarInterval


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseLadder:
    """The steps by which a dose is lowered, the highest first. ``use`` says for whom."""

    use: str
    steps: tuple[LadderStep, ...]
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadTask:
    """What has to be done before a dose, between ``least`` and ``most`` ahead (None: no bound is stated)."""

    text: str
    least: timedelta
    most: timedelta | None
    source: Source


class FoodMode(StrEnum):
    """How it goes with food."""

    FASTING = "fasting"
    WITH_FOOD = "with-food"
    CONSISTENT = "consistent"
    BETWEEN_MEALS = "between-meals"
    ANY = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoodRule:
    """``before_meal`` and ``after_meal``: under FASTING, how long to stay away from food on either side."""

    mode: FoodMode
    before_meal: timedelta | None
    after_meal: timedelta | None
    text: str
    source: Source

    def __str__(self) -> str:
        return f"{self.text} ({self.source})"


class SeparationKind(StrEnum):
    """Which side of this product's dose the other one has to keep away from, or to be on."""

    NONE_BEFORE = "none-before"
    """No dose of the other within ``least`` before this product's."""
    OTHER_AFTER = "other-after"
    """The other is given at least ``least`` after this product's: not with it and not just before."""
    OTHER_FOLLOWS = "other-follows"
    """The other is given between ``least`` and ``most`` after this product's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Separation:
    """How far apart another one is given: the product ``other``, or any that is of all ``classes``."""

    kind: SeparationKind
    other: str | None
    classes: tuple[DrugClass, ...]
    least: timedelta
    most: timedelta | None
    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeryRule:
    """No dose from ``before`` ahead of an operation until ``after`` it; ``dental``: also in the mouth."""

    before: timedelta
    after: timedelta
    dental: bool
    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Bridge:
    """The short-acting form is kept for at least ``least``, whole days, after the first dose of this one."""

    least: timedelta
    text: str
    source: Source


class Keeping(StrEnum):
    """Where a package is."""

    FRIDGE = "fridge"
    ROOM = "room-temperature"
    OUT_OF_FRIDGE = "out-of-fridge"
    IN_USE = "in-use"


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageRule:
    """How it keeps, for packages of ``labeler`` (None: of every maker the source speaks of).

    ``limit`` is how long it may stay so, ``most_celsius`` how warm; ``may_return`` whether it may go back
    into the fridge. None: the source does not say.
    """

    keeping: Keeping
    labeler: str | None
    limit: timedelta | None
    most_celsius: int | None
    may_return: bool | None
    text: str
    source: Source


class Rotation(StrEnum):
    """How sites follow one another."""

    ALTERNATE_SIDES = "alternate-sides"
    NEVER_TWICE_RUNNING = "never-twice-running"


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteRule:
    """``sites`` in the order of rotation; ``avoid`` is where the source says not to inject, in words."""

    sites: tuple[str, ...]
    rotation: Rotation | None
    avoid: SourcedText | None
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class SideEffect:
    """``text``: as the person would notice it. ``urgent``: to tell at once, not at the next visit."""

    text: str
    urgent: bool
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """``value`` in ``system``: ATC, RxNorm or NDC."""

    system: str
    value: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class NotInterchangeable:
    """Another product, by its lower-case ``names``, that is easily taken for this one."""

    names: tuple[str, ...]
    statement: SourcedText
