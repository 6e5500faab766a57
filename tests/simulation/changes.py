"""Changes of plans by the real actions: holds, moves, journeys, amendments, stops, records taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.actions import record_dose
from scheduler.actions.hold import start_hold
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import Amended, amend_regimen, stop_regimen
from scheduler.actions.travel import add_travel
from scheduler.dosing.administration import Administration
from scheduler.dosing.hold import Hold
from scheduler.dosing.patient import Travel
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.timing import ClockTimes
from scheduler.errors import DosecalError
from tests.simulation.invented import ZONES, Invented
from tests.simulation.people import People

_DAY = timedelta(days=1)
_ONE_IN = timedelta(days=60)
_STOPS = 0.03


class Changes:
    """Chosen for each patient from the beginning. ``at``: when each one's plan was last changed so.

    ``taken_back``: the records that each one took back, and when.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self.at: dict[str, datetime] = {}
        self.taken_back: defaultdict[str, list[tuple[datetime, Administration]]] = defaultdict(list)

    def choose(self, until: datetime) -> None:
        """About one for each patient in two months; few courses are stopped."""
        acts = (
            self._hold,
            self._move,
            self._move,
            self._travel,
            self._amend,
            self._undo,
            self._give,
            self._skip,
        )
        length = until - self._people.clock.true
        for patient in self._people.patients.values():
            random = patient.random
            chosen = [random.choice(acts) for _ in range(1 + length // _ONE_IN) if random.random() < 0.6]
            chosen += [self._stop] if random.random() < _STOPS else []
            for act in chosen:
                at = self._people.clock.true + length * random.random()
                self._people.at(at, lambda act=act, patient=patient: self._try(act, patient))  # type: ignore[misc]

    def _try(self, act: Callable[[Invented], None], patient: Invented) -> None:
        self.at[patient.id] = self._people.clock.true
        try:
            act(patient)
        except DosecalError:
            self._people.did["refused"] += 1
        else:
            self._people.did[act.__name__.strip("_")] += 1

    @property
    def _occasion(self) -> Occasion:
        return Occasion(moment=self._people.clock())

    @property
    def _today(self) -> date:
        return self._people.clock().date()

    def _next_dose(self, patient: Invented) -> str:
        found = self._people.open_doses(patient, 30)
        return str(found[0].id) if found else "none#1"

    def _hold(self, patient: Invented) -> None:
        first = self._today + patient.random.randrange(3) * _DAY
        last = first + patient.random.randrange(8) * _DAY
        hold = Hold(regimen=_first_regimen(patient), first=first, last=last, reason="surgery")
        start_hold(self._people.store, patient.id, hold, self._occasion)

    def _move(self, patient: Invented) -> None:
        now = self._people.clock()
        later = now + timedelta(hours=patient.random.randrange(1, 60))
        to = later.replace(tzinfo=None, minute=0, second=0, microsecond=0)
        dose = self._next_dose(patient)
        record_dose.move(self._people.store, patient.id, dose, now, to=to, reason="")

    def _travel(self, patient: Invented) -> None:
        first = self._today + patient.random.randrange(4) * _DAY
        last = first + patient.random.randrange(1, 15) * _DAY
        journey = Travel(zone=ZoneInfo(patient.random.choice(ZONES)), first=first, last=last)
        add_travel(self._people.store, patient.id, journey, self._occasion)

    def _amend(self, patient: Invented) -> None:
        regimen, store = _first_regimen(patient), self._people.store
        amend_regimen(store, patient.id, regimen, _an_hour_later, self._occasion, effective_on=None)

    def _stop(self, patient: Invented) -> None:
        regimen, store = _first_regimen(patient), self._people.store
        stop_regimen(store, patient.id, regimen, self._occasion, at=None, reason="done")

    def _give(self, patient: Invented) -> None:
        dose, now = self._next_dose(patient), self._people.clock()
        record_dose.give(self._people.store, patient.id, dose, now, at=None, site=None)
        self._people.judge.recorded[patient.id, dose] = self._people.clock.true

    def _skip(self, patient: Invented) -> None:
        dose, now = self._next_dose(patient), self._people.clock()
        record_dose.skip(self._people.store, patient.id, dose, now, at=None, reason="vomiting")
        self._people.judge.recorded[patient.id, dose] = self._people.clock.true

    def _undo(self, patient: Invented) -> None:
        """What was recorded last is taken back."""
        plan = load_patient(self._people.store, patient.id).plan
        dose = str(plan.administrations[-1].dose) if plan.administrations else "none#1"
        record_dose.undo(self._people.store, patient.id, dose, self._people.clock())
        self._people.judge.recorded.pop((patient.id, dose), None)
        self.taken_back[patient.id].append((self._people.clock.true, plan.administrations[-1]))


def _first_regimen(patient: Invented) -> str:
    return patient.plan_file.plan.regimens[0].id


def _an_hour_later(known: Amended) -> Regimen:
    """Of the phase in force, as far as the day has an hour left."""
    phase = known.regimen.phases[known.phase]
    assert isinstance(phase.timing, ClockTimes)
    times = tuple(time(min(at.hour + 1, 23), at.minute) for at in phase.timing.wall_times)
    changed = replace(phase, timing=replace(phase.timing, wall_times=times))
    phases = (*known.regimen.phases[: known.phase], changed, *known.regimen.phases[known.phase + 1 :])
    return replace(known.regimen, phases=phases)
