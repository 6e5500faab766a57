"""A calendar that changed is never answered with 304, and one that did not always."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scheduler.actions import record_dose
from scheduler.actions.caseload import add_to_caseload
from scheduler.actions.patient import remove_patient
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    Ward,
    World,
)

A_DAY = timedelta(days=1)
FAR_OFF = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"
      [[regimen.phase]]
      dose = "100 ug"
      times = ["07:00"]
      start = 2027-02-01
      doses = 1
"""
Change = Callable[[World], object]


CHANGES: dict[str, Change] = {
    "a dose is given": World.give_the_first_dose,
    "a dose is skipped": World.skip,
    "a dose is moved": lambda world: world.move("2026-12-02T09:00"),
    "doses are held": World.hold,
    "a regimen is stopped": World.stop,
}


def assert_that_nobody_is_told_304(world: World, change: Change, path: str = "") -> None:
    before = world.get(path=path).headers
    change(world)
    tag, since = {"if-none-match": before["etag"]}, {"if-modified-since": before["last-modified"]}
    for condition in (tag, since, {**tag, **since}):
        assert world.get(condition, path=path).status_code == 200
    after = world.get(path=path).headers
    assert after["etag"] != before["etag"]
    assert http_time(after["last-modified"]) > http_time(before["last-modified"])


def http_time(text: str) -> datetime:
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def test_no_change_is_answered_with_304(store: Store) -> None:
    for change in CHANGES.values():
        assert_that_nobody_is_told_304(World(store), change)


def test_a_patient_who_leaves_a_caseload_is_no_304(store: Store) -> None:
    ward = Ward(store)
    assert_that_nobody_is_told_304(ward.world, lambda _: ward.remove("b"), ward.path)


def test_a_change_of_one_patients_plan_or_place_is_no_304_for_their_caseload(store: Store) -> None:
    ward = Ward(store)

    def give(_: World) -> None:
        moment = ward.world.later(600)
        record_dose.give(store, ward.patients["b"], "lar#1", moment, at=None, site=None)

    def move_to_room_9(_: World) -> None:
        add_to_caseload(store, "ward", [ward.patients["b"]], "room 9", ward.world.later())

    for change in (give, move_to_room_9):
        assert_that_nobody_is_told_304(ward.world, change, ward.path)


def test_a_patient_of_a_caseload_who_is_deleted_is_no_304(store: Store) -> None:
    ward = Ward(store)
    assert_that_nobody_is_told_304(ward.world, lambda _: remove_patient(store, ward.patients["b"]), ward.path)


def test_an_event_that_goes_as_the_days_pass_and_leaves_all_else_as_it_was_is_no_304(store: Store) -> None:
    soon = FAR_OFF.replace('"octreotide"', '"soon"').replace("2027-02-01", "2026-12-02")
    world = World(store, FAR_OFF + soon)
    record_dose.skip(store, world.patient, "soon@2026-12-02/1", world.later(), at=None, reason="ill")
    world.moment += 8 * A_DAY
    (gone, left), before = world.events().values(), world.get().headers
    assert gone.status == "CANCELLED"

    def a_night_goes_by(_: World) -> None:
        world.moment += A_DAY
        assert list(world.events().values()) == [left]

    assert_that_nobody_is_told_304(world, a_night_goes_by)
    assert world.get({"if-none-match": before["etag"]}).headers["last-modified"].startswith("Thu, 10 Dec")


def test_two_changes_of_one_second_are_two(world: World) -> None:
    assert_that_nobody_is_told_304(world, World.skip)
    world.moment -= timedelta(minutes=5)
    assert_that_nobody_is_told_304(world, World.undo)


def test_what_changes_nothing_that_is_shown_moves_neither_validator(world: World) -> None:
    before = world.get()
    world.hold("2028-01-01", "2028-02-01")
    after = world.get()
    assert after.content == before.content
    for name in ("etag", "last-modified"):
        assert after.headers[name] == before.headers[name]
    assert world.get({"if-modified-since": before.headers["last-modified"]}).status_code == 304


def test_a_day_that_changes_nothing_moves_neither_validator(store: Store) -> None:
    world = World(store, FAR_OFF)
    before = world.get()
    for _ in range(20):
        world.moment += A_DAY
        after = world.get()
        assert after.content == before.content
        for name in ("etag", "last-modified"):
            assert after.headers[name] == before.headers[name]
