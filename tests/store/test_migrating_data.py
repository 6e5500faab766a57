"""What stands in the tables outlives a migration, up and down, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from scheduler.clock import epoch_ms
from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.dose import Dose
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.site_rotation import SiteRest
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.document import PatientDocument, RegimenDocument
from scheduler.store.engine import make_engine
from scheduler.store.plans import BEGINNING, Origin, StoredPlan
from scheduler.store.tables import metadata
from scheduler.store.unit_of_work import Store
from tests.support.digests import SEVEN, make_caseload, reach
from tests.support.plan_text import plan
from tests.support.postgresql import PostgresqlServer
from tests.support.waiting_reminders import NOON, ZOE, claim, everything, sweep
from tests.support.ward import THRICE_DAILY, remind

(OCTREOTIDE,) = plan(THRICE_DAILY.format(start="2026-12-01")).regimens
DOSE = GridId(regimen="octreotide", on=date(2026, 12, 1), slot=1)
OTHER = replace(DOSE, slot=2)
WALL = datetime(2026, 12, 1, 7, 5)  # noqa: DTZ001  # a wall time
LATER = NOON + timedelta(days=1)
FIRST = "0001"

OLD_PATIENT = (
    "INSERT INTO patient (id, document, name, zone, shard, revision, revised_at, created_at,"
    " reminders_planned_until)"
    " VALUES ('p-1', :document, 'Zoe Marsh', 'America/New_York', 7, 3, :at, :at, :at)"
)
OLD_VERSION = (
    "INSERT INTO regimen_version (patient_id, regimen_id, version, place, effective_on, document,"
    " recorded_at, superseded_at)"
    " VALUES ('p-1', 'octreotide', :version, 0, :effective_on, :document, :at, :superseded_at)"
)
OLD_HOLD = (
    "INSERT INTO hold (patient_id, regimen_id, first_on, reason, origin, recorded_at)"
    " VALUES ('p-1', 'octreotide', '2026-12-20', 'surgery', 'file', :at)"
)
OLD_RECORD = (
    "INSERT INTO administration (patient_id, dose_id, status, wall_at, reason, origin, recorded_at)"
    " VALUES ('p-1', 'octreotide@2026-12-01/1', 'given', '2026-12-01T07:05:00', '', 'recorded', :at)"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        return server.empty_database(f"migrated_{uuid.uuid4().hex}")
    return f"sqlite:///{tmp_path / 'migrated.db'}"


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    made = make_engine(empty_url)
    yield made
    made.dispose()


@pytest.fixture
def store(empty_url: str) -> Iterator[Store]:
    opened = Store(empty_url, load_formulary())
    yield opened
    opened.close()


def migrate(engine: Engine, *, up_to: str | None = None, down_to: str | None = None) -> None:
    with as_file(files("scheduler.store") / "migrations") as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        if up_to is not None:
            command.upgrade(config, up_to)
        if down_to is not None:
            command.downgrade(config, down_to)


def insert(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def dosed(amount: str) -> Regimen:
    return replace(OCTREOTIDE, phases=(replace(OCTREOTIDE.phases[0], dose=Dose.parse(f"{amount} ug")),))


def load(store: Store) -> StoredPlan:
    with store.reading() as work:
        return work.plans.load(work.patients.get("p-1"))


def filled_by_the_first_program(engine: Engine) -> None:
    """A patient with a hold and a record, whose 100 micrograms were amended to 200."""
    migrate(engine, up_to=FIRST)
    at, later = epoch_ms(NOON), epoch_ms(LATER)
    insert(engine, OLD_PATIENT, document=PatientDocument.of(ZOE).model_dump_json(), at=at)
    for version, amount, written, superseded in ((1, "100", at, later), (2, "200", later, None)):
        insert(
            engine,
            OLD_VERSION,
            version=version,
            effective_on=f"2026-12-0{version}",
            document=RegimenDocument.of(dosed(amount)).model_dump_json(),
            at=written,
            superseded_at=superseded,
        )
    for statement in (OLD_HOLD, OLD_RECORD):
        insert(engine, statement, at=at)


def attempts_of(engine: Engine) -> list[tuple[Any, ...]]:
    return rows(engine, "SELECT reminder_id, number, node, outcome FROM attempt ORDER BY reminder_id, number")


class TestUpgrade:
    def test_an_old_version_is_in_force_from_the_beginning_and_can_be_loaded(
        self, engine: Engine, store: Store
    ) -> None:
        filled_by_the_first_program(engine)
        before = store.upgrade()
        assert (before.current, before.wanted != FIRST) == (FIRST, True)
        stored = load(store)
        assert stored.regimens == (dosed("200"),)
        assert (stored.record.patient, stored.record.clinic, stored.record.revision) == (ZOE, None, 3)
        assert [hold.value.reason for hold in stored.holds] == ["surgery"]
        assert [entry.value.dose for entry in stored.administrations] == [DOSE]
        assert stored.rests == ()
        with store.reading() as work:
            versions = work.plans.history(stored.record, "octreotide")
        assert [(v.number, v.effective_on, v.superseded_at) for v in versions] == [
            (1, BEGINNING, LATER),
            (2, BEGINNING, None),
        ]

    def test_an_old_amendment_can_be_taken_back_and_amended_further(
        self, engine: Engine, store: Store
    ) -> None:
        filled_by_the_first_program(engine)
        store.upgrade()
        with store.transaction() as work:
            work.plans.put_regimen("p-1", dosed("300"), 0, LATER, date(2026, 12, 10))
        assert [v.effective_on for v in load(store).regimens[0].versions] == [None, date(2026, 12, 10)]
        for expected in (dosed("200"), dosed("100")):
            with store.transaction() as work:
                assert work.plans.take_back_version("p-1", "octreotide", LATER)
            assert load(store).regimens == (expected,)
        with store.transaction() as work:
            assert not work.plans.take_back_version("p-1", "octreotide", LATER)


class TestDigests:
    """Revision 6 lets recipients and reminders belong to a caseload, for which SQLite makes both anew."""

    @pytest.fixture
    def before(self, engine: Engine, store: Store) -> list[tuple[Any, ...]]:
        """Reminders of revision 5, two of them tried; the attempts."""
        store.upgrade()
        with store.transaction() as work:
            work.patients.add("p-1", ZOE, NOON)
            work.plans.put_regimen("p-1", dosed("100"), 0, NOON, date(2026, 12, 1))
        remind(store, "p-1", NOON - timedelta(hours=2))
        claim(store, moment=NOON + timedelta(hours=12))
        sweep(store, NOON + timedelta(hours=13))
        claim(store, moment=NOON + timedelta(hours=13))
        migrate(engine, down_to="0005")
        found = attempts_of(engine)
        assert [(number, outcome) for _, number, _, outcome in found[:2]] == [(1, "not begun"), (2, None)]
        return found

    def test_attempts_reminders_and_recipients_outlive_it_up_and_down(
        self, engine: Engine, store: Store, before: list[tuple[Any, ...]]
    ) -> None:
        reminders = rows(engine, "SELECT * FROM reminder ORDER BY id")
        recipients = rows(engine, "SELECT id, patient_id, address, role FROM recipient")
        assert reminders
        assert recipients
        store.upgrade()
        assert attempts_of(engine) == before
        migrate(engine, down_to="0005")
        assert attempts_of(engine) == before
        assert rows(engine, "SELECT * FROM reminder ORDER BY id") == reminders
        assert rows(engine, "SELECT id, patient_id, address, role FROM recipient") == recipients

    def test_what_held_before_holds_after_it(
        self, engine: Engine, store: Store, before: list[tuple[Any, ...]]
    ) -> None:
        store.upgrade()
        assert "kept_attempt" not in inspect(engine).get_table_names()
        wrong = ("UPDATE reminder SET state = 'new'", "UPDATE reminder SET patient_id = NULL")
        for statement in (*wrong, "UPDATE recipient SET patient_id = NULL"):
            with pytest.raises(IntegrityError), engine.begin() as connection:
                connection.execute(text(statement))
        reminder = before[0][0]
        insert(engine, f"DELETE FROM reminder WHERE id = {reminder}")
        assert reminder not in {row[0] for row in attempts_of(engine)}
        insert(engine, "DELETE FROM patient")
        assert rows(engine, "SELECT count(*) FROM recipient") == rows(engine, "SELECT count(*) FROM attempt")

    def test_its_indexes_are_still_of_a_part_of_the_rows(
        self, engine: Engine, store: Store, before: list[tuple[Any, ...]]
    ) -> None:
        migrate(engine, up_to="0006")
        partial = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"
        if engine.dialect.name == "postgresql":
            partial = "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%WHERE%'"
        found = " ".join(row[0] for row in rows(engine, partial))
        of_reminders = ("pending", "leased", "open", "open_digest")
        for name in (*(f"ix_reminder_{part}" for part in of_reminders), "uq_reminder_digest"):
            assert f"{name} ON" in found
        assert "uq_recipient_address ON" in found

    def test_digests_and_contact_points_are_gone_after_going_back(self, engine: Engine, store: Store) -> None:
        store.upgrade()
        make_caseload(store)
        reach(store)
        claim(store, moment=SEVEN)
        assert rows(engine, "SELECT count(*) FROM reminder") == [(1,)]
        migrate(engine, down_to="0005")
        for table in ("reminder", "recipient", "attempt"):
            assert rows(engine, f"SELECT count(*) FROM {table}") == [(0,)]


class TestDowngrade:
    @pytest.fixture
    def filled(self, store: Store) -> StoredPlan:
        """100, then 200 and 300 micrograms, with one of everything beside them."""
        store.upgrade()
        with store.transaction() as work:
            work.patients.add("p-1", ZOE, NOON, Clinic(open_on=(Weekday.MONDAY,)))
            for amount, on in (("100", 1), ("200", 10), ("300", 20)):
                work.plans.put_regimen("p-1", dosed(amount), 0, NOON, date(2026, 12, on))
            given = Administration(
                dose=DOSE, status=AdministrationStatus.GIVEN, at=WALL, site="thigh-left", reason=""
            )
            work.plans.add("p-1", given, Origin.RECORDED, NOON)
            work.plans.add("p-1", Move(dose=OTHER, to=WALL, reason="visit"), Origin.FILE, NOON)
            hold = Hold(regimen="octreotide", first=date(2026, 12, 30), last=None, reason="surgery")
            work.plans.add("p-1", hold, Origin.FILE, NOON)
            rest = SiteRest(site="thigh-left", first=date(2026, 12, 5), last=None, reason="lump")
            work.plans.add("p-1", rest, Origin.FILE, NOON)
        remind(store, "p-1", NOON - timedelta(hours=2))
        return load(store)

    def test_there_and_back_keeps_what_both_programs_know(
        self, engine: Engine, store: Store, filled: StoredPlan
    ) -> None:
        reminders = everything(store)
        assert reminders
        migrate(engine, down_to=FIRST)
        assert rows(engine, "SELECT version FROM regimen_version WHERE superseded_at IS NULL") == [(3,)]
        assert rows(engine, "SELECT count(*) FROM regimen_version") == [(3,)]
        store.upgrade()
        after = load(store)
        assert after.record == replace(filled.record, clinic=None)
        assert after.regimens == (dosed("300"),)
        assert (after.holds, after.moves) == (filled.holds, filled.moves)
        assert after.administrations == filled.administrations
        assert after.rests == ()
        assert everything(store) == reminders

    def test_versions_can_be_taken_back_one_by_one_afterwards(
        self, engine: Engine, store: Store, filled: StoredPlan
    ) -> None:
        migrate(engine, down_to=FIRST)
        store.upgrade()
        for amount in ("200", "100"):
            with store.transaction() as work:
                assert work.plans.take_back_version("p-1", "octreotide", LATER)
            assert load(store).regimens == (dosed(amount),)

    def test_the_tables_are_those_of_each_revision(
        self, engine: Engine, store: Store, filled: StoredPlan
    ) -> None:
        migrate(engine, down_to=FIRST)
        with engine.connect() as connection:
            tables = engine.dialect.get_table_names(connection)
        assert "rest" not in tables
        store.upgrade()
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_down_to_nothing_and_back_is_an_empty_database(
        self, engine: Engine, store: Store, filled: StoredPlan
    ) -> None:
        migrate(engine, down_to="base")
        store.upgrade()
        with store.reading() as work:
            assert work.patients.count() == 0
