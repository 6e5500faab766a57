"""One planned dose as one event: its times, its state, its alarm, its identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Event

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical.content_lines import MalformedCalendarError
from scheduler.ical.document import Day, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Render = Callable[..., bytes]
Read = Callable[[bytes], list[Event]]

TODAY_ID = GridId(regimen="octreotide", on=date(2026, 10, 20), slot=1)


def recorded(status: AdministrationStatus, dose: GridId = TODAY_ID) -> Administration:
    at = datetime(2026, 10, 20, 8, 10)  # noqa: DTZ001
    return Administration(dose=dose, status=status, at=at, site=None, reason="because")


@pytest.fixture
def one_dose(regimen: Make, today: date) -> Regimen:
    return regimen(start=today, end=DoseCount(count=1))


def test_an_open_dose_is_confirmed_and_rings_once_at_its_start(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    (event,) = events(render(plan(one_dose)))
    assert str(event["STATUS"]) == "CONFIRMED"
    (alarm,) = event.walk("VALARM")
    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"])) == ("DISPLAY", "Garden")
    assert alarm.decoded("TRIGGER") == timedelta()


def test_the_trigger_is_written_as_no_minutes_and_not_as_no_days(
    plan: Build, one_dose: Regimen, render: Render
) -> None:
    assert b"\r\nTRIGGER:PT0S\r\n" in render(plan(one_dose))


def test_an_event_lasts_15_minutes_in_the_zone_of_the_dose(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    (event,) = events(render(plan(one_dose)))
    assert event.start == datetime(2026, 10, 20, 8, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert event.end - event.start == timedelta(minutes=15)
    assert event["DTSTART"].params["TZID"] == event["DTEND"].params["TZID"] == "Europe/Berlin"


def test_an_event_blocks_no_time_and_is_private(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    (event,) = events(render(plan(one_dose)))
    assert (str(event["TRANSP"]), str(event["CLASS"])) == ("TRANSPARENT", "PRIVATE")
    assert str(event["X-MICROSOFT-CDO-BUSYSTATUS"]) == "FREE"


def test_a_dose_due_today_still_rings_and_one_of_yesterday_does_not(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    yesterday_and_on = regimen(times=("00:05",), start=today - timedelta(days=1), end=DoseCount(count=3))
    alarms = [len(event.walk("VALARM")) for event in events(render(plan(yesterday_and_on)))]
    assert alarms == [0, 1, 1]


@pytest.mark.parametrize(
    ("away", "on", "at", "is_to_come"),
    [
        ("America/Los_Angeles", date(2026, 10, 19), "20:00", True),
        ("America/Los_Angeles", date(2026, 10, 19), "03:00", False),
        ("Pacific/Kiritimati", date(2026, 10, 20), "08:00", False),
        ("Pacific/Kiritimati", date(2026, 10, 20), "13:00", True),
    ],
)
def test_on_a_journey_a_dose_rings_unless_it_was_due_before_today_began_at_home(
    plan: Build, regimen: Make, render: Render, events: Read, away: str, on: date, at: str, is_to_come: bool
) -> None:
    journey = Travel(zone=ZoneInfo(away), first=date(2026, 10, 15), last=date(2026, 10, 25))
    one = regimen(times=(at,), start=on, end=DoseCount(count=1))
    (event,) = events(render(plan(one, travel=(journey,))))
    assert bool(event.walk("VALARM")) == is_to_come


def test_a_given_dose_stays_and_is_silent(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    given = recorded(AdministrationStatus.GIVEN)
    (event,) = events(render(plan(one_dose, administrations=(given,))))
    assert str(event["STATUS"]) == "CONFIRMED"
    assert str(event["SUMMARY"]) == "Garden"
    assert not event.walk("VALARM")


def test_a_dose_given_in_spite_of_a_hold_is_not_cancelled(
    plan: Build, one_dose: Regimen, render: Render, events: Read, today: date
) -> None:
    given = recorded(AdministrationStatus.GIVEN)
    withheld = Hold(regimen="octreotide", first=today, last=today, reason="")
    (event,) = events(render(plan(one_dose, administrations=(given,), holds=(withheld,))))
    assert str(event["STATUS"]) == "CONFIRMED"
    assert not event.walk("VALARM")


@pytest.mark.parametrize("why", ["not given", "held"])
def test_a_withdrawn_dose_is_a_silent_tombstone_under_the_same_uid(
    plan: Build, one_dose: Regimen, render: Render, events: Read, today: date, why: str
) -> None:
    (before,) = events(render(plan(one_dose)))
    (after,) = events(render(withdrawn(plan, one_dose, today, why)))
    assert str(after["UID"]) == str(before["UID"])
    assert str(after["STATUS"]) == "CANCELLED"
    assert str(after["SUMMARY"]) == "Cancelled: Garden"
    assert str(after["DESCRIPTION"]) == "Was planned for 08:00."
    assert not after.walk("VALARM")


@pytest.mark.parametrize("why", ["not given", "held"])
def test_a_tombstone_goes_after_seven_days(
    plan: Build, one_dose: Regimen, render: Render, events: Read, today: date, why: str
) -> None:
    with_it = withdrawn(plan, one_dose, today, why)
    on_the_seventh = events(render(with_it, on=today + timedelta(days=7)))
    on_the_eighth = events(render(with_it, on=today + timedelta(days=8)))
    assert [str(event["SUMMARY"]) for event in on_the_seventh] == ["Cancelled: Garden"]
    assert [str(event["SUMMARY"]) for event in on_the_eighth] == ["Nothing planned"]


def withdrawn(plan: Build, one_dose: Regimen, today: date, why: str) -> Plan:
    if why == "held":
        return plan(one_dose, holds=(Hold(regimen="octreotide", first=today, last=today, reason=""),))
    return plan(one_dose, administrations=(recorded(AdministrationStatus.NOT_GIVEN),))


def test_a_tombstone_tells_nobody_to_prepare_anything(
    plan: Build, one_dose: Regimen, render: Render, events: Read, today: date
) -> None:
    guidance = {"octreotide": ["Take it out of the fridge."]}
    with_it = withdrawn(plan, one_dose, today, "not given")
    (event,) = events(render(with_it, privacy=Privacy.FULL, guidance=guidance))
    assert str(event["DESCRIPTION"]) == "Was planned for 08:00: 100 micrograms, injected under the skin."


def test_the_uid_outlives_a_move_a_new_dose_a_journey_and_every_level_of_privacy(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    def uids(of: Plan, **changes: object) -> set[str]:
        return {str(event["UID"]) for event in events(render(of, **changes))}

    doses = {"start": today, "end": DoseCount(count=3)}
    before = uids(plan(regimen(**doses)))
    to = datetime(2026, 10, 25, 10, 0)  # noqa: DTZ001
    journey = Travel(zone=ZoneInfo("Asia/Tokyo"), first=today, last=today + timedelta(days=9))
    assert len(before) == 3
    assert uids(plan(regimen(**doses), moves=(Move(dose=TODAY_ID, to=to, reason=""),))) == before
    assert uids(plan(regimen(dose="200 ug", times=("09:30",), **doses))) == before
    assert uids(plan(regimen(**doses), travel=(journey,))) == before
    assert uids(plan(regimen(**doses)), privacy=Privacy.FULL) == before
    assert uids(plan(regimen(**doses)), revision=Revision(sequence=9, at=datetime.now(UTC))) == before


def test_two_audiences_share_no_uid(plan: Build, regimen: Make, render: Render, events: Read) -> None:
    mine = {str(event["UID"]) for event in events(render(plan(regimen())))}
    nurses = {str(event["UID"]) for event in events(render(plan(regimen()), audience=UUID(int=7)))}
    assert mine.isdisjoint(nurses)


def test_a_dose_in_the_hour_that_clocks_skip_shows_the_time_after_it(
    plan: Build, regimen: Make, render: Render, events: Read
) -> None:
    night = regimen(times=("02:30",), start=date(2027, 3, 28), end=DoseCount(count=1))
    (event,) = events(render(plan(night), on=date(2027, 3, 1)))
    assert event.start == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert f"{event.start:%H:%M}" == "03:30"
    assert str(event["DESCRIPTION"]) == "Planned for 03:30."


@pytest.mark.parametrize(
    ("zone", "on", "at", "instant"),
    [
        ("Europe/Berlin", date(2026, 10, 25), "02:50", datetime(2026, 10, 25, 0, 50, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), "01:50", datetime(2026, 10, 24, 23, 50, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2027, 4, 4), "01:55", datetime(2027, 4, 3, 14, 55, tzinfo=UTC)),
    ],
)
def test_a_dose_at_a_time_that_clocks_show_twice_is_the_first_and_written_in_utc(
    plan: Build, regimen: Make, render: Render, events: Read, zone: str, on: date, at: str, instant: datetime
) -> None:
    night = regimen(times=(at,), start=on, end=DoseCount(count=1))
    (event,) = events(render(plan(night, zone=zone), on=on))
    assert (event.start, event.end) == (instant, instant + timedelta(minutes=15))
    assert "TZID" not in event["DTSTART"].params
    assert str(event["DESCRIPTION"]) == f"Planned for {at}."


def test_the_end_of_an_event_that_clocks_skip_is_after_it(
    plan: Build, regimen: Make, render: Render, events: Read
) -> None:
    night = regimen(times=("01:50",), start=date(2027, 3, 28), end=DoseCount(count=1))
    (event,) = events(render(plan(night), on=date(2027, 3, 1)))
    assert event["DTEND"].to_ical() == b"20270328T030500"


def test_a_block_holds_up_to_the_end_of_the_last_event(
    plan: Build, regimen: Make, render: Render, unfolded: Callable[[bytes], str]
) -> None:
    before_and_at_the_change = regimen(times=("01:50",), start=date(2026, 2, 20), end=DoseCount(count=17))
    seen = unfolded(render(plan(before_and_at_the_change, zone="America/Vancouver"), on=date(2026, 2, 20)))
    assert "DTSTART;TZID=America/Vancouver:20260308T015000" in seen
    assert "DTEND;TZID=America/Vancouver:20260308T030500" in seen
    assert "DTSTART:20260308T020000\r\nTZOFFSETFROM:-0800\r\nTZOFFSETTO:-0700" in seen


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
def test_a_patient_on_utc_has_times_in_utc_and_no_time_zone_block(
    plan: Build, one_dose: Regimen, render: Render, zone: str
) -> None:
    data = render(plan(one_dose, zone=zone))
    assert b"\r\nDTSTART:20261020T080000Z\r\n" in data
    assert b"VTIMEZONE" not in data


def test_events_stand_by_start_and_then_by_uid(
    plan: Build, regimen: Make, render: Render, events: Read, today: date
) -> None:
    regimens = [regimen(f"r{n}", times=("08:00", "20:00"), start=today) for n in range(5)]
    withheld = Hold(regimen="r1", first=today, last=today + timedelta(days=2), reason="")
    shown = events(render(plan(*regimens, holds=(withheld,))))
    berlin = ZoneInfo("Europe/Berlin")
    keys = [(begins(event, berlin), str(event["UID"])) for event in shown]
    assert keys == sorted(keys)


def begins(event: Event, zone: ZoneInfo) -> datetime:
    start = event.start
    return start if isinstance(start, datetime) else datetime(start.year, start.month, start.day, tzinfo=zone)


def test_only_the_zones_in_use_have_a_block_and_they_come_sorted_before_the_events(
    plan: Build, regimen: Make, render: Render, today: date
) -> None:
    journeys = tuple(
        Travel(zone=ZoneInfo(zone), first=today + timedelta(days=2 * n), last=today + timedelta(days=2 * n))
        for n, zone in enumerate(["Pacific/Apia", "Africa/Cairo", "Asia/Tokyo"], 1)
    )
    far_off = Travel(zone=ZoneInfo("Asia/Kathmandu"), first=date(2028, 1, 1), last=date(2028, 1, 9))
    lines = render(plan(regimen(), travel=(*journeys, far_off))).decode().split("\r\n")
    tzids = [line for line in lines if line.startswith("TZID:")]
    assert tzids == ["TZID:Africa/Cairo", "TZID:Asia/Tokyo", "TZID:Europe/Berlin", "TZID:Pacific/Apia"]
    assert max(i for i, line in enumerate(lines) if line == "END:VTIMEZONE") < lines.index("BEGIN:VEVENT")


def test_a_long_product_name_is_cut_and_the_amount_never_is(
    plan: Build,
    regimen: Make,
    product: Callable[..., Product],
    render: Render,
    events: Read,
    today: date,
) -> None:
    wordy = regimen(start=today, end=DoseCount(count=1), of=product(name="Somatostatin analogue " * 20))
    (event,) = events(render(withdrawn(plan, wordy, today, "not given"), privacy=Privacy.FULL))
    assert str(event["SUMMARY"]).startswith("Cancelled: Somatostatin analogue")
    assert str(event["SUMMARY"]).endswith("… 100 micrograms")
    assert len(str(event["SUMMARY"])) <= 80


def test_what_is_cut_from_a_full_description_is_the_reasons_and_not_what_to_do(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    move = Move(dose=TODAY_ID, to=datetime(2026, 10, 20, 9, 0), reason="long story " * 90)  # noqa: DTZ001
    guidance = {"octreotide": ["Take it out of the fridge.", "If late: give it when you notice."]}
    (event,) = events(render(plan(one_dose, moves=(move,)), privacy=Privacy.FULL, guidance=guidance))
    lines = str(event["DESCRIPTION"]).split("\n")
    assert lines[:4] == [
        "Planned for 09:00: 100 micrograms, injected under the skin.",
        "Site: left abdomen.",
        "Take it out of the fridge.",
        "If late: give it when you notice.",
    ]
    assert lines[4].startswith("Moved from 2026-10-20 08:00: long story long")
    assert lines[4].endswith(("long…", "story…"))
    assert len(str(event["DESCRIPTION"])) <= 760


def test_a_dose_that_stands_twice_in_the_contents_is_stopped(
    plan: Build,
    one_dose: Regimen,
    identity: Callable[..., FeedIdentity],
    revision: Revision,
    today: date,
) -> None:
    contents = feed_contents(plan(one_dose), today)
    doubled = replace(contents, occurrences=contents.occurrences * 2)
    day = Day(today=today, zone=ZoneInfo("Europe/Berlin"))
    part = FeedPart(contents=doubled, identity=identity())
    with pytest.raises(MalformedCalendarError):
        render_feed([part], identity=identity(), revision=revision, day=day)


def test_guidance_of_another_regimen_is_not_shown(
    plan: Build, one_dose: Regimen, render: Render, events: Read
) -> None:
    (event,) = events(render(plan(one_dose), privacy=Privacy.FULL, guidance={"other": ["Eat nothing."]}))
    assert "Eat nothing" not in str(event["DESCRIPTION"])


def test_a_revision_has_a_moment_with_an_offset_and_no_negative_count() -> None:
    with pytest.raises(ValueError, match="aware"):
        Revision(sequence=0, at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="below 0"):
        Revision(sequence=-1, at=datetime(2026, 1, 1, tzinfo=UTC))
