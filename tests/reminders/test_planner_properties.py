"""However a plan came about, what waits to be said is what the plan as it stands calls for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from scheduler.actions import record_dose
from scheduler.actions.patient import load_patient, remove_patient
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period
from scheduler.errors import DosecalError
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.planner import plan_everyone
from scheduler.store.engine import make_engine
from scheduler.store.unit_of_work import Store
from tests.conftest import new_sqlite
from tests.support.policies import tell_due_alone
from tests.support.waiting_reminders import everything
from tests.support.ward import DEPOT, THRICE_DAILY, admit, remind

START = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
_PLANS = [
    THRICE_DAILY.format(start="2026-12-01") + DEPOT.format(start="2026-12-02").replace("4 wk", "2 d"),
    THRICE_DAILY.format(start="2026-12-01").replace("15:00", "16:30")
    + DEPOT.format(start="2026-12-03").replace("4 wk", "3 d"),
    THRICE_DAILY.format(start="2026-12-01")
    + DEPOT.format(start="2026-12-02").replace("4 wk", "2 d")
    + '\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-02\nuntil = 2026-12-03\nreason = "surgery"\n',
]
_step = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 30), st.none()),
    st.tuples(st.just("plan"), st.none(), st.none()),
    st.tuples(st.sampled_from(["give", "skip", "undo"]), st.integers(0, 9), st.none()),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(-20, 60)),
    st.tuples(st.just("import"), st.integers(0, len(_PLANS) - 1), st.none()),
    st.tuples(st.just("remind"), st.integers(0, 2), st.none()),
)


@example(  # a hold is lifted while the dose is late
    steps=[
        ("remind", 0, None),
        ("import", 2, None),
        ("wait", 26, None),
        ("plan", None, None),
        ("import", 0, None),
    ]
)
@given(steps=st.lists(_step, max_size=10))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_waits_is_what_a_fresh_plan_would_queue(
    database: _Database, steps: list[tuple[str, int | None, int | None]]
) -> None:
    patient = _Patient(database)
    for step in steps:
        patient.do(*step)
    assert patient.waiting() == patient.waiting_when_planned_afresh()
    patient.leave()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Database]:
    """One for all examples: each has a patient of its own and removes them."""
    url = new_sqlite(tmp_path_factory.mktemp("properties") / "dosecal.db")
    opened = _Database(store=Store(url, load_formulary()), engine=make_engine(url))
    yield opened
    opened.store.close()
    opened.engine.dispose()


@dataclass(frozen=True, kw_only=True)
class _Database:
    store: Store
    engine: Engine


class _Patient:
    def __init__(self, database: _Database) -> None:
        self._store = database.store
        self._engine = database.engine
        self._now = START
        with self._engine.begin() as connection:
            connection.execute(text("DELETE FROM patient"))  # what a failed example left
        self._id = admit(self._store, _PLANS[0], START)
        tell_due_alone(self._store, self._id, START)

    def leave(self) -> None:
        remove_patient(self._store, self._id)

    def do(self, what: str, first: int | None, second: int | None) -> None:
        """Do it; what dosecal refuses has to leave no trace either."""
        try:
            self._do(what, first or 0, second or 0)
        except DosecalError:
            return

    def _do(self, what: str, first: int, second: int) -> None:
        store, patient, now = self._store, self._id, self._now
        match what:
            case "wait":
                self._now += timedelta(hours=first, minutes=7)
            case "plan":
                plan_everyone(store, now)
            case "give":
                record_dose.give(store, patient, self._dose(first), now, at=None, site=None)
            case "skip":
                record_dose.skip(store, patient, self._dose(first), now, at=None, reason="vomiting")
            case "undo":
                record_dose.undo(store, patient, self._dose(first), now)
            case "move":
                to = (now + timedelta(hours=second)).replace(tzinfo=None, minute=0)
                record_dose.move(store, patient, self._dose(first), now, to=to, reason="")
            case "import":
                admit(store, _PLANS[first], now, patient_id=patient)
            case _:
                remind(store, patient, now, address=f"r{first}@example.org")

    def _dose(self, number: int) -> str:
        today = self._now.date()
        period = Period(start=today - timedelta(days=2), end=today + timedelta(days=2))
        doses = expand(load_patient(self._store, self._id).plan, period)
        return str(doses[number % len(doses)].id)

    def waiting(self) -> set[tuple[object, ...]]:
        """The reminders that wait, once planned up to now and rid of the useless."""
        plan_everyone(self._store, self._now)
        with self._store.transaction() as work:
            work.reminders.expire(self._now)
        return {
            (r.dose_id, r.recipient_id, r.due_at, r.not_after, r.wall_due, r.zone)
            for r in everything(self._store)
            if r.ended_at is None
        }

    def waiting_when_planned_afresh(self) -> set[tuple[object, ...]]:
        with self._engine.begin() as connection:
            connection.execute(text("DELETE FROM reminder"))
            connection.execute(text("UPDATE patient SET reminders_planned_until = created_at"))
        return self.waiting()
