"""What is held or stopped rings nowhere, and what was shown is struck out for a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scheduler.actions.feed_contents import FeedStyle
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from tests.support.feed_world import (
    DISCREET,
    World,
    titled,
)

A_DAY = timedelta(days=1)
FULL = FeedStyle(privacy=Privacy.FULL)


def test_after_a_stop_nothing_rings_and_what_was_shown_is_struck_out_without_an_amount(store: Store) -> None:
    for style, title in ((DISCREET, "Reminder"), (FULL, "Octreotide (short-acting)")):
        assert_that_a_stop_strikes_out(World(store, style=style), f"Cancelled: {title}")


def assert_that_a_stop_strikes_out(world: World, title: str) -> None:
    before = world.events()
    world.stop("2026-12-10T12:00")
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        if event.start < "20261210T120000":
            assert event == before[uid]
            continue
        assert (event.status, event.title, event.rings) == ("CANCELLED", title, False)
        assert event.start == before[uid].start
        assert event.sequence == before[uid].sequence + 1
        assert not any(amount in event.says for amount in ("100", "microgram"))


def test_a_dose_that_a_stop_took_out_is_struck_out_for_a_week_after_its_time_and_two_after_the_stop(
    world: World,
) -> None:
    world.get()
    world.stop("2026-12-03T12:00")
    world.get()
    for days in range(1, 17):
        world.moment += A_DAY
        today = date(2026, 12, 1 + days)
        struck = [e for e in world.events().values() if e.status == "CANCELLED"]
        # The stop was told in the course of 1 December.
        assert bool(struck) is (days <= 14)
        if struck:
            first = max(date(2026, 12, 3), today - timedelta(days=7))
            assert struck[0].start[:8] == f"{first:%Y%m%d}"
            assert struck[-1].start[:8] == "20270330"


def test_a_stop_that_is_taken_back_brings_the_same_events_back(world: World) -> None:
    before = world.events()
    world.stop()
    world.get()
    world.take_back_the_stop()
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        assert event.says == before[uid].says
        later = event.start > "20261210T120000"
        assert event.sequence == (2 if later else 0)
        assert (event.modified > before[uid].modified) is later


def test_a_stop_that_is_taken_back_after_its_traces_have_gone_still_counts_on(world: World) -> None:
    before = world.events()
    world.stop("2026-12-03T12:00")
    world.get()
    world.moment += 20 * A_DAY
    assert not any(event.status == "CANCELLED" for event in world.events().values())
    world.take_back_the_stop()
    after = world.events()
    for uid in before.keys() & after.keys():
        if after[uid].start > "20261224":
            assert after[uid].sequence > before[uid].sequence + 1
            assert after[uid].modified > before[uid].modified


def test_a_hold_strikes_its_doses_out_and_tells_why_over_all_its_days(world: World) -> None:
    before = world.events()
    world.hold()
    after = world.events()
    (notice,) = titled(after, "Reminder: on hold")
    assert notice.start == "20261205"
    assert "DTEND;VALUE=DATE:20261210" in notice.says
    assert not notice.rings
    assert after.keys() - before.keys() == {notice.uid}
    for uid, event in before.items():
        if "20261205" <= event.start < "20261210":
            held = after[uid]
            assert (held.status, held.title, held.rings) == ("CANCELLED", "Cancelled: Reminder", False)
            assert (held.start, held.sequence) == (event.start, event.sequence + 1)
        else:
            assert after[uid] == event


def test_ending_a_hold_brings_the_same_events_back_and_takes_the_notice_away(world: World) -> None:
    before = world.events()
    world.hold()
    world.get()
    world.resume()
    after = world.events()
    assert after.keys() == before.keys()
    for uid, event in after.items():
        held = "20261205" <= event.start < "20261210"
        assert (event.status, event.rings) == ("CONFIRMED", True)
        assert event.says == before[uid].says
        assert event.sequence == (2 if held else 0)
        assert (event.modified > before[uid].modified) is held


def test_a_held_dose_is_struck_out_up_to_a_week_after_its_day(world: World) -> None:
    world.hold()
    for day in range(6, 20):
        world.moment = datetime(2026, 12, day, 12, tzinfo=UTC)
        struck = {event.start[:8] for event in world.events().values() if event.status == "CANCELLED"}
        assert struck == {f"202612{held:02}" for held in range(5, 10) if day <= held + 7}


def test_a_hold_until_further_notice_leaves_nothing_that_rings(world: World) -> None:
    world.hold("2026-12-05", None)
    assert {event.start[:8] for event in world.events().values() if event.rings} == {
        f"202612{day:02}" for day in range(1, 5)
    }
