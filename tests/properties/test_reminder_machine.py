"""Whatever people, daemons, providers and clocks do, in whatever order: the laws of `invariants` hold.

Hypothesis chooses what happens next; `ReminderWorld` judges every message as it leaves, and everything at the
end. To hunt longer: ``LAW_EXAMPLES=500``.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scheduler.actions import record_dose
from scheduler.actions.hold import end_hold, start_hold
from scheduler.actions.patient import list_patients, load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.recipient import add_recipient, list_recipients, remove_recipient
from scheduler.actions.regimen import stop_regimen
from scheduler.actions.travel import add_travel
from scheduler.dosing.expansion import expand
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Period
from scheduler.errors import DosecalError
from scheduler.ical.privacy import Privacy
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_plans import ReminderPlans
from tests.conftest import new_sqlite
from tests.support.fragile_store import Point
from tests.support.policies import choose
from tests.support.postgresql import PostgresqlServer
from tests.support.reminder_world import Mood, ReminderWorld, reminder_world
from tests.support.ward import admit, remind

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "0"))
STARTS = (
    datetime(2026, 12, 1, 5, 40, tzinfo=UTC),
    datetime(2027, 3, 13, 22, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 20, 30, tzinfo=UTC),
)
"""A winter morning, and the eves of changes of the clocks in New York and in Berlin."""

_REGIMEN = """
    [[regimen]]
    id = "{product}"
    product = "{product}"
      [[regimen.phase]]
      dose = "{dose}"
      every = "{every}"
      times = [{times}]
      start = {start}
"""
_DOSES = {
    "octreotide-sc": ("100 ug", "150 ug"),
    "octreotide-lar": ("20 mg", "30 mg"),
    "everolimus": ("10 mg", "5 mg"),
    "cabozantinib": ("60 mg", "40 mg"),
}
_TIMES = ("07:00", "08:30", "15:00", "22:45")

hours = st.integers(-30, 40).map(lambda n: timedelta(hours=n))
zones = st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"])
moods = st.lists(st.sampled_from(Mood), min_size=1, max_size=6)
products = st.lists(st.sampled_from(sorted(_DOSES)), min_size=1, max_size=2, unique=True)
doses = st.integers(0, 11)
policies = st.fixed_dictionaries(
    {},
    optional={
        "follow_ups": st.sampled_from([[], ["10 min"], ["10 min", "30 min"], ["20 min", "2 h"]]),
        "missed": st.booleans(),
        "escalate_after": st.sampled_from(["10 min", "60 min", "none"]),
        "quiet": st.sampled_from(["22:00-07:00", "none"]),
        "quiet_due": st.booleans(),
        "cap": st.sampled_from([5, 8, 30]),
        "spread": st.sampled_from(["5 min", "none"]),
        "leads": st.sampled_from([["prepare"], []]),
    },
)


@st.composite
def plan_texts(draw: st.DrawFn, day: str) -> str:
    """One or two regimens from local date ``day`` on, daily by the clock, or a depot every so often."""
    found = []
    for product in draw(products):
        is_depot = product == "octreotide-lar"
        most = {"octreotide-sc": 4}.get(product, 1)
        times = draw(st.lists(st.sampled_from(_TIMES), min_size=1, max_size=most, unique=True))
        every = draw(st.sampled_from(["4 wk", "2 d", "1 d"])) if is_depot else "1 d"
        dose = draw(st.sampled_from(_DOSES[product]))
        clock = ", ".join(f'"{time}"' for time in sorted(times))
        found.append(_REGIMEN.format(product=product, dose=dose, every=every, times=clock, start=day))
    return "\n".join(found)


class ReminderMachine(RuleBasedStateMachine):
    """``make_url`` gives each example an empty database."""

    make_url: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._names = count(1)

    @initialize(data=st.data(), start=st.sampled_from(STARTS))
    def admit_the_first(self, data: st.DataObject, start: datetime) -> None:
        opened = reminder_world(type(self).make_url(), start)
        self.world: ReminderWorld = self._stack.enter_context(opened)
        self.admit(data)

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.world.settle()
                self.world.check()
        finally:
            self._stack.close()

    @invariant()
    def nothing_was_told_that_ought_not_to_be(self) -> None:
        assert not hasattr(self, "world") or not self.world.faults, self.world.faults

    # What people do.

    @rule(data=st.data())
    def admit(self, data: st.DataObject) -> None:
        name = f"p-{next(self._names)}"
        zone = data.draw(zones, "zone")
        today = str(self._now.astimezone(ZoneInfo(zone)).date())
        text = data.draw(plan_texts(today), "plan")
        self._try(lambda: admit(self.world.store, text, self._now, patient_id=name, name=name, zone=zone))
        self.add_recipient(data)

    @rule(data=st.data())
    def add_recipient(self, data: st.DataObject) -> None:
        is_carer = data.draw(st.integers(0, 3), "carer") == 0
        self._try(
            lambda: add_recipient(
                self.world.store,
                self._patient(data),
                self._now,
                channel=data.draw(st.sampled_from(["smtp", "smtp", "console"]), "channel"),
                address=f"r{next(self._names)}@example.org",
                privacy=data.draw(st.sampled_from(Privacy), "privacy"),
                role=RecipientRole.ESCALATION if is_carer else RecipientRole.PERSON,
                consented=is_carer,
                by_hand="asked",
            )
        )

    @rule(data=st.data())
    def remove_recipient(self, data: st.DataObject) -> None:
        found = sorted(list_recipients(self.world.store, None), key=lambda r: r.address)
        if len(found) > 1:
            gone = data.draw(st.sampled_from([r.address for r in found]), "whom")
            ids = [r.id for r in found if r.address == gone]
            self._try(lambda: remove_recipient(self.world.store, ids[0], self._now))

    @rule(data=st.data(), chosen=policies)
    def choose_a_policy(self, data: st.DataObject, chosen: dict[str, Any]) -> None:
        self._try(lambda: choose(self.world.store, self._patient(data), self._now, **chosen))

    @rule(data=st.data(), what=st.sampled_from(["give", "give", "skip", "undo"]), number=doses)
    def record(self, data: st.DataObject, what: str, number: int) -> None:
        self._record(self._patient(data), what, number)

    @rule(
        data=st.data(),
        what=st.sampled_from(["give", "skip", "undo"]),
        number=doses,
        minutes=st.integers(1, 90),
    )
    def record_while_it_is_told(self, data: st.DataObject, what: str, number: int, minutes: int) -> None:
        patient = self._patient(data)
        for provider in self.world.providers.values():
            provider.meanwhile = lambda: self._record(patient, what, number, races=True)
        self.world.pass_by(timedelta(minutes=minutes))

    @rule(data=st.data(), number=doses, to=hours)
    def move(self, data: st.DataObject, number: int, to: timedelta) -> None:
        patient = self._patient(data)
        wall = (self._now + to).replace(tzinfo=None, minute=0, second=0, microsecond=0)
        self._try(
            lambda: record_dose.move(
                self.world.store, patient, self._dose(patient, number), self._now, to=wall, reason=""
            )
        )

    @rule(data=st.data(), first=st.integers(-1, 2), length=st.integers(0, 3))
    def hold(self, data: st.DataObject, first: int, length: int) -> None:
        patient, today = self._patient(data), self._now.date()
        begins = today + timedelta(days=first)
        hold = Hold(
            regimen=self._regimen(data, patient),
            first=begins,
            last=begins + timedelta(days=length),
            reason="surgery",
        )
        self._try(lambda: start_hold(self.world.store, patient, hold, self._occasion))

    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        patient = self._patient(data)
        regimen = self._regimen(data, patient)
        self._try(lambda: end_hold(self.world.store, patient, regimen, self._occasion, resume_on=None))

    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        patient = self._patient(data)
        regimen = self._regimen(data, patient)
        self._try(
            lambda: stop_regimen(self.world.store, patient, regimen, self._occasion, at=None, reason="done")
        )

    @rule(data=st.data())
    def amend(self, data: st.DataObject) -> None:
        patient = self._patient(data)
        zone = load_patient(self.world.store, patient).record.patient.zone
        text = data.draw(plan_texts(str(self._now.astimezone(zone).date())), "plan")
        name, key = patient, zone.key
        self._try(lambda: admit(self.world.store, text, self._now, patient_id=patient, name=name, zone=key))

    @rule(data=st.data(), zone=zones, first=st.integers(0, 2), length=st.integers(0, 3))
    def travel(self, data: st.DataObject, zone: str, first: int, length: int) -> None:
        begins = self._now.date() + timedelta(days=first)
        journey = Travel(zone=ZoneInfo(zone), first=begins, last=begins + timedelta(days=length))
        self._try(lambda: add_travel(self.world.store, self._patient(data), journey, self._occasion))

    # What daemons do.

    @rule()
    def plan(self) -> None:
        for daemon in self.world.daemons:
            daemon.keep_house("plan")

    @rule(times=st.integers(1, 3))
    def turn(self, times: int) -> None:
        for _ in range(times):
            for daemon in self.world.daemons:
                daemon.turn()

    @rule(
        point=st.sampled_from(Point),
        times=st.integers(0, 3),
        dies=st.booleans(),
        minutes=st.integers(1, 600),
        restarts=st.booleans(),
    )
    def meet_its_fate(self, point: Point, times: int, dies: bool, minutes: int, restarts: bool) -> None:
        is_send = point in {Point.BEFORE_SEND, Point.AFTER_SEND}
        self.world.fate.decide(point, times, dies=dies or is_send)
        self.world.pass_by(timedelta(minutes=minutes))
        self.world.fate.spare()
        if restarts:
            self.restart()

    @rule()
    def restart(self) -> None:
        for daemon in self.world.daemons:
            daemon.start()

    @rule()
    def another_joins(self) -> None:
        self.world.add_daemon()

    @rule()
    def die(self) -> None:
        for daemon in self.world.daemons:
            daemon.die()

    @rule(point=st.sampled_from([Point.BEFORE_SEND, Point.AFTER_SEND]))
    def one_dies_at_the_next_message(self, point: Point) -> None:
        """And stays away, where another can live: what it held is left to that one."""
        self.world.add_daemon()
        self.world.fate.decide(point, 0, dies=True)
        self.world.pass_by(timedelta(hours=25))
        self.world.fate.spare()

    # What the world does.

    @rule(moods=moods, channel=st.sampled_from(["smtp", "smtp", "console"]))
    def provider_has_moods(self, moods: list[Mood], channel: str) -> None:
        self.world.providers[channel].moods.extend(moods)

    @rule(minutes=st.integers(0, 90))
    def wait(self, minutes: int) -> None:
        self.world.pass_by(timedelta(minutes=minutes))

    @rule(hours=st.integers(2, 40))
    def wait_for_hours(self, hours: int) -> None:
        self.world.pass_by(timedelta(hours=hours))

    @rule(seconds=st.integers(0, 120))
    def wait_a_moment(self, seconds: int) -> None:
        self.world.clock.pass_by(timedelta(seconds=seconds))

    @rule(error=st.sampled_from([-1440, -60, -3, 0]))
    def clock_is_set_back(self, error: int) -> None:
        """And is right again when this draws 0: nothing is told early when a clock is put right."""
        self.world.clock.error = timedelta(minutes=error)

    @rule(hours=st.sampled_from([1, 24]), seconds=st.integers(1, 170), data=st.data())
    def clock_is_ahead_for_a_while(self, hours: int, seconds: int, data: st.DataObject) -> None:
        """For less than it takes to be believed, while a daemon lives that saw it jump."""
        if self.world.clock.error or not all(daemon.is_alive for daemon in self.world.daemons):
            return
        self.world.work()
        self.world.clock.error = timedelta(hours=hours)
        self.world.pass_by(timedelta(seconds=seconds))
        self._record(self._patient(data), "give", 1)
        self.world.clock.error = timedelta(0)

    # How they do it.

    @property
    def _now(self) -> datetime:
        return self.world.clock()

    @property
    def _occasion(self) -> Occasion:
        return Occasion(moment=self._now)

    def _patient(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([p.id for p in list_patients(self.world.store)]), "patient")

    def _regimen(self, data: st.DataObject, patient: str) -> str:
        regimens = load_patient(self.world.store, patient).plan.regimens_by_id
        return data.draw(st.sampled_from(sorted(regimens)), "regimen")

    def _dose(self, patient: str, number: int) -> str:
        """One of those of the day before and the two days after, the nearest first."""
        plan, now = load_patient(self.world.store, patient).plan, self._now
        period = Period(start=now.date() - timedelta(days=1), end=now.date() + timedelta(days=3))

        def distance(dose: DoseOccurrence) -> tuple[timedelta, str]:
            return abs(dose.due_at - now), str(dose.id)

        found = sorted(expand(plan, period), key=distance)
        return str(found[number % len(found)].id) if found else "none@2026-12-01/1"

    def _record(self, patient: str, what: str, number: int, *, races: bool = False) -> None:
        dose = self._dose(patient, number)
        if races:
            self.world.raced_at[patient] = self.world.clock.true
        store, now = self.world.store, self._now

        def act() -> object:
            match what:
                case "give":
                    return record_dose.give(store, patient, dose, now, at=None, site=None)
                case "skip":
                    return record_dose.skip(store, patient, dose, now, at=None, reason="vomiting")
                case _:
                    return record_dose.undo(store, patient, dose, now)

        self._try(act)

    def _try(self, act: Callable[[], object]) -> None:
        """What dosecal refuses has to leave no trace either."""
        self.world.changed_at = self._now
        try:
            act()
        except DosecalError as error:
            note(f"refused: {error}")


def run(make_url: Callable[[], str], examples: int) -> None:
    machine = type("Machine", (ReminderMachine,), {"make_url": staticmethod(make_url)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or examples,
            # Shrinking takes minutes: for whoever hunts, not for everybody.
            phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if EXAMPLES else [])],
            stateful_step_count=30,
            deadline=None,
            derandomize=bool(os.environ.get("CI")),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """In memory where the machine has such a place: nobody pulls the plug here."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def test_the_laws_of_reminding_hold_on_sqlite(fast_folder: Path) -> None:
    template = fast_folder / "template.db"
    new_sqlite(template)

    def make_url() -> str:
        file = fast_folder / f"{next(_numbers)}.db"
        shutil.copy(template, file)
        return f"sqlite:///{file}"

    run(make_url, 10)


@pytest.mark.postgresql
def test_they_hold_on_postgresql_with_two_daemons(postgresql_server: PostgresqlServer) -> None:
    names: list[str] = []

    def make_url() -> str:
        names.append(f"machine_{uuid.uuid4().hex}")
        return postgresql_server.new_database(names[-1])

    try:
        run(make_url, 4)
    finally:
        for name in names:
            postgresql_server.drop_database(name)


def test_a_machine_that_hears_no_fault_would_be_broken(fast_folder: Path) -> None:
    """The judge itself: what is told of a dose that is recorded is a fault."""
    new_sqlite(fast_folder / "one.db")
    with reminder_world(f"sqlite:///{fast_folder / 'one.db'}", STARTS[0]) as world:
        body = _REGIMEN.format(
            product="octreotide-sc", dose="100 ug", every="1 d", times='"07:00"', start="2026-12-01"
        )
        patient = admit(world.store, body, world.clock(), patient_id="p-1")
        remind(world.store, patient, world.clock())
        with mock.patch.object(ReminderPlans, "cancel"):
            world.clock.pass_by(timedelta(hours=6))
            dose = "octreotide-sc@2026-12-01/1"
            record_dose.give(world.store, patient, dose, world.clock(), at=None, site=None)
            world.pass_by(timedelta(hours=1))
    assert "its dose is recorded" in world.faults[0]


_numbers = count(1)
