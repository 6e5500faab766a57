"""Patients, recipients and doses in a store, as people would have put them there."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.actions import record_dose
from scheduler.actions.import_plan import import_plan
from scheduler.actions.patient import load_patient
from scheduler.actions.recipient import add_recipient
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period
from scheduler.dosing.timezone import local_date
from scheduler.ical.privacy import Privacy
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.plan_text import plan_file

DEPOT = """
    [[regimen]]
    id = "lar"
    product = "octreotide-lar"

      [[regimen.phase]]
      dose = "20 mg"
      every = "4 wk"
      times = ["10:00"]
      start = {start}
"""
THRICE_DAILY = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"

      [[regimen.phase]]
      dose = "100 ug"
      times = ["07:00", "15:00", "23:00"]
      start = {start}
"""


def admit(
    store: Store,
    body: str,
    moment: datetime,
    *,
    patient_id: str = "p-test",
    name: str = "Zoe Marsh",
    zone: str = "America/New_York",
) -> str:
    """Import a plan file with ``body`` for ``patient_id``, new or known."""
    file = plan_file(f"{body}\n", name=name, zone=zone)
    with store.reading() as work:
        known = work.patients.exists(patient_id)
    if known:
        return import_plan(store, file, moment, patient_id=patient_id).patient_id
    with store.transaction() as work:
        work.patients.add(patient_id, file.plan.patient, moment)
    return import_plan(store, file, moment, patient_id=patient_id).patient_id


def remind(
    store: Store,
    patient_id: str,
    moment: datetime,
    *,
    address: str = "zoe@example.org",
    channel: str = "smtp",
    privacy: Privacy = Privacy.DISCREET,
) -> RecipientRecord:
    """Add a recipient."""
    return add_recipient(
        store, patient_id, moment, channel=channel, address=address, privacy=privacy, by_hand="asked"
    )


def move_next_dose(store: Store, patient_id: str, moment: datetime, to: datetime) -> str:
    """Plan the first dose after ``moment`` for the instant ``to``, in whole seconds; its id."""
    stored = load_patient(store, patient_id)
    zone = stored.record.patient.zone
    today = local_date(moment, zone)
    doses = expand(stored.plan, Period(start=today, end=today + timedelta(days=60)))
    dose = str(next(o for o in doses if o.due_at > moment).id)
    wall = to.astimezone(zone).replace(tzinfo=None, microsecond=0)
    record_dose.move(store, patient_id, dose, moment, to=wall, reason="brought forward")
    return dose
