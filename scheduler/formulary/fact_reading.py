"""From the tables of a formulary file to facts, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.product import Source
from scheduler.formulary import fact_tables as tables
from scheduler.formulary.entry_file import EntryFile
from scheduler.formulary.fact_tables import parse_length, parse_millilitres, parse_step
from scheduler.formulary.facts import (
    Bridge,
    Code,
    DailyRange,
    DoseLadder,
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


class Facts:
    """The facts of ``content``, whose sources are described in the file itself."""

    def __init__(self, content: EntryFile) -> None:
        self._content = content
        self._sources: Mapping[str, Source] = {
            name: Source(**table.model_dump()) for name, table in content.sources.items()
        }

    def source(self, name: str) -> Source:
        """The source that the file calls ``name``."""
        return self._sources[name]

    def sourced(self, fact: tables.FactTable) -> SourcedText:
        """A fact in words."""
        return SourcedText(text=fact.text, source=self.source(fact.source))

    @property
    def givers(self) -> Givers | None:
        """Who gives it."""
        table = self._content.givers
        return None if table is None else Givers(who=table.who, source=self.source(table.source))

    @property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """How often it is given."""
        return tuple(self._recurrence(table) for table in self._content.recurrence)

    def _recurrence(self, table: tables.RecurrenceTable) -> Recurrence:
        return Recurrence(
            interval=CalendarInterval.parse(table.every),
            per_day=table.per_day,
            on_label=not table.off_label,
            use=table.use,
            source=self.source(table.source),
        )

    @property
    def strengths(self) -> tuple[Strength, ...]:
        """What is on the market, one for each amount."""
        return tuple(found for table in self._content.strength for found in self._strengths(table))

    def _strengths(self, table: tables.StrengthTable) -> Iterator[Strength]:
        volume = None if table.volume is None else parse_millilitres(table.volume)
        for amount in table.amounts:
            yield Strength(
                amount=Dose.parse(amount),
                container=table.container,
                volume_ml=volume,
                source=self.source(table.source),
            )

    @property
    def daily_ranges(self) -> tuple[DailyRange, ...]:
        """Amounts a day."""
        return tuple(
            DailyRange(
                least=Dose.parse(table.least),
                most=Dose.parse(table.most),
                use=table.use,
                source=self.source(table.source),
            )
            for table in self._content.daily_range
        )

    @property
    def labelled_doses(self) -> tuple[SingleDose, ...]:
        """Amounts of one dose."""
        return tuple(
            SingleDose(amount=Dose.parse(table.amount), use=table.use, source=self.source(table.source))
            for table in self._content.labelled_dose
        )

    @property
    def ladders(self) -> tuple[DoseLadder, ...]:
        """Steps down."""
        return tuple(
            DoseLadder(
                use=table.use,
                steps=tuple(parse_step(step) for step in table.steps),
                source=self.source(table.source),
            )
            for table in self._content.ladder
        )

    @property
    def bridge(self) -> Bridge | None:
        """How long the short-acting form goes on."""
        table = self._content.bridge
        if table is None:
            return None
        return Bridge(least=parse_length(table.least), text=table.text, source=self.source(table.source))

    @property
    def lead_tasks(self) -> tuple[LeadTask, ...]:
        """What has to be done some time before a dose."""
        return tuple(
            LeadTask(
                text=table.text,
                least=parse_length(table.lead[0]),
                most=parse_length(table.lead[1]) if len(table.lead) > 1 else None,
                source=self.source(table.source),
            )
            for table in self._content.preparation
            if table.lead is not None
        )

    @property
    def food(self) -> FoodRule | None:
        """How it goes with food."""
        table = self._content.food
        if table is None:
            return None
        return FoodRule(
            mode=table.mode,
            before_meal=_length(table.before_meal),
            after_meal=_length(table.after_meal),
            text=table.text,
            source=self.source(table.source),
        )

    @property
    def separations(self) -> tuple[Separation, ...]:
        """What is kept apart from it."""
        return tuple(self._separation(table) for table in self._content.separation)

    def _separation(self, table: tables.SeparationTable) -> Separation:
        return Separation(
            kind=table.kind,
            other=table.other,
            classes=table.classes,
            least=parse_length(table.least),
            most=_length(table.most),
            text=table.text,
            source=self.source(table.source),
        )

    @property
    def surgery(self) -> SurgeryRule | None:
        """How far it stays away from an operation."""
        table = self._content.surgery
        if table is None:
            return None
        return SurgeryRule(
            before=parse_length(table.before),
            after=parse_length(table.after),
            dental=table.dental,
            text=table.text,
            source=self.source(table.source),
        )

    @property
    def sites(self) -> SiteRule | None:
        """Where it is injected."""
        table = self._content.sites
        if table is None:
            return None
        source = self.source(table.source)
        avoid = None if table.avoid is None else SourcedText(text=table.avoid, source=source)
        return SiteRule(sites=table.order, rotation=table.rotation, avoid=avoid, source=source)

    @property
    def storage(self) -> tuple[StorageRule, ...]:
        """How it keeps."""
        return tuple(self._stored(table) for table in self._content.storage)

    def _stored(self, table: tables.StorageTable) -> StorageRule:
        return StorageRule(
            keeping=table.keeping,
            labeler=table.labeler,
            limit=_length(table.limit),
            most_celsius=table.most_celsius,
            may_return=table.may_return,
            text=table.text,
            source=self.source(table.source),
        )

    @property
    def side_effects(self) -> tuple[SideEffect, ...]:
        """What the person may notice."""
        return tuple(
            SideEffect(text=table.text, urgent=table.urgent, source=self.source(table.source))
            for table in self._content.side_effect
        )

    @property
    def codes(self) -> tuple[Code, ...]:
        """What terminologies call it."""
        return tuple(
            Code(system=table.system, value=table.value, source=self.source(table.source))
            for table in self._content.code
        )

    @property
    def not_interchangeable(self) -> tuple[NotInterchangeable, ...]:
        """What is easily taken for it."""
        return tuple(self._swap(table) for table in self._content.not_interchangeable)

    def _swap(self, table: tables.SwapTable) -> NotInterchangeable:
        source = None if table.source is None else self.source(table.source)
        return NotInterchangeable(names=table.names, statement=SourcedText(text=table.text, source=source))


def _length(text: str | None) -> timedelta | None:
    return None if text is None else parse_length(text)
