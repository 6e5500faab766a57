"""Looking patients up and removing them."""

from __future__ import annotations

from scheduler.store.patients import PatientRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store


def list_patients(store: Store) -> list[PatientRecord]:
    """Everybody, by id."""
    found: list[PatientRecord] = []
    with store.reading() as work:
        while page := work.patients.page(found[-1].id if found else ""):
            found += page
    return found


def load_patient(store: Store, patient_id: str) -> StoredPlan:
    """One patient with everything known of them. Raises NotFoundError."""
    with store.reading() as work:
        return work.plans.load(work.patients.get(patient_id))


def remove_patient(store: Store, patient_id: str) -> None:
    """Delete a patient with plan, records, feeds and reminders. Raises NotFoundError."""
    with store.transaction() as work:
        work.patients.remove(patient_id)
