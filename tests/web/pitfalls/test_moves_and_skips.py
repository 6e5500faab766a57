"""A move or a skip changes what programs compare, of its own event and of no other."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.actions import record_dose
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.hold import end_hold, start_hold
from scheduler.actions.plan_change import Occasion
from scheduler.actions.regimen import stop_regimen, take_back_version
from scheduler.dosing.hold import Hold
from scheduler.errors import RefusedError
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    DISCREET,
    PROGRAMS,
    SeenEvent,
    World,
    the_one_at,
)

NEW_YORK = ZoneInfo("America/New_York")
FULL = FeedStyle(privacy=Privacy.FULL)
AT_SEVEN = "20261202T070000"
Change = Callable[[World], object]


STORY: dict[str, Change] = {
    "moved past its neighbour": lambda world: world.move("2026-12-02T16:00"),
    "moved back": World.undo,
    "moved past two": lambda world: world.move("2026-12-03T06:00"),
    "moved from there": lambda world: world.move("2026-12-02T07:30"),
    "moved home": World.undo,
    "skipped": World.skip,
    "not skipped": World.undo,
    "skipped again": World.skip,
    "not skipped after all": World.undo,
}


def test_each_move_and_skip_changes_every_key_of_its_event_and_of_no_other(world: World) -> None:
    programs = [program(world) for program in PROGRAMS]
    before = world.events()
    uid = the_one_at(before, AT_SEVEN).uid
    for program in programs:
        program.sync()
    for change in STORY.values():
        change(world)
        after = world.events()
        old, new = before[uid], after[uid]
        assert new.sequence == old.sequence + 1
        assert new.modified > old.modified
        assert new.stamp == new.modified
        assert new.revision != old.revision
        assert {u: e for u, e in after.items() if u != uid} == {u: e for u, e in before.items() if u != uid}
        for program in programs:
            assert program.sync() == 200
            assert program.shown == after
        before = after
    assert (before[uid].start, before[uid].status, before[uid].rings) == (AT_SEVEN, "CONFIRMED", True)
    assert before[uid].sequence == len(STORY)


def test_a_moved_dose_stands_at_its_new_time_alone(world: World) -> None:
    before = world.events()
    world.move("2026-12-02T16:00")
    after = world.events()
    assert after.keys() == before.keys()
    moved = after[the_one_at(before, AT_SEVEN).uid]
    assert (moved.start, moved.status, moved.rings) == ("20261202T160000", "CONFIRMED", True)
    assert [event for event in after.values() if event.start == AT_SEVEN] == []
    assert [e.start for e in after.values() if e.start.startswith("20261202")] == [
        "20261202T150000",
        "20261202T160000",
        "20261202T230000",
    ]


def test_whatever_happens_an_event_counts_on_exactly_when_it_says_something_else(store: Store) -> None:
    for seed, style in enumerate((DISCREET, DISCREET, FULL)):
        follow_what_happens(World(store, style=style), random.Random(seed))


def follow_what_happens(world: World, chance: random.Random) -> None:
    programs = [program(world) for program in PROGRAMS]
    ever: dict[str, SeenEvent] = {}
    for _ in range(20):
        after = world.events()
        for uid, event in after.items():
            known = ever.get(uid)
            if known is not None:
                assert (event.says != known.says) == (event.sequence > known.sequence)
                assert (event.says != known.says) == (event.modified > known.modified)
                assert event.sequence >= known.sequence
            assert event.stamp == event.modified
        ever |= after
        for program in programs:
            program.sync()
            assert program.shown == after
        something(world, chance)


def something(world: World, chance: random.Random) -> None:
    """What may happen to a plan on a ward, or a night going by."""
    day = (world.moment.astimezone(NEW_YORK) + timedelta(days=chance.randint(-2, 6))).date()
    dose = f"octreotide@{day}/{chance.randint(1, 3)}"
    to = datetime.combine(day, datetime.min.time()) + timedelta(minutes=chance.randrange(1440))
    moment = world.later(chance.choice([0, 1 / 60, 5, 300, 1500]))
    occasion = Occasion(moment=moment)
    last = day + timedelta(days=chance.randint(0, 3))
    withheld = Hold(regimen="octreotide", first=day, last=last, reason="x")
    patient, store = world.patient, world.store
    acts: list[Callable[[], object]] = [
        lambda: record_dose.skip(store, patient, dose, moment, at=None, reason="ill"),
        lambda: record_dose.give(store, patient, dose, moment, at=None, site=None),
        lambda: record_dose.move(store, patient, dose, moment, to=to, reason="visit"),
        lambda: record_dose.undo(store, patient, dose, moment),
        lambda: start_hold(store, patient, withheld, occasion),
        lambda: end_hold(store, patient, "octreotide", occasion, resume_on=None),
        lambda: stop_regimen(store, patient, "octreotide", occasion, at=to, reason="over"),
        lambda: take_back_version(store, patient, "octreotide", occasion),
    ]
    try:
        chance.choice(acts)()
    except RefusedError:
        world.later(1440)
