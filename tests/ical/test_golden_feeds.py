"""Whole feeds, byte for byte. Each file is named by what it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.patient import Travel
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product, Route
from scheduler.dosing.regimen import DoseCount, IntervalAnchor, Regimen
from scheduler.ical.document import Day, render_ended
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.privacy import Privacy

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Render = Callable[..., bytes]
IsGolden = Callable[[str, bytes], bool]

FILES = sorted((Path(__file__).parent / "golden").glob("*.ics"))


def test_clocks_go_forward(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    nightly = regimen(times=("02:30", "08:00"), start=date(2027, 3, 27), end=DoseCount(count=6))
    assert is_golden("clocks_go_forward", render(plan(nightly), on=date(2027, 3, 20)))


def test_clocks_go_back(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    nightly = regimen(times=("02:50", "08:00"), start=date(2026, 10, 24), end=DoseCount(count=6))
    assert is_golden("clocks_go_back", render(plan(nightly)))


def test_moved_dose(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=3))
    dose = GridId(regimen="octreotide", on=date(2026, 10, 21), slot=1)
    move = Move(dose=dose, to=datetime(2026, 10, 23, 9, 15), reason="at the dentist")  # noqa: DTZ001
    assert is_golden("moved_dose", render(plan(daily, moves=(move,)), privacy=Privacy.FULL))


def test_hold_with_tombstones(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 10), end=DoseCount(count=14))
    withheld = Hold(regimen="octreotide", first=date(2026, 10, 11), last=date(2026, 10, 21), reason="surgery")
    assert is_golden("hold_with_tombstones", render(plan(daily, holds=(withheld,))))


def test_two_zones_by_travel(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=6))
    journey = Travel(zone=ZoneInfo("America/New_York"), first=date(2026, 10, 22), last=date(2026, 10, 23))
    assert is_golden("two_zones_by_travel", render(plan(daily, travel=(journey,))))


def test_full_privacy(
    plan: Build,
    regimen: Make,
    product: Callable[..., Product],
    render: Render,
    is_golden: IsGolden,
) -> None:
    daily = regimen(start=date(2026, 10, 18), end=DoseCount(count=5))
    depot = product(
        id="lanreotide", name="Lanreotide", route=Route.DEEP_SUBCUTANEOUS, is_depot=True, sites=()
    )
    monthly = regimen(
        "depot",
        every="4 wk",
        dose="120 mg",
        of=depot,
        anchor=IntervalAnchor.LAST_GIVEN,
        end=DoseCount(count=2),
    )
    recorded = (
        _recorded(date(2026, 10, 18), AdministrationStatus.GIVEN, ""),
        _recorded(date(2026, 10, 19), AdministrationStatus.NOT_GIVEN, "felt sick"),
    )
    guidance = {
        "octreotide": ["Take it out of the fridge 30 minutes before.", "If late: give it when you notice."]
    }
    written = render(plan(daily, monthly, administrations=recorded), privacy=Privacy.FULL, guidance=guidance)
    assert is_golden("full_privacy", written)


def _recorded(on: date, status: AdministrationStatus, reason: str) -> Administration:
    at = datetime(on.year, on.month, on.day, 8, 5)  # noqa: DTZ001
    dose = GridId(regimen="octreotide", on=on, slot=1)
    return Administration(dose=dose, status=status, at=at, site=None, reason=reason)


def test_initials(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    daily = regimen(start=date(2026, 10, 20), end=DoseCount(count=2))
    assert is_golden("initials", render(plan(daily), privacy=Privacy.INITIALS))


def test_nothing_planned(plan: Build, regimen: Make, render: Render, is_golden: IsGolden) -> None:
    over = regimen(start=date(2026, 1, 1), end=DoseCount(count=1))
    assert is_golden("nothing_planned", render(plan(over)))


def test_subscription_ended(
    identity: Callable[..., FeedIdentity], revision: Revision, today: date, is_golden: IsGolden
) -> None:
    day = Day(today=today, zone=ZoneInfo("Europe/Berlin"))
    ended = render_ended(identity=identity(), revision=revision, day=day)
    assert is_golden("subscription_ended", ended)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_icalendar_reads_every_file_and_writes_it_back_with_the_same_content(path: Path) -> None:
    read = Calendar.from_ical(path.read_bytes())
    assert not [component.errors for component in read.walk() if component.errors]
    assert Calendar.from_ical(read.to_ical()) == read


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_event_of_every_file_is_stamped_with_the_revision_alone(path: Path) -> None:
    calendar = Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, Calendar)
    stamps = {(event.DTSTAMP, event.LAST_MODIFIED, event.sequence) for event in calendar.events}
    revised_at = datetime(2026, 10, 19, 17, 30, 5, tzinfo=UTC)
    assert stamps == {(revised_at, revised_at, 3)}
