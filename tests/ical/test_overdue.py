"""A depot that nobody recorded stays in today's calendar until somebody says what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Event

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product, Route
from scheduler.dosing.regimen import DoseCount, IntervalAnchor, Regimen, Stop
from scheduler.ical.document import Rendering
from scheduler.ical.feed_identity import Revision
from scheduler.ical.feed_part import Guidance
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Show = Callable[..., Rendering]
Read = Callable[[bytes], list[Event]]

ONE_DAY = timedelta(days=1)
DUE_ON = date(2026, 10, 18)
LATE = ("If you are late, call your team (leaflet).",)


@pytest.fixture(scope="module")
def lanreotide(product: Callable[..., Product]) -> Product:
    return product(id="lanreotide", name="Lanreotide", route=Route.DEEP_SUBCUTANEOUS, is_depot=True, sites=())


@pytest.fixture
def depot(regimen: Make, lanreotide: Product) -> Regimen:
    """Every four weeks from 18 October 2026, counted from what was given."""
    return regimen(
        "depot",
        times=("10:00",),
        every="4 wk",
        start=DUE_ON,
        dose="120 mg",
        of=lanreotide,
        anchor=IntervalAnchor.LAST_GIVEN,
    )


@pytest.fixture
def on_a_grid(depot: Regimen) -> Regimen:
    """The same on a fixed schedule."""
    return replace(depot, anchor=IntervalAnchor.SCHEDULED)


def recorded(dose: OccurrenceId, on: date, *, is_given: bool = True) -> Administration:
    return Administration(
        dose=dose,
        status=AdministrationStatus.GIVEN if is_given else AdministrationStatus.NOT_GIVEN,
        at=datetime(on.year, on.month, on.day, 10, 30),  # noqa: DTZ001
        site=None,
        reason="" if is_given else "felt sick",
    )


def overdue(rendering: Rendering, events: Read) -> list[Event]:
    return [event for event in events(rendering.body) if ": overdue since " in str(event["SUMMARY"])]


def revised(on: date) -> Revision:
    return Revision(sequence=0, at=datetime(on.year, on.month, on.day, 0, 0, tzinfo=UTC))


def test_it_is_told_as_an_all_day_event_of_today(
    plan: Build, depot: Regimen, show: Show, events: Read, today: date
) -> None:
    (event,) = overdue(show(plan(depot)), events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 18 Oct 2026"
    assert (event.start, event.end) == (today, today + ONE_DAY)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert not event.walk("VALARM")


def test_it_is_told_from_the_day_after_its_day(plan: Build, depot: Regimen, show: Show, events: Read) -> None:
    told = [bool(overdue(show(plan(depot), on=DUE_ON + n * ONE_DAY), events)) for n in range(-1, 3)]
    assert told == [False, False, True, True]


def test_it_is_told_anew_every_day_under_one_uid_and_counts(
    plan: Build, depot: Regimen, show: Show, events: Read
) -> None:
    rendering = show(plan(depot), on=DUE_ON, revision=revised(DUE_ON))
    told = []
    for ahead in range(1, 5):
        on = DUE_ON + ahead * ONE_DAY
        rendering = show(plan(depot), on=on, revision=revised(on), shown=rendering.shown)
        (event,) = overdue(rendering, events)
        told.append((str(event["UID"]), event.start, event.sequence))
    uid = told[0][0]
    assert told == [(uid, DUE_ON + n * ONE_DAY, n - 1) for n in range(1, 5)]


@pytest.mark.parametrize("days", [14, 15, 40, 400])
def test_it_is_told_however_long_ago_it_was(
    plan: Build, regimen: Make, lanreotide: Product, show: Show, events: Read, days: int
) -> None:
    once = regimen("depot", start=DUE_ON, of=lanreotide, end=DoseCount(count=1))
    on = DUE_ON + days * ONE_DAY
    (event,) = overdue(show(plan(once), on=on), events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 18 Oct 2026"
    assert event.start == on


@pytest.mark.parametrize("is_given", [True, False])
def test_it_is_told_until_somebody_recorded_what_happened(
    plan: Build, depot: Regimen, show: Show, events: Read, is_given: bool
) -> None:
    before = show(plan(depot))
    entry = recorded(ChainId(regimen="depot", number=1), DUE_ON + ONE_DAY, is_given=is_given)
    after = show(plan(depot, administrations=(entry,)), shown=before.shown)
    assert len(overdue(before, events)) == 1
    assert overdue(after, events) == []
    assert b": overdue" not in after.body


def test_the_doses_after_it_are_tentative_until_it_is_recorded(
    plan: Build, depot: Regimen, show: Show, events: Read
) -> None:
    before = show(plan(depot))
    entry = recorded(ChainId(regimen="depot", number=1), DUE_ON)
    after = show(plan(depot, administrations=(entry,)), shown=before.shown)
    assert statuses(before, events) == ["CONFIRMED", *["TENTATIVE"] * 4]
    assert statuses(after, events) == ["CONFIRMED"] * 5


def statuses(rendering: Rendering, events: Read) -> list[str]:
    timed = [event for event in events(rendering.body) if isinstance(event.start, datetime)]
    return [str(event["STATUS"]) for event in timed]


def test_a_tentative_dose_still_rings(plan: Build, depot: Regimen, show: Show, events: Read) -> None:
    tentative = [e for e in events(show(plan(depot)).body) if str(e["STATUS"]) == "TENTATIVE"]
    assert {len(event.walk("VALARM")) for event in tentative} == {1}


def test_the_doses_of_other_regimens_are_as_sure_as_before(
    plan: Build, depot: Regimen, regimen: Make, show: Show, events: Read
) -> None:
    daily = regimen(start=DUE_ON)
    alone = {str(e["UID"]) for e in events(show(plan(daily)).body)}
    beside = [e for e in events(show(plan(depot, daily)).body) if str(e["UID"]) in alone]
    assert {str(e["STATUS"]) for e in beside} == {"CONFIRMED"}


def test_a_withheld_dose_after_it_is_cancelled_and_not_tentative(
    plan: Build, on_a_grid: Regimen, show: Show, events: Read
) -> None:
    next_due = DUE_ON + timedelta(weeks=4)
    withheld = Hold(regimen="depot", first=next_due, last=next_due, reason="")
    assert statuses(show(plan(on_a_grid, holds=(withheld,))), events)[:2] == ["CONFIRMED", "CANCELLED"]


def test_a_dose_of_a_chain_that_waited_for_the_end_of_a_hold_is_overdue_since_then(
    plan: Build, depot: Regimen, show: Show, events: Read
) -> None:
    withheld = Hold(regimen="depot", first=DUE_ON, last=DUE_ON, reason="")
    (event,) = overdue(show(plan(depot, holds=(withheld,))), events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 19 Oct 2026"


def test_a_dose_of_today_is_tentative_too(plan: Build, depot: Regimen, show: Show, events: Read) -> None:
    found = statuses(show(plan(depot), on=DUE_ON + timedelta(weeks=4)), events)
    assert found[0] == "TENTATIVE"


def test_it_is_told_of_a_depot_on_a_fixed_schedule_too(
    plan: Build, on_a_grid: Regimen, show: Show, events: Read
) -> None:
    before = show(plan(on_a_grid))
    (event,) = overdue(before, events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 18 Oct 2026"
    entry = recorded(GridId(regimen="depot", on=DUE_ON, slot=1), DUE_ON)
    assert overdue(show(plan(on_a_grid, administrations=(entry,))), events) == []


def test_it_is_told_of_what_counts_from_the_last_dose_and_is_no_depot(
    plan: Build, regimen: Make, show: Show, events: Read
) -> None:
    counted = regimen(every="3 d", start=DUE_ON, anchor=IntervalAnchor.LAST_GIVEN)
    assert len(overdue(show(plan(counted)), events)) == 1


def test_a_pill_by_the_clock_that_was_missed_is_not_told(
    plan: Build, regimen: Make, product: Callable[..., Product], show: Show, events: Read
) -> None:
    pill = regimen(start=date(2026, 10, 1), of=product(route=Route.ORAL, sites=()))
    assert overdue(show(plan(pill)), events) == []
    monthly = regimen(every="4 wk", start=DUE_ON)
    assert overdue(show(plan(monthly)), events) == []


@pytest.mark.parametrize(("last", "is_told"), [(None, False), (20, False), (19, True)])
def test_it_is_not_told_while_on_hold(
    plan: Build, depot: Regimen, show: Show, events: Read, last: int | None, is_told: bool
) -> None:
    until = None if last is None else date(2026, 10, last)
    withheld = Hold(regimen="depot", first=date(2026, 10, 19), last=until, reason="")
    assert bool(overdue(show(plan(depot, holds=(withheld,))), events)) == is_told


def test_a_hold_of_another_regimen_does_not_silence_it(
    plan: Build, depot: Regimen, regimen: Make, show: Show, events: Read
) -> None:
    withheld = Hold(regimen="octreotide", first=DUE_ON, last=None, reason="")
    assert len(overdue(show(plan(depot, regimen(), holds=(withheld,))), events)) == 1


def test_a_dose_that_a_hold_withheld_is_not_overdue(
    plan: Build, on_a_grid: Regimen, show: Show, events: Read
) -> None:
    withheld = Hold(regimen="depot", first=DUE_ON, last=DUE_ON, reason="")
    assert overdue(show(plan(on_a_grid, holds=(withheld,))), events) == []


def test_after_a_stop_it_is_not_told(plan: Build, depot: Regimen, show: Show, events: Read) -> None:
    stopped = replace(depot, stop=Stop(at=datetime(2026, 10, 19, 12), reason="well"))  # noqa: DTZ001
    before = show(plan(depot))
    after = show(plan(stopped), shown=before.shown)
    assert len(overdue(before, events)) == 1
    assert b"overdue" not in after.body


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        (0, []),
        (4, ["Nor is the one after it."]),
        (8, ["Nor are the 2 after it."]),
    ],
)
def test_of_a_regimen_one_event_says_how_many_wait(
    plan: Build, on_a_grid: Regimen, show: Show, events: Read, weeks: int, said: list[str]
) -> None:
    on = DUE_ON + timedelta(weeks=weeks, days=1)
    (event,) = overdue(show(plan(on_a_grid), on=on), events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 18 Oct 2026"
    assert str(event["DESCRIPTION"]).split("\n") == [
        "Planned for 18 Oct 2026 and not recorded.",
        *said,
        "If it was given, have it recorded; if not, ask your team.",
    ]


def test_two_regimens_that_wait_are_told_each(plan: Build, depot: Regimen, show: Show, events: Read) -> None:
    other = replace(depot, id="other")
    told = overdue(show(plan(depot, other)), events)
    assert len({str(event["UID"]) for event in told}) == len(told) == 2


def test_what_was_due_before_a_recorded_dose_waits_no_longer(
    plan: Build, on_a_grid: Regimen, show: Show, events: Read
) -> None:
    second = DUE_ON + timedelta(weeks=4)
    entry = recorded(GridId(regimen="depot", on=second, slot=1), second)
    with_it = plan(on_a_grid, administrations=(entry,))
    assert overdue(show(with_it, on=second + ONE_DAY), events) == []
    third = DUE_ON + timedelta(weeks=8)
    (event,) = overdue(show(with_it, on=third + ONE_DAY), events)
    assert str(event["SUMMARY"]) == "Garden: overdue since 13 Dec 2026"


@pytest.mark.parametrize(
    ("privacy", "title"),
    [
        (Privacy.DISCREET, "Garden: overdue since 18 Oct 2026"),
        (Privacy.INITIALS, "Garden (A.S.): overdue since 18 Oct 2026"),
        (Privacy.FULL, "Lanreotide: overdue since 18 Oct 2026"),
    ],
)
def test_each_level_of_privacy_has_its_title(
    plan: Build, depot: Regimen, show: Show, events: Read, privacy: Privacy, title: str
) -> None:
    (event,) = overdue(show(plan(depot), privacy=privacy), events)
    assert str(event["SUMMARY"]) == title


@pytest.mark.parametrize("privacy", Privacy)
def test_what_the_label_says_of_a_late_dose_is_told_in_full_alone(
    plan: Build, depot: Regimen, show: Show, events: Read, privacy: Privacy
) -> None:
    guidance = {"depot": Guidance(prepare=("Thaw it.",), late=LATE), "other": Guidance(late=("Wrong.",))}
    (event,) = overdue(show(plan(depot), privacy=privacy, guidance=guidance), events)
    last = str(event["DESCRIPTION"]).split("\n")[-1]
    expected = "If it was given, have it recorded; if not, ask your team."
    assert last == (LATE[0] if privacy is Privacy.FULL else expected)
    assert "Thaw" not in str(event["DESCRIPTION"])


def test_a_long_name_leaves_room_for_since_when(
    plan: Build, depot: Regimen, product: Callable[..., Product], show: Show, events: Read
) -> None:
    wordy = replace(depot, product=product(name="Somatostatin analogue " * 9, is_depot=True))
    (event,) = overdue(show(plan(wordy), privacy=Privacy.FULL), events)
    assert str(event["SUMMARY"]).startswith("Somatostatin analogue")
    assert str(event["SUMMARY"]).endswith("…: overdue since 18 Oct 2026")
    assert len(str(event["SUMMARY"])) <= 80


@pytest.mark.parametrize(
    ("away", "at", "told_on"),
    [
        ("America/Los_Angeles", "10:00", 20),
        ("Pacific/Kiritimati", "10:00", 19),
        ("Europe/Berlin", "23:59", 19),
    ],
)
def test_it_is_late_when_its_day_is_over_where_the_patient_is(
    plan: Build,
    regimen: Make,
    lanreotide: Product,
    show: Show,
    events: Read,
    away: str,
    at: str,
    told_on: int,
) -> None:
    """At midnight in Los Angeles it is nine in the morning of the 19th at home."""
    journey = Travel(zone=ZoneInfo(away), first=date(2026, 10, 10), last=date(2026, 10, 25))
    once = regimen("depot", times=(at,), start=DUE_ON, of=lanreotide, end=DoseCount(count=1))
    days = [date(2026, 10, day) for day in range(16, 22)]
    told = [on.day for on in days if overdue(show(plan(once, travel=(journey,)), on=on), events)]
    assert told[0] == told_on


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"])
def test_the_day_is_the_patients_own(
    plan: Build, depot: Regimen, show: Show, events: Read, zone: str
) -> None:
    told = [overdue(show(plan(depot, zone=zone), on=DUE_ON + n * ONE_DAY), events) for n in (0, 1)]
    assert [len(found) for found in told] == [0, 1]
