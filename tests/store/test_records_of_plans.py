"""Plans read with the records from a date on alone, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

from scheduler.actions import record_dose
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store
from tests.support.ward import DEPOT, THRICE_DAILY, admit

BEGIN = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
OLD, ON_THE_DAY, NEW = "octreotide@2026-12-01/2", "octreotide@2026-12-31/3", "octreotide@2027-01-02/1"
NEW_YEARS_EVE = date(2026, 12, 31)


def ward(store: Store, *names: str) -> None:
    for name in names:
        body = (THRICE_DAILY + DEPOT).format(start="2026-12-01")
        admit(store, body, BEGIN, patient_id=name, name=name)
        for dose in (NEW, "lar#1", OLD, ON_THE_DAY):
            record_dose.give(store, name, dose, LATER, at=None, site=None)


def recorded(stored: StoredPlan) -> list[str]:
    return [str(entry.value.dose) for entry in stored.administrations]


def test_records_of_a_grid_before_the_date_are_left_out(store: Store) -> None:
    ward(store, "p-1")
    with store.reading() as work:
        (stored,) = work.plans.load_recent([work.patients.get("p-1")], lambda _: NEW_YEARS_EVE)
    assert recorded(stored) == [NEW, "lar#1", ON_THE_DAY]


def test_each_patient_has_a_date_of_their_own(store: Store) -> None:
    ward(store, "p-1", "p-2", "p-3")
    days = {"p-1": date.min, "p-2": date(2027, 1, 3), "p-3": NEW_YEARS_EVE}
    with store.reading() as work:
        plans = work.plans.load_recent(work.patients.many(list(days)), lambda stored: days[stored.record.id])
    assert [len(stored.administrations) for stored in plans] == [4, 1, 3]


def test_the_date_is_asked_for_with_all_that_is_known_but_the_records(store: Store) -> None:
    ward(store, "p-1")
    asked: list[StoredPlan] = []

    def first_of(stored: StoredPlan) -> date:
        asked.append(stored)
        return date.min

    with store.reading() as work:
        (whole,) = work.plans.load_many([work.patients.get("p-1")])
        (same,) = work.plans.load_recent([work.patients.get("p-1")], first_of)
    assert same == whole
    assert [len(asked[0].regimens), recorded(asked[0])] == [2, []]


def test_a_record_that_was_taken_back_is_not_read(store: Store) -> None:
    ward(store, "p-1")
    record_dose.undo(store, "p-1", NEW, LATER)
    with store.reading() as work:
        (stored,) = work.plans.load_recent([work.patients.get("p-1")], lambda _: date.min)
    assert recorded(stored) == ["lar#1", OLD, ON_THE_DAY]
