"""What has to be done before a dose, as events of its own, where the person chose so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.formulary.lead import Lead
from scheduler.ical.dose_event import slots_of
from scheduler.ical.event import Draft, make_draft, notice_draft
from scheduler.ical.event_body import EventBody, EventText, event_body
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.notice import Notice
from scheduler.ical.slot import Slots
from scheduler.ical.standing import is_open
from scheduler.ical.wording import day, lead_description, lead_title

_ONE_DAY = timedelta(days=1)


class LeadEvents:
    """The leads of the doses of ``part`` that are still to be given from ``today`` on."""

    def __init__(self, part: FeedPart, today: date, begins: datetime) -> None:
        self._part = part
        self._today = today
        self._begins = begins
        self._bodies: dict[object, EventBody] = {}

    @cached_property
    def _slots(self) -> dict[str, Slots]:
        return slots_of(self._part)

    def drafts(self) -> Iterator[Draft]:
        """An event for each lead of each open dose, none before today."""
        for occurrence in self._part.contents.occurrences:
            leads = self._part.of(occurrence.regimen.id).leads
            if leads and is_open(occurrence) and occurrence.due_at >= self._begins:
                yield from (draft for lead in leads for draft in self._draft(lead, occurrence))

    def _draft(self, lead: Lead, occurrence: DoseOccurrence) -> Iterator[Draft]:
        if lead.by_day:
            # By the date: on a journey the day may begin before it does at home.
            if occurrence.local_date - lead.ahead >= self._today:
                yield self._on_a_day(lead, occurrence)
        elif occurrence.due_at - lead.ahead >= self._begins:
            yield self._at_a_time(lead, occurrence)

    def _at_a_time(self, lead: Lead, occurrence: DoseOccurrence) -> Draft:
        starts_at = occurrence.due_at - lead.ahead
        slot = self._slots[occurrence.zone.key].at(starts_at)
        return make_draft(
            uid=self._uid(lead, occurrence),
            starts_at=starts_at,
            zone=slot.zone,
            start=slot.start,
            end=slot.end,
            body=self._body(lead, occurrence, slot.times),
            kind="lead",
            subject=self._part.subject(occurrence.regimen.id),
        )

    def _body(self, lead: Lead, occurrence: DoseOccurrence, times: str) -> EventBody:
        planned = f"For {occurrence.wall_due:%H:%M}"
        key = (lead, occurrence.regimen.id, occurrence.regimen.product.name, planned, times)
        if key not in self._bodies:
            text = EventText(
                status="CONFIRMED",
                title=lead_title(lead, occurrence, self._part.identity),
                description=lead_description(lead, planned, self._part.identity),
                rings=True,
                times=times,
            )
            self._bodies[key] = event_body(text)
        return self._bodies[key]

    def _on_a_day(self, lead: Lead, occurrence: DoseOccurrence) -> Draft:
        first = occurrence.local_date - lead.ahead
        notice = Notice(
            uid=self._uid(lead, occurrence),
            first=first,
            end=first + _ONE_DAY,
            title=lead_title(lead, occurrence, self._part.identity),
            description=lead_description(lead, f"For {day(occurrence.local_date)}", self._part.identity),
        )
        return notice_draft(notice, occurrence.zone)

    def _uid(self, lead: Lead, occurrence: DoseOccurrence) -> str:
        return self._part.identity.uid(f"lead:{lead.key}:{occurrence.id}")
