"""How a dose stands in a feed on a date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from scheduler.dosing.occurrence import DoseOccurrence

TOMBSTONE_FOR = timedelta(days=7)


def is_open(occurrence: DoseOccurrence) -> bool:
    """Whether it is still to be given: nothing is recorded, and no hold withholds it."""
    return occurrence.administration is None and occurrence.hold is None


def is_withdrawn(occurrence: DoseOccurrence) -> bool:
    """Whether it was recorded as not given, or is withheld by a hold."""
    if occurrence.administration is not None:
        return not occurrence.administration.is_given
    return occurrence.hold is not None


def is_shown(occurrence: DoseOccurrence, today: date) -> bool:
    """Whether the feed has an event for it on local date ``today``: withdrawn doses up to 7 days after.

    They are shown as cancelled and not left out at once, because some clients never take an event away.
    """
    return not is_withdrawn(occurrence) or today <= occurrence.local_date + TOMBSTONE_FOR


def rings(occurrence: DoseOccurrence, today_begins: datetime) -> bool:
    """Whether it has an alarm: only if it is due at the UTC instant ``today_begins`` or later.

    Clients ring the alarms of past days again after each refresh. The dose's own date would not do:
    an evening dose of someone who has flown west is still to come when a new day begins at home.
    """
    return is_open(occurrence) and occurrence.due_at >= today_begins
