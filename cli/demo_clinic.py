"""The invented clinic of ``data/demo``: loading it and giving it a history up to today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.actions import record_dose
from scheduler.actions.import_plan import import_plan
from scheduler.actions.patient import load_patient
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period
from scheduler.dosing.status import DoseStatus, overdue, status_at
from scheduler.dosing.timezone import local_date
from scheduler.formulary.formulary import load_formulary
from scheduler.packaged_data import packaged_data
from scheduler.planfile.reading import parse_plan_file
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class ClinicDose:
    """A planned dose with the patient it is planned for."""

    patient: str
    occurrence: DoseOccurrence


def load_clinic(store: Store, moment: datetime) -> list[StoredPlan]:
    """Import every demonstration plan, with the depots of the past recorded as given when planned."""
    loaded = []
    for file in sorted((packaged_data() / "demo").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            plan_file = parse_plan_file(file.read_bytes(), file.name, load_formulary())
            done = import_plan(store, plan_file, moment)
            _record_history(store, done.patient_id, moment)
            loaded.append(load_patient(store, done.patient_id))
    return loaded


def coming_week(clinic: list[StoredPlan], moment: datetime) -> list[ClinicDose]:
    """The doses of everybody's next seven local dates, in order of time."""
    found = [
        ClinicDose(patient=stored.record.patient.name, occurrence=occurrence)
        for stored in clinic
        for occurrence in expand(stored.plan, _week(stored, moment))
    ]
    return sorted(found, key=lambda dose: (dose.occurrence.due_at, dose.patient))


def next_dose(stored: StoredPlan, moment: datetime) -> DoseOccurrence:
    """The first dose of the coming week that is still to come."""
    doses = expand(stored.plan, _week(stored, moment))
    return next(o for o in doses if status_at(o, moment) is DoseStatus.UPCOMING)


def _week(stored: StoredPlan, moment: datetime) -> Period:
    today = local_date(moment, stored.record.patient.zone)
    return Period(start=today, end=today + timedelta(days=7))


def _record_history(store: Store, patient_id: str, moment: datetime) -> None:
    for occurrence in _unrecorded(store, patient_id, moment):
        at = occurrence.wall_due.replace(tzinfo=None)
        record_dose.give(store, patient_id, str(occurrence.id), moment, at=at, site=None)


def _unrecorded(store: Store, patient_id: str, moment: datetime) -> Iterator[DoseOccurrence]:
    """The depots of the past one by one: each date hangs on the one before."""
    while late := overdue(load_patient(store, patient_id).plan, moment):
        yield late[0]
