"""What has to be done before a dose is an event of its own, where the person chose so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Event

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.formulary.lead import Lead
from scheduler.ical.document import Rendering
from scheduler.ical.feed_part import Guidance
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Show = Callable[..., Rendering]
Read = Callable[[bytes], list[Event]]

ONE_DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
THAW = Lead(key="prepare1", title="get it ready", text="Thaw it (leaflet)", ahead=timedelta(minutes=30))
FAST = Lead(key="food", title="stop eating", text="On an empty stomach (label)", ahead=timedelta(hours=2))
ORDER = Lead(key="order", title="see that it is in stock", text="Order it", ahead=7 * ONE_DAY, by_day=True)


def before(*leads: Lead, regimen: str = "octreotide") -> dict[str, Guidance]:
    return {regimen: Guidance(leads=leads)}


def leads_of(rendering: Rendering, events: Read) -> list[Event]:
    told = ("get ready", "get it ready", "stop eating", "in stock")
    return [event for event in events(rendering.body) if str(event["SUMMARY"]).endswith(told)]


def starts(found: list[Event]) -> list[datetime | date]:
    return [event.start for event in found]


@pytest.fixture
def three_doses(regimen: Make, today: date) -> Regimen:
    """At 8:00 today and on the two days after."""
    return regimen(start=today, end=DoseCount(count=3))


def test_by_default_there_are_none(plan: Build, three_doses: Regimen, show: Show, events: Read) -> None:
    assert len(events(show(plan(three_doses)).body)) == 3


def test_a_lead_begins_so_long_before_its_dose_and_rings_then(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    found = leads_of(show(plan(three_doses), guidance=before(THAW)), events)
    assert starts(found) == [datetime(2026, 10, day, 7, 30, tzinfo=BERLIN) for day in (20, 21, 22)]
    assert {event.end - event.start for event in found} == {timedelta(minutes=15)}
    assert [alarm.decoded("TRIGGER") for event in found for alarm in event.walk("VALARM")] == [
        timedelta()
    ] * 3
    assert {str(event["STATUS"]) for event in found} == {"CONFIRMED"}


def test_each_lead_names_the_time_of_its_own_dose(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    twice = regimen(times=("08:00", "20:00"), start=today, end=DoseCount(count=4))
    found = leads_of(show(plan(twice), guidance=before(THAW, FAST)), events)
    told = {(f"{event.start:%H:%M}", str(event["DESCRIPTION"])) for event in found}
    assert told == {
        ("06:00", "For 08:00."),
        ("07:30", "For 08:00."),
        ("18:00", "For 20:00."),
        ("19:30", "For 20:00."),
    }


def test_each_of_several_leads_is_an_event(
    plan: Build, three_doses: Regimen, show: Show, events: Read
) -> None:
    found = leads_of(show(plan(three_doses), guidance=before(THAW, FAST)), events)
    assert len({str(event["UID"]) for event in found}) == len(found) == 6


def test_leads_are_of_their_regimen_alone(
    plan: Build, three_doses: Regimen, regimen: Make, show: Show, events: Read, today: date
) -> None:
    other = regimen("other", start=today)
    assert len(leads_of(show(plan(three_doses, other), guidance=before(THAW)), events)) == 3


@pytest.mark.parametrize(
    ("privacy", "lead", "title", "description"),
    [
        (Privacy.DISCREET, THAW, "Garden: get ready", "For 08:00."),
        (Privacy.DISCREET, FAST, "Garden: get ready", "For 08:00."),
        (Privacy.INITIALS, FAST, "Garden (A.S.): get ready", "For 08:00."),
        (Privacy.FULL, FAST, "Octreotide: stop eating", "On an empty stomach (label).\nFor 08:00."),
        (Privacy.DISCREET, ORDER, "Garden: get ready", "For 29 Oct 2026."),
        (Privacy.FULL, ORDER, "Octreotide: see that it is in stock", "Order it.\nFor 29 Oct 2026."),
    ],
)
def test_only_a_full_feed_tells_what_is_to_be_done(
    plan: Build,
    regimen: Make,
    show: Show,
    events: Read,
    privacy: Privacy,
    lead: Lead,
    title: str,
    description: str,
) -> None:
    later = regimen(start=date(2026, 10, 29), end=DoseCount(count=1))
    (event,) = leads_of(show(plan(later), privacy=privacy, guidance=before(lead)), events)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (title, description)
    assert {str(alarm["DESCRIPTION"]) for alarm in event.walk("VALARM")} <= {title}


def test_a_long_name_leaves_room_for_what_is_to_be_done(
    plan: Build,
    regimen: Make,
    product: Callable[..., Product],
    show: Show,
    events: Read,
    today: date,
) -> None:
    wordy = regimen(start=today, end=DoseCount(count=1), of=product(name="Somatostatin analogue " * 9))
    (event,) = leads_of(show(plan(wordy), privacy=Privacy.FULL, guidance=before(THAW)), events)
    assert str(event["SUMMARY"]).endswith("…: get it ready")
    assert len(str(event["SUMMARY"])) <= 80


def test_a_task_by_the_day_is_of_the_whole_day_and_silent(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    later = regimen(start=today + 9 * ONE_DAY, end=DoseCount(count=1))
    (event,) = leads_of(show(plan(later), guidance=before(ORDER)), events)
    assert (event.start, event.end) == (today + 2 * ONE_DAY, today + 3 * ONE_DAY)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert not event.walk("VALARM")


@pytest.mark.parametrize("days", [6, 7, 8])
def test_a_task_by_the_day_is_shown_up_to_its_day(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, days: int
) -> None:
    later = regimen(start=today + days * ONE_DAY, end=DoseCount(count=1))
    assert len(leads_of(show(plan(later), guidance=before(ORDER)), events)) == (days >= 7)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Apia", "America/Los_Angeles"])
@pytest.mark.parametrize("days", [6, 7])
def test_the_day_of_a_task_is_counted_at_home_wherever_the_dose_will_be_given(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, zone: str, days: int
) -> None:
    later = regimen(start=today + days * ONE_DAY, end=DoseCount(count=1))
    journey = Travel(zone=ZoneInfo(zone), first=today + 5 * ONE_DAY, last=today + 9 * ONE_DAY)
    found = leads_of(show(plan(later, travel=(journey,)), guidance=before(ORDER)), events)
    assert starts(found) == ([today] if days == 7 else [])


def done(on: date, status: AdministrationStatus) -> Administration:
    at = datetime(on.year, on.month, on.day, 8, 0)  # noqa: DTZ001
    dose = GridId(regimen="octreotide", on=on, slot=1)
    return Administration(dose=dose, status=status, at=at, site=None, reason="ill")


@pytest.mark.parametrize("status", AdministrationStatus)
@pytest.mark.parametrize("lead", [THAW, ORDER])
def test_before_a_dose_that_is_recorded_nothing_is_to_be_done(
    plan: Build,
    regimen: Make,
    show: Show,
    events: Read,
    today: date,
    status: AdministrationStatus,
    lead: Lead,
) -> None:
    on = today + 8 * ONE_DAY
    later = regimen(start=on, end=DoseCount(count=1))
    recorded = plan(later, administrations=(done(on, status),))
    assert len(leads_of(show(plan(later), guidance=before(lead)), events)) == 1
    assert leads_of(show(recorded, guidance=before(lead)), events) == []


def test_before_a_withheld_dose_nothing_is_to_be_done(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    withheld = Hold(regimen="octreotide", first=today, last=today, reason="")
    found = leads_of(show(plan(three_doses, holds=(withheld,)), guidance=before(THAW)), events)
    assert [event.start.day for event in found] == [21, 22]


def test_before_a_past_dose_nothing_is_to_be_done(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    course = regimen(start=today - 9 * ONE_DAY, end=DoseCount(count=11))
    found = leads_of(show(plan(course), guidance=before(THAW)), events)
    assert [event.start.day for event in found] == [20, 21]


def test_what_would_have_been_to_do_yesterday_is_not_told_today(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    soon_after_midnight = regimen(times=("00:15",), start=today, end=DoseCount(count=2))
    found = leads_of(show(plan(soon_after_midnight), guidance=before(THAW)), events)
    assert starts(found) == [datetime(2026, 10, 20, 23, 45, tzinfo=BERLIN)]


def test_a_lead_at_a_time_that_clocks_show_twice_is_written_in_utc(
    plan: Build, regimen: Make, show: Show, unfolded: Callable[[bytes], str]
) -> None:
    after_the_change = regimen(times=("03:20",), start=date(2026, 10, 25), end=DoseCount(count=1))
    seen = unfolded(show(plan(after_the_change), guidance=before(THAW)).body)
    assert "DTSTART:20261025T015000Z" in seen
    assert "DTSTART;TZID=Europe/Berlin:20261025T032000" in seen
    assert "DESCRIPTION:For 03:20." in seen


def test_a_lead_counts_real_minutes_where_clocks_go_forward(
    plan: Build, regimen: Make, show: Show, events: Read
) -> None:
    after_the_change = regimen(times=("03:10",), start=date(2027, 3, 28), end=DoseCount(count=1))
    (event,) = leads_of(show(plan(after_the_change), on=date(2027, 3, 27), guidance=before(THAW)), events)
    assert isinstance(event.start, datetime)
    assert event.start.astimezone(UTC) == datetime(2027, 3, 28, 0, 40, tzinfo=UTC)
    assert f"{event.start:%H:%M}" == "01:40"


def test_a_lead_moves_with_its_dose_under_its_uid(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    def lead_at(time: str) -> Event:
        course = regimen(times=(time,), start=today, end=DoseCount(count=1))
        return leads_of(show(plan(course), guidance=before(THAW)), events)[0]

    assert str(lead_at("08:00")["UID"]) == str(lead_at("20:00")["UID"])
    assert f"{lead_at('20:00').start:%H:%M}" == "19:30"


@pytest.mark.parametrize("leads", [(THAW,), (THAW, FAST), (THAW, FAST, ORDER)], ids=len)
def test_with_room_for_them_a_feed_has_a_thousand_events_at_most(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, leads: tuple[Lead, ...]
) -> None:
    times = ("08:00", "14:00", "20:00")
    busy = plan(*(regimen(f"r{n}", times=times, start=today - 9 * ONE_DAY) for n in range(3)))
    guidance = {"r0": Guidance(leads=leads)}
    shown = events(show(busy, guidance=guidance, weights={"r0": 1 + len(leads)}).body)
    assert 970 < len(shown) <= 1000
    assert str(shown[-1]["SUMMARY"]) == "Calendar shown up to here"


def test_a_text_from_people_adds_no_line(plan: Build, three_doses: Regimen, show: Show, events: Read) -> None:
    changes: dict[str, Any] = {"title": "x\r\nATTACH:y", "text": "a\u2028b\rEND:VEVENT"}
    bad = replace(THAW, **changes)
    rendering = show(plan(three_doses), privacy=Privacy.FULL, guidance=before(bad))
    assert len(events(rendering.body)) == 6
    assert b"\r\nATTACH" not in rendering.body
