"""What was shown and has left the plan is cancelled for a while; what merely went out of sight is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
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
from scheduler.dosing.regimen import DoseCount, Regimen, Stop
from scheduler.formulary.lead import Lead
from scheduler.ical.document import Rendering
from scheduler.ical.feed_identity import Revision
from scheduler.ical.feed_part import Guidance
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Show = Callable[..., Rendering]
Read = Callable[[bytes], list[Event]]

ONE_DAY = timedelta(days=1)
EIGHT_TIMES = ("01:00", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:00")
BERLIN = ZoneInfo("Europe/Berlin")


def stopped(regimen: Regimen, on: date, hour: int = 0) -> Regimen:
    return replace(regimen, stop=Stop(at=datetime(on.year, on.month, on.day, hour), reason="well"))  # noqa: DTZ001


def revised(on: date) -> Revision:
    return Revision(sequence=0, at=datetime(on.year, on.month, on.day, 0, 30, tzinfo=UTC))


def tombstones(rendering: Rendering, events: Read) -> list[Event]:
    return [event for event in events(rendering.body) if str(event["STATUS"]) == "CANCELLED"]


def begins(event: Event) -> datetime:
    assert isinstance(event.start, datetime)
    return event.start


def is_timed(event: Event) -> bool:
    return isinstance(event.start, datetime)


def starts(found: list[Event]) -> list[datetime | date]:
    return [event.start for event in found]


@pytest.fixture
def three_doses(regimen: Make, today: date) -> Regimen:
    """At 8:00 today and on the two days after."""
    return regimen(start=today, end=DoseCount(count=3))


@pytest.fixture
def without(plan: Build, regimen: Make) -> Plan:
    """A file that has none of the doses of the others."""
    return plan(regimen("over", start=date(2026, 1, 1), end=DoseCount(count=1)))


def test_the_doses_after_a_stop_are_cancelled_where_they_were_and_under_their_uid(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    before = show(plan(three_doses))
    after = show(plan(stopped(three_doses, today, 12)), shown=before.shown)
    first, *called_off = events(before.body)
    found = tombstones(after, events)
    assert [(str(e["UID"]), e.start, e.end) for e in found] == [
        (str(e["UID"]), e.start, e.end) for e in called_off
    ]
    assert len(found) == 2
    assert [str(e["STATUS"]) for e in events(after.body) if e["UID"] == first["UID"]] == ["CONFIRMED"]


def test_a_tombstone_says_nothing_but_that_it_is_cancelled(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    before = show(plan(three_doses))
    after = show(plan(stopped(three_doses, today)), shown=before.shown)
    found = tombstones(after, events)
    assert {(str(e["SUMMARY"]), str(e["DESCRIPTION"])) for e in found} == {
        ("Cancelled: Garden", "No longer planned.")
    }
    assert b"VALARM" not in after.body
    assert {e.sequence for e in found} == {e.sequence + 1 for e in events(before.body)}


@pytest.mark.parametrize(
    ("privacy", "title"),
    [
        (Privacy.DISCREET, "Cancelled: Garden"),
        (Privacy.INITIALS, "Cancelled: Garden (A.S.)"),
        (Privacy.FULL, "Cancelled: Octreotide"),
    ],
)
def test_its_title_has_the_name_that_the_level_allows_and_never_an_amount(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, privacy: Privacy, title: str
) -> None:
    course = regimen(start=today - ONE_DAY, end=DoseCount(count=4))
    before = show(plan(course), privacy=privacy)
    after = show(plan(stopped(course, today)), privacy=privacy, shown=before.shown)
    assert {str(e["SUMMARY"]) for e in tombstones(after, events)} == {title}


def test_a_stopped_depot_of_which_nothing_else_is_in_the_calendar_keeps_its_name(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    depot = regimen(every="4 wk", start=today - 20 * ONE_DAY)
    before = show(plan(depot), privacy=Privacy.FULL)
    after = show(plan(stopped(depot, today)), privacy=Privacy.FULL, shown=before.shown)
    assert len(tombstones(after, events)) == len(events(before.body)) == 4
    assert {str(e["SUMMARY"]) for e in tombstones(after, events)} == {"Cancelled: Octreotide"}


def test_a_long_name_is_cut_to_80_characters(
    plan: Build,
    regimen: Make,
    product: Callable[..., Product],
    show: Show,
    events: Read,
    today: date,
) -> None:
    wordy = regimen(start=today - ONE_DAY, of=product(name="Somatostatin analogue " * 9))
    before = show(plan(wordy), privacy=Privacy.FULL)
    after = show(plan(stopped(wordy, today)), privacy=Privacy.FULL, shown=before.shown)
    (title,) = {str(e["SUMMARY"]) for e in tombstones(after, events)}
    assert title.startswith("Cancelled: Somatostatin analogue")
    assert title.endswith("…")
    assert len(title) <= 80


@pytest.mark.parametrize("privacy", Privacy)
def test_of_a_regimen_that_nobody_knows_any_more_only_the_alias_is_told(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, privacy: Privacy
) -> None:
    before = show(plan(regimen("old", start=today), regimen("other", start=today)), privacy=privacy)
    after = show(plan(regimen("other", start=today)), privacy=privacy, shown=before.shown)
    (title,) = {str(e["SUMMARY"]) for e in tombstones(after, events)}
    assert title == ("Cancelled: Garden (A.S.)" if privacy is Privacy.INITIALS else "Cancelled: Garden")


def test_after_an_amendment_to_fewer_doses_a_day_the_others_are_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    thrice = regimen(times=("08:00", "14:00", "20:00"), start=today)
    once = replace(regimen(times=("08:00",), start=today), amends=thrice, effective_on=today + ONE_DAY)
    before = show(plan(thrice), privacy=Privacy.FULL)
    after = show(plan(once), privacy=Privacy.FULL, shown=before.shown)
    found = tombstones(after, events)
    assert {f"{begins(e):%H:%M}" for e in found} == {"14:00", "20:00"}
    assert min(begins(e).date() for e in found) == today + ONE_DAY
    assert len(found) == 2 * 119
    assert {str(e["SUMMARY"]) for e in found} == {"Cancelled: Octreotide"}


def test_an_amendment_to_another_amount_cancels_nothing(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    before = show(plan(regimen(start=today)), privacy=Privacy.FULL)
    after = show(plan(regimen(start=today, dose="200 ug")), privacy=Privacy.FULL, shown=before.shown)
    assert tombstones(after, events) == []


def test_another_file_cancels_what_it_does_not_have(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    before = show(plan(regimen("old", start=today, end=DoseCount(count=2))))
    after = show(plan(regimen("new", start=today, end=DoseCount(count=1))), shown=before.shown)
    assert starts(tombstones(after, events)) == starts(events(before.body))
    assert len(events(after.body)) == 3


def test_it_stands_at_the_time_at_which_it_was_shown_last(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    dose = GridId(regimen="octreotide", on=today, slot=1)
    move = Move(dose=dose, to=datetime(2026, 10, 23, 9, 15), reason="")  # noqa: DTZ001
    first = show(plan(three_doses))
    moved = show(plan(three_doses, moves=(move,)), shown=first.shown)
    after = show(plan(stopped(three_doses, today)), shown=moved.shown)
    assert datetime(2026, 10, 23, 9, 15, tzinfo=BERLIN) in starts(tombstones(after, events))
    assert datetime(2026, 10, 20, 8, 0, tzinfo=BERLIN) not in starts(tombstones(after, events))


def test_it_stands_in_the_zone_in_which_it_was_shown(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    journey = Travel(zone=ZoneInfo("Pacific/Apia"), first=today + ONE_DAY, last=today + ONE_DAY)
    before = show(plan(three_doses, travel=(journey,)))
    after = show(plan(stopped(three_doses, today)), shown=before.shown)
    in_apia = [e for e in tombstones(after, events) if e["DTSTART"].params["TZID"] == "Pacific/Apia"]
    assert starts(in_apia) == [datetime(2026, 10, 21, 8, 0, tzinfo=ZoneInfo("Pacific/Apia"))]
    assert [e["DTEND"].to_ical() for e in in_apia] == [b"20261021T081500"]
    assert b"TZID:Pacific/Apia" in after.body


@pytest.mark.parametrize(
    ("on", "at", "written"),
    [
        (date(2026, 10, 24), "02:50", ";TZID=Europe/Berlin:20261024T025000"),
        (date(2026, 10, 25), "02:50", ":20261025T005000Z"),
        (date(2026, 10, 26), "02:50", ";TZID=Europe/Berlin:20261026T025000"),
        (date(2027, 3, 28), "02:30", ";TZID=Europe/Berlin:20270328T033000"),
    ],
)
def test_it_keeps_its_time_where_clocks_change(
    plan: Build, regimen: Make, show: Show, unfolded: Callable[[bytes], str], on: date, at: str, written: str
) -> None:
    night = regimen(times=(at,), start=on, end=DoseCount(count=1))
    seen_on = {"on": on - 3 * ONE_DAY, "revision": revised(on - 3 * ONE_DAY)}
    before = show(plan(night), **seen_on)
    after = show(plan(stopped(night, on - 5 * ONE_DAY)), shown=before.shown, **seen_on)
    assert f"\r\nDTSTART{written}\r\n" in unfolded(before.body)
    assert "STATUS:CANCELLED" in unfolded(after.body)
    assert f"\r\nDTSTART{written}\r\n" in unfolded(after.body)


def test_it_goes_seven_days_after_its_slot(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, without: Plan
) -> None:
    one = regimen(start=today, end=DoseCount(count=1))
    rendering = show(plan(one))
    days = []
    for ahead in range(1, 10):
        on = today + ahead * ONE_DAY
        rendering = show(without, on=on, revision=revised(on), shown=rendering.shown)
        days += [ahead] if tombstones(rendering, events) else []
    assert days == [1, 2, 3, 4, 5, 6, 7]


def test_it_goes_fourteen_days_after_it_went_where_its_slot_is_later(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, without: Plan
) -> None:
    far_off = regimen(start=today + 60 * ONE_DAY, end=DoseCount(count=1))
    rendering = show(plan(far_off))
    days = []
    for ahead in range(1, 18):
        on = today + ahead * ONE_DAY
        rendering = show(without, on=on, revision=revised(on), shown=rendering.shown)
        days += [ahead] if tombstones(rendering, events) else []
    assert days == list(range(1, 16))


def test_what_went_again_is_shown_for_as_long_again(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, without: Plan
) -> None:
    far_off = regimen(start=today + 60 * ONE_DAY, end=DoseCount(count=1))
    rendering = show(plan(far_off))
    for ahead, there in ((1, False), (10, True), (20, False), (33, False), (35, False)):
        on = today + ahead * ONE_DAY
        now = plan(far_off) if there else without
        rendering = show(now, on=on, revision=revised(on), shown=rendering.shown)
        if ahead in {1, 20, 33}:
            assert len(tombstones(rendering, events)) == 1
    assert tombstones(rendering, events) == []


def test_what_comes_back_is_confirmed_again_and_counts_on(
    plan: Build, three_doses: Regimen, show: Show, events: Read, without: Plan
) -> None:
    first = show(plan(three_doses))
    gone = show(without, shown=first.shown)
    back = show(plan(three_doses), shown=gone.shown)
    assert tombstones(back, events) == []
    assert [e.sequence for e in events(back.body)] == [e.sequence + 2 for e in events(first.body)]
    assert {len(e.walk("VALARM")) for e in events(back.body)} == {1}


def test_a_day_that_only_passes_changes_nothing_of_a_tombstone(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date, without: Plan
) -> None:
    first = show(plan(three_doses))
    gone = show(without, shown=first.shown)
    next_day = show(without, on=today + ONE_DAY, revision=revised(today + ONE_DAY), shown=gone.shown)
    assert len(tombstones(gone, events)) == 3
    assert tombstones(gone, events) == tombstones(next_day, events)


def test_what_was_never_shown_is_not_cancelled(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    assert tombstones(show(plan(stopped(three_doses, today))), events) == []


def test_what_rolled_out_of_the_window_is_not_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    course = plan(regimen(start=today - 14 * ONE_DAY))
    rendering = show(course)
    for ahead in (1, 8, 15):
        on = today + ahead * ONE_DAY
        rendering = show(course, on=on, revision=revised(on), shown=rendering.shown)
        assert tombstones(rendering, events) == []
        assert min(begins(e).date() for e in events(rendering.body)) == on - 14 * ONE_DAY


def test_past_doses_that_a_stop_did_not_call_off_are_not_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    course = regimen(start=today - 14 * ONE_DAY)
    before = show(plan(course))
    found = tombstones(show(plan(stopped(course, today)), shown=before.shown), events)
    assert min(begins(e).date() for e in found) == today


def test_what_a_nearer_horizon_leaves_out_is_not_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    before = show(plan(regimen(start=today)))
    crowded = plan(
        regimen(start=today), *(regimen(f"r{n}", times=EIGHT_TIMES, start=today) for n in range(3))
    )
    after = show(crowded, shown=before.shown)
    assert b"SUMMARY:Calendar shown up to here" in after.body
    assert tombstones(after, events) == []


def test_past_doses_left_out_for_want_of_room_are_not_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    before = show(plan(regimen(start=today - 14 * ONE_DAY)))
    crowd = (regimen(f"r{n}", times=EIGHT_TIMES, start=today - 14 * ONE_DAY) for n in range(10))
    after = show(plan(regimen(start=today - 14 * ONE_DAY), *crowd), shown=before.shown)
    assert min(begins(e).date() for e in events(after.body) if is_timed(e)) == today
    assert tombstones(after, events) == []


def test_beyond_the_horizon_nothing_is_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    rare = regimen("rare", every="60 d", start=today)
    before = show(plan(rare, regimen("other", start=today)))
    assert max(begins(e).date() for e in events(before.body)) == today + 120 * ONE_DAY
    after = show(plan(regimen("other", start=today)), shown=before.shown)
    assert [begins(e).date() for e in tombstones(after, events)] == [today, today + 60 * ONE_DAY]


def test_what_went_beyond_the_horizon_is_cancelled_when_the_horizon_reaches_it(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    before = show(plan(regimen("rare", every="60 d", start=today)))
    rendering, told = before, []
    for ahead in (0, 1, 2):
        on = today + ahead * ONE_DAY
        other = plan(regimen("other", start=today))
        rendering = show(other, on=on, revision=revised(on), shown=rendering.shown)
        found = {begins(e).date() for e in tombstones(rendering, events)}
        told.append(today + 120 * ONE_DAY in found)
    assert told == [False, True, True]


def test_a_notice_is_never_cancelled(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    withheld = Hold(regimen="octreotide", first=today, last=today + 9 * ONE_DAY, reason="")
    course = regimen(start=today)
    before = show(plan(course, holds=(withheld,)), ends_on=today)
    assert {"Garden: on hold", "This calendar has a new address"} <= {
        str(e["SUMMARY"]) for e in events(before.body)
    }
    assert tombstones(show(plan(course), shown=before.shown), events) == []


def test_a_notice_that_began_long_ago_and_comes_back_counts_on(
    plan: Build, regimen: Make, show: Show, events: Read, today: date
) -> None:
    def notice(rendering: Rendering) -> Event:
        return next(e for e in events(rendering.body) if str(e["SUMMARY"]) == "Garden: on hold")

    course = regimen(start=today - 90 * ONE_DAY)
    withheld = Hold(regimen="octreotide", first=today - 80 * ONE_DAY, last=today, reason="")
    longer = replace(withheld, last=today + 9 * ONE_DAY)
    rendering = show(plan(course, holds=(withheld,)))
    for holds in ((longer,), (), (withheld,)):
        before, rendering = rendering, show(plan(course, holds=holds), shown=rendering.shown)
    assert b": on hold" not in before.body
    assert notice(rendering).sequence == 5


def test_a_withheld_dose_is_a_tombstone_once(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    before = show(plan(three_doses))
    withheld = Hold(regimen="octreotide", first=today, last=today, reason="")
    held = show(plan(three_doses, holds=(withheld,)), shown=before.shown)
    assert [str(e["DESCRIPTION"]) for e in tombstones(held, events)] == ["Was planned for 08:00."]
    in_eight_days = today + 8 * ONE_DAY
    later = show(
        plan(three_doses, holds=(withheld,)),
        on=in_eight_days,
        revision=revised(in_eight_days),
        shown=held.shown,
    )
    assert tombstones(later, events) == []


def thawing(**changes: Any) -> dict[str, Guidance]:
    facts: dict[str, Any] = {
        "key": "prepare1",
        "title": "get it ready",
        "text": "Thaw it",
        "ahead": timedelta(minutes=30),
    }
    return {"octreotide": Guidance(leads=(Lead(**(facts | changes)),))}


def given(on: date) -> Administration:
    return Administration(
        dose=GridId(regimen="octreotide", on=on, slot=1),
        status=AdministrationStatus.GIVEN,
        at=datetime(on.year, on.month, on.day, 8, 0),  # noqa: DTZ001
        site=None,
        reason="",
    )


def test_of_a_dose_already_given_what_was_to_be_done_before_it_is_cancelled(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    before = show(plan(three_doses), guidance=thawing(), privacy=Privacy.FULL)
    done = plan(three_doses, administrations=(given(today + ONE_DAY),))
    (gone,) = tombstones(show(done, guidance=thawing(), privacy=Privacy.FULL, shown=before.shown), events)
    assert str(gone["SUMMARY"]) == "Cancelled: Octreotide"
    assert gone.start == datetime(2026, 10, 21, 7, 30, tzinfo=BERLIN)
    assert not gone.walk("VALARM")


def test_what_was_to_be_done_before_today_is_not_cancelled(
    plan: Build, three_doses: Regimen, show: Show, events: Read, today: date
) -> None:
    before = show(plan(three_doses), guidance=thawing())
    tomorrow = today + ONE_DAY
    after = show(
        plan(three_doses), guidance=thawing(), on=tomorrow, revision=revised(tomorrow), shown=before.shown
    )
    assert tombstones(after, events) == []


def test_of_a_stopped_course_what_was_to_be_done_is_cancelled_with_its_dose(
    plan: Build, three_doses: Regimen, show: Show, events: Read, without: Plan
) -> None:
    before = show(plan(three_doses), guidance=thawing())
    after = show(without, guidance=thawing(), shown=before.shown)
    assert sorted(starts(tombstones(after, events))) == sorted(starts(events(before.body)))
    assert len(events(before.body)) == 6


def test_a_task_of_a_whole_day_goes_without_a_word(
    plan: Build, regimen: Make, show: Show, events: Read, today: date, without: Plan
) -> None:
    far_off = regimen(start=today + 9 * ONE_DAY, end=DoseCount(count=1))
    order = thawing(key="order", ahead=7 * ONE_DAY, by_day=True)
    before = show(plan(far_off), guidance=order)
    assert len(events(before.body)) == 2
    (gone,) = tombstones(show(without, guidance=order, shown=before.shown), events)
    assert gone.start == datetime(2026, 10, 29, 8, 0, tzinfo=BERLIN)


def test_tombstones_are_of_the_audience_that_saw_the_doses(
    plan: Build, three_doses: Regimen, show: Show, events: Read, without: Plan
) -> None:
    mine = show(plan(three_doses))
    others = show(plan(three_doses), audience=UUID(int=7))
    uids = {str(e["UID"]) for e in tombstones(show(without, shown=others.shown), events)}
    assert uids == {str(e["UID"]) for e in events(others.body)}
    assert uids.isdisjoint(str(e["UID"]) for e in events(mine.body))
