"""VTIMEZONE blocks against zoneinfo, read by dateutil, which knows nothing of how they were made."""

from __future__ import annotations

import io
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from scheduler.ical import timezone_block as module
from scheduler.ical.clock_change import changes_between
from scheduler.ical.posix_rule import parse_footer

A_FEED = timedelta(days=134)
THE_LONGEST_FEED = timedelta(days=414)
ZONES = sorted(zoneinfo.available_timezones())
PECULIAR = {
    "Australia/Lord_Howe": "half an hour of summer time",
    "Africa/Casablanca": "a rule that Ramadan breaks",
    "Europe/Dublin": "summer time that is standard, and a negative winter time",
    "America/Vancouver": "the last change of its clocks in 2026",
    "America/Havana": "changes at midnight",
    "Pacific/Apia": "thirteen hours ahead, without summer time since 2021",
    "Asia/Kathmandu": "a quarter of an hour",
    "Asia/Jerusalem": "a Friday before a Sunday",
    "Asia/Gaza": "times past midnight",
    "America/Santiago": "24 o'clock",
    "America/Nuuk": "an hour before midnight",
    "Africa/Cairo": "the end of a Thursday",
    "Antarctica/Troll": "two hours of summer time",
    "America/St_Johns": "half an hour behind",
}


def timezone_block(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """The block as icalendar reads it."""
    read = Timezone.from_ical(module.timezone_block(zone, first, last))
    assert isinstance(read, Timezone)
    return read


def read_by_dateutil(block: Timezone) -> tz.tzical:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//test//EN")
    calendar.add_component(block)
    return tz.tzical(io.StringIO(calendar.to_ical().decode().replace("\r\n", "\n")))


def faults(key: str, first: datetime, length: timedelta) -> list[str]:
    """The wall times of a feed that dateutil, given the block alone, takes for another instant."""
    zone = ZoneInfo(key)
    block = timezone_block(zone, first, first + length)
    read = read_by_dateutil(block).get(key)
    walls = (moment.astimezone(zone) for moment in telling_moments(zone, first, length))
    return [
        wall.isoformat()
        for wall in walls
        if not shown_twice(wall) and wall.replace(tzinfo=read).utcoffset() != wall.utcoffset()
    ]


def telling_moments(zone: ZoneInfo, first: datetime, length: timedelta) -> Iterator[datetime]:
    for days in range(0, length.days + 1, 9):
        yield first + timedelta(days=days, hours=days % 24)
    for change in changes_between(zone, first, first + length):
        for minutes in (-1500, -181, -61, -1, 0, 1, 61, 181, 1500):
            moment = change.at + timedelta(minutes=minutes)
            if first <= moment <= first + length:
                yield moment


def shown_twice(wall: datetime) -> bool:
    return wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset()


@pytest.mark.parametrize("month", [2, 8, 11])
def test_a_feed_of_2026_in_any_zone_means_the_same_instants_as_zoneinfo(month: int) -> None:
    first = datetime(2026, month, 1, 12, tzinfo=UTC)
    assert {key: found for key in ZONES if (found := faults(key, first, A_FEED))} == {}


@pytest.mark.parametrize("key", PECULIAR, ids=lambda key: f"{key}: {PECULIAR[key]}")
def test_the_longest_feed_in_a_peculiar_zone_means_the_same_instants_as_zoneinfo(key: str) -> None:
    for year in range(2026, 2037):
        assert faults(key, datetime(year, 1, 1, tzinfo=UTC), THE_LONGEST_FEED) == []


@settings(deadline=None)
@given(
    key=st.sampled_from(ZONES),
    first=st.datetimes(datetime(2025, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.integers(0, 414),
)
def test_any_feed_in_any_zone_means_the_same_instants_as_zoneinfo(
    key: str, first: datetime, days: int
) -> None:
    assert faults(key, first, timedelta(days=days)) == []


@pytest.mark.parametrize("year", [2026, 2031])
def test_the_block_of_every_zone_is_what_icalendar_would_write(year: int) -> None:
    for key in ZONES:
        written = module.timezone_block(ZoneInfo(key), *a_feed_from(year, 2))
        again: bytes = Timezone.from_ical(written).to_ical(sorted=False)
        assert again.decode() == written


def test_an_offset_with_seconds_is_written_with_them() -> None:
    before = datetime(1936, 1, 10, tzinfo=UTC)
    assert "\r\nTZOFFSETTO:-004430\r\n" in module.timezone_block(ZoneInfo("Africa/Monrovia"), before, before)


def test_a_zone_that_follows_its_rule_is_told_by_the_rule() -> None:
    block = timezone_block(ZoneInfo("Europe/Berlin"), *a_feed_from(2026, 10))
    assert [line for line in block.to_ical().decode().splitlines() if line.startswith("RRULE")] == [
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    ]


def test_a_rule_gives_the_same_block_every_year() -> None:
    this_year = timezone_block(ZoneInfo("America/New_York"), *a_feed_from(2026, 10))
    in_ten_years = timezone_block(ZoneInfo("America/New_York"), *a_feed_from(2036, 2))
    assert this_year.to_ical() == in_ten_years.to_ical()


def test_no_block_of_any_zone_has_rdate() -> None:
    blocks = [timezone_block(ZoneInfo(key), *a_feed_from(2026, 2)) for key in ZONES]
    assert not [block["TZID"] for block in blocks if b"RDATE" in block.to_ical()]


@pytest.mark.parametrize("key", ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Europe/Dublin"])
def test_every_rule_names_a_weekday_and_begins_on_a_date_of_its_own(key: str) -> None:
    block = timezone_block(ZoneInfo(key), *a_feed_from(2028, 10))
    for observance in block.subcomponents:
        begins = observance.decoded("DTSTART")
        rule = observance.decoded("RRULE").to_ical().decode()
        assert begins.tzinfo is None
        assert "BYDAY" in rule
        assert rrulestr(rule, dtstart=begins)[0] == begins


@pytest.mark.parametrize("key", ["Asia/Kathmandu", "Pacific/Apia", "Etc/GMT+5", "Africa/Casablanca"])
def test_a_zone_without_changes_is_one_standard_time(key: str) -> None:
    block = timezone_block(ZoneInfo(key), *a_feed_from(2026, 10))
    (only,) = block.subcomponents
    assert only.name == "STANDARD"
    assert only.decoded("TZOFFSETFROM") == only.decoded("TZOFFSETTO")


def test_the_last_change_of_a_zone_is_told_by_itself() -> None:
    block = timezone_block(ZoneInfo("America/Vancouver"), *a_feed_from(2026, 2))
    assert [str(observance.decoded("DTSTART")) for observance in block.subcomponents] == [
        "1970-01-01 00:00:00",
        "2026-03-08 02:00:00",
    ]
    assert "RRULE" not in block.to_ical().decode()


def test_a_zone_that_will_yet_leave_its_old_offset_is_not_told_by_its_new_one() -> None:
    january = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert faults("America/Vancouver", january, timedelta(days=30)) == []


def test_every_change_is_found_to_the_second_however_close() -> None:
    year = datetime(2012, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)
    found = [(change.at, change.after) for change in changes_between(ZoneInfo("Africa/Casablanca"), *year)]
    assert found == [
        (datetime(2012, 4, 29, 2, tzinfo=UTC), timedelta(hours=1)),
        (datetime(2012, 7, 20, 2, tzinfo=UTC), timedelta()),
        (datetime(2012, 8, 20, 2, tzinfo=UTC), timedelta(hours=1)),
        (datetime(2012, 9, 30, 2, tzinfo=UTC), timedelta()),
    ]


@pytest.mark.parametrize("footer", ["CET-1CEST,J60,J300", "EET-2EEST,M3.4.4/50,M10.4.4/50", "", "CET-1CEST"])
def test_a_footer_that_no_weekday_of_a_month_tells_is_not_taken_for_a_rule(footer: str) -> None:
    assert parse_footer(footer) is None


def test_irish_winter_is_the_standard_time_for_clients_that_know_no_negative_summer_time() -> None:
    block = timezone_block(ZoneInfo("Europe/Dublin"), *a_feed_from(2026, 10))
    names = {(observance.name, str(observance["TZNAME"])) for observance in block.subcomponents}
    assert names == {("STANDARD", "GMT"), ("DAYLIGHT", "IST")}


def a_feed_from(year: int, month: int) -> tuple[datetime, datetime]:
    first = datetime(year, month, 10, tzinfo=UTC)
    return first, first + A_FEED
