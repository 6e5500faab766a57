"""Times as they are written, held against zoneinfo, and the changes of clocks that they hang on."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.ical.clock_change import ClockChange, changes_between, offset_at
from scheduler.ical.slot import LENGTH, Slots, utc_stamp

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
WHOLE = int((LAST - FIRST).total_seconds())
ZONES = (
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/New_York",
    "America/Santiago",
    "America/Nuuk",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)
ALL_ZONES = sorted(available_timezones() - {"Factory", "localtime"})


@cache
def known_changes(key: str) -> tuple[ClockChange, ...]:
    return tuple(changes_between(ZoneInfo(key), FIRST, LAST))


@st.composite
def moments(draw: st.DrawFn, key: str) -> datetime:
    """Any second of twelve years, or one within hours of a change of clocks."""
    anywhere = st.integers(0, WHOLE).map(lambda seconds: FIRST + timedelta(seconds=seconds))
    changes = known_changes(key)
    if not changes or draw(st.booleans()):
        return draw(anywhere)
    near = st.integers(-3 * 3600, 3 * 3600) | st.sampled_from([-3600, -1800, -900, -1, 0, 1, 900, 1800, 3600])
    return draw(st.sampled_from(changes)).at + timedelta(seconds=draw(near))


def is_shown_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks show at another instant too what they show at ``moment``: by PEP 495."""
    wall = moment.astimezone(zone).replace(tzinfo=None)
    first, second = zone.utcoffset(wall.replace(fold=0)), zone.utcoffset(wall.replace(fold=1))
    assert first is not None
    assert second is not None
    return first > second


@settings(deadline=None, max_examples=400)
@given(st.data(), st.sampled_from(ZONES))
def test_a_slot_is_what_strftime_writes_or_utc_where_clocks_show_it_twice(
    data: st.DataObject, key: str
) -> None:
    zone, starts_at = ZoneInfo(key), data.draw(moments(key))
    ends_at = starts_at + LENGTH
    slot = Slots(zone, starts_at, starts_at).at(starts_at)
    if is_shown_twice(starts_at, zone) or is_shown_twice(ends_at, zone):
        assert (slot.start, slot.end) == (f"{starts_at:%Y%m%dT%H%M%S}Z", f"{ends_at:%Y%m%dT%H%M%S}Z")
        assert (slot.times, slot.zone) == ("UTC", None)
    else:
        walls = [moment.astimezone(zone) for moment in (starts_at, ends_at)]
        assert [slot.start, slot.end] == [f"{wall:%Y%m%dT%H%M%S}" for wall in walls]
        assert (slot.times, slot.zone) == (key, zone)
    assert slot.clock == f"{starts_at.astimezone(zone):%H:%M}"


@settings(deadline=None)
@given(st.data(), st.sampled_from(ZONES))
def test_what_is_written_means_the_instant_again(data: st.DataObject, key: str) -> None:
    zone, starts_at = ZoneInfo(key), data.draw(moments(key))
    slot = Slots(zone, starts_at, starts_at).at(starts_at)
    for text, moment in ((slot.start, starts_at), (slot.end, starts_at + LENGTH)):
        read = datetime.fromisoformat(text)
        assert (read if slot.zone is None else read.replace(tzinfo=zone)) == moment
        assert (slot.zone is None) == text.endswith("Z")


@settings(deadline=None)
@given(st.data(), st.sampled_from(ZONES))
def test_a_slot_is_the_same_whatever_stretch_was_asked_for(data: st.DataObject, key: str) -> None:
    zone, starts_at = ZoneInfo(key), data.draw(moments(key))
    before, after = (timedelta(days=data.draw(st.integers(0, 200))) for _ in range(2))
    alone = Slots(zone, starts_at, starts_at).at(starts_at)
    assert Slots(zone, starts_at - before, starts_at + after).at(starts_at) == alone


@settings(deadline=None)
@given(st.data(), st.sampled_from(ZONES))
def test_slots_are_the_same_in_whatever_order_they_are_asked_for(data: st.DataObject, key: str) -> None:
    zone, asked = ZoneInfo(key), data.draw(st.lists(moments(key), min_size=2, max_size=12))
    together = Slots(zone, min(asked), max(asked))
    assert [together.at(moment) for moment in asked] == [
        Slots(zone, moment, moment).at(moment) for moment in asked
    ]


@pytest.mark.parametrize("key", ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Nuuk"])
def test_every_minute_around_each_change_of_clocks_is_written_right(key: str) -> None:
    zone = ZoneInfo(key)
    for change in known_changes(key)[:3]:
        slots = Slots(zone, change.at - timedelta(days=40), change.at + timedelta(days=40))
        for minutes in range(-150, 150):
            starts_at = change.at + timedelta(minutes=minutes)
            slot = slots.at(starts_at)
            twice = is_shown_twice(starts_at, zone) or is_shown_twice(starts_at + LENGTH, zone)
            assert (slot.times == "UTC") == twice
            read = datetime.fromisoformat(slot.start)
            assert (read if twice else read.replace(tzinfo=zone)) == starts_at


@settings(deadline=None)
@given(st.data(), st.sampled_from(ZONES), st.integers(0, 1440))
def test_what_is_a_day_before_the_first_is_still_right(data: st.DataObject, key: str, minutes: int) -> None:
    zone, moment = ZoneInfo(key), data.draw(moments(key))
    first = moment + timedelta(minutes=minutes)
    assert Slots(zone, first, first).at(moment) == Slots(zone, moment, moment).at(moment)


@pytest.mark.parametrize("key", ["UTC", "Etc/UTC"])
def test_utc_is_written_without_a_zone(key: str) -> None:
    at = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    slot = Slots(ZoneInfo(key), at, at).at(at)
    assert (slot.start, slot.end, slot.clock) == ("20261025T005000Z", "20261025T010500Z", "00:50")
    assert (slot.times, slot.zone) == ("UTC", None)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)), st.sampled_from(ZONES))  # noqa: DTZ001
@example(datetime(2026, 1, 1, 0, 0, 0, 999_999), "Pacific/Apia")  # noqa: DTZ001
def test_a_stamp_is_the_instant_in_utc(wall: datetime, key: str) -> None:
    moment = wall.replace(tzinfo=UTC)
    assert utc_stamp(moment.astimezone(ZoneInfo(key))) == f"{wall:%Y%m%dT%H%M%S}Z"


def by_the_hour(
    zone: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[datetime, timedelta, timedelta]]:
    """The changes of clocks, to the hour they lie in, found by looking at every hour."""
    found, before, moment = [], offset_at(zone, start), start
    while moment < end:
        moment += timedelta(hours=1)
        after = offset_at(zone, moment)
        if after != before:
            found.append((moment, before, after))
        before = after
    return found


@pytest.mark.parametrize("key", [*ZONES[:8], *random.Random(2026).sample(ALL_ZONES, 24)])
def test_no_change_of_clocks_hides_between_two_looks(key: str) -> None:
    """Looked for every six days it is found to the second, as by looking at every hour of twelve years."""
    zone = ZoneInfo(key)
    found = [(_next_hour(c.at), c.before, c.after) for c in known_changes(key)]
    assert found == by_the_hour(zone, FIRST, LAST)
    for change in known_changes(key):
        assert offset_at(zone, change.at) == change.after
        assert offset_at(zone, change.at - timedelta(seconds=1)) == change.before


@pytest.mark.parametrize("later", range(8))
@pytest.mark.parametrize(
    ("key", "year"),
    [("America/Recife", 2000), ("America/Argentina/Tucuman", 2004), ("Africa/Casablanca", 2012)],
)
def test_not_even_the_shortest_stay_at_an_offset_hides_whatever_the_day_of_the_first_look(
    key: str, year: int, later: int
) -> None:
    """Since 2000 it is that of Recife, whose summer time was over an hour before its first week was."""
    zone, start = ZoneInfo(key), datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=later)
    found = list(changes_between(zone, start, start + timedelta(days=355)))
    assert [(_next_hour(c.at), c.before, c.after) for c in found] == by_the_hour(
        zone, start, start + timedelta(days=355)
    )
    assert len(found) >= 2


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0) + timedelta(hours=moment.minute > 0)


@pytest.mark.parametrize("year", [2026, 2031, 2036])
def test_in_no_zone_a_change_of_clocks_hides_between_two_looks(year: int) -> None:
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    for key in ALL_ZONES:
        zone = ZoneInfo(key)
        looks = [offset_at(zone, start + timedelta(days=day)) for day in range((end - start).days + 1)]
        seen = sum(before != after for before, after in pairwise(looks))
        assert seen == len(list(changes_between(zone, start, end)))


def test_the_end_of_a_stretch_counts_and_its_beginning_does_not() -> None:
    zone, at = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert [change.at for change in changes_between(zone, at - second, at)] == [at]
    assert list(changes_between(zone, at, at + timedelta(days=20))) == []
    assert list(changes_between(zone, at - timedelta(days=20), at - second)) == []
    assert list(changes_between(zone, at, at)) == []
