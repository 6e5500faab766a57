"""What is known of one product in one market, worded for the person who takes it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.dosing.product import Market, Product
from scheduler.formulary.facts import (
    Bridge,
    Code,
    DailyRange,
    DoseLadder,
    DrugClass,
    FoodRule,
    Givers,
    LeadTask,
    NotInterchangeable,
    Recurrence,
    Separation,
    SideEffect,
    SingleDose,
    SiteRule,
    SourcedText,
    StorageRule,
    Strength,
    SurgeryRule,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """The facts of ``product`` under the label of ``market``; none is borrowed from another market.

    ``aliases`` are brand names in lower case with hyphens. ``late`` is what to do about a late dose.
    What no source states for the market is empty or None: it is unknown, not known to be absent.
    ``unverified`` names, for people, what is left out because nobody could read it in a source.
    """

    product: Product
    ingredient: str
    form: str
    market: Market
    aliases: tuple[str, ...]
    preparation: tuple[SourcedText, ...]
    food: FoodRule | None
    late: SourcedText
    purpose: SourcedText | None = None
    classes: tuple[DrugClass, ...] = ()
    givers: Givers | None = None
    recurrences: tuple[Recurrence, ...] = ()
    strengths: tuple[Strength, ...] = ()
    daily_ranges: tuple[DailyRange, ...] = ()
    labelled_doses: tuple[SingleDose, ...] = ()
    ladders: tuple[DoseLadder, ...] = ()
    lead_tasks: tuple[LeadTask, ...] = ()
    separations: tuple[Separation, ...] = ()
    surgery: SurgeryRule | None = None
    sites: SiteRule | None = None
    storage: tuple[StorageRule, ...] = ()
    monitoring: tuple[SourcedText, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()
    codes: tuple[Code, ...] = ()
    not_interchangeable: tuple[NotInterchangeable, ...] = ()
    unverified: tuple[str, ...] = ()
    bridge: Bridge | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that the product answers to: its id, then its aliases."""
        return (self.product.id, *self.aliases)

    def is_of(self, *classes: DrugClass) -> bool:
        """Whether it belongs to all of ``classes``."""
        return set(classes) <= set(self.classes)


def guidance(entry: Entry) -> tuple[str, ...]:
    """Sentences for a calendar: preparation, food, a late dose, each ending with its source in brackets.

    ``purpose`` is left out: it names the illness, and a calendar is seen by others.
    """
    return preparing_sentences(entry) + late_sentences(entry)


def preparing_sentences(entry: Entry) -> tuple[str, ...]:
    """What to do before and with a dose: preparation and food."""
    food = () if entry.food is None else (str(entry.food),)
    return (*map(str, entry.preparation), *food)


def late_sentences(entry: Entry) -> tuple[str, ...]:
    """What to do about a late dose."""
    return (str(entry.late),)
