"""Planned doses as events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.regimen import IntervalAnchor, Regimen
from scheduler.ical.event import Draft, make_draft
from scheduler.ical.event_body import EventBody, EventStatus, EventText, event_body
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.slot import Slot, Slots
from scheduler.ical.standing import is_open, is_shown, is_withdrawn, rings
from scheduler.ical.wording import dose_description, dose_title


class DoseEvents:
    """The doses of ``part`` as they stand on ``today``, which begins at the UTC instant ``begins``."""

    def __init__(self, part: FeedPart, today: date, begins: datetime) -> None:
        self._part = part
        self._today = today
        self._begins = begins
        self._uncertain = {o.first.regimen.id for o in part.contents.overdue if _counts_on(o.first.regimen)}
        self._bodies: dict[object, EventBody] = {}
        self._slots = slots_of(part)

    def drafts(self) -> Iterator[Draft]:
        """An event for each dose that is shown, in order of time."""
        identity, part = self._part.identity, self._part
        for occurrence in part.contents.occurrences:
            if is_shown(occurrence, self._today):
                slot = self._slots[occurrence.zone.key].at(occurrence.due_at)
                yield make_draft(
                    uid=identity.uid(str(occurrence.id)),
                    starts_at=occurrence.due_at,
                    zone=slot.zone,
                    start=slot.start,
                    end=slot.end,
                    body=self._body(occurrence, slot),
                    kind="dose",
                    subject=part.subject(occurrence.regimen.id),
                )

    def _body(self, occurrence: DoseOccurrence, slot: Slot) -> EventBody:
        key = (
            # The ids of values that live as long as the part: hashing a regimen costs more than its event.
            id(occurrence.regimen),
            id(occurrence.dose),
            occurrence.site,
            occurrence.reasons,
            occurrence.hold is None,
            occurrence.administration and occurrence.administration.status,
            occurrence.due_at >= self._begins,
            slot.clock,
            slot.times,
        )
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = event_body(self._text(occurrence, slot))
        return body

    def _status(self, occurrence: DoseOccurrence) -> EventStatus:
        if is_withdrawn(occurrence):
            return "CANCELLED"
        return "TENTATIVE" if self._may_change(occurrence) else "CONFIRMED"

    def _may_change(self, occurrence: DoseOccurrence) -> bool:
        """Whether it counts from a dose of which nobody has said yet when it was given."""
        is_to_come = occurrence.due_at >= self._begins and is_open(occurrence)
        return is_to_come and occurrence.regimen.id in self._uncertain

    def _text(self, occurrence: DoseOccurrence, slot: Slot) -> EventText:
        identity = self._part.identity
        guidance = self._part.of(occurrence.regimen.id)
        return EventText(
            status=self._status(occurrence),
            title=dose_title(occurrence, identity),
            description=dose_description(
                occurrence, slot.clock, identity, guidance, may_change=self._may_change(occurrence)
            ),
            rings=rings(occurrence, self._begins),
            times=slot.times,
        )


def _counts_on(regimen: Regimen) -> bool:
    return regimen.anchor is IntervalAnchor.LAST_GIVEN


def slots_of(part: FeedPart) -> dict[str, Slots]:
    """What writes the times of each zone that the doses of ``part`` are in."""
    occurrences = part.contents.occurrences
    if not occurrences:
        return {}
    zones = {occurrence.zone.key: occurrence.zone for occurrence in occurrences}
    first, last = occurrences[0].due_at, occurrences[-1].due_at
    return {key: Slots(zone, first, last) for key, zone in zones.items()}
