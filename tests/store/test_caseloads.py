"""Caseloads on every database: who is in them, and how a change of anything is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from scheduler.actions.caseload import (
    add_to_caseload,
    create_caseload,
    remove_from_caseload,
    show_caseload,
)
from scheduler.actions.open_doses import NO_DOSES
from scheduler.errors import ConflictError, DosecalError, NotFoundError
from scheduler.store.caseloads import CaseloadMark, CaseloadRecord, Member
from scheduler.store.engine import make_engine
from scheduler.store.unit_of_work import Store, UnitOfWork
from tests.support.waiting_reminders import NOON, ZOE

LATER = NOON + timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def ward(store: Store) -> Store:
    """Patients p-1 to p-4; the caseload ``ward-3`` with p-1 in room 12 and p-2, made and filled at noon."""
    with store.transaction() as work:
        for number in range(1, 5):
            work.patients.add(f"p-{number}", ZOE, NOON)
        work.caseloads.add("ward-3", "Ward 3", BERLIN, NOON)
        work.caseloads.add("night", "Night shift", BERLIN, NOON)
        work.caseloads.add_member("ward-3", "p-2", "", NOON)
        work.caseloads.add_member("ward-3", "p-1", "room 12", NOON)
    return store


def mark(store: Store, caseload_id: str = "ward-3") -> CaseloadMark:
    with store.reading() as work:
        return work.caseloads.mark(caseload_id)


def do(store: Store, act: Callable[[UnitOfWork], object]) -> None:
    with store.transaction() as work:
        act(work)


def revise(work: UnitOfWork, patient_id: str) -> None:
    work.patients.lock(patient_id)
    work.patients.revise(patient_id, LATER)


def test_a_caseload_comes_back_as_it_went_in(store: Store) -> None:
    do(store, lambda work: work.caseloads.add("ward-3", "Ward 3, Süd", BERLIN, NOON))
    # Zones are equal by identity alone, and tests of new tz data empty the cache that makes them one.
    berlin = ZoneInfo(BERLIN.key)
    made = CaseloadRecord(
        id="ward-3", name="Ward 3, Süd", zone=berlin, revision=1, revised_at=NOON, created_at=NOON
    )
    with store.transaction() as work:
        assert work.caseloads.get("ward-3") == work.caseloads.lock("ward-3") == made
        assert work.caseloads.all() == [made]
        assert work.caseloads.members("ward-3") == []
        assert work.caseloads.exists("ward-3")
        assert not work.caseloads.exists("ward-4")


def test_one_id_is_given_once(ward: Store) -> None:
    with pytest.raises(ConflictError):
        do(ward, lambda work: work.caseloads.add("ward-3", "Another", BERLIN, NOON))
    with pytest.raises(ConflictError, match="'ward-3'"):
        create_caseload(ward, "ward-3", "Another", BERLIN, NOON)


def test_a_caseload_that_is_not_there_is_not_found(store: Store) -> None:
    with store.transaction() as work:
        for ask in (work.caseloads.get, work.caseloads.lock, work.caseloads.mark, work.caseloads.remove):
            with pytest.raises(NotFoundError, match="'ward-9'"):
                ask("ward-9")
        with pytest.raises(NotFoundError, match="'ward-9'"):
            work.caseloads.add_member("ward-9", "p-1", "", NOON)
        with pytest.raises(NotFoundError, match="'ward-9'"):
            work.caseloads.remove_member("ward-9", "p-1", NOON)


def test_members_come_in_order_of_their_ids_and_are_counted(ward: Store) -> None:
    with ward.reading() as work:
        assert work.caseloads.members("ward-3") == [
            Member(patient_id="p-1", place="room 12"),
            Member(patient_id="p-2", place=""),
        ]
        assert [record.id for record in work.caseloads.all()] == ["night", "ward-3"]
        assert work.caseloads.sizes() == {"ward-3": 2}
        assert [record.id for record in work.patients.many(["p-2", "p-9", "p-1"])] == ["p-1", "p-2"]


def test_a_patient_may_be_in_several_caseloads(ward: Store) -> None:
    do(ward, lambda work: work.caseloads.add_member("night", "p-1", "", NOON))
    with ward.reading() as work:
        assert [record.id for record in work.caseloads.of_patient("p-1")] == ["night", "ward-3"]
        assert [record.id for record in work.caseloads.of_patient("p-2")] == ["ward-3"]
        assert work.caseloads.of_patient("p-3") == []


def test_a_stranger_cannot_be_added_nor_taken_out(ward: Store) -> None:
    with pytest.raises(ConflictError):
        do(ward, lambda work: work.caseloads.add_member("ward-3", "p-9", "", NOON))
    with pytest.raises(NotFoundError, match="'p-3'"):
        do(ward, lambda work: work.caseloads.remove_member("ward-3", "p-3", NOON))
    assert mark(ward).members == 2


def test_the_mark_tells_the_revisions_of_all_and_the_latest_change(ward: Store) -> None:
    assert mark(ward, "night") == CaseloadMark(revision=1, members=0, patient_revisions=0, revised_at=NOON)
    before = mark(ward)
    assert (before.revision, before.members, before.patient_revisions) == (3, 2, 2)
    do(ward, lambda work: revise(work, "p-2"))
    after = mark(ward)
    assert (after.revision, after.members, after.patient_revisions) == (3, 2, 3)
    assert after.revised_at == LATER


CHANGES: dict[str, Callable[[UnitOfWork], object]] = {
    "a patient's plan changes": lambda work: revise(work, "p-1"),
    "one comes": lambda work: work.caseloads.add_member("ward-3", "p-3", "", NOON),
    "one goes": lambda work: work.caseloads.remove_member("ward-3", "p-2", NOON),
    "one moves": lambda work: work.caseloads.add_member("ward-3", "p-1", "room 14", NOON),
    "one is deleted": lambda work: work.patients.remove("p-2"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen_by_the_mark_and_is_later_than_the_one_before(
    ward: Store, change: Callable[[UnitOfWork], object]
) -> None:
    before = mark(ward)
    do(ward, change)
    after = mark(ward)
    assert after != before
    assert (after.revision, after.members, after.patient_revisions) != (
        before.revision,
        before.members,
        before.patient_revisions,
    )
    assert after.revised_at >= before.revised_at + A_SECOND


@pytest.mark.parametrize(
    "change",
    [
        lambda work: revise(work, "p-3"),
        lambda work: work.patients.remove("p-3"),
        lambda work: work.caseloads.add_member("ward-3", "p-1", "room 12", LATER),
        lambda work: work.caseloads.add_member("night", "p-1", "room 12", LATER),
    ],
    ids=["another patient's plan", "another patient is deleted", "the same place", "another caseload"],
)
def test_what_changes_nothing_leaves_the_mark(ward: Store, change: Callable[[UnitOfWork], object]) -> None:
    before = mark(ward)
    do(ward, change)
    assert mark(ward) == before


def test_one_patient_in_the_place_of_another_with_as_many_revisions_is_seen(ward: Store) -> None:
    before = mark(ward)
    do(ward, lambda work: work.patients.remove("p-2"))
    do(ward, lambda work: work.caseloads.add_member("ward-3", "p-3", "", NOON))
    after = mark(ward)
    assert (after.members, after.patient_revisions) == (before.members, before.patient_revisions)
    assert after.revision == before.revision + 2


def test_a_patient_deleted_and_made_anew_under_the_same_id_is_seen(ward: Store) -> None:
    before = mark(ward)

    def again(work: UnitOfWork) -> None:
        work.patients.remove("p-2")
        work.patients.add("p-2", ZOE, NOON)
        work.caseloads.add_member("ward-3", "p-2", "", NOON)

    do(ward, again)
    assert mark(ward) != before


def test_the_latest_change_never_goes_back_when_who_made_it_leaves(ward: Store) -> None:
    do(ward, lambda work: revise(work, "p-2"))
    do(ward, lambda work: work.caseloads.remove_member("ward-3", "p-2", NOON - timedelta(days=1)))
    gone = mark(ward)
    assert gone.revised_at == LATER + A_SECOND
    do(ward, lambda work: revise(work, "p-1"))
    do(ward, lambda work: work.patients.remove("p-1"))
    assert mark(ward).revised_at == gone.revised_at + A_SECOND


def test_a_deleted_patient_is_in_no_caseload(ward: Store) -> None:
    do(ward, lambda work: work.caseloads.add_member("night", "p-1", "", NOON))
    do(ward, lambda work: work.patients.remove("p-1"))
    assert (mark(ward).revision, mark(ward).members) == (4, 1)
    assert (mark(ward, "night").revision, mark(ward, "night").members) == (3, 0)


def test_a_deleted_caseload_takes_its_members_and_feeds_and_no_patient(
    ward: Store, database_url: str
) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        feed = "('abcd2345', 'ward-3', 'nurse', '', 'initials', '', '', :secret, 0)"
        columns = "key_id, caseload_id, audience, label, privacy, alias, lead_tasks, secret_hash, issued_at"
        connection.execute(text(f"INSERT INTO feed ({columns}) VALUES {feed}"), {"secret": bytes(32)})
    do(ward, lambda work: work.caseloads.remove("ward-3"))
    with engine.connect() as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("caseload", "caseload_member", "feed", "patient")
        ]
    engine.dispose()
    assert counts == [1, 0, 0, 4]


def test_a_patient_for_whom_nothing_is_ordered_has_nothing_to_wait_for(ward: Store) -> None:
    shown = show_caseload(ward, "ward-3", LATER)
    assert [(p.record.id, p.place, p.doses) for p in shown.patients] == [
        ("p-1", "room 12", NO_DOSES),
        ("p-2", "", NO_DOSES),
    ]


def test_changes_made_at_once_are_all_counted(ward: Store) -> None:
    def come_and_go(number: int) -> None:
        for _ in range(10):
            add_to_caseload(ward, "ward-3", [f"p-{number}"], None, LATER)
            remove_from_caseload(ward, "ward-3", [f"p-{number}"], LATER)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, (1, 2, 3, 4)))
    # p-1 and p-2 were in it already, so that each of them came once less
    assert (mark(ward).revision, mark(ward).members) == (3 + 80 - 2, 0)


def test_a_patient_deleted_just_as_they_come_is_counted_twice(ward: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        with ward.transaction() as work:
            work.caseloads.add_member("ward-3", "p-3", "", LATER)
            deleted = pool.submit(do, ward, lambda work: work.patients.remove("p-3"))
            time.sleep(0.2)  # it waits, or would go ahead and miss what is not committed yet
        deleted.result()
    assert (mark(ward).revision, mark(ward).members) == (5, 2)


def test_who_is_deleted_while_being_added_is_in_no_caseload_and_nobody_waits_for_ever(ward: Store) -> None:
    def add(number: int) -> type[DosecalError] | None:
        try:
            add_to_caseload(ward, "ward-3", ["p-4", "p-3"], f"room {number}", LATER)
        except DosecalError as error:
            return type(error)
        return None

    def delete(patient_id: str) -> None:
        do(ward, lambda work: work.patients.remove(patient_id))

    with ThreadPoolExecutor(6) as pool:
        added = [pool.submit(add, number) for number in range(4)]
        deleted = [pool.submit(delete, patient_id) for patient_id in ("p-3", "p-4")]
        outcomes = {future.result() for future in added}
        for future in deleted:
            future.result()
    assert outcomes <= {None, NotFoundError}
    assert mark(ward).members == 2
