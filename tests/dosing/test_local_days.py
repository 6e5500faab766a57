"""A date's offset, asked for once, gives what each wall time gives when asked by itself."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.timezone import LocalDay, WallClock, resolve

ZONES = (
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
)
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


def days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range(366)]


@pytest.mark.parametrize("key", ZONES)
@pytest.mark.parametrize("year", [2011, 2027])
def test_a_plain_date_resolves_as_each_of_its_times_does(key: str, year: int) -> None:
    zone = ZoneInfo(key)
    for day in days(year):
        local = LocalDay.of(day, zone)
        for at in QUARTERS:
            resolved, plain = resolve(datetime.combine(day, at), zone), local.plain(at)
            assert plain is None or (plain, WallClock.PLAIN) == (resolved.at, resolved.wall_clock)


@pytest.mark.parametrize(
    ("key", "day"), [("Europe/Berlin", date(2027, 3, 28)), ("Pacific/Apia", date(2011, 12, 30))]
)
def test_a_date_on_which_clocks_change_has_to_ask_each_time(key: str, day: date) -> None:
    assert LocalDay.of(day, ZoneInfo(key)).plain(time(12)) is None
