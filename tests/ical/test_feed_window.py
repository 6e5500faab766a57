"""Which doses a feed shows, and up to when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Event

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.expansion import Layout
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import DoseCount, IntervalAnchor, Regimen
from scheduler.ical.feed_window import FeedContents, feed_contents

Build = Callable[..., Plan]
Make = Callable[..., Regimen]

FOUR_TIMES = ("06:00", "12:00", "18:00", "23:00")
EIGHT_TIMES = ("01:00", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:00")


def ahead(contents: FeedContents, today: date) -> int:
    return (contents.until - today).days


def doses_to_come(contents: FeedContents, regimen_id: str, today: date) -> int:
    return sum(o.regimen.id == regimen_id and o.local_date >= today for o in contents.occurrences)


def test_a_daily_dose_is_shown_from_14_days_back_to_120_days_ahead(
    plan: Build, regimen: Make, today: date
) -> None:
    contents = feed_contents(plan(regimen(start=date(2026, 1, 1))), today)
    dates = [o.local_date for o in contents.occurrences]
    assert (dates[0], dates[-1]) == (today - timedelta(days=14), today + timedelta(days=119))
    assert len(dates) == 134
    assert contents.until == today + timedelta(days=120)
    assert not contents.shortened


def test_the_horizon_reaches_the_third_dose_to_come_of_every_regimen(
    plan: Build, regimen: Make, today: date
) -> None:
    quarterly = regimen("depot", every="12 wk", start=date(2026, 10, 1), anchor=IntervalAnchor.LAST_GIVEN)
    contents = feed_contents(plan(regimen(), quarterly), today)
    assert doses_to_come(contents, "depot", today) == 3
    assert contents.until == date(2026, 10, 1) + timedelta(weeks=36, days=1)


def test_a_moved_dose_counts_where_it_was_moved_to(plan: Build, regimen: Make, today: date) -> None:
    bimonthly = regimen(every="60 d", start=date(2026, 10, 25))
    away = Move(
        dose=GridId(regimen="octreotide", on=date(2026, 10, 25), slot=1),
        to=datetime(2027, 8, 1, 8, 0),  # noqa: DTZ001
        reason="",
    )
    contents = feed_contents(plan(bimonthly, moves=(away,)), today)
    assert contents.until == date(2026, 10, 25) + timedelta(days=181)
    assert doses_to_come(contents, "octreotide", today) == 3


def test_a_dose_already_recorded_is_not_one_to_come(plan: Build, regimen: Make, today: date) -> None:
    quarterly = regimen(every="12 wk", start=today)
    given = Administration(
        dose=GridId(regimen="octreotide", on=today, slot=1),
        status=AdministrationStatus.GIVEN,
        at=datetime(2026, 10, 20, 8, 0),  # noqa: DTZ001
        site=None,
        reason="",
    )
    contents = feed_contents(plan(quarterly, administrations=(given,)), today)
    assert contents.until == today + timedelta(weeks=36, days=1)


def test_the_horizon_is_never_more_than_400_days_ahead(plan: Build, regimen: Make, today: date) -> None:
    yearly = regimen(every="12 mo", start=date(2026, 9, 20))
    almost = regimen("almost", every="133 d", start=today)
    assert ahead(feed_contents(plan(yearly), today), today) <= 400
    assert ahead(feed_contents(plan(almost), today), today) == 267
    assert ahead(feed_contents(plan(regimen(every="190 d", start=today)), today), today) == 381
    tomorrow = today + timedelta(days=1)
    assert ahead(feed_contents(plan(regimen(every="199 d", start=tomorrow)), today), today) == 400
    assert ahead(feed_contents(plan(regimen(every="200 d", start=today)), today), today) == 201


def test_a_regimen_about_to_end_does_not_draw_the_horizon_out(
    plan: Build, regimen: Make, today: date
) -> None:
    ending = regimen(every="12 wk", start=date(2026, 9, 20), end=DoseCount(count=2))
    assert ahead(feed_contents(plan(ending), today), today) == 120


def test_a_hold_until_further_notice_does_not_draw_the_horizon_out(
    plan: Build, regimen: Make, today: date
) -> None:
    withheld = Hold(regimen="octreotide", first=date(2026, 10, 1), last=None, reason="")
    assert ahead(feed_contents(plan(regimen(), holds=(withheld,)), today), today) == 120


def test_a_long_hold_is_looked_past(plan: Build, regimen: Make, today: date) -> None:
    withheld = Hold(regimen="octreotide", first=today, last=today + timedelta(days=199), reason="")
    assert ahead(feed_contents(plan(regimen(), holds=(withheld,)), today), today) == 203


def test_past_a_thousand_events_the_horizon_comes_nearer_by_whole_dates(
    plan: Build, regimen: Make, today: date
) -> None:
    busy = plan(regimen(times=EIGHT_TIMES, start=date(2026, 1, 1)))
    contents = feed_contents(busy, today)
    assert contents.shortened
    assert set(Counter(o.local_date for o in contents.occurrences).values()) == {8}
    assert len(contents.occurrences) == 992
    assert contents.until == today + timedelta(days=110)


def test_a_date_that_just_fits_is_shown(plan: Build, regimen: Make, today: date) -> None:
    nine_a_day = plan(regimen("eight", times=EIGHT_TIMES, start=today), regimen("one", start=today))
    contents = feed_contents(nine_a_day, today)
    assert len(contents.occurrences) == 999
    assert contents.until == today + timedelta(days=111)


def test_a_feed_has_a_thousand_events_at_most_with_all_its_notices(
    plan: Build,
    regimen: Make,
    today: date,
    render: Callable[..., bytes],
    events: Callable[[bytes], list[Event]],
) -> None:
    holds = tuple(
        Hold(regimen="held", first=today + timedelta(days=i), last=today + timedelta(days=i + 1), reason="")
        for i in range(0, 120, 3)
    )
    regimens = [regimen("held", start=today), regimen("busy", times=EIGHT_TIMES, start=today)]
    shown = events(render(plan(*regimens, holds=holds)))
    titles = Counter(str(event["SUMMARY"]) for event in shown)
    assert 1000 - 30 < len(shown) <= 1000
    assert titles["Calendar shown up to here"] == 1
    assert titles["Garden: on hold"] > 30


@pytest.mark.parametrize("count", [999, 1000])
def test_as_many_as_a_thousand_doses_are_not_shortened(
    plan: Build, regimen: Make, today: date, count: int
) -> None:
    crowded = plan(regimen(times=EIGHT_TIMES, start=today, end=DoseCount(count=count)))
    contents = feed_contents(crowded, today)
    assert len(contents.occurrences) == min(count, 960)
    many = plan(
        *(regimen(f"r{n}", times=EIGHT_TIMES, start=today, end=DoseCount(count=count // 2)) for n in (1, 2))
    )
    assert len(feed_contents(many, today).occurrences) == count // 2 * 2
    assert not feed_contents(many, today).shortened


def test_a_crowded_past_gives_way_to_today(plan: Build, regimen: Make, today: date) -> None:
    regimens = [regimen(f"r{n}", times=EIGHT_TIMES, start=date(2026, 1, 1)) for n in range(10)]
    contents = feed_contents(plan(*regimens), today)
    assert {o.local_date for o in contents.occurrences} == {today + timedelta(days=i) for i in range(12)}
    assert contents.shortened


def test_a_past_that_is_over_and_crowded_does_not_bring_the_horizon_nearer(
    plan: Build, regimen: Make, today: date
) -> None:
    over = [
        regimen(f"r{n}", times=EIGHT_TIMES, start=today - timedelta(days=14), end=DoseCount(count=112))
        for n in range(9)
    ]
    contents = feed_contents(plan(regimen(start=date(2026, 1, 1)), *over), today)
    assert not contents.shortened
    assert contents.until == today + timedelta(days=120)
    assert {o.local_date >= today for o in contents.occurrences} == {True}


def test_today_is_shown_whole_however_many_doses_it_has(plan: Build, regimen: Make, today: date) -> None:
    regimens = [regimen(f"r{n}", times=EIGHT_TIMES) for n in range(130)]
    contents = feed_contents(plan(*regimens), today)
    assert len(contents.occurrences) == 1040
    assert contents.until == today + timedelta(days=1)


def test_a_crowded_plan_is_not_expanded_to_the_end(
    plan: Build, regimen: Make, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    expanded: list[DoseOccurrence] = []
    plainly = Layout.regimen

    def counting(layout: Layout, regimen: Regimen, period: Period) -> Iterator[DoseOccurrence]:
        for occurrence in plainly(layout, regimen, period):
            expanded.append(occurrence)
            yield occurrence

    monkeypatch.setattr(Layout, "regimen", counting)
    crowd = [regimen(f"r{n}", times=EIGHT_TIMES, start=today) for n in range(8)]
    contents = feed_contents(plan(*crowd, regimen("rare", every="190 d", start=today)), today)
    assert contents.shortened
    assert len(expanded) < 2500


def test_doses_stand_in_order_of_time_across_zones(plan: Build, regimen: Make, today: date) -> None:
    journey = Travel(zone=ZoneInfo("Pacific/Apia"), first=date(2026, 10, 25), last=date(2026, 10, 28))
    contents = feed_contents(plan(regimen(times=FOUR_TIMES), travel=(journey,)), today)
    assert list(contents.occurrences) == sorted(contents.occurrences, key=lambda o: (o.due_at, str(o.id)))


def test_no_dose_is_there_twice(plan: Build, regimen: Make, today: date) -> None:
    inward = Move(
        dose=GridId(regimen="octreotide", on=date(2027, 6, 1), slot=1),
        to=datetime(2026, 11, 19, 8, 0),  # noqa: DTZ001
        reason="",
    )
    contents = feed_contents(plan(regimen(), moves=(inward,)), today)
    assert max(Counter(o.id for o in contents.occurrences).values()) == 1
    assert inward.dose in {o.id for o in contents.occurrences}
