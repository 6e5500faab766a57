"""When something happened, as a person tells it."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.dosing.patient import Patient
from scheduler.dosing.timezone import local_date, resolve
from scheduler.errors import RefusedError

# Clocks of a nurse's phone and of the server differ; what is further ahead has not happened yet.
_AHEAD = timedelta(minutes=5)


def happened_at(patient: Patient, moment: datetime, at: datetime | None) -> datetime:
    """The naive local time ``at``, else ``moment`` by the clocks of where ``patient`` is, to the minute.

    Raises RefusedError for a time that is still to come.
    """
    if at is None:
        here = patient.whereabouts(local_date(moment, patient.zone))
        return moment.astimezone(here).replace(tzinfo=None, second=0, microsecond=0)
    if resolve(at, patient.whereabouts(at.date())).at > moment + _AHEAD:
        raise RefusedError(f"{at:%Y-%m-%d %H:%M} is still to come, so it cannot be recorded")
    return at
