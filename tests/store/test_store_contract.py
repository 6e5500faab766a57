"""What every database behind the store has to do alike."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.errors import ConflictError, DosecalError, InputError, NotFoundError, UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.public_holidays import PublicHolidays
from scheduler.store.engine import make_engine
from scheduler.store.feeds import FeedRecord
from scheduler.store.plan_entries import Entry
from scheduler.store.plans import Origin
from scheduler.store.unit_of_work import Store, UnitOfWork
from tests.support.waiting_reminders import (
    NOON,
    ZOE,
    add_patient_with_recipient,
    claim,
    planned,
    queue,
)
from tests.support.ward import THRICE_DAILY, admit, remind

LATER = NOON + timedelta(hours=1)
DOSE = GridId(regimen="octreotide", on=date(2026, 12, 1), slot=1)
WALL = datetime(2026, 12, 1, 7, 5)  # noqa: DTZ001
THRICE = THRICE_DAILY.format(start="2026-12-01")
SURGERY = Surgery(on=date(2027, 1, 5))
SUPPLY = Supply(regimen="octreotide", label="lot 7", out_at=WALL, back_at=datetime(2026, 12, 1, 9))  # noqa: DTZ001
CONFIRMATION = Confirmation(regimen="octreotide", code="sc-freq", reason="ordered")
REST = SiteRest(site="thigh-left", first=date(2026, 12, 1), last=None, reason="lump")
SECRETS = ("Zoe", "Marsh", "example.org", "vomiting")


def given(reason: str = "") -> Administration:
    return Administration(
        dose=DOSE, status=AdministrationStatus.GIVEN, at=WALL, site="abdomen-left", reason=reason
    )


def feed(key_id: str = "abcd2345", patient_id: str = "p-1") -> FeedRecord:
    return FeedRecord(
        key_id=key_id,
        patient_id=patient_id,
        caseload_id=None,
        audience="patient",
        label="phone",
        privacy="discreet",
        alias="Reminder",
        lead_tasks=("food", "order=7"),
        secret_hash=bytes(range(32)),
        issued_at=NOON,
    )


def in_two_threads(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """What both return, or the dosecal error they raise, when they start at one moment."""
    start = threading.Barrier(2)

    def run(action: Callable[[], object]) -> object:
        start.wait()
        try:
            return action()
        except DosecalError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, [first, second]))


class TestPatients:
    def test_a_patient_comes_back_as_they_went_in(self, store: Store) -> None:
        add_patient_with_recipient(store)
        with store.reading() as work:
            record = work.patients.get("p-1")
            assert work.patients.exists("p-1")
            assert not work.patients.exists("p-2")
        assert (record.patient, record.revision) == (ZOE, 1)
        assert record.created_at == record.revised_at == NOON

    def test_a_patient_who_is_not_there_is_not_found(self, store: Store) -> None:
        with store.transaction() as work:
            for ask in (work.patients.get, work.patients.lock, work.patients.remove):
                with pytest.raises(NotFoundError, match="'p-9'"):
                    ask("p-9")

    def test_pages_follow_each_other_by_id(self, store: Store) -> None:
        with store.transaction() as work:
            for number in (3, 1, 2):
                work.patients.add(f"p-{number}", ZOE, NOON)
            assert [record.id for record in work.patients.page("", 2)] == ["p-1", "p-2"]
            assert [record.id for record in work.patients.page("p-2", 2)] == ["p-3"]
            assert work.patients.ids("p-1", 5) == ["p-2", "p-3"]
            assert [r.id for r in work.patients.lock_many(["p-3", "p-1", "p-9"])] == ["p-1", "p-3"]
            assert work.patients.count() == 3

    def test_revisions_counted_at_once_are_all_counted(self, store: Store) -> None:
        add_patient_with_recipient(store)

        def revise_often(_: int) -> None:
            for _ in range(50):
                with store.transaction() as work:
                    work.patients.lock("p-1")
                    work.patients.revise("p-1", NOON)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(revise_often, range(4)))
        with store.reading() as work:
            assert work.patients.get("p-1").revision == 201

    def test_a_revision_never_goes_back_in_time(self, store: Store) -> None:
        add_patient_with_recipient(store)
        with store.transaction() as work:
            work.patients.revise("p-1", NOON - timedelta(hours=1))
            assert work.patients.get("p-1").revised_at > NOON

    def test_removing_a_patient_takes_everything_of_theirs_and_nothing_of_others(
        self, store: Store, database_url: str
    ) -> None:
        for number in (1, 2):
            admit(store, THRICE, NOON, patient_id=f"p-{number}", name=f"Patient {number}")
            remind(store, f"p-{number}", NOON)
            with store.transaction() as work:
                work.feeds.add(feed(f"feed{number}", f"p-{number}"))
                work.plans.add(f"p-{number}", given(), Origin.RECORDED, NOON)
                move = Move(dose=DOSE, to=WALL, reason="")
                work.plans.add(f"p-{number}", move, Origin.RECORDED, NOON)
                hold = Hold(regimen="octreotide", first=DOSE.on, last=None, reason="")
                work.plans.add(f"p-{number}", hold, Origin.RECORDED, NOON)
                for entry in (REST, SURGERY, SUPPLY, CONFIRMATION):
                    work.plans.add(f"p-{number}", entry, Origin.RECORDED, NOON)
        claim(store, moment=NOON + timedelta(days=1))
        before = _rows(database_url)
        with store.transaction() as work:
            work.patients.remove("p-1")
        after = _rows(database_url)
        assert all(count > 0 for count in before.values()), before
        assert {table: 2 * count for table, count in after.items()} == before


class TestPlans:
    def test_what_is_taken_back_is_gone_from_the_plan_and_stays_in_history(
        self, store: Store, database_url: str
    ) -> None:
        patient = admit(store, THRICE, NOON)
        with store.transaction() as work:
            work.plans.add(patient, given(), Origin.RECORDED, NOON)
            (entry,) = work.plans.load(work.patients.get(patient)).administrations
            assert (entry.value, entry.origin) == (given(), Origin.RECORDED)
            work.plans.retract(entry, LATER)
            assert work.plans.load(work.patients.get(patient)).administrations == ()
            work.plans.add(patient, given(), Origin.RECORDED, LATER)
        assert _rows(database_url)["administration"] == 2

    def test_one_dose_has_one_administration(self, store: Store) -> None:
        patient = admit(store, THRICE, NOON)
        with store.transaction() as work:
            work.plans.add(patient, given(), Origin.RECORDED, NOON)
        with pytest.raises(ConflictError), store.transaction() as work:
            work.plans.add(patient, given(), Origin.FILE, NOON)

    def test_of_two_who_record_one_dose_at_once_one_is_told(self, store: Store) -> None:
        patient = admit(store, THRICE, NOON)

        def record() -> str:
            with store.transaction() as work:
                work.plans.add(patient, given(), Origin.RECORDED, NOON)
            return "recorded"

        outcomes = in_two_threads(record, record)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "str"]


class TestEntries:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("rests", replace(REST, last=None)),
            ("rests", replace(REST, last=date(2026, 12, 20))),
            ("surgeries", SURGERY),
            ("surgeries", replace(SURGERY, dental=True)),
            ("supplies", SUPPLY),
            ("supplies", Supply(regimen="octreotide", label="pen 2", opened_at=WALL)),
            ("confirmations", CONFIRMATION),
        ],
    )
    def test_each_comes_back_as_it_went_in_and_is_taken_back(
        self, store: Store, name: str, value: Entry
    ) -> None:
        patient = admit(store, THRICE, NOON)
        with store.transaction() as work:
            work.plans.add(patient, value, Origin.FILE, NOON)
            stored = work.plans.load(work.patients.get(patient))
            (entry,) = getattr(stored, name)
            assert (entry.value, entry.origin, getattr(stored.plan, name)) == (value, Origin.FILE, (value,))
            assert stored.entries == (entry,)
            assert work.plans.taken_back_from_file(patient) == frozenset()
            work.plans.retract(entry, LATER)
            assert work.plans.load(work.patients.get(patient)).entries == ()
            taken_back = work.plans.taken_back_from_file(patient)
            assert taken_back == ({value} if isinstance(value, SiteRest) else frozenset())


class TestClinics:
    @pytest.mark.parametrize(
        "clinic",
        [
            None,
            Clinic(open_on=(Weekday.MONDAY, Weekday.THURSDAY)),
            Clinic(
                open_on=tuple(Weekday),
                holidays=PublicHolidays.parse("DE-BY"),
                closures=(date(2026, 12, 28), date(2027, 1, 4)),
            ),
        ],
    )
    def test_the_days_of_a_clinic_come_back_as_they_went_in(
        self, store: Store, clinic: Clinic | None
    ) -> None:
        with store.transaction() as work:
            work.patients.add("p-1", ZOE, NOON, clinic)
        with store.reading() as work:
            record = work.patients.get("p-1")
            assert record.clinic == clinic
            assert work.plans.load(record).record.clinic == clinic

    def test_they_change_with_the_patient(self, store: Store) -> None:
        clinic = Clinic(open_on=(Weekday.MONDAY,))
        add_patient_with_recipient(store)
        with store.transaction() as work:
            work.patients.change("p-1", ZOE, clinic)
            assert work.patients.get("p-1").clinic == clinic
            work.patients.change("p-1", ZOE, None)
            assert work.patients.get("p-1").clinic is None


class TestFeedsRecipientsNodes:
    def test_a_feed_comes_back_and_is_revoked_once(self, store: Store) -> None:
        add_patient_with_recipient(store)
        with store.transaction() as work:
            work.feeds.add(feed())
            assert work.feeds.find("abcd2345") == feed()
            assert work.feeds.find("other") is None
            work.feeds.used("abcd2345", date(2026, 12, 1), "Google")
            work.feeds.revoke("abcd2345", LATER)
            work.feeds.revoke("abcd2345", LATER + timedelta(days=1))
            (found,) = work.feeds.of("p-1")
            with pytest.raises(NotFoundError):
                work.feeds.revoke("other", LATER)
        assert found.revoked_at == LATER
        assert (found.last_used_on, found.last_used_by) == (date(2026, 12, 1), "Google")

    def test_one_address_is_reminded_once_until_it_is_removed(self, store: Store) -> None:
        add_patient_with_recipient(store)
        with store.reading() as work:
            recipient = work.recipients.get("r-1")
        with pytest.raises(ConflictError):
            add_patient_with_recipient(store)
        with store.transaction() as work:
            work.recipients.remove("r-1", LATER)
            assert work.recipients.of(["p-1"]) == {}
            assert work.recipients.of_all() == []
            with pytest.raises(NotFoundError):
                work.recipients.get("r-1")
        assert recipient.address == "r-1@example.org"

    def test_each_start_of_a_daemon_is_a_new_epoch(self, store: Store) -> None:
        with store.transaction() as work:
            assert [work.nodes.start("ward", NOON) for _ in range(3)] == [1, 2, 3]
            assert work.nodes.start("night", NOON) == 1
            work.nodes.beat("ward", LATER)


class TestTransactions:
    def test_what_fails_half_way_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(NotFoundError):
            _add_and_fail(store.transaction)
        with store.reading() as work:
            assert work.patients.count() == 0

    def test_what_is_written_while_reading_is_thrown_away(self, store: Store) -> None:
        with store.reading() as work:
            work.patients.add("p-1", ZOE, NOON)
            assert work.patients.exists("p-1")
        with store.reading() as work:
            assert not work.patients.exists("p-1")

    def test_a_rehearsal_sees_what_it_writes_and_leaves_nothing(self, store: Store) -> None:
        with store.rehearsal() as work:
            work.patients.add("p-1", ZOE, NOON)
            work.patients.lock("p-1")
            work.patients.revise("p-1", LATER)
            assert work.patients.get("p-1").revision == 2
        with store.reading() as work:
            assert not work.patients.exists("p-1")

    def test_a_rehearsal_that_fails_leaves_nothing_and_tells_its_error(self, store: Store) -> None:
        with pytest.raises(NotFoundError):
            _add_and_fail(store.rehearsal)
        with pytest.raises(ConflictError):
            _add_twice(store.rehearsal)
        with store.transaction() as work:
            assert work.patients.count() == 0
            work.patients.add("p-1", ZOE, NOON)

    def test_a_rehearsal_waits_for_who_has_the_patient(self, store: Store) -> None:
        add_patient_with_recipient(store)

        def revise(context: Callable[[], AbstractContextManager[UnitOfWork]]) -> None:
            for _ in range(20):
                with context() as work:
                    work.patients.lock("p-1")
                    work.patients.revise("p-1", NOON)

        in_two_threads(lambda: revise(store.transaction), lambda: revise(store.rehearsal))
        with store.reading() as work:
            assert work.patients.get("p-1").revision == 21

    @pytest.mark.parametrize(
        "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
    )
    def test_reading_is_a_view_of_one_moment(self, store: Store) -> None:
        with store.reading() as work:
            assert work.patients.count() == 0
            add_patient_with_recipient(store)
            assert work.patients.count() == 0


class TestErrors:
    @pytest.mark.parametrize(
        "offend",
        [
            lambda work: work.plans.add("p-9", given("vomiting"), Origin.RECORDED, NOON),
            lambda work: work.patients.add("p-1", ZOE, NOON),
            lambda work: work.recipients.add(work.recipients.get("r-1")),
        ],
        ids=["an unknown patient", "an id twice", "an address twice"],
    )
    def test_no_conflict_tells_what_was_to_be_written(
        self, store: Store, offend: Callable[[UnitOfWork], None]
    ) -> None:
        add_patient_with_recipient(store)
        with pytest.raises(ConflictError) as caught, store.transaction() as work:
            offend(work)
        _tells_nothing(caught.value)

    def test_no_fault_of_the_database_tells_what_was_to_be_written(
        self, store: Store, database_url: str
    ) -> None:
        engine = make_engine(database_url)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE patient RENAME TO elsewhere"))
        with pytest.raises((UnreachableError, DBAPIError)) as caught, store.transaction() as work:
            work.patients.add("p-1", ZOE, NOON)
        _tells_nothing(caught.value)
        engine.dispose()

    @pytest.mark.parametrize(
        "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
    )
    @pytest.mark.parametrize("reason", ["vomiting " * 40, "vomiting\0"], ids=["too long", "a null character"])
    def test_a_text_that_has_no_place_is_the_writers_mistake_and_not_told(
        self, store: Store, reason: str
    ) -> None:
        patient = admit(store, THRICE, NOON)
        with pytest.raises(InputError) as caught, store.transaction() as work:
            work.plans.add(patient, given(reason), Origin.RECORDED, NOON)
        _tells_nothing(caught.value)

    def test_a_database_that_is_not_there_is_unreachable(self) -> None:
        store = Store("postgresql://nobody@127.0.0.1:1/none", load_formulary())
        with pytest.raises(UnreachableError), store.reading():
            pass
        with pytest.raises(UnreachableError):
            store.hold_lock("daemon/ward")
        store.close()


def test_a_name_is_locked_once_and_free_again_when_closed(store: Store) -> None:
    if store.file is not None:
        return  # SQLite has a lock file instead
    first = store.hold_lock("daemon/ward")
    assert first is not None
    assert store.hold_lock("daemon/ward") is None
    other = store.hold_lock("daemon/night")
    assert other is not None
    first.close()
    again = store.hold_lock("daemon/ward")
    assert again is not None
    again.close()
    other.close()


def test_a_reminder_outlives_a_claim_that_was_rolled_back(store: Store) -> None:
    add_patient_with_recipient(store)
    queue(store, planned(1))
    with store.reading() as work:
        assert len(work.reminders.claim("ward@1", NOON, LATER, 10)) == 1
    assert len(claim(store)) == 1


def _add_and_fail(begin: Callable[[], AbstractContextManager[UnitOfWork]]) -> None:
    with begin() as work:
        work.patients.add("p-1", ZOE, NOON)
        work.patients.get("p-2")


def _add_twice(begin: Callable[[], AbstractContextManager[UnitOfWork]]) -> None:
    with begin() as work:
        work.patients.add("p-1", ZOE, NOON)
        work.patients.add("p-1", ZOE, NOON)


def _tells_nothing(error: BaseException) -> None:
    told = "".join(traceback.format_exception(error))
    shown = [
        line for line in told.splitlines() if not line.startswith("    ")
    ]  # without the test's own source
    for secret in SECRETS:
        assert secret not in str(error)
        assert not any(secret in line for line in shown), shown


def _rows(database_url: str) -> dict[str, int]:
    tables = (
        "patient",
        "regimen_version",
        "hold",
        "rest",
        "surgery",
        "supply",
        "confirmation",
        "move",
        "administration",
        "feed",
        "recipient",
        "reminder",
        "attempt",
    )
    engine = make_engine(database_url)
    with engine.connect() as connection:
        counts = {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables}
    engine.dispose()
    return counts
