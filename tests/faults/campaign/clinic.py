"""Patients admitted one after the other, each with one dose that is due soon and many who are told of it."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from scheduler.actions.import_plan import import_plan
from scheduler.ical.privacy import Privacy
from scheduler.planfile.reading import PlanFile
from scheduler.store import tables
from scheduler.store.policies import PolicyRecord, PolicyScope
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.plan_text import plan_file

AHEAD = timedelta(seconds=6)
"""So long before its dose is due a patient is admitted."""

_MOST_OPEN = 1_200
"""With more reminders open nobody is admitted: a slow machine takes longer, and has no backlog."""

_LOOK_EVERY_S = 0.2
_ZONE = "America/New_York"
_PLAN = """
    [[regimen]]
    id = "lar"
    product = "octreotide-lar"

      [[regimen.phase]]
      dose = "20 mg"
      every = "4 wk"
      times = ["10:00"]
      start = {start}

    [[move]]
    dose = "lar#1"
    to = {to}
    reason = "brought forward"
"""
_DUE_ALONE = {"follow_ups": [], "depot_follow_ups": [], "missed": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """So many ``patients``, with so many ``recipients`` each."""

    patients: int
    recipients: int

    @property
    def reminders(self) -> int:
        return self.patients * self.recipients


class Clinic:
    """Admits patients in a thread of its own, as fast as their reminders are told."""

    def __init__(self, store: Store, intake: Intake, chance: random.Random) -> None:
        self._store = store
        self._intake = intake
        self._chance = chance
        self._stopping = Event()
        self._thread = Thread(target=self._admit_all, name="clinic")
        self.admitted = 0
        self.last_due_at = datetime.now(UTC)
        self.fault: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether patients are still to come."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Admit no more. Raises what ended it."""
        self._stopping.set()
        self._thread.join()
        if self.fault is not None:
            raise self.fault

    def _admit_all(self) -> None:
        try:
            for number in range(self._intake.patients):
                self._wait_for_room()
                if self._stopping.is_set():
                    return
                self._admit(f"p-{number}")
                self.admitted += 1
        except BaseException as error:
            self.fault = error

    def _wait_for_room(self) -> None:
        while self._open() > _MOST_OPEN and not self._stopping.wait(_LOOK_EVERY_S):
            pass

    def _open(self) -> int:
        table = tables.reminder
        query = select(func.count()).select_from(table).where(table.c.ended_at.is_(None))
        with self._store._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _admit(self, patient_id: str) -> None:
        due = datetime.now(UTC) + AHEAD + timedelta(seconds=self._chance.uniform(0, 2))
        admit_many_told(self._store, patient_id, due, self._intake.recipients)
        self.last_due_at = max(self.last_due_at, due)


def admit_many_told(store: Store, patient_id: str, due: datetime, recipients: int) -> None:
    """A new patient with one dose, due at ``due`` less a part of a second, of which so many are told."""
    now = datetime.now(UTC)
    file = _file(due.replace(microsecond=0))
    with store.transaction() as work:
        work.patients.add(patient_id, file.plan.patient, now)
        scope = PolicyScope(patient_id=patient_id, regimen_id=None, recipient_id=None)
        work.policies.put(PolicyRecord(scope=scope, document=_DUE_ALONE), now)
        for number in range(recipients):
            work.recipients.add(_recipient(patient_id, f"r{number}.{patient_id}@example.org", now))
    import_plan(store, file, now, patient_id=patient_id)


def _file(due: datetime) -> PlanFile:
    wall = due.astimezone(ZoneInfo(_ZONE)).replace(tzinfo=None)
    start = (due + timedelta(days=7)).date()
    return plan_file(_PLAN.format(start=start, to=wall.isoformat()), name="Zoe Marsh", zone=_ZONE)


def _recipient(patient_id: str, address: str, now: datetime) -> RecipientRecord:
    return RecipientRecord(
        id=f"r-{secrets.token_hex(6)}",
        patient_id=patient_id,
        channel="smtp",
        address=address,
        privacy=Privacy.DISCREET.value,
        added_at=now,
        verified_at=now,
        verified_how="code",
    )
