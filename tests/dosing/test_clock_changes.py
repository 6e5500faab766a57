"""Wall times that a zone skips, repeats, or drops with a whole date: `dosing.md`, "Local first"."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.timezone import midnight
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, daily, moved
from tests.support.schedule import dose_named, doses, due, named, reasons, status


def at(zone: str, time: str, first: str, end: str) -> list[str]:
    return due(plan(daily(time, start=first), zone=zone), first, end)


def test_a_dose_at_8_is_at_8_on_both_sides_of_a_change() -> None:
    assert at("America/New_York", "08:00", "2026-10-31", "2026-11-02") == [
        "2026-10-31T08:00-04:00",
        "2026-11-01T08:00-05:00",
    ]
    assert at("America/New_York", "08:00", "2027-03-13", "2027-03-15") == [
        "2027-03-13T08:00-05:00",
        "2027-03-14T08:00-04:00",
    ]


def test_a_time_that_clocks_skip_is_read_with_the_offset_before() -> None:
    assert at("America/New_York", "02:30", "2027-03-13", "2027-03-16") == [
        "2027-03-13T02:30-05:00",
        "2027-03-14T03:30-04:00",
        "2027-03-15T02:30-04:00",
    ]


@pytest.mark.parametrize(
    ("time", "shown"), [("01:59", "01:59-05:00"), ("02:00", "03:00-04:00"), ("03:00", "03:00-04:00")]
)
def test_the_edges_of_a_gap(time: str, shown: str) -> None:
    assert at("America/New_York", time, "2027-03-14", "2027-03-15") == [f"2027-03-14T{shown}"]


def test_a_time_that_clocks_show_twice_is_the_first() -> None:
    assert at("America/New_York", "01:30", "2026-10-31", "2026-11-03") == [
        "2026-10-31T01:30-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-02T01:30-05:00",
    ]


@pytest.mark.parametrize(
    ("time", "shown"), [("00:59", "00:59-04:00"), ("01:00", "01:00-04:00"), ("02:00", "02:00-05:00")]
)
def test_the_edges_of_a_fold(time: str, shown: str) -> None:
    assert at("America/New_York", time, "2026-11-01", "2026-11-02") == [f"2026-11-01T{shown}"]


def test_a_gap_and_a_fold_of_half_an_hour_on_lord_howe_island() -> None:
    # Forward on 4 October 2026 from 02:00 (+10:30) to 02:30 (+11), back on 4 April 2027 from 02:00 to 01:30.
    zone = "Australia/Lord_Howe"
    assert at(zone, "02:15", "2026-10-03", "2026-10-06") == [
        "2026-10-03T02:15+10:30",
        "2026-10-04T02:45+11:00",
        "2026-10-05T02:15+11:00",
    ]
    assert at(zone, "01:45", "2027-04-03", "2027-04-06") == [
        "2027-04-03T01:45+11:00",
        "2027-04-04T01:45+11:00",
        "2027-04-05T01:45+10:30",
    ]


@pytest.mark.parametrize(
    ("zone", "day", "before", "after"),
    [
        ("America/Sao_Paulo", "2018-11-04", "-03:00", "-02:00"),
        ("Asia/Beirut", "2022-03-27", "+02:00", "+03:00"),
    ],
)
def test_a_midnight_that_clocks_skip_is_one_in_the_morning(
    zone: str, day: str, before: str, after: str
) -> None:
    found = doses(
        plan(daily("00:00", "00:30", start=day), zone=zone), day, f"{day[:-2]}{int(day[-2:]) + 1:02}"
    )
    assert [dose.wall_due.isoformat(timespec="minutes") for dose in found] == [
        f"{day}T01:00{after}",
        f"{day}T01:30{after}",
    ]
    assert before != after


def test_a_day_that_ends_where_midnight_is_skipped_ends_at_one() -> None:
    depot = plan(LAR.replace("2026-12-01", "2018-11-03"), zone="America/Sao_Paulo")
    assert status(depot, "lar#1", "2018-11-04T02:59:59+00:00") == "due"
    assert status(depot, "lar#1", "2018-11-04T03:00:00+00:00") == "late"


def test_a_day_that_ends_with_an_hour_twice_has_25_hours() -> None:
    # In Chile clocks go from 24:00 on Saturday 3 April 2027 back to 23:00 of the same date.
    depot = plan(LAR.replace("2026-12-01", "2027-04-03"), zone="America/Santiago")
    assert status(depot, "lar#1", "2027-04-04T03:59:59+00:00") == "due"
    assert status(depot, "lar#1", "2027-04-04T04:00:00+00:00") == "late"
    assert at("America/Santiago", "23:30", "2027-04-03", "2027-04-04") == ["2027-04-03T23:30-03:00"]


def test_a_skipped_hour_before_midnight_carries_a_dose_into_the_next_date() -> None:
    # In Greenland clocks went from 23:00 on 30 March 2024 to 00:00 on the 31st.
    nuuk = plan(daily("23:30", start="2024-03-29"), zone="America/Nuuk")
    assert named(nuuk, "2024-03-29", "2024-04-01") == {
        "octreotide@2024-03-29/1": "2024-03-29 23:30",
        "octreotide@2024-03-30/1": "2024-03-31 00:30",
        "octreotide@2024-03-31/1": "2024-03-31 23:30",
    }
    assert list(named(nuuk, "2024-03-30", "2024-03-31")) == []
    assert list(named(nuuk, "2024-03-31", "2024-04-01")) == [
        "octreotide@2024-03-30/1",
        "octreotide@2024-03-31/1",
    ]


def test_a_move_into_a_skipped_hour_before_midnight_is_found_on_the_next_date() -> None:
    far = moved("octreotide@2024-02-01/1", "2024-03-30T23:30:00")
    nuuk = plan(daily("08:00", start="2024-02-01") + far, zone="America/Nuuk")
    assert "octreotide@2024-02-01/1" in named(nuuk, "2024-03-31", "2024-04-01")
    assert "octreotide@2024-02-01/1" not in named(nuuk, "2024-03-30", "2024-03-31")


def test_a_date_that_samoa_skipped_moves_to_the_first_instant_after_it() -> None:
    samoa = plan(daily("08:00", "20:00", start="2011-12-29"), zone="Pacific/Apia")
    assert [
        f"{d.id} {d.wall_due.isoformat(timespec='minutes')}" for d in doses(samoa, "2011-12-29", "2012-01-01")
    ] == [
        "octreotide@2011-12-29/1 2011-12-29T08:00-10:00",
        "octreotide@2011-12-29/2 2011-12-29T20:00-10:00",
        "octreotide@2011-12-30/1 2011-12-31T00:00+14:00",
        "octreotide@2011-12-30/2 2011-12-31T00:00+14:00",
        "octreotide@2011-12-31/1 2011-12-31T08:00+14:00",
        "octreotide@2011-12-31/2 2011-12-31T20:00+14:00",
    ]
    assert doses(samoa, "2011-12-30", "2011-12-31") == []
    assert len(doses(samoa, "2011-12-31", "2012-01-01")) == 4
    assert reasons(samoa, "octreotide@2011-12-30/1") == ["dst-gap"]


def test_a_depot_on_the_date_that_samoa_skipped_counts_from_its_date_on_the_grid() -> None:
    samoa = plan(LAR.replace("2026-12-01", "2011-12-30"), zone="Pacific/Apia")
    assert due(samoa, "2011-12-01", "2012-02-01") == ["2011-12-31T00:00+14:00", "2012-01-27T10:00+14:00"]


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        (
            "octreotide@2027-03-14/1",
            "dst-gap",
            "clocks skip 02:30 on 2027-03-14, so the dose is due when they have gone forward",
        ),
        (
            "octreotide@2027-11-07/1",
            "dst-fold",
            "clocks show 01:30 twice on 2027-11-07; the dose is due the first time",
        ),
    ],
)
def test_a_dose_that_a_change_of_clocks_touches_says_so(name: str, code: str, text: str) -> None:
    time = "02:30" if code == "dst-gap" else "01:30"
    dose = dose_named(plan(daily(time, start="2027-01-01")), name)
    assert [(reason.code.value, reason.text) for reason in dose.reasons] == [(code, text)]


def test_a_dose_that_a_change_of_clocks_leaves_alone_says_nothing() -> None:
    found = plan(daily("02:30", start="2027-01-01"))
    assert reasons(found, "octreotide@2027-03-13/1") == []
    assert reasons(found, "octreotide@2027-03-15/1") == []


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/New_York", date(2026, 12, 1), "2026-12-01T05:00:00+00:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00"),
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00+00:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00+00:00"),
        # Clocks went from 23:30 to 00:30: the date began half an hour into itself.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30:00+00:00"),
    ],
)
def test_the_first_instant_of_a_date(zone: str, day: date, instant: str) -> None:
    assert midnight(day, ZoneInfo(zone)).isoformat() == instant
