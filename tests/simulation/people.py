"""What invented people do of themselves: they come, hear, and record at once, late, early or never."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from scheduler.actions.happened import happened_at
from scheduler.actions.import_plan import import_plan
from scheduler.actions.patient import load_patient
from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Period
from scheduler.reminders.planner import plan_reminders
from scheduler.reminders.steps import DUE, ESCALATE
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import Origin
from scheduler.store.policies import PolicyRecord, PolicyScope
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork
from tests.simulation.invented import Invented
from tests.simulation.judge import REFUSED_ADDRESS, Judge
from tests.support.virtual_time import WorldClock

NEVER = datetime.max.replace(tzinfo=UTC)
Act = Callable[[], None]
_DAY = timedelta(days=1)
_EARLY = (timedelta(minutes=20), timedelta(0))
"""Before it is claimed, and between that and its instant."""
_TAKES_THE_NEXT_EARLY = 0.1
_PAGE = 100


class People:
    """``did`` counts what they did."""

    def __init__(self, store: Store, clock: WorldClock, judge: Judge, patients: Sequence[Invented]) -> None:
        self.store = store
        self.clock = clock
        self.judge = judge
        self.patients = {patient.id: patient for patient in patients}
        self.did: Counter[str] = Counter()
        self._number = count()
        self._acts: list[tuple[datetime, int, Act]] = []
        self._to_record: defaultdict[datetime, dict[str, str]] = defaultdict(dict)

    @property
    def next_at(self) -> datetime:
        """When somebody does something next."""
        return min(min(self._to_record, default=NEVER), self._acts[0][0] if self._acts else NEVER)

    def admit(self) -> None:
        """Everybody comes."""
        everybody = list(self.patients.values())
        for start in range(0, len(everybody), _PAGE):
            self._admit_page(everybody[start : start + _PAGE])

    def _admit_page(self, page: Sequence[Invented]) -> None:
        now = self.clock()
        with self.store.transaction() as work:
            for patient in page:
                work.patients.add(patient.id, patient.plan_file.plan.patient, now)
        for patient in page:
            import_plan(self.store, patient.plan_file, now, patient_id=patient.id)
        with self.store.transaction() as work:
            for patient in page:
                self._add_recipients(work, patient)
            plan_reminders(work, work.patients.lock_many([patient.id for patient in page]), now)

    def _add_recipients(self, work: UnitOfWork, patient: Invented) -> None:
        now = self.clock()
        for number, (channel, address, role) in enumerate(_contacts(patient)):
            recipient = RecipientRecord(
                id=f"r-{patient.number:06}-{number}",
                patient_id=patient.id,
                channel=channel,
                address=address,
                privacy="discreet",
                added_at=now,
                verified_at=now,
                role=role,
                consented_at=now,
            )
            work.recipients.add(recipient)
        if patient.policy:
            chosen = PolicyRecord(scope=PolicyScope(patient_id=patient.id), document=dict(patient.policy))
            work.policies.put(chosen, now)

    def hear(self) -> None:
        """Think about what was told: whether to record it, and when."""
        while self.judge.news:
            record = self.judge.news.popleft()
            patient = self.patients[record.subject_id]
            after = patient.answers_after() if record.step != ESCALATE else None
            if after is None:
                continue
            if record.step == DUE and patient.random.random() < _TAKES_THE_NEXT_EARLY:
                self.at(self.clock.true + after, lambda p=patient, r=record: self._take_early(p, r))  # type: ignore[misc]
            self._record_later(record.subject_id, record.dose_id, self.clock.true + after)

    def _record_later(self, patient_id: str, dose: str, at: datetime) -> None:
        # Many at one instant cost little more than one.
        minute = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
        while minute <= self.clock.true or patient_id in self._to_record[minute]:
            minute += timedelta(minutes=5)
        self._to_record[minute][patient_id] = dose

    def at(self, at: datetime, act: Act) -> None:
        """Have somebody do something then."""
        heapq.heappush(self._acts, (at, next(self._number), act))

    def act(self) -> None:
        """Do what people do now."""
        now = self.clock.true
        for minute in sorted(minute for minute in self._to_record if minute <= now):
            self._record(self._to_record.pop(minute))
        while self._acts and self._acts[0][0] <= now:
            heapq.heappop(self._acts)[2]()

    def _record(self, doses: dict[str, str]) -> None:
        """As `record_dose.give` does, for many in one transaction and without its look at the whole plan."""
        known = self.judge.recorded
        new = {patient: dose for patient, dose in doses.items() if (patient, dose) not in known}
        if not new:
            return
        now = self.clock()
        with self.store.transaction() as work:
            records = work.patients.lock_many(list(new))
            for record in records:
                self._write(work, record, new[record.id], now)
            plan_reminders(work, records, now)
        self.judge.recorded |= dict.fromkeys(new.items(), self.clock.true)
        self.did["recorded"] += len(new)

    def _write(self, work: UnitOfWork, record: PatientRecord, dose: str, now: datetime) -> None:
        administration = Administration(
            dose=parse_occurrence_id(dose),
            status=AdministrationStatus.GIVEN,
            at=happened_at(record.patient, now, None),
            site=None,
            reason="",
        )
        work.plans.add(record.id, administration, Origin.RECORDED, now)

    def _take_early(self, patient: Invented, told: ReminderRecord) -> None:
        """The next dose is taken before it is due, and its reminder must not come."""
        regimen = parse_occurrence_id(told.dose_id).regimen
        ahead = [dose for dose in self.open_doses(patient, 2) if dose.regimen.id == regimen]
        if ahead:
            at = ahead[0].due_at - patient.random.choice(_EARLY)
            self._record_later(patient.id, str(ahead[0].id), max(self.clock.true, at))

    def open_doses(self, patient: Invented, days: int) -> list[DoseOccurrence]:
        """Those of the next ``days`` that are still to come and not recorded."""
        plan, now = load_patient(self.store, patient.id).plan, self.clock.true
        found = expand(plan, Period(start=now.date() - _DAY, end=now.date() + days * _DAY))
        return [dose for dose in found if dose.due_at > now and dose.administration is None]


def _contacts(patient: Invented) -> list[tuple[str, str, RecipientRole]]:
    name = f"{REFUSED_ADDRESS}-{patient.id}" if patient.is_refused else patient.id
    contacts = [("smtp", f"{name}@example.org", RecipientRole.PERSON)]
    if patient.has_console:
        contacts.append(("console", patient.id, RecipientRole.PERSON))
    if patient.has_carer:
        contacts.append(("smtp", f"carer-{patient.id}@example.org", RecipientRole.ESCALATION))
    return contacts
