"""All-day events that tell about the feed itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event

from scheduler.dosing.hold import Hold
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical.document import Day, render_ended
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Render = Callable[..., bytes]
Read = Callable[[bytes], list[Event]]


def held(first: date, last: date | None, regimen_id: str = "octreotide") -> Hold:
    return Hold(regimen=regimen_id, first=first, last=last, reason="a secret reason")


def whole_days(shown: list[Event]) -> list[tuple[str, date, date]]:
    return [
        (str(event["SUMMARY"]), event.start, event.end)
        for event in shown
        if event["DTSTART"].params.get("VALUE") == "DATE"
    ]


def test_a_hold_of_one_day_has_a_tombstone_and_no_notice(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    assert whole_days(events(render(plan(regimen(), holds=(held(today, today),))))) == []


def test_a_hold_of_two_days_has_a_notice_over_both(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    last = today + timedelta(days=1)
    shown = events(render(plan(regimen(), holds=(held(today, last),))))
    assert whole_days(shown) == [("Garden: on hold", today, last + timedelta(days=1))]


def test_a_hold_until_further_notice_is_shown_up_to_the_horizon(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    shown = events(render(plan(regimen(), holds=(held(today, None),))))
    assert whole_days(shown) == [("Garden: on hold", today, today + timedelta(days=120))]
    (notice,) = (event for event in shown if str(event["SUMMARY"]) == "Garden: on hold")
    assert str(notice["DESCRIPTION"]) == "On hold until further notice."


def test_two_holds_and_two_regimens_have_a_notice_each(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    week = timedelta(days=6)
    holds = (
        held(today, today + week),
        held(today, today + week, "other"),
        held(today + 3 * week, today + 4 * week),
    )
    shown = events(render(plan(regimen(), regimen("other"), holds=holds)))
    assert len(whole_days(shown)) == 3
    assert len({str(event["UID"]) for event in shown}) == len(shown)


def test_holds_that_begin_on_one_date_are_one_notice_up_to_the_later_end(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    holds = (held(today, today + timedelta(days=3)), held(today, today + timedelta(days=9)))
    shown = events(render(plan(regimen(), holds=holds)))
    assert whole_days(shown) == [("Garden: on hold", today, today + timedelta(days=10))]


def test_the_uid_of_a_hold_outlives_a_change_of_its_end(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    def uid(last: date | None) -> str:
        shown = events(render(plan(regimen(), holds=(held(today, last),))))
        return next(str(event["UID"]) for event in shown if str(event["SUMMARY"]) == "Garden: on hold")

    assert uid(today + timedelta(days=3)) == uid(today + timedelta(days=9)) == uid(None)


def test_only_a_full_feed_says_what_is_on_hold(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    with_it = plan(regimen(), holds=(held(today, today + timedelta(days=3)),))
    titles = [
        whole_days(events(render(with_it, privacy=privacy)))[0][0]
        for privacy in (Privacy.DISCREET, Privacy.INITIALS, Privacy.FULL)
    ]
    assert titles == ["Garden: on hold", "Garden (A.S.): on hold", "Octreotide: on hold"]


def test_no_notice_rings(plan: Build, regimen: Make, render: Render, today: date) -> None:
    only_held = regimen(start=today, end=DoseCount(count=3))
    data = render(plan(only_held, holds=(held(today, today + timedelta(days=3)),)))
    assert b"VALARM" not in data


def test_an_empty_feed_says_that_nothing_is_planned(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    over = regimen(start=date(2026, 1, 1), end=DoseCount(count=1))
    shown = events(render(plan(over)))
    assert whole_days(shown) == [("Nothing planned", today, today + timedelta(days=1))]


def test_a_shortened_feed_says_so_on_the_first_date_it_leaves_out(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    busy = plan(*(regimen(f"r{n}", times=("08:00", "20:00"), start=today) for n in range(10)))
    shown = events(render(busy))
    until = max(event.start.date() for event in shown if isinstance(event.start, datetime)) + timedelta(
        days=1
    )
    assert whole_days(shown) == [("Calendar shown up to here", until, until + timedelta(days=1))]
    assert str(shown[-1]["SUMMARY"]) == "Calendar shown up to here"


def test_an_ended_feed_has_one_notice_and_no_dose(
    identity: Callable[..., FeedIdentity], revision: Revision, events: Read, today: date
) -> None:
    day = Day(today=today, zone=ZoneInfo("Asia/Tokyo"))
    data = render_ended(identity=identity(), revision=revision, day=day)
    assert whole_days(events(data)) == [("Subscription ended", today, today + timedelta(days=1))]
    assert data.count(b"BEGIN:VEVENT") == 1
